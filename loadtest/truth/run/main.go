// Command run prints how often the intervals of the metrics cover the truth, in
// many worlds of every scenario. It fails when the coverage of one misses what is
// asked for by more than chance.
//
//	run [-worlds N] [-seed S]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/vividium/firebreak/loadtest/truth"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

func main() {
	worlds := flag.Int("worlds", 1000, "worlds of each scenario")
	seed := flag.Uint64("seed", 1, "the same seed makes up the same worlds")
	flag.Parse()
	if *worlds < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "truth: give at least one world, as in -worlds 1000, and no arguments")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *worlds, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "truth:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, worlds int, seed uint64) error {
	dir, err := os.MkdirTemp("", "firebreak-truth-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	engine, err := embedded.Start(ctx, embedded.Config{Dir: dir})
	if err != nil {
		return err
	}
	defer engine.Close()
	began := time.Now()
	var all []truth.Answer
	for i := range truth.Scenarios {
		scenario := &truth.Scenarios[i]
		answers, err := measure(ctx, engine.Addr(), scenario, worlds, seed)
		if err != nil {
			return err
		}
		all = append(all, answers...)
		fmt.Fprintf(os.Stderr, "%s: %.0f s\n", scenario.Name, time.Since(began).Seconds())
	}
	if err := truth.Print(os.Stdout, all); err != nil {
		return err
	}
	return judge(all)
}

// measure gives a scenario a database of its own and drops it afterwards, so that
// no more than one is kept.
func measure(ctx context.Context, addr string, scenario *truth.Scenario, worlds int, seed uint64) ([]truth.Answer, error) {
	cfg := store.Config{Addr: addr, Database: "truth", User: "firebreak"}
	if _, err := store.Migrate(ctx, cfg); err != nil {
		return nil, err
	}
	s, err := store.Open(cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	answers, err := truth.Measure(ctx, s, scenario, worlds, seed)
	return answers, errors.Join(err, s.Exec(ctx, "DROP DATABASE truth SYNC", nil))
}

func judge(all []truth.Answer) error {
	var missed []string
	for i := range all {
		a := &all[i]
		if t := a.Tally(); a.Claim.Aim != (truth.Aim{}) && t.Misses(a.Claim.Aim) {
			missed = append(missed, a.Claim.Name()+" in "+a.Scenario.Name)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("by more than chance, the truth is not covered as asked for: %s", strings.Join(missed, "; "))
	}
	return nil
}

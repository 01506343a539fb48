package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/loadtest/world"
)

type demoOptions struct {
	Seed int  `env:"SEED" envDefault:"1" help:"seed of the generated company"`
	Exit bool `env:"EXIT" help:"end after printing the numbers instead of serving on"`
}

// demoDays is how long the generated company has existed.
const demoDays = 365

func newDemo(set *settings) *cobra.Command {
	opts := &demoOptions{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show it all on a generated year of a small company, then keep serving",
		Long: `Starts Kafka and ClickHouse in this process, produces a generated year of events
into Kafka, ingests them, prints the headline numbers and keeps serving. The
state is kept under --data/demo; the events and the truth behind them stand
there as events.ndjson and truth.json. A second run goes on with what is there.`,
		Example: `  firebreak demo
  firebreak demo --exit --seed 7 --data /tmp/firebreak`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			set.Data = filepath.Join(set.Data, "demo")
			return runDemo(cmd, set, opts)
		},
	}
	bindOptions(c, opts)
	return c
}

// errShown ends a demo that shall not go on serving.
var errShown = errors.New("the demo has been shown")

func runDemo(cmd *cobra.Command, set *settings, opts *demoOptions) error {
	plan, err := loadPlan(set.Data, opts.Seed, time.Now())
	if err != nil {
		return err
	}
	s, err := startStack(cmd.Context(), set)
	if err != nil {
		return err
	}
	defer s.close()
	keeper := s.keepDerived()
	if err := s.keepSealed(true); err != nil {
		return err
	}
	err = s.serve(cmd.Context(), func(ctx context.Context) error {
		if err := s.showDemo(ctx, cmd, plan, keeper); err != nil {
			return err
		}
		if err := s.sealDemo(ctx, cmd.OutOrStdout()); err != nil {
			return err
		}
		if opts.Exit {
			return errShown
		}
		s.announce(cmd.OutOrStdout())
		return s.work(ctx, keeper)
	})
	if errors.Is(err, errShown) {
		return nil
	}
	return err
}

// demoPlan is what a demo folder was begun with, so that a second run goes on
// with the same company instead of mixing two.
type demoPlan struct {
	Seed  int       `json:"seed"`
	Start time.Time `json:"start"`
	Sent  bool      `json:"sent"` // all events are in Kafka

	path string
}

func loadPlan(dir string, seed int, now time.Time) (*demoPlan, error) {
	plan := &demoPlan{Seed: seed, Start: now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -demoDays), path: filepath.Join(dir, "demo.json")}
	text, err := os.ReadFile(plan.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		return plan, plan.save()
	}
	if err != nil {
		return nil, err
	}
	kept := &demoPlan{path: plan.path}
	if err := json.Unmarshal(text, kept); err != nil {
		return nil, fmt.Errorf("%s is damaged, remove the folder %s to begin anew: %w", plan.path, dir, err)
	}
	if kept.Seed != seed {
		return nil, usagef("%s holds the company of seed %d; remove that folder or choose another with --data", dir, kept.Seed)
	}
	return kept, nil
}

func (p *demoPlan) save() error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(p.path, text, 0o644)
}

// end is the end of the generated year.
func (p *demoPlan) end() time.Time { return p.Start.AddDate(0, 0, demoDays) }

func (s *stack) showDemo(ctx context.Context, cmd *cobra.Command, plan *demoPlan, keeper *workers) error {
	began := time.Now()
	if !plan.Sent {
		if err := s.sendDemo(ctx, cmd, plan); err != nil {
			return err
		}
	}
	if err := s.awaitIngest(ctx, cmd.ErrOrStderr()); err != nil {
		return err
	}
	landed := time.Since(began)
	clustered, err := keeper.Once(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "A generated company's year is in ClickHouse after %.1f s", landed.Seconds())
	if clustered {
		fmt.Fprintf(cmd.OutOrStdout(), ", its incidents are clustered after %.1f s.\n\n", time.Since(began).Seconds())
	} else {
		fmt.Fprint(cmd.OutOrStdout(), "; another process, which has the lease, clusters its incidents.\n\n")
	}
	if err := s.headlines(ctx, cmd.OutOrStdout(), plan.end()); err != nil {
		return err
	}
	for _, show := range []func(context.Context, io.Writer, time.Time) error{s.strangers, s.toAutomate, s.toDecide} {
		if err := show(ctx, cmd.OutOrStdout(), plan.end()); err != nil {
			return err
		}
	}
	return s.writeReview(ctx, cmd.OutOrStdout(), plan, keeper)
}

// writeReview issues the review of the last full week, and writes it beside the events.
func (s *stack) writeReview(ctx context.Context, to io.Writer, plan *demoPlan, keeper *workers) error {
	weekEnd := review.LastWeek(plan.end())
	if _, err := keeper.reviews.Once(ctx, weekEnd); err != nil {
		return err
	}
	report, err := review.LoadLatest(ctx, s.store, weekEnd)
	if err != nil || report == nil { // another process, which has the lease, makes it
		return err
	}
	path := filepath.Join(s.set.Data, "review-"+report.Week)
	for extension, write := range map[string]func(io.Writer, *review.Report) error{".html": review.WriteHTML, ".md": review.WriteMarkdown} {
		if err := writeFile(path+extension, func(to io.Writer) error { return write(to, report) }); err != nil {
			return err
		}
	}
	v := &report.Verdict
	_, err = fmt.Fprintf(to, "\nThe weekly review, %s: %s.\n  %s\n  %s\n  %s\nAll of it is in %s.html and .md.\n\n", report.Week, v.Tone, v.Fires, v.Automation, v.Next, path)
	return err
}

// sealDemo seals what has landed, so that it can be verified.
func (s *stack) sealDemo(ctx context.Context, to io.Writer) error {
	if _, err := s.seals.Seal(ctx); err != nil {
		return err
	}
	fmt.Fprintln(to, "\nEvery record is sealed; `firebreak audit verify` holds what is in ClickHouse against that.")
	return nil
}

const (
	// strangersShown is how many recurring troubles the demo shows, backlogShown
	// how much of the backlog.
	strangersShown = 8
	backlogShown   = 8
	// currentDays is how long ago an automation has run at most for the demo to
	// show a verdict on it.
	currentDays = 90
)

// strangers shows the troubles that come back most often.
func (s *stack) strangers(ctx context.Context, to io.Writer, asOf time.Time) error {
	facts, err := readClusters(ctx, s.store, clusterFilter{asOf: asOf, limit: strangersShown})
	if err != nil {
		return err
	}
	fmt.Fprintln(to, "\nWhat keeps coming back:")
	if len(facts) == 0 {
		return tellNone(ctx, to, s.store, asOf)
	}
	return clustersTable(to, facts)
}

// toAutomate shows the top of the backlog.
func (s *stack) toAutomate(ctx context.Context, to io.Writer, asOf time.Time) error {
	items, err := readBacklog(ctx, s.store, backlogFilter{asOf: asOf, limit: backlogShown})
	if err != nil || len(items) == 0 {
		return err
	}
	fmt.Fprintln(to, "\nWhat to automate next:")
	return backlogTable(to, items)
}

// toDecide shows the verdicts by which people have something to do.
func (s *stack) toDecide(ctx context.Context, to io.Writer, asOf time.Time) error {
	list, err := readPromotions(ctx, s.store, asOf, false, nil)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p aggregate.Promotion) bool {
		return p.Verdict != aggregate.Promote && p.Verdict != aggregate.Demote || p.LastRun.Before(p.WeekEnd.AddDate(0, 0, -currentDays))
	})
	if len(list) == 0 {
		return nil
	}
	fmt.Fprintln(to, "\nWhich automations to promote, and which to take back:")
	return promotionsTable(to, list)
}

// sendDemo generates the company and sends its events; the truth is written
// beside them.
func (s *stack) sendDemo(ctx context.Context, cmd *cobra.Command, plan *demoPlan) error {
	w := world.Generate(world.Config{Seed: uint64(plan.Seed), Start: plan.Start, Days: demoDays, Scale: 1})
	if err := w.WriteDir(s.set.Data); err != nil {
		return err
	}
	p, err := newProducer(ctx, s.set, 0)
	if err != nil {
		return err
	}
	defer p.close()
	total := 0
	for range w.Events() {
		total++
	}
	bar := newProgress(cmd.ErrOrStderr(), "producing", int64(total))
	defer bar.end()
	for ev := range w.Events() {
		rec := &kgo.Record{Topic: p.topics[ev.Entity()], Key: []byte(ev.EntityID()), Value: ev.AppendJSON(nil)}
		if err := p.send(ctx, rec); err != nil {
			return err
		}
		bar.add(1)
	}
	if err := p.flush(ctx); err != nil {
		return err
	}
	plan.Sent = true
	return plan.save()
}

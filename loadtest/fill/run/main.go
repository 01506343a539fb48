// Command run fills an embedded ClickHouse with a very large company's year,
// keeps its clusters and snapshots, reviews its last week, seals and verifies its records,
// and prints how long each step took and how much memory.
// A folder that was filled before is used as it is.
//
//	run [-incidents N] [-alerts N] [-executions N] [-snapshots=false] FOLDER
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

func main() {
	year := fill.Year{Seed: 1, End: time.Now().UTC().Truncate(24 * time.Hour)}
	flag.IntVar(&year.Incidents, "incidents", 1_000_000, "incidents")
	flag.IntVar(&year.Alerts, "alerts", 30, "alerts for each incident")
	flag.IntVar(&year.Executions, "executions", 10, "executions for each incident")
	withSnapshots := flag.Bool("snapshots", true, "whether to compute the metrics of all days and weeks, which takes longest")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, year, flag.Arg(0), *withSnapshots); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, year fill.Year, folder string, withSnapshots bool) error {
	if folder == "" {
		return errors.New("name the folder in which ClickHouse is to keep the year")
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	engine, err := embedded.Start(ctx, embedded.Config{Dir: folder, Logger: log})
	if err != nil {
		return err
	}
	defer engine.Close()
	cfg := store.Config{Addr: engine.Addr(), User: "firebreak", InsertTimeout: 10 * time.Minute}
	if _, err := store.Migrate(ctx, cfg); err != nil {
		return err
	}
	s, err := store.Open(cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	mark := filepath.Join(folder, "filled")
	if _, err := os.Stat(mark); err != nil {
		err := step("filled", func() (string, error) {
			counts, err := fill.Into(ctx, s, year.Events())
			return fmt.Sprint(counts), err
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(mark, nil, 0o644); err != nil {
			return err
		}
	}
	keeper := keep.New(s, keep.Config{Log: log, Now: time.Now})
	for _, name := range []string{"clustered from cold", "clustered again"} {
		err := step(name, func() (string, error) {
			did, err := keeper.Pass(ctx)
			return fmt.Sprintf("%+v", did), err
		})
		if err != nil {
			return err
		}
	}
	err = step("incidents and executions folded", func() (string, error) {
		return "", keep.NewMembers(s, keep.Config{Log: log, Now: time.Now}).Pass(ctx)
	})
	if err != nil {
		return err
	}
	err = step("a late week reviewed", func() (string, error) { return reviewed(ctx, s) })
	if err != nil {
		return err
	}
	if err := auditTrail(ctx, s, filepath.Join(folder, "trail")); err != nil {
		return err
	}
	restarted := keep.New(s, keep.Config{Log: log, Now: time.Now})
	err = step("clustered after a restart", func() (string, error) {
		did, err := restarted.Pass(ctx)
		return fmt.Sprintf("%+v", did), err
	})
	if err != nil {
		return err
	}
	if !withSnapshots {
		return nil
	}
	return snapshots(ctx, s, year.End)
}

// reviewed makes the review of the last week that is full of incidents.
func reviewed(ctx context.Context, s *store.Store) (string, error) {
	var late time.Time
	err := s.Each(ctx, "SELECT quantileExact(0.98)(occurred_at) FROM incident_records WHERE type = 'incident.opened'", nil,
		func(rows store.Rows) error { return rows.Scan(&late) })
	if err != nil {
		return "", err
	}
	report, err := review.ReadNow(ctx, s, review.LastWeek(late), time.Now())
	if err != nil {
		return "", err
	}
	return report.Week + ": " + report.Verdict.String(), nil
}

// auditTrail seals all records, and verifies them.
func auditTrail(ctx context.Context, s *store.Store, folder string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	err = step("sealed", func() (string, error) {
		did, err := audit.NewSealer(s, audit.SealConfig{Dir: folder, Key: private, Now: time.Now}).Seal(ctx)
		return fmt.Sprintf("%d records", did.Records), err
	})
	if err != nil {
		return err
	}
	return step("verified", func() (string, error) {
		found, err := audit.Verify(ctx, s, audit.VerifyConfig{Dir: folder, Public: public, Now: time.Now})
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%.0f records/s, %.0f MB/s", float64(found.Records)/found.Seconds, float64(found.Bytes)/found.Seconds/1e6), found.Err()
	})
}

// settling is longer than an insert may take: until then the worker computes again what
// it has just computed, which would be measured as the late event's.
const settling = 4 * time.Minute

// snapshots computes the metrics of every day and week: from cold, and after one late
// event of a hundred days before the year's end. The worker's log says what weeks and
// days took.
func snapshots(ctx context.Context, s *store.Store, end time.Time) error {
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	snap := func() (string, error) {
		did, err := keep.NewSnapshots(s, keep.Config{Log: log, Now: time.Now}).Pass(ctx)
		return fmt.Sprintf("%+v", did), err
	}
	if err := step("snapshots from cold", snap); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "waiting for %s, until nothing of this can still be on its way\n", settling)
	select {
	case <-time.After(settling):
	case <-ctx.Done():
		return ctx.Err()
	}
	late := &schema.IncidentEvent{IncidentID: "late-" + rand.Text(), Title: schema.Some("A wheel came off")}
	late.EventID, late.Type, late.OccurredAt = late.IncidentID, schema.IncidentOpened, schema.MillisOf(end.AddDate(0, 0, -100))
	if _, err := fill.Into(ctx, s, slices.Values([]schema.Event{late})); err != nil {
		return err
	}
	return step("snapshots, a late event", snap)
}

// step prints how long something took and the most memory that this process,
// the engine in it, had meanwhile.
func step(name string, do func() (string, error)) error {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak begins anew; where it cannot, it is that so far
	began := time.Now()
	what, err := do()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("%-26s %8.1f s, at most %s: %s\n", name, time.Since(began).Seconds(), peak(), what)
	return nil
}

func peak() string {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strings.Join(strings.Fields(size), " ")
		}
	}
	return "an unknown amount"
}

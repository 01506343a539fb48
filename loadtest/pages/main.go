// Command pages writes weekly reviews of a generated company as pages into a folder, for
// them to be looked at and checked: of a week in which a clean-up did harm, of one after a
// stampede has ended, of one in which nothing was left to happen, and of one with a single
// incident.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pages FOLDER")
		os.Exit(2)
	}
	err := run(context.Background(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0) // the engine's threads need no end
}

// start is when the company began; a year later nothing more is known of it.
var start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func run(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "firebreak-pages-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	engine, err := embedded.Start(ctx, embedded.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer engine.Close()
	company := func(s *store.Store) error { return fill.Company(ctx, s, start, 365) }
	err = write(ctx, folder, store.Config{Addr: engine.Addr(), Database: "company", User: "firebreak"}, company, map[string]string{
		"harm": "2025-W20", "stampede": "2025-W36", "empty": "2026-W02",
	})
	if err != nil {
		return err
	}
	return write(ctx, folder, store.Config{Addr: engine.Addr(), Database: "single", User: "firebreak"}, func(s *store.Store) error {
		_, err := fill.Into(ctx, s, slices.Values(single()))
		return err
	}, map[string]string{"single": "2025-W20"})
}

// single are the events of one incident.
func single() []schema.Event {
	at := func(hours int) schema.Millis {
		return schema.MillisOf(start.AddDate(0, 0, 134).Add(time.Duration(hours) * time.Hour))
	}
	return []schema.Event{
		&schema.IncidentEvent{
			Common:     schema.Common{EventID: "1", Type: schema.IncidentOpened, OccurredAt: at(9)},
			IncidentID: "INC-1", Title: schema.Some("Checkout answers 502"), Service: schema.Some("checkout-api"),
		},
		&schema.IncidentEvent{Common: schema.Common{EventID: "2", Type: schema.IncidentResolved, OccurredAt: at(10)}, IncidentID: "INC-1"},
	}
}

// write brings events into a database of their own and writes the reviews of weeks, each
// under its name.
func write(ctx context.Context, folder string, cfg store.Config, bring func(*store.Store) error, weeks map[string]string) error {
	if _, err := store.Migrate(ctx, cfg); err != nil {
		return err
	}
	s, err := store.Open(cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := bring(s); err != nil {
		return err
	}
	for name, week := range weeks {
		end, err := review.ParseWeek(week)
		if err != nil {
			return err
		}
		report, err := review.Read(ctx, s, review.Options{WeekEnd: end, AsOf: start.AddDate(1, 0, 14)})
		if err != nil {
			return err
		}
		if err := page(filepath.Join(folder, name+".html"), report); err != nil {
			return err
		}
	}
	return nil
}

func page(path string, report *review.Report) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return review.WriteHTML(file, report)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"
	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema/store"
)

type reportOptions struct {
	Week   string `env:"WEEK" help:"ISO week as 2026-W46; default the last full week"`
	AsOf   string `env:"AS_OF" help:"how far outcomes are observed; default now"`
	Format string `env:"FORMAT" envDefault:"md" help:"html, md or json"`
	Out    string `env:"OUT" help:"file to write; default standard output"`
}

func newReport(set *settings) *cobra.Command {
	opts := &reportOptions{}
	c := &cobra.Command{
		Use:   "report",
		Short: "Write the weekly automation performance review",
		Long: `The review of one ISO week: the verdict, what changed, prevention or firefighting,
recurring troubles, automations as products, failures to fix, promotions and demotions
due, the top of the backlog, post-incident reviews, and data quality.`,
		Example: `  firebreak report
  firebreak report --week 2026-W46 --format html --out review.html
  firebreak report --format json | jq .verdict`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			return opts.run(cmd, set)
		},
	}
	bindOptions(c, opts)
	return c
}

func (o *reportOptions) run(cmd *cobra.Command, set *settings) error {
	write, ok := reportFormats[o.Format]
	if !ok {
		return usagef("--format %q is none of html, md, json", o.Format)
	}
	now := time.Now()
	weekEnd := review.LastWeek(now)
	if o.Week != "" {
		var err error
		if weekEnd, err = review.ParseWeek(o.Week); err != nil {
			return usagef("--week %w", err)
		}
	}
	var asOf time.Time
	if err := parseTime("as-of", o.AsOf, &asOf); err != nil {
		return err
	}
	if asOf.After(now) {
		return usagef("--as-of %s has not come yet", asOf.Format(time.RFC3339))
	}
	if start := weekEnd.AddDate(0, 0, -7); start.After(now) || !asOf.IsZero() && start.After(asOf) {
		return usagef("the week %s has not begun", aggregate.WeekName(weekEnd))
	}
	return withReader(set, func(s *store.Store) error {
		options, err := review.At(cmd.Context(), s, weekEnd, asOf, now)
		if err != nil {
			return err
		}
		bar := newProgress(cmd.ErrOrStderr(), "reviewing", review.Parts)
		options.Progress = func() { bar.add(1) }
		report, err := review.Read(cmd.Context(), s, options)
		bar.end()
		if err != nil {
			return err
		}
		return o.write(cmd.OutOrStdout(), func(to io.Writer) error { return write(to, report) })
	})
}

// reportFormats write a report.
var reportFormats = map[string]func(io.Writer, *review.Report) error{
	"html": review.WriteHTML,
	"md":   review.WriteMarkdown,
	"json": func(to io.Writer, r *review.Report) error {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%s\n", text)
		return err
	},
}

// write gives the output a file of its own when one is named.
func (o *reportOptions) write(stdout io.Writer, write func(io.Writer) error) error {
	if o.Out == "" {
		return write(stdout)
	}
	return writeFile(o.Out, write)
}

// writeFile gives a file what is written, or leaves what was there.
func writeFile(path string, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, text.Bytes(), 0o644) // a pipe or the like
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text.Bytes())
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// webhook is where a review is sent.
func (s *settings) webhook(r *review.Report) *review.Webhook {
	h := &review.Webhook{URL: s.ReviewWebhook}
	if s.ReviewPage != "" {
		h.Page = strings.TrimSuffix(s.ReviewPage, "/") + "/reviews/" + r.Week
	}
	return h
}

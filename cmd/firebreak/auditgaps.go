package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/schema/store"
)

type auditGapsOptions struct {
	From   string `env:"FROM" help:"start of the window, a date or an RFC 3339 time; default 30 days before --to, or before now"`
	To     string `env:"TO" help:"end of the window, itself not included; default none"`
	Format string `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

func newAuditGaps(set *settings) *cobra.Command {
	opts := &auditGapsOptions{}
	c := &cobra.Command{
		Use:   "gaps",
		Short: "List the high-risk runs that started before anybody had approved them, or though they were rejected",
		Long: `A run is of high risk when it started or ended, could change something, was no dry run,
and worked on an incident that any event ever said to be sev1 or sev2: by what was known of
it when it started, or by anything that was said later, which hides no gap. That it was to be
skipped or cancelled hides none, nor that one event calls it a dry run, or says that it
changes nothing, where another says otherwise. It is a gap when it had not been approved, or
was rejected again, by the time at which it started, or ended if that is told to be earlier.
Only an approval, or an approver whom the start names, counts. It shows the runs that started
in the window, from the view approval_gaps, the latest first; without --to also those that
are said to start in the future.`,
		Example: `  firebreak audit gaps
  firebreak audit gaps --from 2026-01-01 --to 2026-04-01 --format csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkFormat(opts.Format); err != nil {
				return err
			}
			started, err := parseWindow(opts.From, opts.To, time.Now())
			if err != nil {
				return err
			}
			if opts.To == "" {
				started.to = endless
			}
			return withReader(set, func(s *store.Store) error {
				return printGaps(cmd, s, started, opts.Format)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

func printGaps(cmd *cobra.Command, s *store.Store, started window, format string) error {
	out := &counting{to: cmd.OutOrStdout()}
	params := map[string]string{"from": store.TimeParameter(started.from), "to": store.TimeParameter(started.to)}
	if err := exportTo(cmd.Context(), s, out, gapsQuery, format, params); err != nil {
		return err
	}
	if out.bytes == 0 && format == "table" {
		fmt.Fprintf(out, "no high-risk run started without an approval %s\n", started.told())
	}
	return nil
}

// endless is after everything that can have started.
var endless = time.Date(2299, 1, 1, 0, 0, 0, 0, time.UTC)

// told is the window in words.
func (w window) told() string {
	if w.to.Equal(endless) {
		return "since " + day(w.from)
	}
	return fmt.Sprintf("from %s to %s", day(w.from), day(w.to))
}

// counting counts what is written.
type counting struct {
	to    io.Writer
	bytes int
}

// Write implements io.Writer.
func (c *counting) Write(p []byte) (int, error) {
	c.bytes += len(p)
	return c.to.Write(p)
}

const gapsQuery = `SELECT execution_id, automation_id, automation_version, stage, started_at, incident_id, severity, targets, actor, trigger_kind, outcome, rejected_at, approved_at, topic, partition, offset
FROM approval_gaps
WHERE started_at >= {from:DateTime64(3, 'UTC')} AND started_at < {to:DateTime64(3, 'UTC')}
ORDER BY started_at DESC, execution_id`

// parseWindow reads --from and --to, of which either may be missing.
func parseWindow(from, to string, now time.Time) (window, error) {
	w := window{to: now}
	if err := parseTime("to", to, &w.to); err != nil {
		return w, err
	}
	w.from = w.to.Add(-defaultWindow)
	if err := parseTime("from", from, &w.from); err != nil {
		return w, err
	}
	if !w.from.Before(w.to) {
		return w, usagef("from must be before to")
	}
	return w, nil
}

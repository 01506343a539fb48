package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

type metricOptions struct {
	From   string   `env:"FROM" help:"start of the window, a date or an RFC 3339 time; default 30 days before --to"`
	To     string   `env:"TO" help:"end of the window, itself not included; default now"`
	AsOf   string   `env:"AS_OF" help:"how far the outcome is observed; default now"`
	By     []string `env:"BY" help:"dimensions to group by"`
	Where  []string `env:"WHERE" help:"keep only DIMENSION=VALUE; of a dimension that is given several times any of the values"`
	Format string   `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

// defaultWindow is how far a window reaches back when --from is not given.
const defaultWindow = 30 * 24 * time.Hour

func newMetric(set *settings) *cobra.Command {
	opts := &metricOptions{}
	c := &cobra.Command{
		Use:   "metric NAME…",
		Short: "Compute metrics over a window",
		Example: `  firebreak metric automation_success_rate --by automation_id
  firebreak metric incident_count time_to_resolve --from 2026-01-01 --to 2026-04-01 --where team=payments --format json
  firebreak metric list
  firebreak metric show false_positive_rate`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			return printMetrics(cmd, set, opts, names)
		},
	}
	bindOptions(c, opts)
	c.AddCommand(newMetricList(), newMetricShow())
	return c
}

func printMetrics(cmd *cobra.Command, set *settings, opts *metricOptions, names []string) error {
	if err := set.validate(); err != nil {
		return err
	}
	if err := checkFormat(opts.Format); err != nil {
		return err
	}
	query, err := opts.query(time.Now())
	if err != nil {
		return err
	}
	var metrics []*aggregate.Metric
	for _, name := range names {
		m, err := aggregate.Find(name)
		if err != nil {
			return usagef("%w", err)
		}
		metrics = append(metrics, m)
	}
	for _, m := range metrics {
		if err := query.Validate(m); err != nil {
			return usagef("%w", err)
		}
	}
	return withReader(set, func(s *store.Store) error {
		for i, m := range metrics {
			if i > 0 && opts.Format == "table" {
				fmt.Fprintln(cmd.OutOrStdout())
			}
			if err := printMetric(cmd.Context(), cmd.OutOrStdout(), s, m, query, opts.Format); err != nil {
				return err
			}
		}
		return nil
	})
}

func printMetric(ctx context.Context, to io.Writer, s *store.Store, m *aggregate.Metric, q aggregate.Query, format string) error {
	rows, err := aggregate.Run(ctx, s, m, q)
	if err != nil {
		return err
	}
	return writeRows(to, format, rows)
}

// withReader opens ClickHouse to read and explains what fails.
func withReader(set *settings, do func(*store.Store) error) error {
	s, err := store.Open(set.reader())
	if err != nil {
		return usagef("%w", err)
	}
	defer s.Close()
	return explain(set, do(s))
}

func (o *metricOptions) query(now time.Time) (aggregate.Query, error) {
	q := aggregate.Query{To: now, AsOf: now}
	if err := parseTime("to", o.To, &q.To); err != nil {
		return q, err
	}
	q.From = q.To.Add(-defaultWindow)
	if err := parseTime("from", o.From, &q.From); err != nil {
		return q, err
	}
	if err := parseTime("as-of", o.AsOf, &q.AsOf); err != nil {
		return q, err
	}
	for _, d := range o.By {
		q.By = append(q.By, aggregate.Dimension(d))
	}
	for _, condition := range o.Where {
		dimension, value, ok := strings.Cut(condition, "=")
		if !ok {
			return q, usagef("--where %q is not DIMENSION=VALUE", condition)
		}
		q.Where = also(q.Where, aggregate.Dimension(dimension), value)
	}
	return q, nil
}

// also lets a dimension have one more value.
func also(where []aggregate.Filter, d aggregate.Dimension, value string) []aggregate.Filter {
	for i := range where {
		if where[i].Dimension == d {
			where[i].Values = append(where[i].Values, value)
			return where
		}
	}
	return append(where, aggregate.Only(d, value))
}

// parseTime reads a date (midnight UTC) or an RFC 3339 time, cut to the
// millisecond; an empty text leaves the default.
func parseTime(flag, text string, into *time.Time) error {
	if text == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			*into = at.UTC().Truncate(time.Millisecond)
			return nil
		}
	}
	return usagef("--%s %q is neither a date like 2026-01-31 nor a time like 2026-01-31T12:00:00Z", flag, text)
}

func day(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}

func newMetricList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the metrics",
		Example: "  firebreak metric list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := newTable(cmd.OutOrStdout())
			fmt.Fprintln(out, "metric\tunit\tbetter\tformula")
			for _, m := range aggregate.Catalogue {
				fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", m.Name, m.Unit, m.Better, m.Formula)
			}
			return out.Flush()
		},
	}
}

func newMetricShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show NAME",
		Short:   "Show how a metric is defined, with its SQL",
		Example: "  firebreak metric show time_to_resolve",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := aggregate.Find(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			showMetric(cmd.OutOrStdout(), m)
			return nil
		},
	}
}

func showMetric(to io.Writer, m *aggregate.Metric) {
	fmt.Fprintf(to, "%s (%s)\n\n%s\n\n", m.Title, m.Name, m.Description)
	line := func(name, value string) { fmt.Fprintf(to, "%-11s %s\n", name, value) }
	line("formula", m.Formula)
	line("unit", string(m.Unit))
	line("direction", string(m.Better))
	line("estimator", string(m.Estimator))
	if m.NoMinimum {
		line("minimum", "none")
	} else {
		line("minimum", fmt.Sprintf("%d cases", m.MinSample))
	}
	var dims []string
	for _, d := range m.Dimensions {
		dims = append(dims, string(d))
	}
	line("dimensions", join(dims))
	if len(m.Companions) > 0 {
		line("beside it", join(m.Companions))
	}
	fmt.Fprintf(to, "\nOne row for each member of the cohort; {{…}} are incidents and executions, folded from events:\n\n%s\n", m.SQL())
}

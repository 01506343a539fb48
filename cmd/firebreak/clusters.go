package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

type clustersOptions struct {
	From   string   `env:"FROM" help:"keep clusters with an incident that opened at or after this date or RFC 3339 time"`
	To     string   `env:"TO" help:"and before it; default --as-of"`
	AsOf   string   `env:"AS_OF" help:"as of when; default now"`
	Where  []string `env:"WHERE" help:"keep only service=, team=, state= or cluster_id=VALUE"`
	Least  int      `env:"LEAST" envDefault:"2" help:"keep clusters with at least so many incidents"`
	Limit  int      `env:"LIMIT" envDefault:"20" help:"how many to show, the most frequent first; 0 is all"`
	Format string   `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`

	Interventions bool `env:"INTERVENTIONS" help:"show what was done about each and how often it came before and after, a row an intervention; --limit counts these"`
}

func newClusters(set *settings) *cobra.Command {
	opts := &clustersOptions{}
	c := &cobra.Command{
		Use:   "clusters",
		Short: "Show the recurring troubles: how often, how they changed, when, where",
		Long: `One row a recurrence cluster, computed as of a moment. There is no --by, as metric
has: a row is a cluster already, with all its services and teams. To count incidents
by something else as well, ask ` + "`firebreak metric incident_count --by cluster_id,service`" + `.`,
		Example: `  firebreak clusters
  firebreak clusters --where state=emerging --where service=checkout-api
  firebreak clusters --as-of 2026-06-30 --limit 0 --format json
  firebreak clusters --interventions --where service=checkout-api`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkFormat(opts.Format); err != nil {
				return err
			}
			filter, err := opts.filter(time.Now())
			if err != nil {
				return err
			}
			return withReader(set, func(s *store.Store) error {
				if opts.Interventions {
					return showInterventions(cmd.Context(), cmd.OutOrStdout(), opts.Format, s, filter)
				}
				return showClusters(cmd.Context(), cmd.OutOrStdout(), opts.Format, s, filter)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

// clusterStates are what --where state= can ask for.
var clusterStates = []string{
	string(aggregate.Emerging), string(aggregate.Chronic), string(aggregate.Fading), string(aggregate.Eliminated), string(aggregate.Quiet),
}

// clusterFilter says which clusters to show.
type clusterFilter struct {
	asOf         time.Time
	opened       *window // when an incident must have opened; nil is any time
	where        [][2]string
	least, limit int
}

// window is [from, to).
type window struct{ from, to time.Time }

func (o *clustersOptions) filter(now time.Time) (clusterFilter, error) {
	f := clusterFilter{asOf: now, least: o.Least, limit: o.Limit}
	if err := parseTime("as-of", o.AsOf, &f.asOf); err != nil {
		return f, err
	}
	if o.From != "" || o.To != "" {
		f.opened = &window{to: f.asOf}
		if err := parseTime("to", o.To, &f.opened.to); err != nil {
			return f, err
		}
		if err := parseTime("from", o.From, &f.opened.from); err != nil {
			return f, err
		}
		if !f.opened.from.Before(f.opened.to) {
			return f, usagef("--from must be before --to, which is --as-of or now when it is not given")
		}
	}
	if o.Limit < 0 {
		return f, usagef("--limit must not be negative")
	}
	if o.Least < 0 {
		return f, usagef("--least must not be negative")
	}
	for _, condition := range o.Where {
		name, value, ok := strings.Cut(condition, "=")
		if !ok || !slices.Contains([]string{"service", "team", "state", "cluster_id"}, name) {
			return f, usagef("--where %q is none of service=, team=, state=, cluster_id=VALUE", condition)
		}
		if name == "state" && !slices.Contains(clusterStates, value) {
			return f, usagef("--where state=%s: the states are %s", value, strings.Join(clusterStates, ", "))
		}
		f.where = append(f.where, [2]string{name, value})
	}
	return f, nil
}

func (f *clusterFilter) keeps(c *aggregate.ClusterFacts) bool {
	if c.Incidents < f.least {
		return false
	}
	for _, w := range f.where {
		switch name, value := w[0], w[1]; {
		case name == "service" && !slices.Contains(c.Services, value),
			name == "team" && !slices.Contains(c.Teams, value),
			name == "state" && string(c.State) != value,
			name == "cluster_id" && c.ClusterID != value:
			return false
		}
	}
	return true
}

// readMatching keeps of all clusters what the filter asks for, whatever its limit.
func readMatching(ctx context.Context, s *store.Store, f clusterFilter) (*aggregate.ClusterReading, error) {
	r, err := aggregate.AllClusters(ctx, s, f.asOf, aggregate.Fold{})
	if err != nil {
		return nil, err
	}
	r.Facts = slices.DeleteFunc(r.Facts, func(c aggregate.ClusterFacts) bool { return !f.keeps(&c) })
	if f.opened != nil {
		opened, err := aggregate.OpenedBetween(ctx, s, f.opened.from, f.opened.to, f.asOf)
		if err != nil {
			return nil, err
		}
		r.Facts = slices.DeleteFunc(r.Facts, func(c aggregate.ClusterFacts) bool { return !opened[c.ClusterID] })
	}
	return r, nil
}

// readClusters gives the facts that the filter asks for, the most frequent first.
func readClusters(ctx context.Context, s *store.Store, f clusterFilter) ([]aggregate.ClusterFacts, error) {
	r, err := readMatching(ctx, s, f)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.Facts, func(a, b aggregate.ClusterFacts) int {
		if a.Now.Episodes != b.Now.Episodes {
			return b.Now.Episodes - a.Now.Episodes
		}
		return b.Episodes - a.Episodes
	})
	return atMost(f.limit, r.Facts), nil
}

// atMost is the first of a list, or all of it when limit is 0.
func atMost[T any](limit int, list []T) []T {
	if limit > 0 && len(list) > limit {
		return list[:limit]
	}
	return list
}

func showClusters(ctx context.Context, to io.Writer, format string, s *store.Store, f clusterFilter) error {
	facts, err := readClusters(ctx, s, f)
	if err != nil {
		return err
	}
	if len(facts) == 0 && format == "table" {
		return tellNone(ctx, to, s, f.asOf)
	}
	return writeClusters(to, format, facts)
}

func writeClusters(to io.Writer, format string, facts []aggregate.ClusterFacts) error {
	switch format {
	case "json":
		return fieldsJSON(to, len(facts), func(i int) []aggregate.Field { return facts[i].Fields() })
	case "csv":
		return fieldsCSV(to, len(facts), func(i int) []aggregate.Field { return facts[i].Fields() }, csvValue)
	}
	return clustersTable(to, facts)
}

// tellNone says that there is nothing to show, and whether there could be.
func tellNone(ctx context.Context, to io.Writer, s *store.Store, asOf time.Time) error {
	const opened = "SELECT count() FROM incident_records WHERE reason = '' AND type = 'incident.opened' AND occurred_at <= {as_of:DateTime64(3, 'UTC')}"
	var n uint64
	err := s.Each(ctx, opened, map[string]string{"as_of": store.TimeParameter(asOf)}, func(rows store.Rows) error { return rows.Scan(&n) })
	if err != nil {
		return err
	}
	if n == 0 {
		_, err = fmt.Fprintf(to, "No incident had opened by %s.\n", asOf.UTC().Format(time.RFC3339))
		return err
	}
	_, err = fmt.Fprintln(to, "No recurring trouble matches; incidents are matched by `firebreak aggregate` or `firebreak up`.")
	return err
}

// clustersTable shows what people look for first.
func clustersTable(to io.Writer, facts []aggregate.ClusterFacts) error {
	w := newTable(to)
	fmt.Fprintln(w, "cluster\tstate\tincidents\tepisodes\tper 30 days [95 %]\tbefore\tlast seen\tresolve\thours\tservices\twhen\twhat")
	for i := range facts {
		c := &facts[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			c.ClusterID, c.State, c.Incidents, c.Episodes, rateCell(c.Now), rateCell(c.Before), day(c.LastSeen),
			resolveCell(c), hoursCell(c), shortList(c.Services), c.TimeOfDay, shorten(c.Template))
	}
	return w.Flush()
}

func rateCell(r aggregate.ClusterRate) string {
	if r.PerMonth == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.1f [%.1f, %.1f]", *r.PerMonth, r.Interval.Low, r.Interval.High)
}

func resolveCell(c *aggregate.ClusterFacts) string {
	if c.TimeToResolve.Estimate == nil {
		return string(c.TimeToResolveStatus)
	}
	return time.Duration(*c.TimeToResolve.Estimate * float64(time.Second)).Round(time.Second).String()
}

func hoursCell(c *aggregate.ClusterFacts) string {
	if c.ResponderHours == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.1f", *c.ResponderHours)
}

func shortList(list []string) string {
	const shown = 2
	if len(list) > shown {
		return fmt.Sprintf("%s +%d", join(list[:shown]), len(list)-shown)
	}
	return join(list)
}

func shorten(text string) string {
	const longest = 70
	text = harmless(text)
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

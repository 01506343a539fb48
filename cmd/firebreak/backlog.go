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
	declared "github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema/store"
)

type backlogOptions struct {
	AsOf   string   `env:"AS_OF" help:"as of when; default now"`
	Where  []string `env:"WHERE" help:"keep only service=, team=, state=, pattern= or cluster_id=VALUE"`
	Limit  int      `env:"LIMIT" envDefault:"20" help:"how many to show, the highest priority first; 0 is all"`
	Format string   `env:"FORMAT" envDefault:"table" help:"table, json (one object a line) or csv"`
}

func newBacklog(set *settings) *cobra.Command {
	opts := &backlogOptions{}
	c := &cobra.Command{
		Use:   "backlog",
		Short: "Show what to automate next: recurring troubles by what ending them is worth",
		Long: `One row a recurrence cluster that is not eliminated, computed as of a moment, the
highest priority first:

  priority = frequency × impact^1.5 × toil × leverage × alignment

frequency is incidents per 30 days, impact the mean of severity × tier weight, toil
the median hands-on hours of an incident (* when none says, and the usual was
assumed), leverage above 1 for what hits several services. Tier weights and alignment
come from ` + "`firebreak settings`" + `. score is frequency × impact × toil: of two with the
same score the one with the higher impact comes first.`,
		Example: `  firebreak backlog
  firebreak backlog --where team=payments --limit 5
  firebreak backlog --as-of 2026-06-30 --limit 0 --format csv`,
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
				items, err := readBacklog(cmd.Context(), s, filter)
				if err != nil {
					return err
				}
				if len(items) == 0 && opts.Format == "table" {
					return tellNone(cmd.Context(), cmd.OutOrStdout(), s, filter.asOf)
				}
				return writeBacklog(cmd.OutOrStdout(), opts.Format, items)
			})
		},
	}
	bindOptions(c, opts)
	return c
}

// backlogFilter says which items to show.
type backlogFilter struct {
	asOf  time.Time
	where []condition
	limit int
}

// condition is NAME=VALUE of a --where.
type condition struct{ name, value string }

// conditions reads --where. allowed are the names, each with the values that it
// can have, or nil when that is anything.
func conditions(where []string, allowed map[string][]string, names ...string) ([]condition, error) {
	var list []condition
	for _, text := range where {
		name, value, ok := strings.Cut(text, "=")
		if !ok || !slices.Contains(names, name) {
			return nil, usagef("--where %q is none of %s=VALUE", text, strings.Join(names, "=, "))
		}
		if values := allowed[name]; values != nil && !slices.Contains(values, value) {
			return nil, usagef("--where %s=%s: it is one of %s", name, value, strings.Join(values, ", "))
		}
		list = append(list, condition{name, value})
	}
	return list, nil
}

// patterns are what --where pattern= can ask for.
var patterns = []string{string(aggregate.Script), string(aggregate.Operator), string(aggregate.SelfHealing)}

func (o *backlogOptions) filter(now time.Time) (backlogFilter, error) {
	f := backlogFilter{asOf: now, limit: o.Limit}
	if err := parseTime("as-of", o.AsOf, &f.asOf); err != nil {
		return f, err
	}
	if o.Limit < 0 {
		return f, usagef("--limit must not be negative")
	}
	var err error
	f.where, err = conditions(o.Where, map[string][]string{"state": clusterStates, "pattern": patterns}, "service", "team", "state", "pattern", "cluster_id")
	return f, err
}

func (f *backlogFilter) keeps(b *aggregate.BacklogItem) bool {
	for _, w := range f.where {
		if !slices.Contains(map[string][]string{
			"service": b.Services, "team": b.Teams, "state": {string(b.State)}, "pattern": {string(b.Pattern)}, "cluster_id": {b.ClusterID},
		}[w.name], w.value) {
			return false
		}
	}
	return true
}

// readBacklog computes the backlog as of a moment and keeps what the filter asks
// for, with the ranks that it has in the whole.
func readBacklog(ctx context.Context, s *store.Store, f backlogFilter) ([]aggregate.BacklogItem, error) {
	r, err := aggregate.AllClusters(ctx, s, f.asOf, aggregate.Fold{})
	if err != nil {
		return nil, err
	}
	inForce, err := declared.Read(ctx, s)
	if err != nil {
		return nil, err
	}
	items := slices.DeleteFunc(aggregate.Backlog(r.Facts, inForce), func(b aggregate.BacklogItem) bool { return !f.keeps(&b) })
	if f.limit > 0 && len(items) > f.limit {
		items = items[:f.limit]
	}
	return items, nil
}

func writeBacklog(to io.Writer, format string, items []aggregate.BacklogItem) error {
	fields := func(i int) []aggregate.Field { return items[i].Fields() }
	switch format {
	case "json":
		return fieldsJSON(to, len(items), fields)
	case "csv":
		return fieldsCSV(to, len(items), fields, csvValue)
	}
	return backlogTable(to, items)
}

// backlogTable shows what people decide by; why a pattern is recommended, and
// whether a person should approve, are in the other formats.
func backlogTable(to io.Writer, items []aggregate.BacklogItem) error {
	w := newTable(to)
	fmt.Fprintln(w, "rank\tcluster\tpriority\tscore\tper 30 days\timpact\ttoil h\th a quarter\tautomate with\tapproval\tautomations\tservices\twhat")
	for i := range items {
		b := &items[i]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%.2f\t%.2f\t%s\t%.1f\t%s\t%s\t%s\t%s\t%s\n",
			b.Rank, b.ClusterID, threeDigits(b.Priority), threeDigits(b.Score), b.Frequency, b.Impact, toilCell(b), b.HoursPerQuarter,
			b.Pattern, yesOrNo(b.Approval), shortList(b.Automations), shortList(b.Services), whatCell(b))
	}
	return w.Flush()
}

// threeDigits writes a number that may be of any size.
func threeDigits(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func toilCell(b *aggregate.BacklogItem) string {
	if b.ToilAssumed {
		return fmt.Sprintf("%.2f*", b.Toil)
	}
	return fmt.Sprintf("%.2f", b.Toil)
}

func yesOrNo(yes bool) string {
	if yes {
		return "needed"
	}
	return "no"
}

func whatCell(b *aggregate.BacklogItem) string {
	switch {
	case b.SelfInflicted:
		return "caused by automation: " + shorten(b.Title)
	case b.EasyWin:
		return "easy win: " + shorten(b.Title)
	}
	return shorten(b.Title)
}

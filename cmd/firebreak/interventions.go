package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// showInterventions shows what was done about the clusters that the filter keeps.
func showInterventions(ctx context.Context, to io.Writer, format string, s *store.Store, f clusterFilter) error {
	r, err := readMatching(ctx, s, f)
	if err != nil {
		return err
	}
	if len(r.Facts) == 0 && format == "table" {
		return tellNone(ctx, to, s, f.asOf)
	}
	list, err := readInterventions(ctx, s, f, r)
	if err != nil {
		return err
	}
	fields := func(i int) []aggregate.Field { return list[i].Fields() }
	switch {
	case format == "json":
		return fieldsJSON(to, len(list), fields)
	case format == "csv":
		return fieldsCSV(to, len(list), fields, csvValue)
	case len(list) == 0:
		_, err := fmt.Fprintln(to, "Nothing was done about these troubles: no automation with a run on them went live, no review decided on a fix.")
		return err
	}
	return interventionsTable(to, list)
}

// readInterventions gives the automations before the fixes, of which there may be one
// a review, and first those with the most episodes to compare.
func readInterventions(ctx context.Context, s *store.Store, f clusterFilter, r *aggregate.ClusterReading) ([]aggregate.Intervention, error) {
	if len(r.Facts) == 0 {
		return nil, nil // naming no cluster would ask for all
	}
	ids := make([]string, len(r.Facts))
	for i := range r.Facts {
		ids[i] = r.Facts[i].ClusterID
	}
	list, err := aggregate.Interventions(ctx, s, f.asOf, ids, r.Around, r.Template)
	slices.SortStableFunc(list, func(a, b aggregate.Intervention) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(a.Kind), string(b.Kind))
		}
		return b.Before.Episodes + b.After.Episodes - a.Before.Episodes - a.After.Episodes
	})
	return atMost(f.limit, list), err
}

// interventionsTable shows what people look for first.
func interventionsTable(to io.Writer, list []aggregate.Intervention) error {
	w := newTable(to)
	fmt.Fprintln(w, "cluster\twhat was done\twhen\tper 30 days before [95 %]\tafter\tratio\tguarded ratio\tfewer?\talso done\thow it was chosen\twhat")
	for n := range list {
		i := &list[n]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n",
			i.ClusterID, i.Name, day(i.LiveAt), rateCell(i.Before), rateCell(i.After), comparisonCell(&i.Plain), comparisonCell(&i.Guarded),
			fewerCell(i), len(i.Also), i.Chosen, shorten(i.Template))
	}
	return w.Flush()
}

func comparisonCell(c *aggregate.RateComparison) string {
	if c.Ratio == nil {
		return string(c.Status)
	}
	return fmt.Sprintf("%.2f [%.2f, %.2f]", *c.Ratio, c.Interval.Low, c.Interval.High)
}

// fewerCell says whether the trouble came less often.
func fewerCell(i *aggregate.Intervention) string {
	switch {
	case i.RegressionToMean == nil:
		return "unknown"
	case *i.RegressionToMean:
		return "maybe by itself"
	case i.Plain.Interval.High < 1:
		return "yes"
	case i.Plain.Interval.Low > 1:
		return "more"
	}
	return "not shown"
}

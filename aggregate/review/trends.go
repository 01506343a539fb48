package review

import (
	"context"

	"github.com/vividium/firebreak/aggregate"
)

// trendWeeks is how many weeks are drawn.
const trendWeeks = 26

// trending are the metrics that are drawn.
var trending = []string{"incident_count", "time_to_resolve", "automation_coverage", "toil_hours_saved"}

// trends reads the weeks up to the week: as they are kept where all are.
func (r *reader) trends(ctx context.Context, report *Report) error {
	from := report.To.Add(-trendWeeks * week)
	if known := report.Since.Incidents; known.IsZero() || known.After(report.From) {
		from = report.From
	} else if known.After(from) {
		from = known
	}
	if !from.Before(report.To) {
		return nil
	}
	for _, name := range trending {
		points, err := r.trend(ctx, name, window{from, report.To, report.AsOf})
		if err != nil {
			return err
		}
		if h := report.of(name); h != nil && len(points) > 0 {
			points[len(points)-1] = h.Week // the same number everywhere
		}
		report.Trends = append(report.Trends, Trend{Metric: name, Points: points})
	}
	return nil
}

func (r *reader) trend(ctx context.Context, name string, w window) ([]Line, error) {
	m := catalogued(name)
	q := aggregate.Query{From: w.from, To: w.to, AsOf: w.asOf}
	rows, err := r.weekly(ctx, m, q)
	if err != nil {
		return nil, err
	}
	id := r.source("metric", name, "--from", "{from}", "--to", "{to}", "--as-of", "{as_of}")
	lines := make([]Line, len(rows))
	for i := range rows {
		lines[i] = newLine(id, []string{"from", "to", "as_of"}, rows[i].Fields())
	}
	return lines, nil
}

func (r *reader) weekly(ctx context.Context, m *aggregate.Metric, q aggregate.Query) ([]aggregate.Row, error) {
	kept, err := aggregate.ReadKept(ctx, r.store, m, q, week)
	if err != nil {
		return nil, err
	}
	if kept != nil {
		return kept.Rows, nil
	}
	return aggregate.Reading(ctx, r.store, r.kept, func(fold aggregate.Fold) ([]aggregate.Row, error) {
		q.Kept = fold
		return aggregate.RunWindows(ctx, r.store, m, q, week, [][]aggregate.Dimension{nil})
	})
}

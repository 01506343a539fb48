package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// Since is from when on something is known: the beginning of the first whole week of each
// kind of event. Nobody was looking before, so nothing can be compared with that. It is the
// zero time of what there is none of.
type Since struct {
	Incidents  time.Time `json:"incidents"`
	Alerts     time.Time `json:"alerts"`
	Executions time.Time `json:"executions"`
}

// strays is the share of events that may lie before all that is known: a single record of
// another year does not make everything between known.
const strays = 0.001

func (r *reader) since(ctx context.Context) (since Since, err error) {
	text, err := sqlFiles.ReadFile("sql/since.sql")
	if err != nil {
		return since, err
	}
	var kinds [3][]weekOf
	params := map[string]string{"as_of": store.TimeParameter(r.asOf)}
	err = r.store.Each(ctx, strings.TrimSpace(string(text)), params, func(rows store.Rows) error {
		var kind uint8
		var monday time.Time
		var w weekOf
		err := rows.Scan(&kind, &monday, &w.first, &w.events)
		kinds[kind] = append(kinds[kind], w)
		return err
	})
	if err != nil {
		return since, fmt.Errorf("review (since): %w", err)
	}
	for i, at := range []*time.Time{&since.Incidents, &since.Alerts, &since.Executions} {
		*at = knownSince(kinds[i])
	}
	return since, nil
}

// weekOf is a week with events.
type weekOf struct {
	first  time.Time
	events uint64
}

// knownSince is the beginning of the first whole week that is known, of weeks in order; the
// zero time of none.
func knownSince(weeks []weekOf) time.Time {
	var all, before uint64
	for _, w := range weeks {
		all += w.events
	}
	for _, w := range weeks {
		if before += w.events; float64(before) > strays*float64(all) {
			return wholeWeek(w.first.UTC())
		}
	}
	return time.Time{}
}

// wholeWeek is the first Monday, 00:00 UTC, not before a moment.
func wholeWeek(t time.Time) time.Time { return aggregate.WeekEnd(t.Add(-time.Millisecond)) }

// of is from when on what a metric counts is known.
func (s *Since) of(m *aggregate.Metric) time.Time {
	switch {
	case strings.HasPrefix(m.Name, "alert"):
		return s.Alerts
	case slices.Contains(m.Dimensions, "automation_id"):
		return s.Executions
	}
	return s.Incidents
}

// quarterFrom is 13 weeks before the week, or from when on a metric is known.
func (r *Report) quarterFrom(m *aggregate.Metric) time.Time {
	began := r.From.Add(-WeeksOfQuarter * week)
	known := r.Since.of(m)
	switch {
	case known.IsZero(), known.After(r.From):
		return r.From
	case known.After(began):
		return known
	}
	return began
}

// knowsBefore says whether the whole week before is known of a metric.
func (r *Report) knowsBefore(m *aggregate.Metric) bool {
	known := r.Since.of(m)
	return !known.IsZero() && !known.After(r.From.Add(-week))
}

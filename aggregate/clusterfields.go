package aggregate

import (
	"math"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
)

// Fields lists the facts under the names of the table clusters, in its order.
// What is not known is a nil pointer.
func (f *ClusterFacts) Fields() []Field {
	fields := []Field{
		{"cluster_id", f.ClusterID},
		{"template", f.Template},
		{"state", string(f.State)},
		{"incident_count", uint64(f.Incidents)},
		{"episode_count", uint64(f.Episodes)},
		{"services", known(f.Services)},
		{"teams", known(f.Teams)},
		{"first_seen", sinceEpoch(f.FirstSeen)},
		{"last_seen", sinceEpoch(f.LastSeen)},
		{"days_observed", f.Now.Days},
		{"episodes_now", uint64(f.Now.Episodes)},
		{"incidents_now", uint64(f.Now.Incidents)},
	}
	fields = append(fields, estimated("rate", f.Now.PerMonth, f.Now.Interval)...)
	fields = append(fields, Field{"days_observed_before", f.Before.Days}, Field{"episodes_before", uint64(f.Before.Episodes)})
	fields = append(fields, estimated("rate_before", f.Before.PerMonth, f.Before.Interval)...)
	fields = append(fields, estimated("rate_ratio", f.RateRatio, f.RateRatioInterval)...)
	fields = append(fields, Field{"median_days_between", f.MedianDaysBetween})
	fields = append(fields, f.rhythmFields()...)
	return append(
		fields,
		Field{"time_to_resolve", f.TimeToResolve.Estimate}, Field{"time_to_resolve_low", f.TimeToResolve.Low}, Field{"time_to_resolve_high", f.TimeToResolve.High},
		Field{"time_to_resolve_status", string(f.TimeToResolveStatus)}, Field{"open_count", uint64(f.Open)},
		Field{"responder_hours", f.ResponderHours}, Field{"responder_hours_unknown", uint64(f.ResponderHoursUnknown)},
		Field{"automations", known(f.Automations)}, Field{"ended_by", f.EndedBy}, Field{"ended_at", orNil(f.EndedAt)}, Field{"silence_p", f.SilenceP},
		Field{"varies", known(f.Varies)}, Field{"computed_at", f.ComputedAt},
	)
}

func (f *ClusterFacts) rhythmFields() []Field {
	var strength, p, weekP *float64
	if f.Day != nil {
		strength, p, weekP = &f.Day.Strength, &f.Day.P, &f.Week.P
	}
	return []Field{
		{"time_of_day", f.TimeOfDay},
		{"time_of_day_strength", strength},
		{"time_of_day_p", p},
		{"day_of_week", f.DayOfWeek},
		{"day_of_week_p", weekP},
	}
}

// estimated is an estimate with the ends of its interval, each nil where there
// is none.
func estimated(name string, estimate *float64, ends stats.Interval) []Field {
	var low, high *float64
	if estimate != nil {
		low = &ends.Low
		if !math.IsInf(ends.High, 1) {
			high = &ends.High
		}
	}
	return []Field{{name, estimate}, {name + "_low", low}, {name + "_high", high}}
}

func known(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// sinceEpoch is the time, or the earliest one that the store holds.
func sinceEpoch(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t
}

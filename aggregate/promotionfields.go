package aggregate

import "github.com/vividium/firebreak/aggregate/stats"

// Fields lists the verdict under the names of the table promotions, in its order.
// What is not known is a nil pointer.
func (p *Promotion) Fields() []Field {
	successLow, successHigh := ends(p.Success, p.SuccessBounds)
	_, falseHigh := ends(p.False, p.FalseBounds)
	inducedLow, inducedHigh := ends(p.InducedRate, p.InducedInterval)
	return []Field{
		{"week", WeekName(p.WeekEnd)},
		{"week_end", p.WeekEnd},
		{"automation_id", p.AutomationID},
		{"automation_version", p.Version},
		{"stage", p.Stage},
		{"executions", uint64(p.Executions)},
		{"first_run_at", p.FirstRun},
		{"last_run_at", p.LastRun},
		{"days_observed", p.Days()},
		{"finished", uint64(p.Finished)},
		{"succeeded", uint64(p.Succeeded)},
		{"success_rate", p.Success},
		{"success_low", successLow},
		{"success_high", successHigh},
		{"need_known", uint64(p.NeedKnown)},
		{"unneeded", uint64(p.Unneeded)},
		{"false_positive_rate", p.False},
		{"false_positive_high", falseHigh},
		{"mutating_executions", uint64(p.Mutating)},
		{"induced_incidents", uint64(p.Induced)},
		{"induced_by_mutating", uint64(p.InducedByMutating)},
		{"induced_rate", p.InducedRate},
		{"induced_low", inducedLow},
		{"induced_high", inducedHigh},
		{"verdict", string(p.Verdict)},
		{"reason", p.Reason},
		{"computed_at", p.ComputedAt},
	}
}

// ends of an interval; nil when there is no estimate.
func ends(estimate *float64, interval stats.Interval) (low, high *float64) {
	if estimate == nil {
		return nil, nil
	}
	return &interval.Low, &interval.High
}

package oracle

import (
	"github.com/vividium/firebreak/aggregate/stats"
	"github.com/vividium/firebreak/schema"
)

var executionMetrics = map[string]metric[Execution]{
	"execution_count":         {cohort: startedExecutions, row: executionCountRow},
	"automation_success_rate": {cohort: startedExecutions, row: ofFinished((*Execution).Success)},
	"escalation_rate":         {cohort: startedExecutions, row: ofFinished(func(x *Execution) bool { return x.EscalatedAt.Set })},
	"rollback_rate":           {cohort: startedExecutions, row: ofFinished(func(x *Execution) bool { return x.RolledBackAt.Set })},
	"false_positive_rate":     {cohort: startedExecutions, row: falsePositiveRow},
	"induced_incident_rate":   {cohort: startedExecutions, row: inducedRow},
	"dry_run_agreement_rate":  {cohort: dryRuns, row: agreementRow},

	"toil_hours_saved":            {cohort: startedExecutions, row: toilRow},
	"suspected_induced_incidents": {cohort: startedExecutions, among: isExposed, row: excessRow},
}

func dryRuns(q Query, x *Execution) bool { return startedExecutions(q, x) && x.DryRun() }

// agreementRow is dry runs whose need is known that were needed ÷ dry runs whose
// need is known, of those that got as far as to propose something.
func agreementRow(s *state, _ Query, executions []*Execution) Row {
	ran := having(executions, (*Execution).Ran)
	known := having(ran, func(x *Execution) bool { return s.needOf(x) != needUnknown })
	row := proportionRow(holding(known, func(x *Execution) bool { return s.needOf(x) == needed }), int64(len(known)))
	row.Unknown = new(int64(len(ran) - len(known)))
	row.LeftOut = new(int64(len(executions) - len(ran)))
	return row
}

func startedExecutions(q Query, x *Execution) bool { return q.inWindow(schema.Some(x.Start())) }

func executionCountRow(_ *state, q Query, executions []*Execution) Row {
	return burstRow(q, executions, (*Execution).Start)
}

// ofFinished is the share of finished executions for which a condition holds.
func ofFinished(condition func(*Execution) bool) func(*state, Query, []*Execution) Row {
	return func(_ *state, _ Query, executions []*Execution) Row {
		finished := having(executions, (*Execution).Finished)
		row := proportionRow(holding(finished, condition), int64(len(finished)))
		row.LeftOut = notLive(executions)
		return row
	}
}

func notLive(executions []*Execution) *int64 {
	return new(int64(len(executions)) - holding(executions, (*Execution).Live))
}

// falsePositiveRow is live executions that were not needed ÷ live executions
// whose need is known, with what the unknown ones could make of it.
func falsePositiveRow(s *state, _ Query, executions []*Execution) Row {
	live := having(executions, (*Execution).Live)
	notNeeded := holding(live, func(x *Execution) bool { return s.needOf(x) == needless })
	unknown := holding(live, func(x *Execution) bool { return s.needOf(x) == needUnknown })

	row := proportionRow(notNeeded, int64(len(live))-unknown)
	row.Unknown = &unknown
	row.LeftOut = notLive(executions)
	row.Companions = verdictCompanions(live)
	row.Companions["bound_low"], row.Companions["bound_high"] = nil, nil
	if all := int64(len(live)); all >= minimumSample {
		row.Companions["bound_low"] = new(stats.Wilson(notNeeded, all, confidence).Low)
		row.Companions["bound_high"] = new(stats.Wilson(notNeeded+unknown, all, confidence).High)
	}
	return row
}

// verdictCompanions is the same proportion over explicit verdicts only.
func verdictCompanions(live []*Execution) map[string]*float64 {
	judged := holding(live, func(x *Execution) bool { return x.Verdict != "" })
	unnecessary := holding(live, func(x *Execution) bool { return x.Verdict == "unnecessary" })
	byVerdict := proportionRow(unnecessary, judged)
	return map[string]*float64{
		"by_verdict":      byVerdict.Estimate,
		"by_verdict_low":  byVerdict.Low,
		"by_verdict_high": byVerdict.High,
		"by_verdict_n":    new(float64(judged)),
	}
}

// inducedRow is confirmed induced incidents per 1,000 live mutating
// executions. Such incidents may be opened at any time up to the as-of.
func inducedRow(s *state, _ Query, executions []*Execution) Row {
	mutating := make(map[string]bool)
	for _, x := range executions {
		if x.Live() && x.Mutating {
			mutating[x.ID] = true
		}
	}
	var induced int64
	for _, i := range s.incidents {
		if i.OpenedAt.Set && !i.LeftOut() && mutating[i.CausedByExecutionID] {
			induced++
		}
	}
	n := int64(len(mutating))
	row := Row{N: n, Numerator: &induced, Denominator: &n, LeftOut: notLive(executions), Status: StatusInsufficient}
	if n > 0 {
		row.Status = StatusOK
		row.estimate(1000*float64(induced)/float64(n), stats.PoissonExact(induced, confidence).Scaled(1000/float64(n)))
	}
	return row
}

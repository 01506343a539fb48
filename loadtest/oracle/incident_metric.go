package oracle

import (
	"slices"

	"github.com/vividium/firebreak/schema"
)

var incidentMetrics = map[string]metric[Incident]{
	"incident_count":      {cohort: countedIncidents, row: incidentCountRow},
	"excluded_incidents":  {cohort: excludedIncidents, row: excludedRow},
	"time_to_acknowledge": {cohort: realIncidents, row: acknowledgeRow},
	"time_to_resolve":     {cohort: realIncidents, row: resolveRow},
	"responder_hours":     {cohort: countedIncidents, row: responderHoursRow},
	"automation_coverage": {cohort: countedIncidents, row: coverageRow},

	"recurrence_rate":        {cohort: countedIncidents, row: recurrenceRow},
	"familiar_stranger_rate": {cohort: countedIncidents, row: strangerRow},

	"review_fix_rate":           {cohort: countedIncidents, row: reviewFixRow},
	"band_aid_rate":             {cohort: countedIncidents, row: bandAidRow},
	"automated_resolution_rate": {cohort: countedIncidents, row: automatedResolutionRow},
}

// reviewFixRow is reviewed incidents with at least one action of kind fix and
// automatable ÷ reviewed incidents.
func reviewFixRow(_ *state, _ Query, incidents []*Incident) Row {
	reviewed := having(incidents, func(i *Incident) bool { return i.ReviewedAt.Set })
	fixed := holding(reviewed, func(i *Incident) bool {
		return slices.ContainsFunc(i.Actions, func(a schema.Action) bool { return a.Kind == "fix" && a.Automatable })
	})
	row := proportionRow(fixed, int64(len(reviewed)))
	row.Unknown = new(int64(len(incidents) - len(reviewed)))
	return row
}

// bandAidRow is actions of kind band_aid ÷ all review actions.
func bandAidRow(_ *state, _ Query, incidents []*Incident) Row {
	var bandAids, all int64
	for _, i := range incidents {
		for _, a := range i.Actions {
			all++
			if a.Kind == "band_aid" {
				bandAids++
			}
		}
	}
	return proportionRow(bandAids, all)
}

// automatedResolutionRow is resolved incidents with resolved_by automation and
// no responder_minutes above 0 ÷ resolved incidents.
func automatedResolutionRow(_ *state, _ Query, incidents []*Incident) Row {
	resolved := having(incidents, func(i *Incident) bool { return !i.IsOpen() })
	alone := holding(resolved, func(i *Incident) bool {
		return i.ResolvedBy == "automation" && !(i.ResponderMinutes.Set && i.ResponderMinutes.Value > 0)
	})
	row := proportionRow(alone, int64(len(resolved)))
	row.Unknown = new(int64(len(incidents) - len(resolved)))
	return row
}

// countedIncidents is the cohort: opened in the window and not left out.
func countedIncidents(q Query, i *Incident) bool { return q.inWindow(i.OpenedAt) && !i.LeftOut() }

// realIncidents is the cohort of times: without false alarms.
func realIncidents(q Query, i *Incident) bool { return countedIncidents(q, i) && !i.FalseAlarm() }

func excludedIncidents(q Query, i *Incident) bool { return q.inWindow(i.OpenedAt) && i.LeftOut() }

func excludedRow(_ *state, _ Query, incidents []*Incident) Row { return countRow(len(incidents)) }

func incidentCountRow(_ *state, q Query, incidents []*Incident) Row {
	return burstRow(q, incidents, func(i *Incident) schema.Millis { return i.OpenedAt.Value })
}

func acknowledgeRow(_ *state, q Query, incidents []*Incident) Row {
	return medianRow(durationsOf(incidents, q.AsOf, timeToAcknowledge))
}

func resolveRow(_ *state, q Query, incidents []*Incident) Row {
	durations, invalid := durationsOf(incidents, q.AsOf, timeToResolve)
	row := medianRow(durations, invalid)
	row.Companions = resolvedCompanions(durations)
	if row.Status == StatusInsufficient {
		row.Companions = resolvedCompanions(nil)
	}
	return row
}

// responderHoursRow is Σ responder_minutes / 60. It has no interval. Where
// there are incidents and none says its minutes, the sum is not known.
func responderHoursRow(_ *state, _ Query, incidents []*Incident) Row {
	carrying := having(incidents, func(i *Incident) bool { return i.ResponderMinutes.Set })
	var minutes float64
	for _, i := range carrying {
		minutes += i.ResponderMinutes.Value
	}
	row := Row{N: int64(len(carrying)), Unknown: new(int64(len(incidents) - len(carrying))), Status: StatusInsufficient}
	if row.N > 0 || *row.Unknown == 0 {
		row.Status = StatusOK
		row.Estimate = new(minutes / 60)
	}
	return row
}

// coverageRow is incidents with at least one live execution ÷ incidents.
func coverageRow(s *state, _ Query, incidents []*Incident) Row {
	covered := make(map[string]bool)
	for _, x := range s.executions {
		if x.Live() {
			for id := range s.links[x.ID] {
				covered[id] = true
			}
		}
	}
	return proportionRow(holding(incidents, func(i *Incident) bool { return covered[i.ID] }), int64(len(incidents)))
}

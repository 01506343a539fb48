package oracle

import (
	"github.com/vividium/firebreak/aggregate/stats"
	"github.com/vividium/firebreak/schema"
)

var incidentMetrics = map[string]metric[Incident]{
	"incident_count":      {countedIncidents, incidentCountRow},
	"excluded_incidents":  {excludedIncidents, excludedRow},
	"time_to_acknowledge": {realIncidents, acknowledgeRow},
	"time_to_resolve":     {realIncidents, resolveRow},
	"responder_hours":     {countedIncidents, responderHoursRow},
	"automation_coverage": {countedIncidents, coverageRow},
}

// countedIncidents is the cohort: opened in the window and not left out.
func countedIncidents(q Query, i *Incident) bool { return q.inWindow(i.OpenedAt) && !i.LeftOut() }

// realIncidents is the cohort of times: without false alarms.
func realIncidents(q Query, i *Incident) bool { return countedIncidents(q, i) && !i.FalseAlarm() }

func excludedIncidents(q Query, i *Incident) bool { return q.inWindow(i.OpenedAt) && i.LeftOut() }

func excludedRow(_ *state, _ Query, incidents []*Incident) Row { return countRow(len(incidents)) }

func incidentCountRow(_ *state, q Query, incidents []*Incident) Row {
	row := countRow(len(incidents))
	row.Companions = map[string]*float64{"dispersion": nil}
	if dispersion, ok := stats.Dispersion(dailyCounts(q, incidents)); ok {
		row.Companions["dispersion"] = &dispersion
	}
	return row
}

const day schema.Millis = 24 * 60 * 60 * 1000

// dailyCounts counts incidents in the whole 24-hour slices from q.From that
// end by both the window's end and the as-of.
func dailyCounts(q Query, incidents []*Incident) []int64 {
	days := max(min(q.To, q.AsOf)-q.From, 0) / day
	counts := make([]int64, days)
	for _, i := range incidents {
		if slice := (i.OpenedAt.Value - q.From) / day; slice < days {
			counts[slice]++
		}
	}
	return counts
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

// responderHoursRow is Σ responder_minutes / 60. It has no interval.
func responderHoursRow(_ *state, _ Query, incidents []*Incident) Row {
	carrying := having(incidents, func(i *Incident) bool { return i.ResponderMinutes.Set })
	var minutes float64
	for _, i := range carrying {
		minutes += i.ResponderMinutes.Value
	}
	return Row{
		N:        int64(len(carrying)),
		Estimate: pointer(minutes / 60),
		Status:   StatusOK,
		Unknown:  pointer(int64(len(incidents) - len(carrying))),
	}
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

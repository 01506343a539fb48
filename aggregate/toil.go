package aggregate

import (
	"math"
	"slices"
	"time"
)

// toil adds up the hands-on time that automation spared people. Measured baselines
// go before declared ones; a credited run with neither is unpriced and earns nothing.
type toil struct {
	credited, measured, declared uint64
	gross, wasted, induced       *float64 // minutes
}

func (t *toil) columns(*Metric) []string {
	return []string{
		"countIf(credited)", "count(measured)", "countIf(measured IS NULL AND declared IS NOT NULL)",
		"sum(coalesce(measured, declared) - spent)", "sum(wasted)", "sum(induced_minutes)",
	}
}

func (t *toil) targets(*Metric) []any {
	return []any{&t.credited, &t.measured, &t.declared, &t.gross, &t.wasted, &t.induced}
}

func (t *toil) rows(base Row) []Row { return single(base, t.fill) }

func (t *toil) fill(r *Row) {
	r.N = int64(t.measured + t.declared)
	r.count("credited", int64(t.credited))
	r.count("unpriced", int64(t.credited)-r.N)
	share := func(part uint64) float64 { return float64(part) / float64(t.credited) }
	r.companion("measured", share(t.measured), t.credited > 0)
	r.companion("declared", share(t.declared), t.credited > 0)
	gross, wasted, induced := hours(t.gross), hours(t.wasted), hours(t.induced)
	r.companion("gross", gross, r.N > 0)
	r.companion("wasted", wasted, true)
	r.companion("induced", induced, true)
	invested, known := r.Query.invested(r.Dims)
	r.companion("invested", invested, known)
	net := gross - wasted - induced - invested
	if r.N == 0 || math.IsInf(net, 0) || math.IsNaN(net) {
		r.Status = StatusInsufficient // nothing could be priced
		return
	}
	r.Estimate = &net
}

// invested is the hours that were declared for building and keeping automations in
// the window. They are known for all automations together or for some by name.
func (q *Query) invested(dims []string) (hours float64, known bool) {
	var named []string
	all := true
	for i, d := range q.By {
		if d != automationID {
			return 0, false
		}
		named, all = []string{dims[i]}, false
	}
	for _, f := range q.Where {
		switch {
		case f.Dimension != automationID, f.Except:
			return 0, false
		case all:
			named, all = slices.Compact(slices.Sorted(slices.Values(f.Values))), false
		default:
			named = slices.DeleteFunc(named, func(a string) bool { return !f.keeps(a) })
		}
	}
	if all {
		return q.declared.AllDeclaredHours(q.From, q.observed()), true
	}
	for _, automation := range named {
		hours += q.declared.DeclaredHours(automation, q.From, q.observed())
	}
	return hours, true
}

// idle gives rows for the automations for which hours were declared in the window, but
// of which no run is among the rows by automation: their upkeep goes on.
func (q *Query) idle(m *Metric, rows []Row) []Row {
	if m.Estimator != Toil || len(q.Where) > 0 || !slices.Equal(q.By, []Dimension{automationID}) {
		return nil
	}
	ran := make(map[string]bool)
	for i := range rows {
		if r := &rows[i]; slices.Equal(r.Query.By, q.By) && r.Query.From.Equal(q.From) {
			ran[r.Dims[0]] = true
		}
	}
	var idle []Row
	for _, automation := range q.declared.Automations() {
		if !ran[automation] && q.declared.DeclaredHours(automation, q.From, q.observed()) > 0 {
			r := Row{Metric: m, Query: *q, Dims: []string{automation}, Status: StatusOK}
			idle = append(idle, (&toil{}).rows(r)...)
		}
	}
	return idle
}

// observed is up to when the window has been observed: what it will cost from then on
// has not been spent.
func (q *Query) observed() time.Time {
	switch {
	case q.AsOf.Before(q.From):
		return q.From
	case q.AsOf.Before(q.To):
		return q.AsOf
	}
	return q.To
}

func hours(minutes *float64) float64 {
	if minutes == nil {
		return 0
	}
	return *minutes / 60
}

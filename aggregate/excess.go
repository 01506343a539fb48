package aggregate

import (
	"cmp"
	"context"
	_ "embed" // of the SELECT
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
	"github.com/vividium/firebreak/schema/store"
)

// Excess asks whether more incidents open soon after runs than usually do. Incidents
// come in bursts, so that a run is compared with what follows incidents of the same
// service on which no automation worked, as long after their opening as runs
// usually begin.

//go:embed excess/incidents.sql
var excessIncidents string

// windowMillis is how soon after a run an incident must open to be suspected.
const windowMillis = float64(30 * time.Minute / time.Millisecond)

// excessRun is a run of the cohort; times are Unix milliseconds.
type excessRun struct {
	values  []string // of the dimensions that were asked for
	service string
	began   int64
	delay   int64    // from the opening of its incident, or unknownDelay
	linked  []string // incidents
}

const unknownDelay = -1

// excessIncident is an incident that opened in the window or after it.
type excessIncident struct {
	id                  string
	opened              int64
	isUntreated, counts bool
}

// excess is what it is computed from: the runs of a window, and all incidents from then
// on by service.
type excess struct {
	runs      []excessRun
	incidents map[string][]excessIncident
}

// readExcess reads the runs, with their values of some dimensions, and the incidents.
func readExcess(ctx context.Context, s *store.Store, m *Metric, q Query) (*excess, error) {
	x := &excess{incidents: make(map[string][]excessIncident)}
	sql, params := compose(m, q)
	err := s.Each(ctx, sql, params, func(rows store.Rows) error {
		run := excessRun{values: make([]string, len(q.By)), delay: unknownDelay}
		var opened *int64
		var targets []any
		for i := range run.values {
			targets = append(targets, &run.values[i])
		}
		if err := rows.Scan(append(targets, &run.service, &run.began, &opened, &run.linked)...); err != nil {
			return err
		}
		if opened != nil {
			run.delay = max(0, run.began-*opened)
		}
		x.runs = append(x.runs, run)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return x, s.Each(ctx, q.fill(excessIncidents, q.To.Sub(q.From)), params, func(rows store.Rows) error {
		var service string
		var i excessIncident
		if err := rows.Scan(&i.id, &service, &i.opened, &i.isUntreated, &i.counts); err != nil {
			return err
		}
		x.incidents[service] = append(x.incidents[service], i)
		return nil
	})
}

// gatherExcess gives a row for each group of runs.
func gatherExcess(ctx context.Context, s *store.Store, m *Metric, q Query) ([]Row, error) {
	x, err := readExcess(ctx, s, m, q)
	if err != nil {
		return nil, err
	}
	every := make([]int, len(q.By))
	for i := range every {
		every[i] = i
	}
	return x.rows(m, q, x.runs, every), nil
}

// excessWindows gives the rows of each window for each grouping.
func excessWindows(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, groupings [][]Dimension) ([]Row, error) {
	q.By = m.dimensionsOfMembers(groupings)
	x, err := readExcess(ctx, s, m, q)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(x.runs, func(a, b excessRun) int { return cmp.Compare(a.began, b.began) })
	from := func(t time.Time) int {
		return sort.Search(len(x.runs), func(i int) bool { return x.runs[i].began >= t.UnixMilli() })
	}
	var all []Row
	for w := range q.windows(length) {
		runs := x.runs[from(w.From):from(w.To)]
		for _, by := range groupings {
			places := make([]int, len(by))
			for i, d := range by {
				places[i] = slices.Index(q.By, d)
			}
			w.By = by
			all = append(all, x.rows(m, w, runs, places)...)
		}
	}
	return all, nil
}

// rows compares each group of runs that agree in the values at some places. Without
// any there is always one group.
func (x *excess) rows(m *Metric, q Query, runs []excessRun, places []int) []Row {
	groups, dims := make(map[string][]excessRun), make(map[string][]string)
	if len(places) == 0 {
		groups[""] = nil
	}
	for _, run := range runs {
		values := make([]string, len(places))
		for i, at := range places {
			values[i] = run.values[at]
		}
		key := strings.Join(values, "\x00")
		groups[key], dims[key] = append(groups[key], run), values
	}
	list := make([]Row, 0, len(groups))
	for key, runs := range groups {
		r := Row{Metric: m, Query: q, Dims: dims[key], Status: StatusOK}
		compareExcess(&r, runs, x.incidents)
		list = append(list, r)
	}
	return list
}

// compareExcess adds up what followed the runs and what followed the incidents
// without one, over the services that have both.
func compareExcess(r *Row, runs []excessRun, incidents map[string][]excessIncident) {
	byService := make(map[string][]excessRun)
	for _, run := range runs {
		byService[run.service] = append(byService[run.service], run)
	}
	asOf := float64(r.Query.AsOf.UnixMilli())
	var after, usual followed
	compared := 0
	for service, runs := range byService {
		here := incidents[service]
		delay, known := medianDelay(runs)
		if !known {
			continue
		}
		without := followWithoutRuns(here, &r.Query, delay, asOf)
		with := followRuns(runs, here, asOf)
		if without.exposure == 0 || with.exposure == 0 {
			continue
		}
		after.add(with)
		usual.add(without)
		compared += len(runs)
	}
	r.N = int64(compared)
	r.count("unknown", int64(len(runs)-compared))
	known := compared > 0
	if !known {
		r.Status = StatusInsufficient
		after, usual = followed{exposure: 1}, followed{exposure: 1}
	}
	expected := float64(usual.incidents) / usual.exposure * after.exposure
	r.companion("observed", float64(after.incidents), known)
	r.companion("expected", expected, known)
	r.companion("p", stats.RateExcess(after.incidents, after.exposure, usual.incidents, usual.exposure), known)
	excess := float64(after.incidents) - expected
	r.Estimate = &excess
}

// followed is how many incidents opened within some windows of time, and how many
// milliseconds these last together.
type followed struct {
	incidents int64
	exposure  float64
}

func (f *followed) add(more followed) {
	f.incidents += more.incidents
	f.exposure += more.exposure
}

// followRuns counts the incidents that opened soon after a run to which they are not
// linked.
func followRuns(runs []excessRun, here []excessIncident, asOf float64) followed {
	begins := make([]float64, len(runs))
	seen := make(map[string]bool)
	for n, run := range runs {
		begins[n] = float64(run.began)
		for _, i := range soonAfter(here, begins[n]) {
			if i.counts && !slices.Contains(run.linked, i.id) {
				seen[i.id] = true
			}
		}
	}
	return followed{int64(len(seen)), united(begins, asOf)}
}

// followWithoutRuns counts the incidents that opened as soon after the time at which a
// run would have begun on an incident of the window that got none.
func followWithoutRuns(here []excessIncident, q *Query, delay, asOf float64) followed {
	var begins []float64
	seen := make(map[string]bool)
	for _, without := range here {
		if !without.isUntreated || without.opened < q.From.UnixMilli() || without.opened >= q.To.UnixMilli() {
			continue
		}
		begin := float64(without.opened) + delay
		begins = append(begins, begin)
		for _, i := range soonAfter(here, begin) {
			if i.counts {
				seen[i.id] = true
			}
		}
	}
	return followed{int64(len(seen)), united(begins, asOf)}
}

// soonAfter is the part of incidents in the order of their opening that opened
// after a moment and within half an hour.
func soonAfter(here []excessIncident, begin float64) []excessIncident {
	after := func(moment float64) int {
		return sort.Search(len(here), func(i int) bool { return float64(here[i].opened) > moment })
	}
	return here[after(begin):after(begin+windowMillis)]
}

// united is how long windows that begin so last together, as far as they have been
// observed.
func united(begins []float64, asOf float64) float64 {
	slices.Sort(begins)
	total, until := 0.0, math.Inf(-1)
	for _, begin := range begins {
		begin, end := max(begin, until), min(begin+windowMillis, asOf)
		if end > begin {
			total, until = total+end-begin, end
		}
	}
	return total
}

// medianDelay is how long after the opening of their incidents runs begin.
func medianDelay(runs []excessRun) (delay float64, known bool) {
	var delays []float64
	for _, run := range runs {
		if run.delay != unknownDelay {
			delays = append(delays, float64(run.delay))
		}
	}
	return stats.MiddleOf(delays)
}

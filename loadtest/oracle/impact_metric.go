package oracle

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vividium/firebreak/aggregate/stats"
)

const impactMetric = "mttr_impact"

// impactDimensions are those of the incidents; runDimensions those of the runs.
var (
	impactDimensions = without(incidentDimensions, "resolved_by")
	runDimensions    = dimensions[Execution]{
		"automation_id":      executionDimensions["automation_id"],
		"automation_version": executionDimensions["automation_version"],
		"pattern":            executionDimensions["pattern"],
		"stage":              executionDimensions["stage"],
	}
)

func without(d dimensions[Incident], name string) dimensions[Incident] {
	d = maps.Clone(d)
	delete(d, name)
	return d
}

// impactRows is one row for each group of incidents, and in it for each group of
// the runs when they are grouped, too.
func (s *state) impactRows(q Query) ([]Row, error) {
	ofIncidents, ofRuns := q, q
	ofIncidents.By = slices.DeleteFunc(slices.Clone(q.By), func(d string) bool { return runDimensions[d] != nil })
	ofRuns.By = slices.DeleteFunc(slices.Clone(q.By), func(d string) bool { return runDimensions[d] == nil })
	ofIncidents.Where, ofRuns.Where = make(map[string]string), make(map[string]string)
	for d, value := range q.Where {
		if runDimensions[d] != nil {
			ofRuns.Where[d] = value
		} else {
			ofIncidents.Where[d] = value
		}
	}
	if err := impactDimensions.check(ofIncidents); err != nil {
		return nil, err
	}
	var cohort []*Incident
	for _, id := range slices.Sorted(maps.Keys(s.incidents)) {
		if i := s.incidents[id]; realIncidents(q, i) && impactDimensions.matches(i, ofIncidents.Where) {
			cohort = append(cohort, i)
		}
	}
	runs := s.liveRuns()
	var rows []Row
	for _, g := range impactDimensions.groups(cohort, ofIncidents.By) {
		for _, its := range runGroups(g.members, runs, ofRuns) {
			row := impactOf(g.members, runs, its.own)
			row.Dims = make(map[string]string)
			for n, d := range ofIncidents.By {
				row.Dims[d] = g.values[n]
			}
			for n, d := range ofRuns.By {
				row.Dims[d] = its.values[n]
			}
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		for _, d := range q.By {
			if a.Dims[d] != b.Dims[d] {
				if a.Dims[d] < b.Dims[d] {
					return -1
				}
				return 1
			}
		}
		return 0
	})
	return rows, nil
}

// liveRuns are the live executions linked to each incident, but for the one that
// caused it.
func (s *state) liveRuns() map[*Incident][]*Execution {
	runs := make(map[*Incident][]*Execution)
	for id, incidents := range s.links {
		for _, i := range incidents {
			if x := s.executions[id]; x.Live() && id != i.CausedByExecutionID {
				runs[i] = append(runs[i], x)
			}
		}
	}
	return runs
}

// runGroup is the runs that are meant; own is nil when all are.
type runGroup struct {
	values []string
	own    func(*Execution) bool
}

func runGroups(incidents []*Incident, runs map[*Incident][]*Execution, q Query) []runGroup {
	if len(q.By) == 0 {
		if len(q.Where) == 0 {
			return []runGroup{{}}
		}
		return []runGroup{{own: func(x *Execution) bool { return runDimensions.matches(x, q.Where) }}}
	}
	var all []*Execution
	for _, i := range incidents {
		for _, x := range runs[i] {
			if runDimensions.matches(x, q.Where) {
				all = append(all, x)
			}
		}
	}
	var list []runGroup
	for _, g := range runDimensions.groups(all, q.By) {
		list = append(list, runGroup{g.values, func(x *Execution) bool {
			return runDimensions.matches(x, q.Where) && slices.Equal(runDimensions.values(x, q.By), g.values)
		}})
	}
	return list
}

// subject is an incident that is compared.
type subject struct {
	*Incident
	treated bool
	delay   float64 // of the treatment, milliseconds
}

func (x subject) millis() float64 { return float64(x.ResolvedAt.Value - x.OpenedAt.Value) }
func (x subject) log() float64    { return math.Log(max(1, x.millis()/1000)) }

// stratum is recurrence cluster × severity; who was not matched is alone.
func (x subject) stratum() [3]string {
	if x.Cluster == "" {
		return [3]string{"", x.Severity, x.ID}
	}
	return [3]string{x.Cluster, x.Severity, ""}
}

func (x subject) cluster() [2]string {
	s := x.stratum()
	return [2]string{s[0], s[2]}
}

// subjects are the eligible incidents. Treated: the first of its runs started before
// its resolution and at most 15 minutes after its opening.
func subjects(incidents []*Incident, runs map[*Incident][]*Execution, own func(*Execution) bool) []subject {
	var list []subject
	treated := make(map[[2]string]bool)
	for _, i := range incidents {
		mine := runs[i]
		if own != nil {
			if mine = having(mine, own); len(mine) == 0 && len(runs[i]) > 0 {
				continue // others only
			}
		}
		x := subject{Incident: i}
		if len(mine) > 0 {
			first := mine[0].Start()
			for _, run := range mine {
				first = min(first, run.Start())
			}
			x.delay = max(0, float64(first-i.OpenedAt.Value))
			x.treated = x.delay <= 15*60*1000 && (i.IsOpen() || first < i.ResolvedAt.Value)
		}
		if x.treated {
			treated[x.cluster()] = true
		}
		list = append(list, x)
	}
	if own != nil {
		list = slices.DeleteFunc(list, func(x subject) bool { return !treated[x.cluster()] })
	}
	return list
}

// impactOf compares the treated with the untreated of the same stratum.
func impactOf(incidents []*Incident, runs map[*Incident][]*Execution, own func(*Execution) bool) Row {
	var open, invalid, allTreated int64
	var resolved []subject
	for _, x := range subjects(incidents, runs, own) {
		switch {
		case x.IsOpen():
			open++
		case x.millis() < 0:
			invalid++
		default:
			resolved = append(resolved, x)
			if x.treated {
				allTreated++
			}
		}
	}
	treated, untreated := usable(resolved)
	n, m := int64(0), int64(0)
	for stratum := range treated {
		n, m = n+int64(len(treated[stratum])), m+int64(len(untreated[stratum]))
	}
	row := Row{
		N: n + m, Treated: &n, Untreated: &m, Censored: &open, Invalid: &invalid, Status: StatusOK,
		Companions: map[string]*float64{"coverage": nil, "crude": nil, "minutes_saved": nil, "detectable": nil},
	}
	if allTreated > 0 {
		row.Companions["coverage"] = new(float64(n) / float64(allTreated))
	}
	switch {
	case float64(open) > 0.1*float64(open+int64(len(resolved))):
		row.Status = StatusImmature
	case n < 5 || m < 5:
		row.Status = StatusInsufficient
	default:
		weighStrata(&row, treated, untreated)
		compareCrudely(&row, resolved)
	}
	return row
}

// usable keeps the strata with two on each side. Untreated ones count only when
// they took longer than the median delay of the treated.
func usable(resolved []subject) (treated, untreated map[[3]string][]subject) {
	treated, untreated = make(map[[3]string][]subject), make(map[[3]string][]subject)
	delays := make(map[[3]string][]float64)
	for _, x := range resolved {
		if x.treated {
			treated[x.stratum()] = append(treated[x.stratum()], x)
			delays[x.stratum()] = append(delays[x.stratum()], x.delay)
		}
	}
	for _, x := range resolved {
		d := slices.Sorted(slices.Values(delays[x.stratum()]))
		if !x.treated && len(d) > 0 && x.millis() > (d[(len(d)-1)/2]+d[len(d)/2])/2 {
			untreated[x.stratum()] = append(untreated[x.stratum()], x)
		}
	}
	for stratum := range treated {
		if len(treated[stratum]) < 2 || len(untreated[stratum]) < 2 {
			delete(treated, stratum)
			delete(untreated, stratum)
		}
	}
	return treated, untreated
}

func logs(list []subject) []float64 {
	values := make([]float64, len(list))
	for n, x := range list {
		values[n] = x.log()
	}
	return values
}

// weighStrata is exp(Σ n·d / Σ n) with Satterthwaite's interval.
func weighStrata(row *Row, treated, untreated map[[3]string][]subject) {
	var sum, variance, squares, all, seconds float64
	for stratum, these := range treated {
		n, m := float64(len(these)), float64(len(untreated[stratum]))
		a, v := meanAndVariance(logs(these))
		b, w := meanAndVariance(logs(untreated[stratum]))
		all, sum = all+n, sum+n*(a-b)
		for _, term := range [][2]float64{{n * n * v / n, n - 1}, {n * n * w / m, m - 1}} {
			variance += term[0]
			squares += term[0] * term[0] / term[1]
		}
		for _, x := range these {
			seconds += max(1, x.millis()/1000)
		}
	}
	d := sum / all
	row.Estimate = new(math.Exp(d))
	row.Companions["minutes_saved"] = new(seconds / all / 60 * (1/math.Exp(d) - 1))
	if variance == 0 {
		return
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: variance * variance / squares}
	se := math.Sqrt(variance) / all
	row.estimate(math.Exp(d), stats.Interval{Low: math.Exp(d - t.Quantile(0.975)*se), High: math.Exp(d + t.Quantile(0.975)*se)})
	row.Companions["detectable"] = new(math.Exp(-(t.Quantile(0.975) + t.Quantile(0.8)) * se))
}

// compareCrudely is the ratio of geometric means of all treated and all others.
func compareCrudely(row *Row, resolved []subject) {
	var with, others []subject
	for _, x := range resolved {
		if x.treated {
			with = append(with, x)
		} else {
			others = append(others, x)
		}
	}
	a, _ := meanAndVariance(logs(with))
	b, _ := meanAndVariance(logs(others))
	crude := math.Exp(a - b)
	row.Companions["crude"] = &crude
	if row.Low != nil {
		e := *row.Estimate
		row.Reversal = new((e < 1 && crude > 1 || e > 1 && crude < 1) && (crude < *row.Low || crude > *row.High))
	}
}

package oracle

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vividium/firebreak/aggregate/stats"
	"github.com/vividium/firebreak/schema"
)

// visit is an incident in one of the two windows that a change compares, in
// the state in which it was known then.
type visit struct {
	*Incident
	now bool
}

// changeMetrics compare this window with the one of equal length before it.
var changeMetrics = map[string]metric[visit]{
	"frequency_change":    {cohort: func(q Query, v *visit) bool { return countedIncidents(v.window(q), v.Incident) }, row: frequencyChangeRow},
	"resolve_time_change": {cohort: func(q Query, v *visit) bool { return realIncidents(v.window(q), v.Incident) }, row: resolveTimeChangeRow},
}

var visitDimensions = func() dimensions[visit] {
	all := make(dimensions[visit])
	for name, of := range incidentDimensions {
		all[name] = func(v *visit) string { return of(v.Incident) }
	}
	return all
}()

// before is the window of equal length before q's, observed that much earlier.
func (q Query) before() Query {
	length := q.To - q.From
	q.From, q.To, q.AsOf = q.From-length, q.From, q.AsOf-length
	return q
}

func (v *visit) window(q Query) Query {
	if v.now {
		return q
	}
	return q.before()
}

// visits are the incidents as known at the end of either observation.
func (f *Fold) visits(q Query) map[string]*visit {
	all := make(map[string]*visit)
	for id, i := range f.at(q.before().AsOf).incidents {
		all["before "+id] = &visit{i, false}
	}
	for id, i := range f.at(q.AsOf).incidents {
		all["now "+id] = &visit{i, true}
	}
	return all
}

// inEach splits visits by window.
func inEach(visits []*visit) (now, before []*visit) {
	return having(visits, func(v *visit) bool { return v.now }), having(visits, func(v *visit) bool { return !v.now })
}

// changeDispersion is the squares of daily counts about each window's own mean
// ÷ (days − 2) ÷ the mean of all days; nil when there is none.
func changeDispersion(q Query, now, before []*visit) *float64 {
	squares, sum, days, free := 0.0, 0.0, 0.0, 0.0
	for _, w := range []struct {
		Query
		members []*visit
	}{{q, now}, {q.before(), before}} {
		counts := make([]float64, max(min(w.To, w.AsOf)-w.From, 0)/day)
		total := 0.0
		for _, v := range w.members {
			if slice := (v.OpenedAt.Value - w.From) / day; int(slice) < len(counts) {
				counts[slice]++
				total++
			}
		}
		for _, c := range counts {
			squares += math.Pow(c-total/float64(len(counts)), 2)
		}
		if len(counts) > 0 {
			days += float64(len(counts))
			free += float64(len(counts)) - 1
		}
		sum += total
	}
	if free < 1 || sum == 0 {
		return nil
	}
	return new(squares / free / (sum / days))
}

// frequencyChangeRow is the rate ratio of incidents with its exact conditional
// interval, on counts ÷ dispersion with a zero count; else the log-width ×
// √max(1, dispersion).
func frequencyChangeRow(_ *state, q Query, visits []*visit) Row {
	now, before := inEach(visits)
	a, b := int64(len(now)), int64(len(before))
	dispersion := changeDispersion(q, now, before)
	row := Row{N: a + b, Numerator: &a, Denominator: &b, Status: StatusOK, Companions: map[string]*float64{"dispersion": dispersion}}
	bursts := 1.0
	if dispersion != nil {
		bursts = max(1, *dispersion)
	}
	switch {
	case b == 0:
		row.Status = StatusNoBaseline
	case a+b < minimumSample:
		row.Status = StatusInsufficient
	case a == 0:
		_, bounds := stats.RateRatio(0, 1, float64(b)/bursts, 1, confidence)
		row.estimate(0, bounds)
	default:
		ratio, bounds := stats.RateRatio(float64(a), 1, float64(b), 1, confidence)
		row.estimate(ratio, stretch(ratio, bounds, bursts))
	}
	return row
}

// stretch makes the logarithm of a ratio's interval √bursts times as wide.
func stretch(ratio float64, bounds stats.Interval, bursts float64) stats.Interval {
	by := math.Sqrt(bursts)
	return stats.Interval{Low: ratio * math.Pow(bounds.Low/ratio, by), High: ratio * math.Pow(bounds.High/ratio, by)}
}

// resolveTimeChangeRow is the ratio of geometric mean resolve times of resolved
// incidents, with Welch's t on logarithms.
func resolveTimeChangeRow(_ *state, q Query, visits []*visit) Row {
	resolved := having(visits, func(v *visit) bool { return !v.IsOpen() })
	valid := having(resolved, func(v *visit) bool { return timeToResolve(v.Incident, 0).millis >= 0 })
	now, before := inEach(valid)
	a, b := int64(len(now)), int64(len(before))
	row := Row{
		N: a + b, Numerator: &a, Denominator: &b, Status: StatusOK,
		Censored: new(int64(len(visits) - len(resolved))), Invalid: new(int64(len(resolved) - len(valid))),
		Companions: map[string]*float64{"dispersion": changeDispersion(q, now, before)},
	}
	switch {
	case b == 0:
		row.Status = StatusNoBaseline
	case a+b < minimumSample || a < 2 || b < 2:
		row.Status = StatusInsufficient
	default:
		compareTimes(&row, logTimes(now), logTimes(before))
	}
	return row
}

// logTimes are the logarithms of times to resolve in seconds, of which less than
// one counts as one.
func logTimes(visits []*visit) []float64 {
	list := make([]float64, len(visits))
	for n, v := range visits {
		list[n] = math.Log(max(1, timeToResolve(v.Incident, schema.Millis(0)).seconds()))
	}
	return list
}

// compareTimes is Welch's interval; without any variance there is none.
func compareTimes(row *Row, now, before []float64) {
	m, v := meanAndVariance(now)
	n, w := meanAndVariance(before)
	ratio := math.Exp(m - n)
	row.Estimate = &ratio
	v, w = v/float64(len(now)), w/float64(len(before))
	if v+w == 0 {
		return
	}
	degrees := (v + w) * (v + w) / (v*v/float64(len(now)-1) + w*w/float64(len(before)-1))
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degrees}.Quantile(0.975) * math.Sqrt(v+w)
	bursts := 1.0
	if d := row.Companions["dispersion"]; d != nil {
		bursts = max(1, *d)
	}
	row.estimate(ratio, stretch(ratio, stats.Interval{Low: math.Exp(m - n - half), High: math.Exp(m - n + half)}, bursts))
}

func meanAndVariance(values []float64) (mean, variance float64) {
	for _, x := range values {
		mean += x / float64(len(values))
	}
	for _, x := range values {
		variance += (x - mean) * (x - mean) / float64(len(values)-1)
	}
	return mean, variance
}

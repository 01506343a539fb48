package aggregate

import (
	"math"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
)

// confidence of every interval.
const confidence = 0.95

// aggregates are the expressions that reduce the members of one group to what
// the estimator needs, in the order in which groupScan reads them.
func (e Estimator) aggregates(m *Metric) []string {
	switch e {
	case EventCount:
		if slices.Contains(m.Companions, "dispersion") {
			return []string{"count()", "sumMap(map(intDiv(dateDiff('millisecond', {from:DateTime64(3, 'UTC')}, assumeNotNull(at)), 86400000), toUInt64(1)))"}
		}
		return []string{"count()"}
	case Total:
		return []string{"sum(amount)", "count(amount)", "count()"}
	case Share:
		columns := []string{"countIf(NOT left_out AND outcome)", "countIf(NOT left_out AND outcome IS NOT NULL)", "countIf(NOT left_out)", "countIf(left_out)"}
		if slices.Contains(m.Companions, "by_verdict") {
			columns = append(columns, "countIf(NOT left_out AND by_verdict)", "countIf(NOT left_out AND by_verdict IS NOT NULL)")
		}
		return columns
	case EventRate:
		return []string{"sumIf(events, exposed)", "countIf(exposed)", "countIf(left_out)"}
	case MedianTime:
		return []string{"groupArray(toInt64(assumeNotNull(milliseconds)))", "groupArray(toBool(observed))"}
	}
	return nil
}

// groupScan reads one group and estimates.
type groupScan struct {
	metric *Metric
	query  Query
	dims   []string

	counts   [6]uint64
	daily    map[int64]uint64
	total    *float64
	millis   []int64
	observed []bool
}

func newGroupScan(m *Metric, q Query) *groupScan {
	return &groupScan{metric: m, query: q, dims: make([]string, len(q.By))}
}

func (g *groupScan) targets() []any {
	var to []any
	for i := range g.dims {
		to = append(to, &g.dims[i])
	}
	switch g.metric.Estimator {
	case Total:
		return append(to, &g.total, &g.counts[0], &g.counts[1])
	case MedianTime:
		return append(to, &g.millis, &g.observed)
	case EventCount:
		to = append(to, &g.counts[0])
		if slices.Contains(g.metric.Companions, "dispersion") {
			to = append(to, &g.daily)
		}
		return to
	}
	for i := range g.metric.Estimator.aggregates(g.metric) {
		to = append(to, &g.counts[i])
	}
	return to
}

func (g *groupScan) row() Row {
	r := Row{Metric: g.metric, Query: g.query, Dims: g.dims, Status: StatusOK}
	switch g.metric.Estimator {
	case EventCount:
		g.eventCount(&r)
	case Total:
		g.sum(&r)
	case Share:
		g.share(&r)
	case EventRate:
		g.eventRate(&r)
	case MedianTime:
		g.medianTime(&r)
	}
	if r.Status == StatusOK && r.N < int64(g.metric.MinSample) {
		r.Status = StatusInsufficient
	}
	if r.Status != StatusOK {
		r.Estimate, r.Low, r.High = nil, nil, nil
	}
	return r
}

func (g *groupScan) eventCount(r *Row) {
	r.N = int64(g.counts[0])
	r.estimate(float64(r.N), stats.PoissonExact(r.N, confidence))
	if slices.Contains(g.metric.Companions, "dispersion") {
		ratio, ok := stats.Dispersion(g.wholeDays())
		r.companion("dispersion", ratio, ok)
	}
}

// wholeDays counts the events of each whole 24-hour slice of the window that
// has been observed, days without events included.
func (g *groupScan) wholeDays() []int64 {
	end := g.query.To
	if g.query.AsOf.Before(end) {
		end = g.query.AsOf
	}
	days := make([]int64, max(0, end.Sub(g.query.From)/(24*time.Hour)))
	for day, n := range g.daily {
		if day < int64(len(days)) {
			days[day] = int64(n)
		}
	}
	return days
}

func (g *groupScan) sum(r *Row) {
	r.N = int64(g.counts[0])
	r.count("unknown", int64(g.counts[1])-r.N)
	if r.N == 0 && g.counts[1] > 0 {
		r.Status = StatusInsufficient // nobody says; that is not the same as none
		return
	}
	var total float64
	if g.total != nil {
		total = *g.total
	}
	if math.IsInf(total, 0) {
		r.Status = StatusInsufficient // beyond what a number can hold
		return
	}
	r.Estimate = &total
}

func (g *groupScan) share(r *Row) {
	yes, known, all, leftOut := int64(g.counts[0]), int64(g.counts[1]), int64(g.counts[2]), int64(g.counts[3])
	r.N = known
	r.count("numerator", yes)
	r.count("denominator", known)
	r.count("unknown", all-known)
	r.count("left_out", leftOut)
	if known > 0 {
		r.estimate(float64(yes)/float64(known), stats.Wilson(yes, known, confidence))
	}
	if slices.Contains(g.metric.Companions, "by_verdict") {
		g.bounds(r, yes, all-known, all)
	}
}

// bounds says what the share would be if everything unknown went one way, or
// if only people's verdicts counted.
func (g *groupScan) bounds(r *Row, yes, unknown, all int64) {
	enough := all >= int64(g.metric.MinSample)
	var low, high float64
	if enough {
		low = stats.Wilson(yes, all, confidence).Low
		high = stats.Wilson(yes+unknown, all, confidence).High
	}
	r.companion("bound_low", low, enough)
	r.companion("bound_high", high, enough)

	verdictYes, verdicts := int64(g.counts[4]), int64(g.counts[5])
	enough = verdicts >= int64(g.metric.MinSample)
	var share float64
	var interval stats.Interval
	if enough {
		share = float64(verdictYes) / float64(verdicts)
		interval = stats.Wilson(verdictYes, verdicts, confidence)
	}
	r.companion("by_verdict", share, enough)
	r.companion("by_verdict_low", interval.Low, enough)
	r.companion("by_verdict_high", interval.High, enough)
	r.companion("by_verdict_n", float64(verdicts), true)
}

func (g *groupScan) eventRate(r *Row) {
	events, runs := int64(g.counts[0]), int64(g.counts[1])
	r.N = runs
	r.count("numerator", events)
	r.count("denominator", runs)
	r.count("left_out", int64(g.counts[2]))
	if runs == 0 {
		r.Status = StatusInsufficient
		return
	}
	scale := 1000 / float64(runs)
	r.estimate(float64(events)*scale, stats.PoissonExact(events, confidence).Scaled(scale))
}

func (g *groupScan) medianTime(r *Row) {
	var durations []float64
	var observed []bool
	var ended []float64
	invalid := 0
	for i, ms := range g.millis {
		if ms < 0 {
			invalid++
			continue
		}
		seconds := float64(ms) / 1000
		durations = append(durations, seconds)
		observed = append(observed, g.observed[i])
		if g.observed[i] {
			ended = append(ended, seconds)
		}
	}
	r.N = int64(len(durations))
	r.count("censored", r.N-int64(len(ended)))
	r.count("invalid", int64(invalid))
	enough := len(durations) >= g.metric.MinSample
	if enough {
		median := stats.MedianSurvival(stats.Ties(durations, observed), confidence)
		r.Estimate, r.Low, r.High = median.Estimate, median.Low, median.High
		if median.NotReached() {
			r.Status = StatusNotReached
		}
	}
	if len(g.metric.Companions) > 0 {
		g.means(r, ended, enough)
	}
}

// means are what readers expect beside the median, of those that ended.
func (g *groupScan) means(r *Row, ended []float64, enough bool) {
	enough = enough && len(ended) > 0
	var mean, geometric, p90 float64
	if enough {
		slices.Sort(ended)
		for _, s := range ended {
			mean += s / float64(len(ended))
		}
		geometric, _ = stats.GeometricMean(ended)
		p90, _ = stats.NearestRank(ended, 0.9)
	}
	r.companion("mean", mean, enough)
	r.companion("geometric_mean", geometric, enough)
	r.companion("p90", p90, enough)
}

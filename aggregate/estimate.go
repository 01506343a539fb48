package aggregate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
)

// confidence of every interval.
const confidence = 0.95

// reducer turns the members of one group into a row. Each group has its own.
type reducer interface {
	// columns are expressions over the members of a group.
	columns(m *Metric) []string
	// targets take the values of the columns.
	targets(m *Metric) []any
	// rows completes a row of which the metric, the query, the dimensions of
	// members and the status ok are set already. There are several when it groups
	// further, by dimensions that are not those of members.
	rows(base Row) []Row
}

// reducers makes the reducer of each estimator.
var reducers = map[Estimator]func() reducer{
	EventCount: func() reducer { return &eventCount{} },
	Total:      func() reducer { return &total{} },
	Share:      func() reducer { return &share{} },
	EventRate:  func() reducer { return &eventRate{} },
	MedianTime: func() reducer { return &medianTime{} },
	RateChange: func() reducer { return &rateChange{} },
	TimeChange: func() reducer { return &timeChange{} },
	Impact:     func() reducer { return &impact{} },
	Toil:       func() reducer { return &toil{} },
}

// single is the one row of a reducer that does not group further.
func single(base Row, fill func(*Row)) []Row {
	fill(&base)
	return []Row{base}
}

// conclude takes back an estimate that rests on too little.
func (r *Row) conclude() {
	if r.Status == StatusOK && r.N < int64(r.Metric.MinSample) {
		r.Status = StatusInsufficient
	}
	if r.Status != StatusOK {
		r.Estimate, r.Low, r.High = nil, nil, nil
	}
}

// eventCount counts members.
type eventCount struct {
	count uint64
	daily map[int64]uint64
}

func (c *eventCount) columns(m *Metric) []string {
	if slices.Contains(m.Companions, "dispersion") {
		return []string{"count()", daily("from", "true")}
	}
	return []string{"count()"}
}

func (c *eventCount) targets(m *Metric) []any {
	if slices.Contains(m.Companions, "dispersion") {
		return []any{&c.count, &c.daily}
	}
	return []any{&c.count}
}

func (c *eventCount) rows(base Row) []Row { return single(base, c.fill) }

func (c *eventCount) fill(r *Row) {
	r.N = int64(c.count)
	r.estimate(float64(r.N), stats.PoissonExact(r.N, confidence))
	if slices.Contains(r.Metric.Companions, "dispersion") {
		ratio, ok := stats.Dispersion(wholeDays(r.Query.From, r.Query.To, r.Query.AsOf, r.Query.sinceStart(c.daily)))
		r.companion("dispersion", ratio, ok)
	}
}

// sinceStart are daily counts by the days since the window began.
func (q *Query) sinceStart(daily map[int64]uint64) map[int64]uint64 {
	if q.origin.IsZero() {
		return daily
	}
	shifted, away := make(map[int64]uint64), int64(q.From.Sub(q.origin)/(24*time.Hour))
	for day, n := range daily {
		shifted[day-away] = n
	}
	return shifted
}

// daily counts the members with a condition by the 24-hour slices since a
// parameter.
func daily(since, condition string) string {
	return "sumMapIf(map(intDiv(dateDiff('millisecond', {" + since + ":DateTime64(3, 'UTC')}, assumeNotNull(at)), 86400000), toUInt64(1)), " + condition + ")"
}

// wholeDays lists the counts of the whole 24-hour slices of a window that have
// been observed, days without members included.
func wholeDays(from, to, asOf time.Time, daily map[int64]uint64) []int64 {
	if asOf.Before(to) {
		to = asOf
	}
	days := make([]int64, max(0, to.Sub(from)/(24*time.Hour)))
	for day, n := range daily {
		if day < int64(len(days)) {
			days[day] = int64(n)
		}
	}
	return days
}

// total adds up amounts.
type total struct {
	sum        *float64
	known, all uint64
}

func (t *total) columns(*Metric) []string { return []string{"sum(amount)", "count(amount)", "count()"} }

func (t *total) targets(*Metric) []any { return []any{&t.sum, &t.known, &t.all} }

func (t *total) rows(base Row) []Row { return single(base, t.fill) }

func (t *total) fill(r *Row) {
	r.N = int64(t.known)
	r.count("unknown", int64(t.all)-r.N)
	if r.N == 0 && t.all > 0 {
		r.Status = StatusInsufficient // nobody says; that is not the same as none
		return
	}
	var sum float64
	if t.sum != nil {
		sum = *t.sum
	}
	if math.IsInf(sum, 0) {
		r.Status = StatusInsufficient // beyond what a number can hold
		return
	}
	r.Estimate = &sum
}

// eventRate is events per 1,000 that were exposed to them.
type eventRate struct{ events, exposed, leftOut uint64 }

func (e *eventRate) columns(*Metric) []string {
	return []string{"sumIf(events, exposed)", "countIf(exposed)", "countIf(left_out)"}
}

func (e *eventRate) targets(*Metric) []any { return []any{&e.events, &e.exposed, &e.leftOut} }

func (e *eventRate) rows(base Row) []Row { return single(base, e.fill) }

func (e *eventRate) fill(r *Row) {
	events := int64(e.events)
	r.N = int64(e.exposed)
	r.count("numerator", events)
	r.count("denominator", r.N)
	r.count("left_out", int64(e.leftOut))
	if r.N == 0 {
		r.Status = StatusInsufficient
		return
	}
	scale := 1000 / float64(r.N)
	r.estimate(float64(events)*scale, stats.PoissonExact(events, confidence).Scaled(scale))
}

// together are arrays of the values of a group, in which those of one member stand in the
// same place. It takes one groupArray of tuples: several ones need not agree, since
// ClickHouse (26.7) takes what is not 0 first from a column that it keeps as sparse.
func together(expressions ...string) []string {
	arrays := make([]string, len(expressions))
	for i := range expressions {
		arrays[i] = fmt.Sprintf("groupArray((%s)).%d", strings.Join(expressions, ", "), i+1)
	}
	return arrays
}

// medianTime is the Kaplan–Meier median of durations.
type medianTime struct {
	millis   []int64
	observed []bool
}

func (t *medianTime) columns(*Metric) []string {
	return together("toInt64(assumeNotNull(milliseconds))", "toBool(observed)")
}

func (t *medianTime) targets(*Metric) []any { return []any{&t.millis, &t.observed} }

func (t *medianTime) rows(base Row) []Row { return single(base, t.fill) }

func (t *medianTime) fill(r *Row) {
	var durations, ended []float64
	var observed []bool
	for i, ms := range t.millis {
		if ms < 0 {
			continue
		}
		seconds := float64(ms) / 1000
		durations = append(durations, seconds)
		observed = append(observed, t.observed[i])
		if t.observed[i] {
			ended = append(ended, seconds)
		}
	}
	r.N = int64(len(durations))
	r.count("censored", r.N-int64(len(ended)))
	r.count("invalid", int64(len(t.millis))-r.N)
	enough := len(durations) >= r.Metric.MinSample
	if enough {
		median := stats.MedianSurvival(stats.Ties(durations, observed), confidence)
		r.Estimate, r.Low, r.High = median.Estimate, median.Low, median.High
		if median.NotReached() {
			r.Status = StatusNotReached
		}
	}
	if len(r.Metric.Companions) > 0 {
		r.means(ended, enough)
	}
}

// means are what readers expect beside the median, of those that ended.
func (r *Row) means(ended []float64, enough bool) {
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

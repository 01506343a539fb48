package aggregate

import (
	"math"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
)

// Changes compare a window with the one of equal length before it, which is
// observed as long before: both had the same time to close.

// Earlier is the query of the window before, of equal length, which is observed as long
// after it as this one.
func (q Query) Earlier() Query { return q.earlierBy(q.To.Sub(q.From)) }

// earlierBy is the query of the windows before when q has several of a length.
func (q Query) earlierBy(length time.Duration) Query {
	q.From, q.To, q.AsOf = q.From.Add(-length), q.To.Add(-length), q.AsOf.Add(-length)
	return q
}

// leastInEach is how many cases each window must have where variances are
// needed.
const leastInEach = 2

// dailyCounts are the members of both windows by day.
type dailyCounts struct{ now, before map[int64]uint64 }

func (c *dailyCounts) columns(condition string) []string {
	return []string{daily("from", "is_now AND "+condition), daily("from_before", "NOT is_now AND "+condition)}
}

// dispersion is the squares about each window's own mean ÷ (days − 2), over the
// mean of all days.
func (c *dailyCounts) dispersion(q Query) (ratio float64, ok bool) {
	e := q.Earlier()
	return stats.DispersionWithin(wholeDays(q.From, q.To, q.AsOf, q.sinceStart(c.now)), wholeDays(e.From, e.To, e.AsOf, q.sinceStart(c.before)))
}

// widening is by how much intervals on logarithms are wider for bursts; they are
// never narrower than for single events.
func widening(dispersion float64, ok bool) float64 {
	if !ok {
		return 1
	}
	return math.Sqrt(max(1, dispersion))
}

// ratioInBursts is the rate ratio of two counts, of which the second is not 0, over
// their exposures, with the exact interval wider times as long on the logarithm.
func ratioInBursts(first, firstExposure, second, secondExposure, wider float64) (ratio float64, interval stats.Interval) {
	if first == 0 {
		// A logarithm of 0 cannot be widened: bursts are taken to be single
		// events instead.
		return stats.RateRatio(0, firstExposure, second/(wider*wider), secondExposure, confidence)
	}
	ratio, interval = stats.RateRatio(first, firstExposure, second, secondExposure, confidence)
	return ratio, interval.Widened(ratio, wider)
}

// rateChange is the rate of members now ÷ before.
type rateChange struct {
	now, before uint64
	dailyCounts
}

func (c *rateChange) columns(*Metric) []string {
	return append([]string{"countIf(is_now)", "countIf(NOT is_now)"}, c.dailyCounts.columns("true")...)
}

func (c *rateChange) targets(*Metric) []any {
	return []any{&c.now, &c.before, &c.dailyCounts.now, &c.dailyCounts.before}
}

func (c *rateChange) rows(base Row) []Row { return single(base, c.fill) }

func (c *rateChange) fill(r *Row) {
	dispersion, known := c.dispersion(r.Query)
	r.N = int64(c.now + c.before)
	r.count("numerator", int64(c.now))
	r.count("denominator", int64(c.before))
	r.companion("dispersion", dispersion, known)
	if c.before == 0 {
		r.Status = StatusNoBaseline
		return
	}
	r.estimate(ratioInBursts(float64(c.now), 1, float64(c.before), 1, widening(dispersion, known)))
}

// timeChange is the geometric mean of times now ÷ before.
type timeChange struct {
	now, before []int64 // milliseconds
	censored    uint64
	dailyCounts
}

func (c *timeChange) columns(*Metric) []string {
	const times = "groupArrayIf(toInt64(assumeNotNull(milliseconds)), observed AND "
	return append([]string{times + "is_now)", times + "NOT is_now)", "countIf(NOT observed)"}, c.dailyCounts.columns("observed AND milliseconds >= 0")...)
}

func (c *timeChange) targets(*Metric) []any {
	return []any{&c.now, &c.before, &c.censored, &c.dailyCounts.now, &c.dailyCounts.before}
}

func (c *timeChange) rows(base Row) []Row { return single(base, c.fill) }

func (c *timeChange) fill(r *Row) {
	now, before := logSeconds(c.now), logSeconds(c.before)
	dispersion, known := c.dispersion(r.Query)
	r.N = int64(len(now) + len(before))
	r.count("numerator", int64(len(now)))
	r.count("denominator", int64(len(before)))
	r.count("censored", int64(c.censored))
	r.count("invalid", int64(len(c.now)+len(c.before))-r.N)
	r.companion("dispersion", dispersion, known)
	switch {
	case len(before) == 0:
		r.Status = StatusNoBaseline
		return
	case len(now) < leastInEach || len(before) < leastInEach:
		r.Status = StatusInsufficient
		return
	}
	difference := stats.DifferenceOfMeans(now, before)
	ratio := math.Exp(difference.Estimate)
	r.Estimate = &ratio
	if interval, ok := difference.Interval(confidence); ok {
		r.estimate(ratio, stats.Interval{Low: math.Exp(interval.Low), High: math.Exp(interval.High)}.Widened(ratio, widening(dispersion, known)))
	}
}

// logSeconds are the logarithms of those durations that can be.
func logSeconds(millis []int64) []float64 {
	var list []float64
	for _, ms := range millis {
		if ms >= 0 {
			list = append(list, stats.LogSeconds((time.Duration(ms) * time.Millisecond).Seconds()))
		}
	}
	return list
}

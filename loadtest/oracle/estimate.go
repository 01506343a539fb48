package oracle

import (
	"github.com/vividium/firebreak/aggregate/stats"
	"github.com/vividium/firebreak/schema"
)

const (
	confidence    = 0.95
	minimumSample = 5 // of proportions and medians
)

// countRow is a count of events with Garwood's interval.
func countRow(count int) Row {
	k := int64(count)
	row := Row{N: k, Status: StatusOK}
	row.estimate(float64(k), stats.PoissonExact(k, confidence))
	return row
}

const day schema.Millis = 24 * 60 * 60 * 1000

// burstRow is a count with its dispersion: variance ÷ mean of the counts in
// the whole 24-hour slices from q.From that end by both the window's end and
// the as-of.
func burstRow[T any](q Query, members []*T, began func(*T) schema.Millis) Row {
	row := countRow(len(members))
	row.Companions = map[string]*float64{"dispersion": nil}
	days := max(min(q.To, q.AsOf)-q.From, 0) / day
	counts := make([]int64, days)
	for _, m := range members {
		if slice := (began(m) - q.From) / day; slice < days {
			counts[slice]++
		}
	}
	if dispersion, ok := stats.Dispersion(counts); ok {
		row.Companions["dispersion"] = &dispersion
	}
	return row
}

// proportionRow is k of n with Wilson's interval.
func proportionRow(k, n int64) Row {
	row := Row{N: n, Numerator: &k, Denominator: &n, Status: StatusInsufficient}
	if n >= minimumSample {
		row.Status = StatusOK
		row.estimate(float64(k)/float64(n), stats.Wilson(k, n, confidence))
	}
	return row
}

func (r *Row) estimate(value float64, bounds stats.Interval) {
	r.Estimate, r.Low, r.High = &value, &bounds.Low, &bounds.High
}

// holding counts the members for which a condition holds.
func holding[T any](members []*T, condition func(*T) bool) int64 {
	var count int64
	for _, m := range members {
		if condition(m) {
			count++
		}
	}
	return count
}

// having is the members for which a condition holds.
func having[T any](members []*T, condition func(*T) bool) []*T {
	var some []*T
	for _, m := range members {
		if condition(m) {
			some = append(some, m)
		}
	}
	return some
}

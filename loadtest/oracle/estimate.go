package oracle

import (
	"github.com/vividium/firebreak/aggregate/stats"
)

const (
	confidence    = 0.95
	minimumSample = 5 // of proportions and medians
)

func pointer[T any](v T) *T { return &v }

// countRow is a count of events with Garwood's interval.
func countRow(count int) Row {
	k := int64(count)
	row := Row{N: k, Status: StatusOK}
	row.estimate(float64(k), stats.PoissonExact(k, confidence))
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

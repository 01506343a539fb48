package stats

import (
	"fmt"
	"math"
	"slices"
)

// NearestRank is the p-quantile (0 ≤ p ≤ 1) of values in ascending order, as
// one of the values: the smallest that at least a share p of them does not
// exceed, number ⌈p·n⌉. ok is false when there are none.
//
// It panics when p is outside [0, 1].
//
// Source: definition 1 in R. J. Hyndman and Y. Fan, Am. Stat. 50 (1996)
// 361–365.
func NearestRank(sorted []float64, p float64) (value float64, ok bool) {
	if !(p >= 0 && p <= 1) {
		panic(fmt.Sprintf("stats: quantile %v is not from 0 to 1", p))
	}
	n := len(sorted)
	if n == 0 {
		return 0, false
	}
	const rounding = 1e-9 // 0.55 × 100 is a little above 55
	rank := int(math.Ceil(p*float64(n) - rounding))
	return sorted[min(max(rank, 1), n)-1], true
}

// MiddleOf is the middle value, of an even number the mean of the two in the
// middle. ok is false when there are none.
func MiddleOf(values []float64) (median float64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half], true
	}
	return (sorted[half-1] + sorted[half]) / 2, true
}

// shortestSeconds is what a shorter duration counts as in logarithms, so that
// an instant does not weigh without bound.
const shortestSeconds = 1

// LogSeconds is the natural logarithm of a duration in seconds, in which less
// than 1 s counts as 1 s.
func LogSeconds(seconds float64) float64 { return math.Log(max(seconds, shortestSeconds)) }

// GeometricMean is the geometric mean of durations in seconds, in which less
// than 1 s counts as 1 s. ok is false when there are none.
func GeometricMean(seconds []float64) (mean float64, ok bool) {
	if len(seconds) == 0 {
		return 0, false
	}
	var sum float64
	for _, s := range seconds {
		sum += LogSeconds(s)
	}
	return math.Exp(sum / float64(len(seconds))), true
}

package stats

import (
	"fmt"
	"math"
)

// Wilson is the score interval of a proportion, from successes out of n
// trials: the set of p that the score test does not reject. Both ends lie in
// [0, 1]; without trials it is all of [0, 1].
//
// It panics unless 0 ≤ successes ≤ n and 0 < confidence < 1.
//
// Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212; method 3 in
// R. G. Newcombe, Stat. Med. 17 (1998) 857–872.
func Wilson(successes, n int64, confidence float64) Interval {
	if successes < 0 || successes > n {
		panic(fmt.Sprintf("stats: %d successes out of %d trials", successes, n))
	}
	z := normalQuantile(confidence)
	if n == 0 {
		return Interval{Low: 0, High: 1}
	}
	trials := float64(n)
	p := float64(successes) / trials
	scale := 1 + z*z/trials
	centre := (p + z*z/(2*trials)) / scale
	half := z / scale * math.Sqrt(p*(1-p)/trials+z*z/(4*trials*trials))

	bounds := Interval{Low: max(centre-half, 0), High: min(centre+half, 1)}
	if successes == 0 {
		bounds.Low = 0 // exactly, whatever the rounding above
	}
	if successes == n {
		bounds.High = 1
	}
	return bounds
}

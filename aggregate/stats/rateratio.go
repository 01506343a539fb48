package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// RateRatio compares two Poisson counts over exposures of any unit: the rate of
// the first over that of the second, with the exact conditional interval. The
// ratio is NaN when both counts are 0, and High is +Inf when the second is. Counts
// need not be whole: those of bursts may be divided by their dispersion.
//
// It panics unless the counts are ≥ 0, the exposures > 0 and 0 < confidence < 1.
//
// Source: J. Przyborowski and H. Wilenski, Biometrika 31 (1940) 313–323: given
// their sum, the first count is binomial; its Clopper–Pearson interval (Biometrika
// 26 (1934) 404–413) is turned into one for the ratio.
func RateRatio(first, firstExposure, second, secondExposure, confidence float64) (ratio float64, interval Interval) {
	if first < 0 || second < 0 || firstExposure <= 0 || secondExposure <= 0 {
		panic(fmt.Sprintf("stats: counts %g and %g over exposures %g and %g", first, second, firstExposure, secondExposure))
	}
	alpha := tail(confidence)
	ratio = first / firstExposure * secondExposure / second
	interval = Interval{Low: 0, High: math.Inf(1)}
	odds := func(p float64) float64 { return p / (1 - p) * secondExposure / firstExposure }
	if first > 0 {
		interval.Low = odds(distuv.Beta{Alpha: first, Beta: second + 1}.Quantile(alpha))
	}
	if second > 0 {
		interval.High = odds(distuv.Beta{Alpha: first + 1, Beta: second}.Quantile(1 - alpha))
	}
	return ratio, interval
}

// RateExcess is the chance to see at least so many in the first count when both
// rates are the same, given the sum of the counts: the one-sided p of the exact
// conditional test.
//
// It panics unless the counts are ≥ 0 and the exposures > 0.
//
// Source: as RateRatio; the upper tail of a binomial is a regularised incomplete beta
// function (NIST Handbook of Mathematical Functions, 8.17.5).
func RateExcess(first int64, firstExposure float64, second int64, secondExposure float64) (p float64) {
	if first < 0 || second < 0 || firstExposure <= 0 || secondExposure <= 0 {
		panic(fmt.Sprintf("stats: counts %d and %d over exposures %g and %g", first, second, firstExposure, secondExposure))
	}
	if first == 0 {
		return 1
	}
	return mathext.RegIncBeta(float64(first), float64(second)+1, firstExposure/(firstExposure+secondExposure))
}

package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a two-sided confidence interval in the unit of its estimate.
//
// Each end at confidence 1 − 2α is also the one-sided bound at confidence
// 1 − α: the one-sided 95 % bounds are the ends at confidence 0.90.
type Interval struct{ Low, High float64 }

// Scaled is the interval of the estimate times factor, which is not negative:
// a count's interval over its exposure is the interval of the rate.
func (i Interval) Scaled(factor float64) Interval {
	return Interval{Low: i.Low * factor, High: i.High * factor}
}

// Widened is the interval of a ratio, both sides factor times as long on the
// logarithm; an end at 0 or without bound stays.
func (i Interval) Widened(ratio, factor float64) Interval {
	widen := func(end float64) float64 { return math.Exp(math.Log(ratio) + factor*(math.Log(end)-math.Log(ratio))) }
	return Interval{Low: widen(i.Low), High: widen(i.High)}
}

// tail is the probability left out at each end of a two-sided interval.
func tail(confidence float64) float64 {
	if !(confidence > 0 && confidence < 1) {
		panic(fmt.Sprintf("stats: confidence %v is not between 0 and 1", confidence))
	}
	return (1 - confidence) / 2
}

// normalQuantile is how many standard deviations a two-sided interval reaches
// from its centre: 1.96 for 0.95.
func normalQuantile(confidence float64) float64 {
	return -distuv.UnitNormal.Quantile(tail(confidence))
}

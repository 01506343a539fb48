package stats

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// PoissonExact is Garwood's exact interval of a Poisson mean, in events, from
// the count that was seen. Low is 0 when nothing was seen. Divide both ends by
// the exposure for the interval of a rate.
//
// It panics unless count ≥ 0 and 0 < confidence < 1.
//
// Source: F. Garwood, Biometrika 28 (1936) 437–442, in the chi-square form:
// half the α/2 quantile with 2·count degrees of freedom, and half the 1 − α/2
// quantile with 2·count + 2.
func PoissonExact(count int64, confidence float64) Interval {
	if count < 0 {
		panic(fmt.Sprintf("stats: a count of %d", count))
	}
	alpha := tail(confidence)
	bounds := Interval{High: halfChiSquared(1-alpha, 2*count+2)}
	if count > 0 {
		bounds.Low = halfChiSquared(alpha, 2*count)
	}
	return bounds
}

func halfChiSquared(p float64, degrees int64) float64 {
	return distuv.ChiSquared{K: float64(degrees)}.Quantile(p) / 2
}

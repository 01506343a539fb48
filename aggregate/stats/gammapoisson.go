package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// GammaRates is a gamma distribution of rates: how the rates of many Poisson
// processes differ. Shape is without unit, Rate in units of exposure; where the
// processes do not differ beyond chance both are +Inf, and all have the rate Mean.
type GammaRates struct{ Mean, Shape, Rate float64 }

// FitGammaRates fits it to the counts of processes that were all watched for the
// same exposure, by moments: the counts then have a negative binomial
// distribution, whose variance is above its mean by the variance of the rates ×
// exposure². Where the sample variance is not above the mean, or there are fewer
// than two counts, nothing says that the rates differ.
//
// It panics unless there is a count and exposure is above 0.
//
// Source: the moment estimate of the negative binomial distribution, F. J.
// Anscombe, Biometrika 37 (1950) 358–382; as a prior, J. S. Maritz and T. Lwin,
// Empirical Bayes Methods (1989).
func FitGammaRates(counts []int64, exposure float64) GammaRates {
	if len(counts) == 0 || !(exposure > 0) {
		panic(fmt.Sprintf("stats: the rates of %d counts over an exposure of %v", len(counts), exposure))
	}
	values := make([]float64, len(counts))
	for i, n := range counts {
		values[i] = float64(n)
	}
	mean, variance := stat.MeanVariance(values, nil) // NaN of one value
	fit := GammaRates{Mean: mean / exposure, Shape: math.Inf(1), Rate: math.Inf(1)}
	if excess := variance - mean; excess > 0 {
		fit.Shape, fit.Rate = mean*mean/excess, mean*exposure/excess
	}
	return fit
}

// Posterior is the mean of a process's rate once count events were seen in an
// exposure: between its own rate and the mean of all, nearer to that the less was
// seen.
func (g GammaRates) Posterior(count int64, exposure float64) float64 {
	if math.IsInf(g.Shape, 1) {
		return g.Mean
	}
	return (g.Shape + float64(count)) / (g.Rate + exposure)
}

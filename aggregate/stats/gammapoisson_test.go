package stats

import (
	"math"
	"testing"
)

// repeated lists each count as often as it was seen.
func repeated(seen ...int) []int64 {
	var counts []int64
	for count, times := range seen {
		for range times {
			counts = append(counts, int64(count))
		}
	}
	return counts
}

// The red mites on 150 apple leaves of C. I. Bliss and R. A. Fisher, Biometrics 9
// (1953) 176–200: mean 1.14667, variance 2.27365, shape by moments 1.16670.
func TestGammaRatesOfMites(t *testing.T) {
	fit := FitGammaRates(repeated(70, 38, 17, 10, 9, 3, 2, 1), 1)
	for what, v := range map[string][2]float64{
		"mean":  {fit.Mean, 1.14667},
		"shape": {fit.Shape, 1.16670},
		"rate":  {fit.Rate, 1.16670 / 1.14667},
		// (1.16670 + 7) ÷ (1.01747 + 1)
		"posterior of the leaf with seven": {fit.Posterior(7, 1), 4.04802},
		"posterior of a leaf with none":    {fit.Posterior(0, 1), 0.578298},
	} {
		if math.Abs(v[0]-v[1]) > 2e-5*v[1] {
			t.Errorf("the %s is %v, want %v", what, v[0], v[1])
		}
	}
}

func TestGammaRatesScaleWithExposure(t *testing.T) {
	counts := []int64{10, 1, 0, 3, 0, 0}
	one, three := FitGammaRates(counts, 1), FitGammaRates(counts, 3)
	if math.Abs(one.Posterior(10, 1)/3-three.Posterior(10, 3)) > 1e-12 || one.Shape != three.Shape {
		t.Errorf("over another unit of time the rates are others: %+v, %+v", one, three)
	}
	// The posterior means have the mean of the rates as their mean.
	sum := 0.0
	for _, n := range counts {
		sum += three.Posterior(n, 3)
	}
	if math.Abs(sum/6-three.Mean) > 1e-12 {
		t.Errorf("the mean of the posterior means is %v, that of the rates %v", sum/6, three.Mean)
	}
}

// Where nothing says that rates differ, all have the same.
func TestGammaRatesThatDoNotDiffer(t *testing.T) {
	for _, counts := range [][]int64{{4}, {3, 2}, {2, 2, 2}, {0, 0}, {1, 3}} { // of 1 and 3, both are 2
		fit, sum := FitGammaRates(counts, 2), 0.0
		for _, n := range counts {
			sum += float64(n)
		}
		if got, want := fit.Posterior(counts[0], 2), sum/float64(len(counts))/2; got != want {
			t.Errorf("%v: %v, want %v", counts, got, want)
		}
	}
}

func TestGammaRatesPanic(t *testing.T) {
	for what, fit := range map[string]func(){
		"without counts":   func() { FitGammaRates(nil, 1) },
		"without exposure": func() { FitGammaRates([]int64{1}, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			fit()
		}()
	}
}

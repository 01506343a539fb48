package stats

import (
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestPoissonExactPublished(t *testing.T) {
	for _, c := range []struct {
		count                 int64
		confidence, low, high float64
		tolerance             float64
	}{
		// Garwood 1936, central 95 % limits.
		{0, 0.95, 0, 3.689, 5e-4},
		{1, 0.95, 0.0253, 5.572, 5e-4},
		{2, 0.95, 0.242, 7.225, 5e-4},
		{3, 0.95, 0.619, 8.767, 5e-4},
		{5, 0.95, 1.623, 11.668, 5e-4},
		{10, 0.95, 4.795, 18.390, 5e-4},
		{20, 0.95, 12.217, 30.888, 5e-4},
		{50, 0.95, 37.111, 65.919, 5e-4},
		// GraphPad QuickCalcs, "How QuickCalcs computes the confidence interval
		// of a count".
		{25, 0.90, 17.38, 34.92, 5e-3},
		{25, 0.95, 16.18, 36.90, 5e-3},
		{25, 0.99, 14.00, 41.00, 5e-3},
		// scipy 1.17 chi2.ppf and chi2.isf.
		{1000, 0.95, 938.9730184076952, 1063.952136016302, 1e-8},
		{1_000_000, 0.95, 998040.9833402939, 1001961.9119454322, 1e-5},
		{1_000_000_000, 0.95, 999938021.4439279, 1000061981.4504089, 1e-2},
	} {
		got := PoissonExact(c.count, c.confidence)
		near(t, "low", got.Low, c.low, c.tolerance)
		near(t, "high", got.High, c.high, c.tolerance)
	}
	mustPanic(t, "a negative count", func() { PoissonExact(-1, 0.95) })
	mustPanic(t, "confidence 0", func() { PoissonExact(1, 0) })
}

// The rule of three: with nothing seen, the one-sided 95 % bound is −ln 0.05.
func TestPoissonExactOneSided(t *testing.T) {
	near(t, "bound", PoissonExact(0, 0.90).High, 2.995732273553991, 1e-12)
}

// At the ends the tail beyond what was seen has exactly 2.5 %.
func TestPoissonExactInvertsTheTails(t *testing.T) {
	for count := int64(1); count <= 200; count++ {
		b := PoissonExact(count, 0.95)
		near(t, "upper tail at low", 1-distuv.Poisson{Lambda: b.Low}.CDF(float64(count-1)), 0.025, 1e-9)
		near(t, "lower tail at high", distuv.Poisson{Lambda: b.High}.CDF(float64(count)), 0.025, 1e-9)
	}
}

// An exact interval never covers less than it says.
func TestPoissonExactCoverage(t *testing.T) {
	for mean := 0.05; mean < 30; mean += 0.05 {
		poisson := distuv.Poisson{Lambda: mean}
		var covered float64
		for count := range int64(100) {
			if b := PoissonExact(count, 0.95); b.Low <= mean && mean <= b.High {
				covered += poisson.Prob(float64(count))
			}
		}
		if covered < 0.95-1e-9 {
			t.Fatalf("coverage at mean %.2f is %.4f", mean, covered)
		}
	}
}

func TestScaled(t *testing.T) {
	if got := (Interval{1, 3}).Scaled(0.5); got != (Interval{0.5, 1.5}) {
		t.Errorf("scaled: %v", got)
	}
}

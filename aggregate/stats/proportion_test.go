package stats

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestWilsonPublished(t *testing.T) {
	for _, c := range []struct {
		k, n      int64
		low, high float64
	}{
		// Newcombe 1998, table I, method 3.
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		got := Wilson(c.k, c.n, 0.95)
		near(t, "low", got.Low, c.low, 5e-5)
		near(t, "high", got.High, c.high, 5e-5)
	}
}

func TestWilsonAgainstStatsmodels(t *testing.T) {
	for _, c := range []struct {
		k, n            int64
		confidence      float64
		low, high, near float64
	}{
		// statsmodels 0.15 proportion_confint(k, n, 1-confidence, "wilson").
		{81, 263, 0.95, 0.2552885198782742, 0.36620957698280004, 1e-12},
		{81, 263, 0.90, 0.2633136171884814, 0.35656634960848815, 1e-12},
		{1, 29, 0.90, 0.007730807972737994, 0.14068309513251215, 1e-12},
		{29, 29, 0.95, 0.8830302015002592, 1, 1e-12},
		{5, 5, 0.95, 0.5655175352168252, 1, 1e-12},
		{2, 7, 0.95, 0.08221892400405661, 0.6410655481673807, 1e-12},
		{999999, 1000000, 0.95, 0.9999943350881957, 0.9999998234754233, 1e-12},
	} {
		got := Wilson(c.k, c.n, c.confidence)
		near(t, "low", got.Low, c.low, c.near)
		near(t, "high", got.High, c.high, c.near)
	}
}

func TestWilsonAtTheEdges(t *testing.T) {
	if got := Wilson(0, 0, 0.95); got != (Interval{0, 1}) {
		t.Errorf("without trials: %v", got)
	}
	for n := int64(1); n < 2000; n++ {
		if none, all := Wilson(0, n, 0.95), Wilson(n, n, 0.95); none.Low != 0 || all.High != 1 {
			t.Fatalf("n = %d: %v and %v must end at exactly 0 and 1", n, none, all)
		}
	}
	mustPanic(t, "more successes than trials", func() { Wilson(2, 1, 0.95) })
	mustPanic(t, "negative successes", func() { Wilson(-1, 1, 0.95) })
	mustPanic(t, "confidence 1", func() { Wilson(1, 2, 1) })
	mustPanic(t, "confidence NaN", func() { Wilson(1, 2, math.NaN()) })
}

// The ends are where the score test just rejects: that is the definition.
func TestWilsonInvertsTheScoreTest(t *testing.T) {
	for n := int64(1); n <= 40; n++ {
		for k := int64(0); k <= n; k++ {
			bounds := Wilson(k, n, 0.95)
			for _, p := range []float64{bounds.Low, bounds.High} {
				if p == 0 || p == 1 {
					continue
				}
				score := (float64(k)/float64(n) - p) / math.Sqrt(p*(1-p)/float64(n))
				near(t, "score", math.Abs(score), 1.959963984540054, 1e-9)
			}
		}
	}
}

// Averaged over p, the 95 % interval covers p in about 95 % of the samples;
// binomial probabilities, so nothing here is random.
func TestWilsonCoverage(t *testing.T) {
	var sum float64
	const points = 500
	for i := range points {
		p := (float64(i) + 0.5) / points
		binomial := distuv.Binomial{N: 50, P: p}
		for k := int64(0); k <= 50; k++ {
			if b := Wilson(k, 50, 0.95); b.Low <= p && p <= b.High {
				sum += binomial.Prob(float64(k))
			}
		}
	}
	near(t, "mean coverage", sum/points, 0.952, 0.004)
}

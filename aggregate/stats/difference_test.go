package stats_test

import (
	"math"
	"testing"

	"github.com/vividium/firebreak/aggregate/stats"
)

// TestIntervalOfDifferenceOfProportions holds the examples of Newcombe's paper, table II,
// method 10.
func TestIntervalOfDifferenceOfProportions(t *testing.T) {
	for _, c := range []struct {
		a, m, b, n int64
		low, high  float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{10, 10, 0, 10, 0.6075, 1},
	} {
		p, q := float64(c.a)/float64(c.m), float64(c.b)/float64(c.n)
		got := stats.IntervalOfDifference(p, stats.Wilson(c.a, c.m, 0.95), q, stats.Wilson(c.b, c.n, 0.95))
		if math.Abs(got.Low-c.low) > 5e-5 || math.Abs(got.High-c.high) > 5e-5 {
			t.Errorf("%d/%d − %d/%d: [%.4f, %.4f], not [%.4f, %.4f]", c.a, c.m, c.b, c.n, got.Low, got.High, c.low, c.high)
		}
	}
}

// TestIntervalOfRatio: of two log-normal estimates it is the usual interval.
func TestIntervalOfRatio(t *testing.T) {
	of := func(estimate, error float64) stats.Interval {
		return stats.Interval{Low: estimate * math.Exp(-1.96*error), High: estimate * math.Exp(1.96*error)}
	}
	got := stats.IntervalOfRatio(30, of(30, 0.3), 20, of(20, 0.4))
	want := of(1.5, 0.5)
	if math.Abs(got.Low-want.Low) > 1e-9 || math.Abs(got.High-want.High) > 1e-9 {
		t.Errorf("%v, not %v", got, want)
	}
	open := stats.IntervalOfRatio(30, stats.Interval{Low: 20, High: math.Inf(1)}, 20, of(20, 0.4))
	if !math.IsInf(open.High, 1) || open.Low <= 0 || open.Low >= 1.5 {
		t.Errorf("with an open end: %v", open)
	}
}

// TestDetectable: 1.96 and 0.84 standard errors, as in every text on power.
func TestDetectable(t *testing.T) {
	if got := stats.Detectable(1.959964, 0.95, 0.8); math.Abs(got-2.801585) > 1e-5 {
		t.Errorf("%v", got)
	}
}

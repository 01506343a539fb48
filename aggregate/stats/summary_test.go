package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestDispersion(t *testing.T) {
	for _, c := range []struct {
		counts []int64
		want   float64
		ok     bool
	}{
		{nil, 0, false},
		{[]int64{4}, 0, false},
		{[]int64{0, 0, 0}, 0, false},
		{[]int64{3, 3, 3}, 0, true},
		{[]int64{0, 2}, 2, true},             // mean 1, variance 2
		{[]int64{1, 2, 3, 6}, 14. / 9, true}, // mean 3, variance 14/3
	} {
		got, ok := Dispersion(c.counts)
		if ok != c.ok || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("Dispersion(%v) = %g, %v; want %g, %v", c.counts, got, ok, c.want, c.ok)
		}
	}
}

func TestDispersionOfPoissonCountsIsOne(t *testing.T) {
	poisson := distuv.Poisson{Lambda: 4, Src: rand.NewPCG(1, 1)}
	counts := make([]int64, 20_000)
	for i := range counts {
		counts[i] = int64(poisson.Rand())
	}
	got, _ := Dispersion(counts)
	near(t, "dispersion", got, 1, 0.04) // standard error √(2/n) = 0.01
}

func TestNearestRank(t *testing.T) {
	// The usual worked example of the nearest-rank method.
	five := []float64{15, 20, 35, 40, 50}
	for _, c := range []struct{ p, want float64 }{
		{0, 15}, {0.05, 15}, {0.2, 15}, {0.21, 20}, {0.30, 20}, {0.40, 20}, {0.50, 35}, {0.9, 50}, {1, 50},
	} {
		if got, ok := NearestRank(five, c.p); !ok || got != c.want {
			t.Errorf("p = %g: %g, want %g", c.p, got, c.want)
		}
	}
	if _, ok := NearestRank(nil, 0.5); ok {
		t.Error("a percentile of nothing")
	}
	mustPanic(t, "p above 1", func() { NearestRank(five, 1.1) })
}

// ⌈p·n⌉ in whole numbers, for every p in hundredths: floats must not add one.
func TestNearestRankIsNotRoundedUp(t *testing.T) {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i + 1)
	}
	for n := 1; n <= len(values); n++ {
		for percent := 1; percent <= 100; percent++ {
			want := float64((percent*n + 99) / 100)
			if got, _ := NearestRank(values[:n], float64(percent)/100); got != want {
				t.Fatalf("n = %d, p = %d %%: %g, want %g", n, percent, got, want)
			}
		}
	}
}

func TestGeometricMean(t *testing.T) {
	for _, c := range []struct {
		seconds []float64
		want    float64
	}{
		{[]float64{10, 1000}, 100},
		{[]float64{8}, 8},
		{[]float64{0, 0.5, 1000}, 10}, // the first two count as 1 s
	} {
		got, ok := GeometricMean(c.seconds)
		if !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("GeometricMean(%v) = %g, want %g", c.seconds, got, c.want)
		}
	}
	if _, ok := GeometricMean(nil); ok {
		t.Error("a mean of nothing")
	}
}

package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// The example of the manual of R's poisson.test: lung cancers in Fredericia, 11
// in 800 person-years, against 6+8+7 in 1083+1050+878 in other towns.
func TestRateRatioPublished(t *testing.T) {
	ratio, got := RateRatio(11, 800, 21, 3011, 0.95)
	near(t, "ratio", ratio, 1.971488, 1e-6)
	near(t, "low", got.Low, 0.8584264, 1e-7)
	near(t, "high", got.High, 4.2772659, 1e-7)
}

// At each end of the interval, what was seen has exactly half of what is left to
// chance: that is what makes it exact.
func TestRateRatioEndsAreExact(t *testing.T) {
	for _, c := range []struct{ a, b int64 }{{1, 1}, {3, 12}, {40, 2}, {100, 140}} {
		_, got := RateRatio(float64(c.a), 2, float64(c.b), 5, 0.95)
		share := func(ratio float64) float64 { return 2 * ratio / (2*ratio + 5) }
		low := distuv.Binomial{N: float64(c.a + c.b), P: share(got.Low)}
		near(t, "chance of as many at the low end", 1-low.CDF(float64(c.a-1)), 0.025, 1e-9)
		high := distuv.Binomial{N: float64(c.a + c.b), P: share(got.High)}
		near(t, "chance of as few at the high end", high.CDF(float64(c.a)), 0.025, 1e-9)
	}
}

func TestRateRatioWithoutEvents(t *testing.T) {
	if ratio, got := RateRatio(0, 1, 4, 1, 0.95); ratio != 0 || got.Low != 0 || got.High >= 1.6 {
		t.Errorf("none now and 4 before: %v %+v", ratio, got)
	}
	if ratio, got := RateRatio(4, 1, 0, 1, 0.95); !math.IsInf(ratio, 1) || !math.IsInf(got.High, 1) || got.Low <= 0.6 {
		t.Errorf("4 now and none before: %v %+v", ratio, got)
	}
	if ratio, got := RateRatio(0, 1, 0, 1, 0.95); !math.IsNaN(ratio) || got.Low != 0 || !math.IsInf(got.High, 1) {
		t.Errorf("none at all: %v %+v", ratio, got)
	}
	mustPanic(t, "no exposure", func() { RateRatio(1, 0, 1, 1, 0.95) })
	mustPanic(t, "a negative count", func() { RateRatio(-1, 1, 1, 1, 0.95) })
}

// Zar, Biostatistical Analysis, example 27.1 and table B.34: eight angles with
// r = 0.82522 have Rayleigh's z = 5.448, with P between 0.001 and 0.002.
func TestRayleighPublished(t *testing.T) {
	var phases []float64
	for _, degrees := range []float64{45, 55, 81, 96, 110, 117, 132, 154} {
		phases = append(phases, degrees/360)
	}
	got := Rayleigh(phases)
	near(t, "mean, degrees", got.Mean*360, 99, 0.5)
	near(t, "strength", got.Strength, 0.82522, 1e-4)
	if got.P < 0.001 || got.P > 0.002 {
		t.Errorf("P = %v, want between 0.001 and 0.002", got.P)
	}
}

// Under no concentration, P is below 0.05 in one case of twenty.
func TestRayleighKeepsItsLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const trials = 20_000
	for _, n := range []int{5, 12, 60} {
		below := 0
		phases := make([]float64, n)
		for range trials {
			for i := range phases {
				phases[i] = random.Float64()
			}
			if Rayleigh(phases).P < 0.05 {
				below++
			}
		}
		near(t, "share below 0.05", float64(below)/trials, 0.05, 0.005)
	}
}

func TestRayleighEnds(t *testing.T) {
	if got := Rayleigh([]float64{0.999, 0.001, 0, 0.998, 0.002}); got.P > 0.02 || got.Strength < 0.99 || got.Mean > 0.01 && got.Mean < 0.99 {
		t.Errorf("all around midnight: %+v", got)
	}
	if got := Rayleigh([]float64{0, 0.25, 0.5, 0.75}); got.P < 0.99 || got.Strength > 1e-9 {
		t.Errorf("spread evenly: %+v", got)
	}
	mustPanic(t, "no phases", func() { Rayleigh(nil) })
}

// The chance of as many is a sum of binomial probabilities.
func TestRateExcess(t *testing.T) {
	for _, c := range []struct {
		first, second int64
		a, b          float64
	}{{2, 2, 100, 171}, {11, 21, 800, 3011}, {1, 0, 1, 1}, {40, 3, 7, 2}} {
		chance := distuv.Binomial{N: float64(c.first + c.second), P: c.a / (c.a + c.b)}
		want := 0.0
		for k := c.first; k <= c.first+c.second; k++ {
			want += chance.Prob(float64(k))
		}
		near(t, "chance of as many", RateExcess(c.first, c.a, c.second, c.b), want, 1e-12)
	}
	if p := RateExcess(0, 1, 5, 1); p != 1 {
		t.Errorf("none or more has a chance of %v", p)
	}
	mustPanic(t, "no exposure", func() { RateExcess(1, 0, 1, 1) })
}

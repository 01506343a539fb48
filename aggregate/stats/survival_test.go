package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// Remission in weeks of 21 children on 6-mercaptopurine and 21 on placebo:
// Freireich et al., Blood 21 (1963), as in Gehan, Biometrika 52 (1965).
var (
	mercaptopurine = []Tie{
		{6, 3, 1},
		{7, 1, 0},
		{9, 0, 1},
		{10, 1, 1},
		{11, 0, 1},
		{13, 1, 0},
		{16, 1, 0},
		{17, 0, 1},
		{19, 0, 1},
		{20, 0, 1},
		{22, 1, 0},
		{23, 1, 0},
		{25, 0, 1},
		{32, 0, 2},
		{34, 0, 1},
		{35, 0, 1},
	}
	placebo = []Tie{
		{1, 2, 0},
		{2, 2, 0},
		{3, 1, 0},
		{4, 2, 0},
		{5, 2, 0},
		{8, 4, 0},
		{11, 2, 0},
		{12, 2, 0},
		{15, 1, 0},
		{17, 1, 0},
		{22, 1, 0},
		{23, 1, 0},
	}
)

func TestKaplanMeierPublished(t *testing.T) {
	// Survival: SAS PROC LIFETEST and R survfit print the same four decimals.
	// Band: lifelines 0.30.3 KaplanMeierFitter, log-log Greenwood.
	want := []struct {
		time                float64
		atRisk              int64
		survival, low, high float64
	}{
		{6, 21, 0.857143, 0.619718, 0.951552},
		{7, 17, 0.806723, 0.563147, 0.922809},
		{10, 15, 0.752941, 0.503200, 0.889362},
		{13, 12, 0.690196, 0.431610, 0.849066},
		{16, 11, 0.627451, 0.367511, 0.804912},
		{22, 7, 0.537815, 0.267779, 0.746791},
		{23, 6, 0.448179, 0.188052, 0.680143},
	}
	steps := KaplanMeier(mercaptopurine)
	if len(steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(steps), len(want))
	}
	for i, w := range want {
		s := steps[i]
		if s.Time != w.time || s.AtRisk != w.atRisk {
			t.Errorf("step %d: %+v, want %+v", i, s, w)
		}
		band, ok := s.Band(0.95)
		if !ok {
			t.Fatalf("no band at %g", s.Time)
		}
		near(t, "survival", s.Survival, w.survival, 1e-6)
		near(t, "low", band.Low, w.low, 1e-6)
		near(t, "high", band.High, w.high, 1e-6)
	}
}

var absent = math.NaN()

func wantMedian(t *testing.T, name string, got Median, estimate, low, high float64) {
	t.Helper()
	for _, c := range []struct {
		what string
		got  *float64
		want float64
	}{{"estimate", got.Estimate, estimate}, {"low", got.Low, low}, {"high", got.High, high}} {
		switch {
		case math.IsNaN(c.want) && c.got != nil:
			t.Errorf("%s: %s = %g, want none", name, c.what, *c.got)
		case !math.IsNaN(c.want) && (c.got == nil || *c.got != c.want):
			t.Errorf("%s: %s is not %g", name, c.what, c.want)
		}
	}
}

func TestMedianSurvivalPublished(t *testing.T) {
	// Published for the log-log interval (SAS PROC LIFETEST's default, R's
	// survfit with conf.type = "log-log"): 6-MP 23 (13, not reached), placebo
	// 8 (4, 11).
	wantMedian(t, "6-MP", MedianSurvival(mercaptopurine, 0.95), 23, 13, absent)
	wantMedian(t, "placebo", MedianSurvival(placebo, 0.95), 8, 4, 11)
	// Acute myelogenous leukaemia, Miller, Survival Analysis (1981), as in R's
	// survival::aml: maintained 31 (13, not reached), not maintained 23 (5, 33).
	maintained := Ties(
		[]float64{9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161},
		[]bool{true, true, false, true, true, false, true, true, false, true, false})
	wantMedian(t, "maintained", MedianSurvival(maintained, 0.95), 31, 13, absent)
	not := Ties(
		[]float64{5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45},
		[]bool{true, true, true, true, true, false, true, true, true, true, true, true})
	wantMedian(t, "not maintained", MedianSurvival(not, 0.95), 23, 5, 33)
}

func TestMedianSurvivalAtTheEdges(t *testing.T) {
	hundred := make([]Tie, 100)
	for i := range hundred {
		hundred[i] = Tie{Time: float64(i + 1), Events: 1}
	}
	for _, c := range []struct {
		name                string
		ties                []Tie
		estimate, low, high float64
	}{
		{"nothing", nil, absent, absent, absent},
		{"only censored", []Tie{{5, 0, 9}}, absent, absent, absent},
		// The curve is 1, then 0: no band at either, as in R (NA, NA).
		{"all at once", []Tie{{7, 6, 0}}, 7, absent, absent},
		// S is 1/2 but for rounding: 0.5 + 1.1e-16 after fifty factors.
		// lifelines: 50 (40, 60).
		{"1 to 100", hundred, 50, 40, 60},
		{"exactly half, then censored", []Tie{{1, 2, 0}, {2, 0, 2}}, 1, 1, absent},
		// An event and a censoring at the same time: the censored one was at
		// risk, so S is 1/2 and not 0.
		{"tie", []Tie{{3, 1, 1}}, 3, 3, absent},
		{"just above half", []Tie{{1, 499_999, 0}, {2, 0, 500_001}}, absent, 1, absent},
	} {
		wantMedian(t, c.name, MedianSurvival(c.ties, 0.95), c.estimate, c.low, c.high)
	}
	if steps := KaplanMeier(placebo); steps[len(steps)-1].Survival != 0 {
		t.Error("the last of the placebo group ended: the curve falls to 0")
	} else if band, ok := steps[len(steps)-1].Band(0.95); ok {
		t.Errorf("a band at 0: %v", band)
	}
	if !MedianSurvival([]Tie{{5, 0, 9}}, 0.95).NotReached() || MedianSurvival(placebo, 0.95).NotReached() {
		t.Error("NotReached is wrong")
	}
	mustPanic(t, "unequal lengths", func() { Ties([]float64{1}, nil) })
	mustPanic(t, "confidence 2", func() { MedianSurvival(nil, 2) })
}

// randomSample has many ties and censorings.
func randomSample(r *rand.Rand) (durations []float64, observed []bool) {
	for range 1 + r.IntN(60) {
		durations = append(durations, float64(r.IntN(25)))
		observed = append(observed, r.IntN(3) > 0)
	}
	return durations, observed
}

// exactMedian follows the definition case by case, in fractions.
func exactMedian(durations []float64, observed []bool) (median float64, ok bool) {
	survival, half := big.NewRat(1, 1), big.NewRat(1, 2)
	for _, time := range slices.Compact(slices.Sorted(slices.Values(durations))) {
		var atRisk, events int64
		for i, d := range durations {
			if d >= time {
				atRisk++
			}
			if d == time && observed[i] {
				events++
			}
		}
		survival.Mul(survival, big.NewRat(atRisk-events, atRisk))
		if survival.Cmp(half) <= 0 {
			return time, true
		}
	}
	return 0, false
}

func TestMedianSurvivalAgainstTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		durations, observed := randomSample(r)
		want, ok := exactMedian(durations, observed)
		got := MedianSurvival(Ties(durations, observed), 0.95)
		if ok == got.NotReached() || ok && *got.Estimate != want {
			t.Fatalf("%v %v: reached %v, want %v at %g", durations, observed, !got.NotReached(), ok, want)
		}
	}
}

func TestKaplanMeierTakesTiesInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		durations, observed := randomSample(r)
		want := KaplanMeier(Ties(durations, observed))
		single := make([]Tie, 0, len(durations))
		for i, d := range durations {
			single = append(single, Ties([]float64{d}, []bool{observed[i]})...)
		}
		before := slices.Clone(single)
		if got := KaplanMeier(single); !slices.Equal(got, want) {
			t.Fatalf("unordered ties give %v, want %v", got, want)
		}
		if !slices.Equal(single, before) {
			t.Fatal("the argument was changed")
		}
	}
}

// Scaling every time scales the result: there is no hidden unit.
func TestMedianSurvivalHasNoUnit(t *testing.T) {
	scaled := slices.Clone(placebo)
	for i := range scaled {
		scaled[i].Time *= 1024
	}
	wantMedian(t, "scaled", MedianSurvival(scaled, 0.95), 8*1024, 4*1024, 11*1024)
}

// Exponential times of which a quarter is censored: the interval holds the
// true median, ln 2, in about 95 % of the samples.
func TestMedianSurvivalCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const samples, size = 3000, 60
	covered := 0
	for range samples {
		durations, observed := make([]float64, size), make([]bool, size)
		for i := range size {
			end, cut := r.ExpFloat64(), 3*r.ExpFloat64()
			durations[i], observed[i] = min(end, cut), end <= cut
		}
		m := MedianSurvival(Ties(durations, observed), 0.95)
		if (m.Low == nil || *m.Low <= math.Ln2) && (m.High == nil || math.Ln2 <= *m.High) {
			covered++
		}
	}
	near(t, "coverage", float64(covered)/samples, 0.95, 0.015)
}

func BenchmarkMedianSurvivalMillion(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	durations, observed := make([]float64, 1_000_000), make([]bool, 1_000_000)
	for i := range durations {
		durations[i], observed[i] = r.ExpFloat64()*3600, r.IntN(10) > 0
	}
	for b.Loop() {
		MedianSurvival(Ties(durations, observed), 0.95)
	}
}

package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Tie counts the cases that share one duration: those whose end was seen
// (Events) and those still running when last seen (Censored). Time is in any
// unit, which is then the unit of every result.
type Tie struct {
	Time             float64
	Events, Censored int64
}

// Ties counts equal durations, in ascending order. observed[i] says whether
// durations[i] ended; otherwise it was cut off there. It takes O(n log n).
//
// It panics when the lengths differ.
func Ties(durations []float64, observed []bool) []Tie {
	if len(durations) != len(observed) {
		panic(fmt.Sprintf("stats: %d durations but %d flags", len(durations), len(observed)))
	}
	single := make([]Tie, len(durations))
	for i, d := range durations {
		single[i] = Tie{Time: d, Censored: 1}
		if observed[i] {
			single[i] = Tie{Time: d, Events: 1}
		}
	}
	slices.SortFunc(single, byTime)
	return merged(single)
}

func byTime(a, b Tie) int { return cmp.Compare(a.Time, b.Time) }

// merged adds up neighbours of equal time, in place.
func merged(sorted []Tie) []Tie {
	out := sorted[:0]
	for _, t := range sorted {
		if last := len(out) - 1; last >= 0 && out[last].Time == t.Time {
			out[last].Events += t.Events
			out[last].Censored += t.Censored
			continue
		}
		out = append(out, t)
	}
	return out
}

// Step is a drop of the Kaplan–Meier curve: from Time on, until the next step,
// the estimated share of cases that are still running is Survival.
type Step struct {
	Time           float64
	AtRisk, Events int64 // AtRisk: still running just before Time
	Survival       float64
	// LogVariance is Greenwood's variance of ln Survival; +Inf at Survival 0.
	LogVariance float64
}

// KaplanMeier is the product-limit estimate of the survival curve, one step
// for each time at which an event was seen, in ascending order. At equal times
// events come before censorings: who was last seen at t was at risk at t. The
// ties may come in any order and repeat a time.
//
// Source: E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53 (1958) 457–481;
// variance by M. Greenwood (1926): Σ d/(n(n−d)).
func KaplanMeier(ties []Tie) []Step {
	if !slices.IsSortedFunc(ties, byTime) {
		ties = slices.SortedFunc(slices.Values(ties), byTime)
	}
	ties = merged(slices.Clone(ties))

	var atRisk int64
	for _, t := range ties {
		atRisk += t.Events + t.Censored
	}
	var steps []Step
	survival, logVariance := 1.0, 0.0
	for _, t := range ties {
		if t.Events > 0 {
			n, d := float64(atRisk), float64(t.Events)
			survival *= (n - d) / n
			logVariance += d / (n * (n - d))
			steps = append(steps, Step{t.Time, atRisk, t.Events, survival, logVariance})
		}
		atRisk -= t.Events + t.Censored
	}
	return steps
}

// Band is the pointwise log-log interval of Survival; ok is false at Survival
// 0, where it does not exist.
//
// Source: J. D. Kalbfleisch and R. L. Prentice, The Statistical Analysis of
// Failure Time Data (1980), section 1.3: S^exp(±z·se/ln S).
func (s Step) Band(confidence float64) (band Interval, ok bool) {
	return s.band(normalQuantile(confidence))
}

func (s Step) band(z float64) (band Interval, ok bool) {
	if s.Survival <= 0 {
		return Interval{}, false
	}
	logS := math.Log(s.Survival)
	reach := z * math.Sqrt(s.LogVariance) / -logS
	return Interval{
		Low:  math.Exp(logS * math.Exp(reach)),
		High: math.Exp(logS * math.Exp(-reach)),
	}, true
}

// Median is the median of partly censored times, in the unit of the times.
// What the sample does not tell is nil.
type Median struct {
	// Estimate is the smallest t with S(t) ≤ 0.5.
	Estimate *float64
	// Low and High end the confidence interval. High is often nil: the upper
	// band never falls to 0.5. Either is nil when the curve jumps to 0 before
	// its band has come down.
	Low, High *float64
}

// NotReached says that the curve never falls to 0.5, so there is no estimate.
func (m Median) NotReached() bool { return m.Estimate == nil }

// halfTolerance is how far above 0.5 still counts as 0.5, against rounding in
// the product: the square root of the machine epsilon, as in R's survfit.
const halfTolerance = 1.0 / (1 << 26)

// MedianSurvival is the Kaplan–Meier median with its interval: the times at
// which the lower and the upper log-log band first fall to 0.5. Where S is 0
// there is no band, as in R's survfit. Unlike R, which takes the middle of the
// stretch when S is exactly 0.5 over one, the estimate is its beginning.
//
// It panics unless 0 < confidence < 1.
//
// Source: R. Brookmeyer and J. Crowley, Biometrics 38 (1982) 29–41, on the
// log-log scale (J. P. Klein and M. L. Moeschberger, Survival Analysis,
// section 4.5).
func MedianSurvival(ties []Tie, confidence float64) Median {
	z := normalQuantile(confidence)
	var m Median
	for _, s := range KaplanMeier(ties) {
		keepFirst(&m.Estimate, s.Time, s.Survival)
		if band, ok := s.band(z); ok {
			keepFirst(&m.Low, s.Time, band.Low)
			keepFirst(&m.High, s.Time, band.High)
		}
	}
	return m
}

// keepFirst notes the time at which a falling curve first is at most 0.5.
func keepFirst(into **float64, time, level float64) {
	if *into == nil && level < 0.5+halfTolerance {
		*into = &time
	}
}

package review

import (
	"math"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/stats"
)

// Change is a number of the week against that of a time before it. Which of the two it
// is follows from the metric: numbers that are counted, timed or of a rate have a ratio,
// proportions a difference in [−1, 1]. Totals that people report have no interval, and
// so no change that could be told from chance.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Estimate with its 95 % interval; nil where there is none, High also where it has no
	// bound.
	Estimate *float64 `json:"estimate"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	// DetectableLow and DetectableHigh are, where no change shows, the smallest ones to
	// either side that would have with 80 % power; nil where none would.
	DetectableLow  *float64 `json:"detectable_low"`
	DetectableHigh *float64 `json:"detectable_high"`
	Verdict        Shown    `json:"verdict"`
	// Why says why it is unknown.
	Why string `json:"why,omitempty"`
}

// ChangeKind is what the numbers of a change are.
type ChangeKind string

// The kinds.
const (
	RatioChange      ChangeKind = "ratio"
	DifferenceChange ChangeKind = "difference"
)

// Shown is what the numbers show.
type Shown string

// What can be shown. Less and More are of numbers that are neither good nor bad.
const (
	Better  Shown = "better"
	Worse   Shown = "worse"
	Less    Shown = "less"
	More    Shown = "more"
	NoneSo  Shown = "no detectable change"
	Unknown Shown = "unknown"
)

const (
	confidence = 0.95
	power      = 0.8
	day        = 24 * time.Hour
)

// CompareRows tells the change from one window to another of a metric. The windows may be
// of different lengths: counts are compared as rates.
func CompareRows(is, was *Line) Change { return CompareInBursts(is, was, 1) }

// CompareInBursts tells the same where times vary by a dispersion, 1 at least, more than if
// each came by itself: those of a burst are alike, so that the interval is wider.
func CompareInBursts(is, was *Line, dispersion float64) Change {
	m := is.Metric()
	c := Change{Kind: RatioChange, Verdict: Unknown}
	none := 1.0
	var detect detector
	switch m.Estimator {
	case aggregate.EventCount:
		detect = c.compareCounts(is, was)
	case aggregate.EventRate:
		detect = c.compareRates(is, was)
	case aggregate.MedianTime:
		detect = c.compareTimes(is, was, dispersion)
	case aggregate.Share:
		c.Kind, none = DifferenceChange, 0
		detect = c.compareShares(is, was)
	default:
		c.Why = "a total has no interval, so chance cannot be ruled out"
	}
	c.conclude(m.Better, none)
	if c.Verdict == NoneSo && detect != nil {
		c.DetectableLow, c.DetectableHigh = detect()
		if c.Kind == RatioChange && c.DetectableLow != nil && *c.DetectableLow < leastRatio {
			c.DetectableLow = nil // only if there were none any more, which reads like a fault
		}
	}
	return c
}

// leastRatio is the smallest ratio that is told apart from none.
const leastRatio = 0.005

// detector gives the smallest changes that would have shown.
type detector func() (low, high *float64)

// mostTimes is the largest ratio that is looked for.
const mostTimes = 20

// compareCounts is the ratio of two rates of events. Its interval is exact, and wider for
// bursts as that of the metric frequency_change is.
func (c *Change) compareCounts(is, was *Line) detector {
	before := was.number("n")
	if before == 0 || is.days() <= 0 {
		c.Why = "there was none before"
		return nil
	}
	dispersion := 1.0
	if within, ok := pooled(is, was); ok {
		dispersion = max(1, within)
	}
	of := func(count float64) (float64, stats.Interval) {
		return ratioOf(count, is.days(), before, was.days(), dispersion)
	}
	c.set(of(is.number("n")))
	return func() (low, high *float64) {
		return detectableRatio(before/was.days()*is.days(), dispersion, of)
	}
}

// ratioOf is the ratio of two rates with its exact interval, wider for bursts. A ratio of 0
// has no logarithm to be widened on: there bursts count as single events.
func ratioOf(count, exposed, before, exposedBefore, dispersion float64) (ratio float64, interval stats.Interval) {
	if count == 0 {
		return stats.RateRatio(0, exposed, before/dispersion, exposedBefore, confidence)
	}
	ratio, interval = stats.RateRatio(count, exposed, before, exposedBefore, confidence)
	return ratio, interval.Widened(ratio, math.Sqrt(dispersion))
}

// detectableRatio is of counts of which so many are expected without a change.
func detectableRatio(expected, dispersion float64, of func(count float64) (float64, stats.Interval)) (low, high *float64) {
	shows := func(count int64) int {
		_, interval := of(float64(count))
		return side(interval, 1)
	}
	chance := func(change float64, count int64) float64 { return poissonAtMost(expected*change, dispersion, count) }
	return detectable(int64(2*mostTimes*expected)+1000, shows, chance, 0, 1, mostTimes)
}

// side is on which side of no change an interval lies.
func side(i stats.Interval, none float64) int {
	switch {
	case i.High < none:
		return -1
	case i.Low > none:
		return 1
	}
	return 0
}

// pooled is the dispersion of daily counts within both windows: the squares about each
// window's own mean over the mean of all days, from the dispersion of each.
func pooled(is, was *Line) (dispersion float64, ok bool) {
	var squares, events, days, free float64
	for _, l := range []*Line{is, was} {
		within, known := l.Number("dispersion")
		if whole := math.Floor(l.days()); known && whole >= 2 {
			squares += within * l.number("n") / whole * (whole - 1)
			free += whole - 1
			days += whole
			events += l.number("n")
		}
	}
	if free == 0 || events == 0 {
		return 0, false
	}
	return squares / free / (events / days), true
}

// compareRates is the ratio of two rates of rare events, exact.
func (c *Change) compareRates(is, was *Line) detector {
	exposed, exposedBefore := is.number("denominator"), was.number("denominator")
	before := was.number("numerator")
	switch {
	case exposed == 0 || exposedBefore == 0:
		c.Why = "nothing ran that could have"
		return nil
	case is.number("numerator") == 0 && before == 0:
		c.Why = "none in either"
		return nil
	}
	of := func(count float64) (float64, stats.Interval) {
		return stats.RateRatio(count, exposed, before, exposedBefore, confidence)
	}
	c.set(of(is.number("numerator")))
	if before == 0 {
		return nil // nothing is so many times none
	}
	return func() (low, high *float64) { return detectableRatio(before/exposedBefore*exposed, 1, of) }
}

// compareTimes is the ratio of two medians, from their intervals, wider for bursts.
func (c *Change) compareTimes(is, was *Line, dispersion float64) detector {
	a, ofA, okA := is.estimate()
	b, ofB, okB := was.estimate()
	switch {
	case !okA || !okB:
		c.Why = tooFew(is, was)
		return nil
	case min(a, b, ofA.Low, ofB.Low) <= 0:
		c.Why = "times of 0 have no ratio"
		return nil
	}
	ratio := a / b
	interval := stats.IntervalOfRatio(a, ofA, b, ofB).Widened(ratio, math.Sqrt(dispersion))
	c.set(ratio, interval)
	// The interval would be about as wide had there been a change.
	reach := func(end float64) float64 { return stats.Detectable(math.Abs(math.Log(end/ratio)), confidence, power) }
	return func() (low, high *float64) {
		return finite(math.Exp(-reach(interval.Low))), finite(math.Exp(reach(interval.High)))
	}
}

// Dispersion is by how much more the times of a metric vary than if each incident came by
// itself; 1 at least, and where it is not known.
func (p *Pair) Dispersion(m *aggregate.Metric) float64 {
	if m.Name != "time_to_resolve" {
		return 1
	}
	return max(1, p.ResolveTime.number("dispersion"))
}

// compareShares is the difference of two proportions, from their intervals.
func (c *Change) compareShares(is, was *Line) detector {
	a, ofA, okA := is.estimate()
	b, ofB, okB := was.estimate()
	if !okA || !okB {
		c.Why = tooFew(is, was)
		return nil
	}
	c.set(a-b, stats.IntervalOfDifference(a, ofA, b, ofB))
	n := int64(is.number("n"))
	return func() (low, high *float64) {
		shows := func(count int64) int {
			p := float64(count) / float64(n)
			return side(stats.IntervalOfDifference(p, stats.Wilson(count, n, confidence), b, ofB), 0)
		}
		chance := func(change float64, count int64) float64 { return binomialAtMost(b+change, n, count) }
		return detectable(n, shows, chance, -b, 0, 1-b)
	}
}

func tooFew(is, was *Line) string {
	switch {
	case is.Text("status") != string(aggregate.StatusOK):
		return "no number for the week (" + is.Text("status") + ")"
	case was.Text("status") != string(aggregate.StatusOK):
		return "no number before (" + was.Text("status") + ")"
	}
	return "an interval has no end"
}

// set notes an estimate; one that is not finite is none.
func (c *Change) set(estimate float64, interval stats.Interval) {
	c.Estimate, c.Low, c.High = finite(estimate), finite(interval.Low), finite(interval.High)
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// conclude says what the interval shows: a change when it leaves none out.
func (c *Change) conclude(better aggregate.Direction, none float64) {
	if c.Low == nil {
		return
	}
	switch {
	case *c.Low > none:
		c.Verdict = shown(better, aggregate.MoreIsBetter, More)
	case c.High != nil && *c.High < none:
		c.Verdict = shown(better, aggregate.LessIsBetter, Less)
	default:
		c.Verdict = NoneSo
	}
}

func shown(better, good aggregate.Direction, neutral Shown) Shown {
	switch better {
	case aggregate.Neutral:
		return neutral
	case good:
		return Better
	}
	return Worse
}

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
	// DetectableLow and DetectableHigh are the smallest changes to either side that would
	// have shown with 80 % power; nil where that cannot be said.
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
// of different lengths: counts are compared as rates. Each must have been observed as long
// after its end as the other.
func CompareRows(is, was *Line) Change {
	m := is.Metric()
	c := Change{Kind: RatioChange, Verdict: Unknown}
	none := 1.0
	switch m.Estimator {
	case aggregate.EventCount:
		c.compareCounts(is, was)
	case aggregate.EventRate:
		c.compareRates(is, was)
	case aggregate.MedianTime:
		c.compareTimes(is, was)
	case aggregate.Share:
		c.Kind, none = DifferenceChange, 0
		c.compareShares(is, was)
	default:
		c.Why = "a total: it has no interval, so chance cannot be ruled out"
	}
	c.conclude(m.Better, none)
	return c
}

// compareCounts is the ratio of two rates of events. Its interval is exact, and wider for
// bursts as that of the metric frequency_change is.
func (c *Change) compareCounts(is, was *Line) {
	a, b := is.number("n"), was.number("n")
	if b == 0 {
		c.Why = "there was none before"
		return
	}
	wider := 1.0
	if dispersion, ok := pooled(is, was); ok {
		wider = math.Sqrt(max(1, dispersion))
	}
	if a == 0 {
		ratio, interval := stats.RateRatio(0, is.days(), b/(wider*wider), was.days(), confidence)
		c.set(ratio, interval)
		return
	}
	ratio, interval := stats.RateRatio(a, is.days(), b, was.days(), confidence)
	c.set(ratio, interval.Widened(ratio, wider))
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
func (c *Change) compareRates(is, was *Line) {
	exposed, before := is.number("denominator"), was.number("denominator")
	switch {
	case exposed == 0 || before == 0:
		c.Why = "nothing ran that could have"
	case is.number("numerator") == 0 && was.number("numerator") == 0:
		c.Why = "none in either"
	default:
		c.set(stats.RateRatio(is.number("numerator"), exposed, was.number("numerator"), before, confidence))
	}
}

// compareTimes is the ratio of two medians, from their intervals.
func (c *Change) compareTimes(is, was *Line) {
	a, ofA, okA := is.estimate()
	b, ofB, okB := was.estimate()
	switch {
	case !okA || !okB:
		c.Why = tooFew(is, was)
	case min(a, b, ofA.Low, ofB.Low) <= 0:
		c.Why = "times of 0 have no ratio"
	default:
		c.set(a/b, stats.IntervalOfRatio(a, ofA, b, ofB))
	}
}

// compareShares is the difference of two proportions, from their intervals.
func (c *Change) compareShares(is, was *Line) {
	a, ofA, okA := is.estimate()
	b, ofB, okB := was.estimate()
	if !okA || !okB {
		c.Why = tooFew(is, was)
		return
	}
	c.set(a-b, stats.IntervalOfDifference(a, ofA, b, ofB))
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
		c.detect()
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

// detect says what would have shown.
func (c *Change) detect() {
	if c.Estimate == nil {
		return
	}
	log, exp := func(v float64) float64 { return v }, func(v float64) float64 { return v }
	if c.Kind == RatioChange {
		if *c.Estimate == 0 {
			return // no logarithm
		}
		log, exp = math.Log, math.Exp
	}
	reach := func(to float64) float64 {
		return stats.Detectable(math.Abs(log(to)-log(*c.Estimate)), confidence, power)
	}
	c.DetectableLow = finite(exp(-reach(*c.Low)))
	if c.High != nil {
		c.DetectableHigh = finite(exp(reach(*c.High)))
	}
}

package truth

import (
	"math"
	"slices"

	"github.com/vividium/firebreak/aggregate/stats"
)

// Tally sums up an answer. Means are over the worlds that have what is meant.
type Tally struct {
	Worlds int
	// Answered is in how many worlds the metric gave an interval, Covered in how
	// many of those it covers the truth.
	Answered, Covered int
	// Bias and Width are means of estimate − truth and of high − low, or of the
	// logarithms of their ratios; NaN where there is nothing of the kind.
	Bias, Width float64
	// CrudeBias is that of mttr_impact's crude ratio.
	CrudeBias float64
	// Reversals is in how many of the answered worlds crude is said to mislead.
	Reversals int
	// Nothing is in how many of them the estimate is 0.
	Nothing int
	// Least, Middle and Most describe the truth over the answered worlds.
	Least, Middle, Most float64
}

// Tally counts.
func (a *Answer) Tally() Tally {
	t := Tally{Worlds: len(a.Readings)}
	var bias, width, crude mean
	var truths []float64
	for i := range a.Readings {
		r := &a.Readings[i]
		if !r.answered() {
			continue
		}
		t.Answered++
		truths = append(truths, r.Truth)
		if r.covers() {
			t.Covered++
		}
		if r.Reversal {
			t.Reversals++
		}
		scale := a.Claim.Scale
		if r.Estimate != nil {
			bias.add(scale.distance(*r.Estimate, r.Truth))
			if *r.Estimate == 0 {
				t.Nothing++
			}
		}
		if r.Low != nil && r.High != nil {
			width.add(scale.distance(*r.High, *r.Low))
		}
		if r.Crude != nil {
			crude.add(scale.distance(*r.Crude, r.Truth))
		}
	}
	t.Bias, t.Width, t.CrudeBias = bias.value(), width.value(), crude.value()
	slices.Sort(truths)
	if n := len(truths); n > 0 {
		t.Least, t.Middle, t.Most = truths[0], truths[n/2], truths[n-1]
	}
	return t
}

// Coverage is the share of intervals that cover the truth.
func (t *Tally) Coverage() float64 { return float64(t.Covered) / float64(t.Answered) }

// Aims says whether the coverage lies in what is asked for.
func (t *Tally) Aims(at Aim) bool { return at.Low <= t.Coverage() && t.Coverage() <= at.High }

// Misses says whether it lies outside by more than chance: by its own interval, of
// 99.9 %.
func (t *Tally) Misses(aim Aim) bool {
	share := stats.Wilson(int64(t.Covered), int64(t.Answered), 0.999)
	return share.High < aim.Low || share.Low > aim.High
}

// mean of what was added.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64) {
	m.sum += x
	m.n++
}

func (m *mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.sum / float64(m.n)
}

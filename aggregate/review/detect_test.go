package review_test

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/aggregate/stats"
)

// TestDetectableChangesShow draws weeks after a change as large as is said to be detectable,
// and counts how often it shows.
func TestDetectableChangesShow(t *testing.T) {
	const draws = 3000
	source := rand.NewPCG(1, 2)
	for _, before := range []int{26, 65, 260, 1300, 104000} { // in 13 weeks
		c := review.CompareRows(lineOf("incident_count", 7, map[string]any{"n": before / 13}), lineOf("incident_count", 91, map[string]any{"n": before}))
		if before == 26 && c.DetectableLow != nil {
			t.Errorf("of 2 a week, a change of %v is said to be detectable, though 0 would not show", *c.DetectableLow)
		}
		for _, change := range []*float64{c.DetectableLow, c.DetectableHigh} {
			if change == nil {
				continue
			}
			shown := 0
			for range draws {
				n := distuv.Poisson{Lambda: float64(before) / 13 * *change, Src: source}.Rand()
				got := review.CompareRows(lineOf("incident_count", 7, map[string]any{"n": n}), lineOf("incident_count", 91, map[string]any{"n": before}))
				if got.Verdict == review.Better || got.Verdict == review.Worse {
					shown++
				}
			}
			if share := float64(shown) / draws; share < 0.77 || share > 0.85 {
				t.Errorf("of %d a week, a change of %.3f shows in %.3f", before/13, *change, share)
			}
		}
	}
	share := func(x, n int64) *review.Line {
		w := stats.Wilson(x, n, 0.95)
		return lineOf("automation_success_rate", 7, map[string]any{"n": float64(n), "estimate": float64(x) / float64(n), "low": w.Low, "high": w.High})
	}
	for _, test := range []struct{ x, n, was, of int64 }{{28, 30, 364, 390}, {290, 300, 3700, 3900}, {5, 10, 65, 130}} {
		c := review.CompareRows(share(test.x, test.n), share(test.was, test.of))
		p := float64(test.was) / float64(test.of)
		for _, change := range []*float64{c.DetectableLow, c.DetectableHigh} {
			if change == nil {
				continue
			}
			if p+*change < 0 || p+*change > 1 {
				t.Errorf("%d of %d: %v is beyond what a share can be", test.x, test.n, *change)
				continue
			}
			shown := 0
			for range draws {
				x := int64(distuv.Binomial{N: float64(test.n), P: p + *change, Src: source}.Rand())
				if got := review.CompareRows(share(x, test.n), share(test.was, test.of)); got.Verdict == review.Better || got.Verdict == review.Worse {
					shown++
				}
			}
			if s := float64(shown) / draws; s < 0.77 || s > 0.95 { // few counts jump
				t.Errorf("%d of %d: a change of %.3f shows in %.3f", test.x, test.n, *change, s)
			}
		}
	}
}

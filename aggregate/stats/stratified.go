package stats

import (
	"gonum.org/v1/gonum/stat"
)

// Stratum holds what was observed of comparable cases, with and without
// treatment.
type Stratum struct{ Treated, Untreated []float64 }

// IsUsable says whether both sides have a sample variance.
func (s *Stratum) IsUsable() bool { return len(s.Treated) >= 2 && len(s.Untreated) >= 2 }

// StratifiedDifference is the mean of treated − the mean of untreated values,
// stratum by stratum, weighted by the number of treated: the mean effect on those
// that were treated. Strata that are not usable are passed over; ok is false when
// none is.
//
// Source: the weighting of W. G. Cochran, Biometrics 24 (1968) 295–313 (to the
// treated), with the variance of a sum of independent sample means and
// Satterthwaite's degrees of freedom over them.
func StratifiedDifference(strata []Stratum) (effect Contrast, ok bool) {
	var all, sum float64
	var components []Component
	for i := range strata {
		s := &strata[i]
		if !s.IsUsable() {
			continue
		}
		n, m := float64(len(s.Treated)), float64(len(s.Untreated))
		a, v := stat.MeanVariance(s.Treated, nil)
		b, w := stat.MeanVariance(s.Untreated, nil)
		all += n
		sum += n * (a - b)
		components = append(components, Component{n * n * v / n, n - 1}, Component{n * n * w / m, m - 1})
	}
	if all == 0 {
		return Contrast{}, false
	}
	for i := range components {
		components[i].Variance /= all * all
	}
	return ContrastOf(sum/all, components), true
}

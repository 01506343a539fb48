package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Contrast is an estimate made of means of normal samples, with its standard
// error and the degrees of freedom of that.
type Contrast struct {
	Estimate, StandardError, Degrees float64
}

// Component is what one sample adds to the variance of a contrast: its sample
// variance ÷ its size × the square of its weight, with size − 1 degrees.
type Component struct{ Variance, Degrees float64 }

// ContrastOf puts the components of an estimate together. Degrees is 0 when no
// component varies.
//
// Source: F. E. Satterthwaite, Biometrics Bulletin 2 (1946) 110–114.
func ContrastOf(estimate float64, components []Component) Contrast {
	var variance, squares float64
	for _, c := range components {
		variance += c.Variance
		if c.Variance > 0 {
			squares += c.Variance * c.Variance / c.Degrees
		}
	}
	c := Contrast{Estimate: estimate, StandardError: math.Sqrt(variance)}
	if squares > 0 {
		c.Degrees = variance * variance / squares
	}
	return c
}

// DifferenceOfMeans is the mean of first − the mean of second, samples of which
// each may have a variance of its own.
//
// It panics unless each has at least two values.
//
// Source: B. L. Welch, Biometrika 34 (1947) 28–35.
func DifferenceOfMeans(first, second []float64) Contrast {
	if len(first) < 2 || len(second) < 2 {
		panic(fmt.Sprintf("stats: the means of %d and %d values", len(first), len(second)))
	}
	m, v := stat.MeanVariance(first, nil)
	n, w := stat.MeanVariance(second, nil)
	return ContrastOf(m-n, []Component{
		{v / float64(len(first)), float64(len(first) - 1)},
		{w / float64(len(second)), float64(len(second) - 1)},
	})
}

// Interval is Student's. ok is false when nothing varies: so small a sample does
// not say how sure it is.
func (c Contrast) Interval(confidence float64) (interval Interval, ok bool) {
	if c.Degrees == 0 {
		return Interval{}, false
	}
	half := c.quantile(1-tail(confidence)) * c.StandardError
	return Interval{Low: c.Estimate - half, High: c.Estimate + half}, true
}

// Detectable is the smallest difference from 0 that such a sample would have
// shown, at a confidence, with a power (the chance to show it, above a half). ok
// is false when nothing varies.
//
// Source: J. M. Bloom, Evaluation Review 19 (1995) 547–556.
func (c Contrast) Detectable(confidence, power float64) (difference float64, ok bool) {
	if c.Degrees == 0 {
		return 0, false
	}
	return (c.quantile(1-tail(confidence)) + c.quantile(power)) * c.StandardError, true
}

func (c Contrast) quantile(p float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: c.Degrees}.Quantile(p)
}

package stats

import "math"

// IntervalOfDifference is the interval of a − b from the intervals of two independent
// estimates at the same confidence, whatever these are made of. Of proportions with
// Wilson's intervals it is Newcombe's hybrid score interval.
//
// Source: G. Y. Zou and A. Donner, Stat. Med. 27 (2008) 1693–1702 (the method of variance
// estimates recovery); method 10 in R. G. Newcombe, Stat. Med. 17 (1998) 873–890.
func IntervalOfDifference(a float64, ofA Interval, b float64, ofB Interval) Interval {
	return Interval{
		Low:  a - b - math.Hypot(a-ofA.Low, ofB.High-b),
		High: a - b + math.Hypot(ofA.High-a, b-ofB.Low),
	}
}

// IntervalOfRatio is the interval of a ÷ b likewise, by the difference of the logarithms.
// Both estimates and the ends of their intervals are above 0; a High may be +Inf.
//
// Source: as IntervalOfDifference.
func IntervalOfRatio(a float64, ofA Interval, b float64, ofB Interval) Interval {
	logs := func(i Interval) Interval { return Interval{Low: math.Log(i.Low), High: math.Log(i.High)} }
	d := IntervalOfDifference(math.Log(a), logs(ofA), math.Log(b), logs(ofB))
	return Interval{Low: math.Exp(d.Low), High: math.Exp(d.High)}
}

// Detectable is how far from none a change would have had to be for its interval at a
// confidence to leave none out with a power (the chance that it does, above a half), when
// the interval reaches half to that side of its estimate. It takes the estimate for
// about normal, on the scale on which half is measured.
//
// Source: as the Detectable of a Contrast.
func Detectable(half, confidence, power float64) float64 {
	z := normalQuantile(confidence)
	return half * (z + normalQuantile(2*power-1)) / z
}

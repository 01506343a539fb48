package review

import "gonum.org/v1/gonum/stat/distuv"

// What a change would have had to be to show: with the earlier number as it is, the count
// of the week is asked from which on its interval leaves out that there was no change; then
// the smallest change is looked for under which the week has such a count with the power.

// detectable finds the smallest changes to either side. shows says of a count of the week,
// up to most, on which side of none its interval lies, −1, 0 or 1, and rises with it; chance
// is that of at most so many, when the week's number is what it would be after a change;
// floor and ceiling are the changes that can be at most. What no change would have shown is
// nil.
func detectable(most int64, shows func(count int64) int, chance func(change float64, count int64) float64, floor, none, ceiling float64) (low, high *float64) {
	least := func(from int64, wanted func(int) bool) int64 { // the first count at which wanted holds
		end := most + 1
		for from < end {
			middle := from + (end-from)/2
			if wanted(shows(middle)) {
				end = middle
			} else {
				from = middle + 1
			}
		}
		return from
	}
	if fewer := least(0, func(side int) bool { return side >= 0 }) - 1; fewer >= 0 {
		low = crossing(none, floor, func(change float64) bool { return chance(change, fewer) >= power })
	}
	if more := least(0, func(side int) bool { return side > 0 }); more <= most {
		high = crossing(none, ceiling, func(change float64) bool { return 1-chance(change, more-1) >= power })
	}
	return low, high
}

// crossing is where, on the way from one change to another, something begins to hold; nil
// when it does not even there.
func crossing(from, to float64, holds func(float64) bool) *float64 {
	if !holds(to) {
		return nil
	}
	for range 60 {
		middle := (from + to) / 2
		if holds(middle) {
			to = middle
		} else {
			from = middle
		}
	}
	return &to
}

// poissonAtMost is the chance of at most so many events when a mean of them is expected, in
// bursts of a dispersion.
func poissonAtMost(mean, dispersion float64, count int64) float64 {
	switch {
	case count < 0:
		return 0
	case mean <= 0:
		return 1
	}
	// A Poisson count is at most k when a gamma variable of shape k + 1 exceeds its mean.
	return distuv.Gamma{Alpha: float64(count)/dispersion + 1, Beta: 1}.Survival(mean / dispersion)
}

// binomialAtMost is the chance of at most so many of n.
func binomialAtMost(p float64, n, count int64) float64 {
	switch {
	case count < 0:
		return 0
	case count >= n, p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return distuv.Binomial{N: float64(n), P: p}.CDF(float64(count))
}

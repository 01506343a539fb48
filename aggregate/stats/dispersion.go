package stats

// Dispersion is the sample variance ÷ mean of counts in slices of equal
// length, without unit: about 1 when events come independently at a steady
// rate (Poisson), above 1 when they come in bursts. Slices without events
// belong in counts as 0. ok is false below two slices or when all are 0.
//
// Source: the index of dispersion, D. R. Cox and P. A. W. Lewis, The
// Statistical Analysis of Series of Events (1966), section 6.3.
func Dispersion(counts []int64) (ratio float64, ok bool) {
	if len(counts) < 2 {
		return 0, false
	}
	var sum float64
	for _, c := range counts {
		sum += float64(c)
	}
	mean := sum / float64(len(counts))
	if mean == 0 {
		return 0, false
	}
	var squares float64
	for _, c := range counts {
		d := float64(c) - mean
		squares += d * d
	}
	return squares / float64(len(counts)-1) / mean, true
}

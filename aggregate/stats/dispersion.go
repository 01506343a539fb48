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
	return DispersionWithin(counts)
}

// DispersionWithin is the dispersion of counts in several windows of which each
// may have a rate of its own: the squares about each window's own mean, over the
// slices of all windows less one for each, ÷ the mean of all. ok is false when
// there are not more slices than windows or when all are 0.
//
// Source: as Dispersion, with the pooled variance of the analysis of variance.
func DispersionWithin(windows ...[]int64) (ratio float64, ok bool) {
	var squares, sum float64
	slices, free := 0, 0
	for _, counts := range windows {
		if len(counts) == 0 {
			continue
		}
		var total float64
		for _, c := range counts {
			total += float64(c)
		}
		mean := total / float64(len(counts))
		for _, c := range counts {
			d := float64(c) - mean
			squares += d * d
		}
		sum += total
		slices += len(counts)
		free += len(counts) - 1
	}
	if free < 1 || sum == 0 {
		return 0, false
	}
	return squares / float64(free) / (sum / float64(slices)), true
}

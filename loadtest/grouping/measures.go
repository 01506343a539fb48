package grouping

// Scores say how a grouping compares with the truth, each from 0 to 1.
type Scores struct {
	// GA is the share of items in groups that equal a true group exactly
	// (grouping accuracy; Zhu et al., Tools and Benchmarks for Automated Log
	// Parsing, 2019).
	GA float64
	// FGA is the harmonic mean of the shares of groups, found and true, that are
	// exact (Jiang et al., A Large-Scale Evaluation for Log Parsing Techniques,
	// 2024).
	FGA float64
	// Precision, Recall and F1 are over pairs of items: of those together, how
	// many belong together, and the reverse.
	Precision, Recall, F1 float64
	// BCubed is the harmonic mean of precision and recall averaged over items
	// (Bagga and Baldwin, 1998).
	BCubed float64
	// Groups found and true.
	Groups, TrueGroups int
}

// Compare scores a grouping: found[i] and truth[i] are the groups of item i.
func Compare(found, truth []string) Scores {
	type both struct{ found, truth string }
	nFound, nTrue, nBoth := make(map[string]int), make(map[string]int), make(map[both]int)
	for i := range found {
		nFound[found[i]]++
		nTrue[truth[i]]++
		nBoth[both{found[i], truth[i]}]++
	}
	s := Scores{Groups: len(nFound), TrueGroups: len(nTrue)}
	exact, exactItems := 0, 0
	precision, recall := 0.0, 0.0
	for b, n := range nBoth {
		if n == nFound[b.found] && n == nTrue[b.truth] {
			exact++
			exactItems += n
		}
		precision += float64(n) * float64(n) / float64(nFound[b.found])
		recall += float64(n) * float64(n) / float64(nTrue[b.truth])
	}
	items := float64(len(found))
	s.GA = ratio(float64(exactItems), items)
	s.FGA = harmonic(ratio(float64(exact), float64(len(nFound))), ratio(float64(exact), float64(len(nTrue))))
	s.BCubed = harmonic(ratio(precision, items), ratio(recall, items))
	together := pairs(nBoth)
	s.Precision, s.Recall = share(together, pairs(nFound)), share(together, pairs(nTrue))
	s.F1 = harmonic(s.Precision, s.Recall)
	return s
}

func pairs[K comparable](counts map[K]int) float64 {
	sum := 0.0
	for _, n := range counts {
		sum += float64(n) * float64(n-1) / 2
	}
	return sum
}

// share is a part of the pairs; where there is no pair, none is wrong.
func share(part, all float64) float64 {
	if all == 0 {
		return 1
	}
	return part / all
}

func ratio(part, all float64) float64 {
	if all == 0 {
		return 0
	}
	return part / all
}

func harmonic(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * a * b / (a + b)
}

// Recall says for each k how often one of the k nearest is of the same group,
// over the items that have an earlier one of their group. nearest[i] are the
// items before i that resemble it most, nearest first.
func Recall(nearest [][]int, truth []string, ks ...int) (shares []float64, asked int) {
	shares = make([]float64, len(ks))
	before := make(map[string]bool)
	for i, group := range truth {
		if before[group] {
			asked++
			rank := len(nearest[i])
			for r, j := range nearest[i] {
				if truth[j] == group {
					rank = r
					break
				}
			}
			for n, k := range ks {
				if rank < min(k, len(nearest[i])) {
					shares[n]++
				}
			}
		}
		before[group] = true
	}
	for n := range shares {
		shares[n] = ratio(shares[n], float64(asked))
	}
	return shares, asked
}

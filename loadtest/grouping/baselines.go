package grouping

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// ExactTitle groups by equal titles.
func ExactTitle(incidents []*recurrence.Incident) []string {
	return each(incidents, func(title string) string { return title })
}

// NearestTFIDF gives for each incident the positions of the k before it that
// resemble it most by the cosine of TF-IDF over the words of title and
// description (Manning et al., Introduction to Information Retrieval, 2008, 6.2).
func NearestTFIDF(incidents []*recurrence.Incident, k int) [][]int {
	bags, with := make([]map[string]float64, len(incidents)), make(map[string]float64)
	for i, in := range incidents {
		bags[i] = make(map[string]float64)
		for _, w := range plainWord.FindAllString(strings.ToLower(in.Title+" "+in.Description), -1) {
			bags[i][w]++
		}
		for w := range bags[i] {
			with[w]++
		}
	}
	type posting struct {
		item   int
		weight float64
	}
	index := make(map[string][]posting)
	nearest := make([][]int, len(incidents))
	for i, bag := range bags {
		// In order, for sums of fractions depend on it.
		words := slices.Sorted(maps.Keys(bag))
		length := 0.0
		for _, w := range words {
			bag[w] = (1 + math.Log(bag[w])) * math.Log(float64(len(incidents))/with[w])
			length += bag[w] * bag[w]
		}
		score := make(map[int]float64)
		for _, w := range words {
			bag[w] /= math.Sqrt(max(length, 1e-12))
			for _, p := range index[w] {
				score[p.item] += bag[w] * p.weight
			}
			index[w] = append(index[w], posting{i, bag[w]})
		}
		nearest[i] = slices.SortedFunc(maps.Keys(score), func(a, b int) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
		nearest[i] = nearest[i][:min(k, len(nearest[i]))]
	}
	return nearest
}

var plainWord = regexp.MustCompile(`[\pL\pN]+`)

var variable = regexp.MustCompile(`0[xX][0-9a-fA-F]+|\b[0-9a-fA-F]*[0-9][0-9a-fA-F]*\b|\d+`)

// MaskedDigits groups by titles that are equal when numbers and hexadecimal ids
// are masked.
func MaskedDigits(incidents []*recurrence.Incident) []string { return each(incidents, mask) }

func mask(title string) string { return variable.ReplaceAllString(title, "<*>") }

func each(incidents []*recurrence.Incident, key func(string) string) []string {
	groups := make([]string, len(incidents))
	for i, in := range incidents {
		groups[i] = key(in.Title)
	}
	return groups
}

// Drain groups titles as Drain does (He et al., Drain: An Online Log Parsing
// Approach with Fixed Depth Tree, 2017), with its usual settings: a tree of depth
// four by length and first words, and a similarity of 0.4. Numbers are masked
// first.
func Drain(incidents []*recurrence.Incident) []string {
	d := drain{groups: make(map[string][]*drainGroup)}
	return each(incidents, func(title string) string { return d.add(strings.Fields(mask(title))) })
}

type drain struct {
	groups map[string][]*drainGroup // by leaf
	count  int
}

type drainGroup struct {
	name     string
	template []string
}

const (
	drainWords      = 2 // of the tree's path
	drainSimilarity = 0.4
)

func (d *drain) add(words []string) string {
	path := []string{strconv.Itoa(len(words))}
	for _, w := range words[:min(drainWords, len(words))] {
		if strings.ContainsAny(w, "0123456789<") {
			w = "<*>"
		}
		path = append(path, w)
	}
	leaf := strings.Join(path, " ")
	var best *drainGroup
	most, mostFixed := -1.0, -1
	for _, g := range d.groups[leaf] {
		if similar, fixed := g.similarity(words); similar > most || similar == most && fixed > mostFixed {
			best, most, mostFixed = g, similar, fixed
		}
	}
	if best == nil || most < drainSimilarity {
		d.count++
		best = &drainGroup{name: strconv.Itoa(d.count), template: append([]string(nil), words...)}
		d.groups[leaf] = append(d.groups[leaf], best)
	}
	for i, w := range words {
		if best.template[i] != w {
			best.template[i] = "<*>"
		}
	}
	return best.name
}

// similarity is the share of words that equal the template's.
func (g *drainGroup) similarity(words []string) (share float64, fixed int) {
	for i, w := range words {
		if g.template[i] == w && w != "<*>" {
			fixed++
		}
	}
	return ratio(float64(fixed), float64(len(words))), fixed
}

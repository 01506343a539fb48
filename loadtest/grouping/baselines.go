package grouping

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// ExactTitle groups by equal titles.
func ExactTitle(incidents []*recurrence.Incident) []string {
	return each(incidents, func(title string) string { return title })
}

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

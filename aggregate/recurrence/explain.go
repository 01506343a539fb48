package recurrence

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Explanation says how much speaks for two incidents being one trouble.
type Explanation struct {
	// Bits is the weight of the evidence; Enough of it is what it takes.
	Bits, Enough float64
	// Reasons are the fields that weigh anything, the heaviest first.
	Reasons []Reason
	// Differs says what is not the same.
	Differs []string
}

// Reason is what one field weighs, against the two when below 0.
type Reason struct {
	Field  string
	Bits   float64
	Detail string
}

// Explain compares two incidents that were added.
func (c *Clusterer) Explain(a, b *Incident) Explanation {
	learns, counts := c.learns, c.templates.counts
	c.learns, c.templates.counts = false, false
	defer func() { c.learns, c.templates.counts = learns, counts }()
	x, y := c.readTitle(a), c.readTitle(b)
	c.readText(a, &x)
	c.readText(b, &y)
	w, spelled := c.weigh(&x, &y), c.spelling(a, b)
	e := Explanation{Bits: w.sum(), Enough: enough, Differs: Differences(a, b)}
	for f, bits := range w {
		if bits != 0 {
			e.Reasons = append(e.Reasons, Reason{fieldNames[f], bits, c.detail(field(f), &x, &y, spelled)})
		}
	}
	slices.SortStableFunc(e.Reasons, func(a, b Reason) int { return cmp.Compare(b.Bits, a.Bits) })
	return e
}

// spelling gives the stems of two incidents and of meanings as they are written.
func (c *Clusterer) spelling(a, b *Incident) map[int32]string {
	spelled := make(map[int32]string)
	for _, same := range sayings {
		spelled[c.words.stemOf(nameOf(same[0]))] = strings.TrimPrefix(same[0], exactly)
	}
	for _, text := range []string{a.Title, b.Title, a.Description, b.Description} {
		tokens := scan(start(text, longestTitle), nil)
		c.words.read(tokens)
		for _, t := range tokens {
			if stem := c.words.entries[t.word].stem; spelled[stem] == "" {
				spelled[stem] = strings.ToLower(t.text)
			}
		}
	}
	return spelled
}

// detail says what the two have in common in a field.
func (c *Clusterer) detail(f field, x, y *evidence, spelled map[int32]string) string {
	switch f {
	case byTitle:
		return c.titleDetail(x, y, spelled)
	case byText:
		return commonWords(x.texts[0], y.texts[0], spelled)
	case byRule:
		return c.commonFact(x.rules, y.rules, func(rule int32) float64 { return c.ruleBits(rule, x, y) })
	case byService:
		return c.commonFact(x.services, y.services, func(service int32) float64 { return c.serviceBits(service, x, y) })
	case byCause:
		return c.commonFact(x.causes, y.causes, func(int32) float64 { return sameCause })
	}
	return c.commonLabels(x.labels, y.labels)
}

func (c *Clusterer) titleDetail(x, y *evidence, spelled map[int32]string) string {
	if len(x.titles) == 0 || len(y.titles) == 0 {
		return "a title that says nothing"
	}
	a, b := c.templates.list[x.titles[0]], c.templates.list[y.titles[0]]
	if top := c.templates.top(x.titles[0]); top == c.templates.top(y.titles[0]) {
		return "template " + c.words.text(c.templates.list[top].shape)
	}
	same, other := c.words.told(a.stems, b.stems)
	switch {
	case other:
		return c.meanings(a.stems, spelled) + " is not " + c.meanings(b.stems, spelled)
	case same && oneEach(a.stems, b.stems), !slices.Equal(a.stems, b.stems) && c.oneWordApart(a.shape, b.shape):
		return wordsBut(a.stems, b.stems, spelled) + " is not " + wordsBut(b.stems, a.stems, spelled)
	}
	return commonWords(a.stems, b.stems, spelled)
}

// meanings are the sayings of a title that tell.
func (c *Clusterer) meanings(stems []int32, spelled map[int32]string) string {
	var list []string
	for _, s := range stems {
		if c.words.entries[s].tells {
			list = append(list, spelled[s])
		}
	}
	return strings.Join(list, ", ")
}

// wordsBut are the words of a title that another has not.
func wordsBut(a, b []int32, spelled map[int32]string) string {
	var list []string
	for _, w := range a {
		if !slices.Contains(b, w) {
			list = append(list, spelled[w])
		}
	}
	return strings.Join(list, ", ")
}

func commonWords(a, b []int32, spelled map[int32]string) string {
	var common []string
	for _, w := range a {
		if slices.Contains(b, w) {
			common = append(common, spelled[w])
		}
	}
	if len(common) == 0 {
		return "no word in common"
	}
	slices.Sort(common)
	return "words " + strings.Join(common, ", ")
}

// commonFact is what two have in common that weighs most.
func (c *Clusterer) commonFact(a, b tally, weight func(int32) float64) string {
	text, most := "not the same", math.Inf(-1)
	for _, x := range a {
		if b.of(x.id) > 0 && weight(x.id) > most {
			text, most = c.facts.text[x.id], weight(x.id)
		}
	}
	return text
}

// commonLabels are all that add to the weight.
func (c *Clusterer) commonLabels(a, b tally) string {
	var list []string
	for _, x := range a {
		if b.of(x.id) > 0 && c.labelBits(x.id) > 0 {
			list = append(list, c.facts.text[x.id])
		}
	}
	return strings.Join(list, ", ")
}

// Differences says what is not the same in two incidents: words of the title,
// service, alert rules.
func Differences(a, b *Incident) []string { return shownOf(a).differences(shownOf(b)) }

// shown is what of an incident is shown when others differ.
type shown struct {
	title, service string
	rules          []string
}

func shownOf(in *Incident) shown { return shown{in.Title, in.Service, in.Rules} }

func (a shown) differences(b shown) []string {
	var list []string
	if a.title != b.title {
		x, y := start(a.title, longestTitle), start(b.title, longestTitle)
		gone, come := wordsOnlyIn(x, y), wordsOnlyIn(y, x)
		if gone != "" || come != "" {
			list = append(list, fmt.Sprintf("title: %q became %q", gone, come))
		}
	}
	if a.service != b.service {
		list = append(list, fmt.Sprintf("service: %q became %q", a.service, b.service))
	}
	if len(a.rules) > 0 && len(b.rules) > 0 && !slices.ContainsFunc(a.rules, func(r string) bool { return slices.Contains(b.rules, r) }) {
		list = append(list, fmt.Sprintf("alert rule: %q became %q", a.rules[0], b.rules[0]))
	}
	return list
}

func wordsOnlyIn(text, other string) string {
	others := strings.Fields(other)
	var only []string
	for w := range strings.FieldsSeq(text) {
		if !slices.Contains(others, w) {
			only = append(only, w)
		}
	}
	return strings.Join(only, " ")
}

// Template is a cluster's most frequent way of saying what is wrong, <*> where
// it varies; "" when its titles say nothing.
func (c *Clusterer) Template(cluster string) string {
	k, known := c.byID[cluster]
	if !known {
		return ""
	}
	// A template has the texts of all shapes that are cases of it.
	counts := make(map[int32]int32)
	best := int32(none)
	for _, t := range c.clusters[c.top(k)].titles {
		top := c.templates.top(t)
		if counts[top] += c.templates.list[t].count; best == none || counts[top] > counts[best] {
			best = top
		}
	}
	if best == none {
		return ""
	}
	return c.words.text(c.templates.list[best].shape)
}

package recurrence

import "slices"

// company is what comes with a title: if every time other alert rules, or other
// descriptions, the title says little, whatever its words ("We are looking into
// reports of trouble").
type company struct {
	ruled int32 // incidents with rules that recur
	rules tally
	texts [][]int32
	// mixedRules and mixedTexts: these are others every time.
	mixedRules, mixedTexts bool
	turned                 bool // it has been said that it is mixed
}

const (
	// mostCompany is how many rules and descriptions of a title are remembered.
	mostCompany = 8
	// From fromRuled incidents with rules and fromTexts descriptions on can it be
	// told.
	fromRuled = 3
	fromTexts = 3
	// commonRule is the share of incidents with one rule below which the rules
	// are held to be others every time, commonText the likeness of descriptions.
	commonRule = 0.5
	commonText = 0.3
)

// note adds what came with a title this time. seen says how often each rule was
// seen: one that never comes again is an id. It says, once, when the company turns out
// to be another every time.
func (w *company) note(e *evidence, seen []int32, texts *rarity) (turned bool) {
	was, recurs := w.isMixed(), false
	for _, r := range e.rules {
		if seen[r.id] > 1 {
			w.rules.add(r.id, 1, mostCompany)
			recurs = true
		}
	}
	if recurs {
		w.ruled++
		w.mixedRules = w.ruled >= fromRuled && float64(w.rules.of(w.rules.most())) < commonRule*float64(w.ruled)
	}
	for _, t := range e.texts {
		if len(w.texts) < mostCompany && !slices.ContainsFunc(w.texts, func(x []int32) bool { return slices.Equal(x, t) }) {
			w.texts = append(w.texts, t)
			w.mixedTexts = w.areOthers(texts)
		}
	}
	turned = w.isMixed() && !was && !w.turned
	w.turned = w.turned || turned
	return turned
}

// areOthers says whether the descriptions are hardly like each other.
func (w *company) areOthers(texts *rarity) bool {
	if len(w.texts) < fromTexts {
		return false
	}
	var nearest [mostCompany]float64
	for i, a := range w.texts {
		for j, b := range w.texts[:i] {
			how := texts.alike(a, b)
			nearest[i], nearest[j] = max(nearest[i], how), max(nearest[j], how)
		}
	}
	sum := 0.0
	for _, how := range nearest {
		sum += how
	}
	return sum < commonText*float64(len(w.texts))
}

// isMixed says whether it is another company every time.
func (w *company) isMixed() bool { return w.mixedRules || w.mixedTexts }

package recurrence

import (
	"cmp"
	"slices"
)

// index finds the clusters that may be the same trouble, by what they share. It
// looks at rare features only: those that more than mostPosting clusters have
// lead nowhere.
type index struct {
	// first is the first cluster with each feature, by kind and id. Most features
	// (ids, rare words) never come again: only where they do is there a list.
	first    [featureKinds][]int32
	postings map[feature][]int32

	// scratch, by cluster
	found []int32
	best  []int32
	score []float32
	ready []feature
	value []float32
}

// feature is a title's template, a word of a title or description, or a rule.
type feature struct {
	kind featureKind
	id   int32
}

type featureKind uint8

const (
	titleFeature featureKind = iota // the shape of a title
	templateFeature
	wordFeature
	textFeature
	ruleFeature
	featureKinds
)

const (
	// mostPosting is how many clusters a feature leads to at most.
	mostPosting = 512
	// mostFeatures is how many features are followed, the rarest first.
	mostFeatures = 12
	// mostCandidates is how many clusters are compared in full.
	mostCandidates = 10
	// titleScore makes clusters with the same title come first; those with the
	// same template come after those that share more.
	titleScore    = 100
	templateScore = 0.5
)

func (x *index) add(f feature, cluster int32) {
	list := x.behind(f)
	switch {
	case len(list) == 0:
		x.begin(f, cluster)
	case len(list) <= mostPosting && !slices.Contains(list, cluster):
		x.postings[f] = append(list, cluster)
	}
}

// begin notes the first cluster with a feature.
func (x *index) begin(f feature, cluster int32) {
	first := x.first[f.kind]
	for len(first) <= int(f.id) {
		first = append(first, none)
	}
	first[f.id] = cluster
	x.first[f.kind] = first
}

// want says that a feature is to be followed.
func (x *index) want(f feature, bits float64) {
	x.ready = append(x.ready, f)
	x.value = append(x.value, float32(bits))
}

// candidates are the clusters that share most with e, most first.
func (c *Clusterer) candidates(e *evidence) []int32 {
	x := &c.index
	x.ready, x.value, x.found = x.ready[:0], x.value[:0], x.found[:0]
	for _, t := range e.titles {
		x.want(feature{titleFeature, t}, titleScore)
		x.want(feature{templateFeature, c.templates.top(t)}, templateScore)
		if !e.form {
			for _, s := range c.templates.list[t].stems {
				x.want(feature{wordFeature, s}, c.words.titles.bits(s))
			}
		}
	}
	if !e.form {
		for _, r := range e.rules {
			x.want(feature{ruleFeature, r.id}, ruleScale*bits(c.words.titles.all, c.facts.in[r.id]))
		}
		for _, t := range e.texts {
			for _, s := range t {
				x.want(feature{textFeature, s}, c.words.texts.bits(s))
			}
		}
	}
	for len(x.score) < len(c.clusters) {
		x.score = append(x.score, 0)
	}
	x.follow(c)
	x.best = x.best[:0]
	byScore := func(a, b int32) int { return cmp.Or(cmp.Compare(x.score[b], x.score[a]), cmp.Compare(a, b)) }
	for _, k := range x.found {
		x.best = topmost(x.best, mostCandidates, k, byScore)
	}
	for _, k := range x.found {
		x.score[k] = 0
	}
	return x.best
}

// follow scores the clusters behind the rarest features that are ready.
func (x *index) follow(c *Clusterer) {
	for n := 0; n < mostFeatures; n++ {
		best := -1
		for i, v := range x.value {
			if v > 0 && (best < 0 || v > x.value[best]) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		f, v := x.ready[best], x.value[best]
		x.value[best] = 0
		list := x.behind(f)
		if len(list) == 0 || len(list) > mostPosting {
			n-- // it leads nowhere
			continue
		}
		for _, k := range list {
			k = c.top(k)
			if x.score[k] == 0 {
				x.found = append(x.found, k)
			}
			x.score[k] += v
		}
	}
}

// enter makes a cluster found by what is new in it.
func (c *Clusterer) enter(k int32, titles []int32, texts [][]int32, e *evidence) {
	x := &c.index
	for _, t := range titles {
		x.add(feature{titleFeature, t}, k)
		x.add(feature{templateFeature, c.templates.top(t)}, k)
		if !e.form {
			for _, s := range c.templates.list[t].stems {
				x.add(feature{wordFeature, s}, k)
			}
		}
	}
	for _, t := range texts {
		for _, s := range t {
			x.add(feature{textFeature, s}, k)
		}
	}
	for _, r := range e.rules {
		x.add(feature{ruleFeature, r.id}, k)
	}
}

// behind are the clusters to which a feature leads.
func (x *index) behind(f feature) []int32 {
	if list := x.postings[f]; len(list) > 0 {
		return list
	}
	if first := x.first[f.kind]; int(f.id) < len(first) && first[f.id] != none {
		return first[f.id : f.id+1 : f.id+1]
	}
	return nil
}

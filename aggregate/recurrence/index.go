package recurrence

import (
	"cmp"
	"slices"
)

// index finds the clusters that may be the same trouble, by what they share. It
// looks at rare features only: those that more than mostPosting clusters have
// lead nowhere.
type index struct {
	// behind says for each feature, by kind and id, to which clusters it leads. Most
	// features (ids, rare words) never come again: only where they do is there a
	// list: that numbered n is firstList-n.
	behind [featureKinds][]int32
	lists  [][]int32

	// scratch, by cluster
	found []int32
	best  []int32
	score []float32
	ready []feature
	lead  [][]int32 // the clusters behind those that are ready
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
	// firstList is the first number below that of any cluster and none.
	firstList = none - 1
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
	behind := x.behind[f.kind]
	for len(behind) <= int(f.id) {
		behind = append(behind, none)
	}
	x.behind[f.kind] = behind
	switch first := behind[f.id]; {
	case first == none:
		behind[f.id] = cluster
	case first >= 0 && first != cluster:
		behind[f.id] = firstList - int32(len(x.lists))
		x.lists = append(x.lists, []int32{first, cluster})
	case first < none:
		list := &x.lists[firstList-first]
		if len(*list) <= mostPosting && !slices.Contains(*list, cluster) {
			*list = append(*list, cluster)
		}
	}
}

// clusters are those to which a feature leads.
func (x *index) clusters(f feature) []int32 {
	behind := x.behind[f.kind]
	if int(f.id) >= len(behind) || behind[f.id] == none {
		return nil
	}
	if first := behind[f.id]; first < none {
		return x.lists[firstList-first]
	}
	return behind[f.id : f.id+1 : f.id+1]
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
	x.seek()
	x.follow(c)
	x.best = x.best[:0]
	byScore := func(a, b int32) int { return cmp.Or(cmp.Compare(x.score[b], x.score[a]), cmp.Compare(a, b)) }
	for _, k := range x.found {
		if len(x.best) == mostCandidates && x.score[k] < x.score[x.best[mostCandidates-1]] {
			continue
		}
		x.best = topmost(x.best, mostCandidates, k, byScore)
	}
	for _, k := range x.found {
		x.score[k] = 0
	}
	return x.best
}

// seek drops the features that lead nowhere.
func (x *index) seek() {
	x.lead = x.lead[:0]
	for i, f := range x.ready {
		list := x.clusters(f)
		if len(list) == 0 || len(list) > mostPosting {
			x.value[i] = 0
		}
		x.lead = append(x.lead, list)
	}
}

// follow scores the clusters behind the rarest features that lead somewhere.
func (x *index) follow(c *Clusterer) {
	for range mostFeatures {
		best := -1
		for i, v := range x.value {
			if v > 0 && (best < 0 || v > x.value[best]) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		v := x.value[best]
		x.value[best] = 0
		for _, k := range x.lead[best] {
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

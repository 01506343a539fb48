package recurrence

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Neighbours finds the incidents of the past that resemble one most, whether or
// not they are the same trouble. Incidents are compared as bags of words by the
// cosine of the angle between them. Words weigh by how rare they are and
// saturate (BM25; Robertson and Zaragoza, The Probabilistic Relevance Framework,
// 2009); those of the title count more, and so do alert rule and service as
// words of their own. Of those that resemble it alike, the latest comes first.
//
// It is for one goroutine.
type Neighbours struct {
	ids      map[string]int32
	postings [][]posting
	docs     []document

	// scratch
	bag   map[int32]float32
	score []float32
	found []int32
	lower []byte
}

// Neighbour is an earlier incident.
type Neighbour struct {
	ID         string
	Similarity float64 // from 0 to 1
}

type posting struct {
	doc    int32
	weight float32 // saturated frequency
}

type document struct {
	id     string
	opened time.Time
	norm   float32
	terms  []term
}

type term struct {
	id     int32
	weight float32
}

const (
	titleWeight   = 4 // of a word in the title against one in the description
	ruleWeight    = 4
	serviceWeight = 1
	// longestPassage is how much of a description is compared, in bytes.
	longestPassage = 500
	saturation     = 1.2
	lengthShare    = 0.5 // how much longer texts are discounted
	usualTitle     = 10  // words
	usualPassage   = 60

	// recencyBonus and recency let the latest come first among incidents that
	// resemble one alike; a familiar stranger of last year loses little.
	recencyBonus = 0.15
	recency      = 14 * 24 * time.Hour

	// mostVisits bounds how many postings are read for an incident; the rarest
	// words come first.
	mostVisits = 20_000
	// shortlist is how many times as many as are asked for are compared in full.
	shortlist = 10
)

// NewNeighbours makes an empty index.
func NewNeighbours() *Neighbours {
	return &Neighbours{ids: make(map[string]int32), bag: make(map[int32]float32)}
}

// Nearest gives the k incidents that were added before and resemble in most,
// nearest first.
func (n *Neighbours) Nearest(in *Incident, k int) []Neighbour {
	terms := n.terms(in)
	norm := n.norm(terms)
	found := n.promising(terms, shortlist*k)
	for i := range found {
		found[i].score = n.similarity(in, terms, norm, found[i].doc)
	}
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), n.docs[b.doc].opened.Compare(n.docs[a.doc].opened), cmp.Compare(b.doc, a.doc))
	})
	nearest := make([]Neighbour, 0, k)
	for _, f := range found[:min(k, len(found))] {
		nearest = append(nearest, Neighbour{n.docs[f.doc].id, f.score})
	}
	return nearest
}

type scored struct {
	doc   int32
	score float64
}

// promising are the most incidents that share the most of what is rare. What
// is frequent is left out when there is much of it: it hardly tells one incident
// from another.
func (n *Neighbours) promising(terms []term, most int) []scored {
	rarest := slices.SortedFunc(slices.Values(terms), func(a, b term) int {
		return cmp.Or(cmp.Compare(len(n.postings[a.id]), len(n.postings[b.id])), cmp.Compare(a.id, b.id))
	})
	for len(n.score) < len(n.docs) {
		n.score = append(n.score, 0)
	}
	n.found = n.found[:0]
	visits := 0
	for _, t := range rarest {
		list := n.postings[t.id]
		if visits += len(list); visits > mostVisits {
			break
		}
		weight := t.weight * square32(n.idf(t.id))
		for _, p := range list {
			if n.score[p.doc] == 0 {
				n.found = append(n.found, p.doc)
			}
			n.score[p.doc] += weight * p.weight
		}
	}
	var best []scored
	for _, d := range n.found {
		best = topmost(best, most, scored{d, float64(n.score[d] / n.docs[d].norm)}, byScore)
		n.score[d] = 0
	}
	return best
}

// byScore orders by score, the latest of equal ones first.
func byScore(a, b scored) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.doc, a.doc))
}

// similarity compares an incident with one that was added, in full.
func (n *Neighbours) similarity(in *Incident, terms []term, norm float32, d int32) float64 {
	doc := &n.docs[d]
	common := float32(0)
	for a, b := terms, doc.terms; len(a) > 0 && len(b) > 0; {
		switch {
		case a[0].id < b[0].id:
			a = a[1:]
		case b[0].id < a[0].id:
			b = b[1:]
		default:
			common += a[0].weight * b[0].weight * square32(n.idf(a[0].id))
			a, b = a[1:], b[1:]
		}
	}
	age := in.OpenedAt.Sub(doc.opened)
	bonus := 1 + recencyBonus*math.Exp(-max(0, age.Hours())/recency.Hours())
	return min(1, float64(common/(norm*doc.norm))*bonus/(1+recencyBonus))
}

// Add makes an incident one of the past.
func (n *Neighbours) Add(in *Incident) {
	terms := n.terms(in)
	d := int32(len(n.docs))
	for _, t := range terms {
		n.postings[t.id] = append(n.postings[t.id], posting{d, t.weight})
	}
	n.docs = append(n.docs, document{id: in.ID, opened: in.OpenedAt, norm: n.norm(terms), terms: terms})
}

func (n *Neighbours) norm(terms []term) float32 {
	sum := 0.0
	for _, t := range terms {
		sum += float64(square32(t.weight * n.idf(t.id)))
	}
	return float32(math.Sqrt(max(sum, 1e-9)))
}

func square32(x float32) float32 { return x * x }

func (n *Neighbours) idf(id int32) float32 {
	all, with := float64(len(n.docs)+prior), float64(len(n.postings[id]))
	return float32(math.Log(1 + (all-with+0.5)/(with+0.5)))
}

// terms are the words of an incident with their saturated frequencies.
func (n *Neighbours) terms(in *Incident) []term {
	clear(n.bag)
	n.count(start(in.Title, longestTitle), titleWeight, usualTitle)
	if in.Description != in.Title {
		n.count(start(in.Description, longestPassage), 1, usualPassage)
	}
	for _, r := range in.Rules {
		n.bag[n.id("rule\x00"+r)] += ruleWeight
	}
	if in.Service != "" {
		n.bag[n.id("service\x00"+in.Service)] += serviceWeight
	}
	terms := make([]term, 0, len(n.bag))
	for id, f := range n.bag {
		terms = append(terms, term{id, f / (f + saturation)})
	}
	slices.SortFunc(terms, func(a, b term) int { return cmp.Compare(a.id, b.id) })
	return terms
}

func (n *Neighbours) id(word string) int32 {
	id, known := n.ids[word]
	if !known {
		id = int32(len(n.postings))
		n.ids[word] = id
		n.postings = append(n.postings, nil)
	}
	return id
}

// count adds the words of a text to the bag, and the parts of compound ones.
func (n *Neighbours) count(text string, weight, usual float32) {
	first := len(n.lower)
	var words []int32
	for i := 0; i < len(text); {
		if !isAlnum(text[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(text) && isAlnum(text[j]) {
			j++
		}
		words = n.compound(text[i:j], words)
		i = j
	}
	n.lower = n.lower[:first]
	share := weight / (1 - lengthShare + lengthShare*float32(len(words))/usual)
	for _, w := range words {
		n.bag[w] += share
	}
}

// compound adds a word and, when it is put together in camel case or with
// underscores and digits, its parts.
func (n *Neighbours) compound(word string, words []int32) []int32 {
	words = n.simple(word, words)
	start, parts := 0, 0
	for i := 1; i <= len(word); i++ {
		if i < len(word) && !isSeam(word, i) {
			continue
		}
		if start > 0 || i < len(word) {
			words = n.simple(word[start:i], words)
		}
		start, parts = i, parts+1
	}
	return words
}

// isSeam says whether another part of a compound begins at i.
func isSeam(w string, i int) bool {
	a, b := w[i-1], w[i]
	switch {
	case a == '_' || b == '_', isDigit(a) != isDigit(b):
		return true
	case isUpper(b):
		return !isUpper(a) || i+1 < len(w) && isLetter(w[i+1]) && !isUpper(w[i+1])
	}
	return false
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func (n *Neighbours) simple(word string, words []int32) []int32 {
	n.lower = appendLower(n.lower[:0], word)
	w := string(n.lower)
	if len(w) < 2 || grammar[w] {
		return words
	}
	return append(words, n.id(stem(w)))
}

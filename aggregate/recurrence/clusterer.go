package recurrence

import (
	"iter"
	"slices"
)

// Clusterer groups incidents into clusters, each of one trouble.
type Clusterer struct {
	words     *lexicon
	templates *templates
	names     names
	sources   map[string]*source
	facts     facts
	texts     seen
	ruled     seen // pairs of rule and title
	clusters  []*cluster
	// up is for each cluster that into which it was merged, itself when into none.
	up    []int32
	byID  map[string]int32
	index index
	memo  bounded[memoKey, *memory]
	// bridges counts the incidents that belong to two clusters.
	bridges map[[2]int32]int
	// apart are the clusters that people told apart.
	apart map[[2]int32]bool
	// doubts are the clusters that have come into doubt.
	doubts map[int32]bool
	// reserved are names that clusters had.
	reserved map[string]bool
	// learns: what is read teaches how sources write.
	learns bool

	// scratch
	tokens  []token
	shape   shape
	stems   []int32
	key     []byte
	marked  marked
	fetched int32 // keeps the compiler from leaving fetch out
}

// cluster is one trouble.
type cluster struct {
	id    string
	first int64 // when its first incident opened, in Unix microseconds
	size  int32
	evidence
	last shown // the member that came last
	// leftOf is the cluster that has those with which this one's founder was
	// together before all was assigned again; none otherwise.
	leftOf int32
}

// Assignment says where an incident belongs.
type Assignment struct {
	Cluster string
	// Similarity to the cluster before the incident came, from 0 to 1; 1 when it
	// founded the cluster.
	Similarity float64
	Founded    bool
	// Merged are the clusters that were found to be one with others through this
	// incident.
	Merged []Merge

	before, now shown
}

// Differs says what is not the same as in the member that came before it.
func (a *Assignment) Differs() []string {
	if a.Founded {
		return nil
	}
	return a.before.differences(a.now)
}

// Merge says that the incidents of a cluster belong to another from now on.
type Merge struct{ From, Into string }

// memoKey is what decides when it was seen together before, when the title says
// enough: the same title on the same service then outweighs whatever rules and
// description may say against it.
type memoKey struct{ title, service, cause int32 }

// memory is where such incidents went.
type memory struct {
	cluster int32
	bits    float64
	times   int
}

const (
	mostMemories = 1 << 19
	// settledAfter is how many such incidents are compared in full.
	settledAfter = 4
	// bridgesNeeded is how many incidents must belong to two clusters before
	// these are held to be one.
	bridgesNeeded = 2
	mostBridges   = 1 << 16
	mostSeenTexts = 1 << 20
)

// New makes an empty Clusterer.
func New() *Clusterer {
	words := newLexicon()
	return &Clusterer{
		words: words, templates: newTemplates(words), names: newNames(words),
		sources: make(map[string]*source),
		texts:   seen{most: mostSeenTexts},
		ruled:   seen{most: mostSeenTexts},
		byID:    make(map[string]int32),
		memo:    newBounded[memoKey, *memory](mostMemories),
		bridges: make(map[[2]int32]int),
		apart:   make(map[[2]int32]bool),
		doubts:  make(map[int32]bool),

		reserved: make(map[string]bool),
		learns:   true,
	}
}

// Learn reads a history, twice, without assigning it, so that its first incidents
// are judged on as much as its last. What is added next is taken to be this
// history, until Live is called.
func (c *Clusterer) Learn(history iter.Seq[*Incident]) {
	for in := range history {
		c.names.learn(c.names.of(in.Service))
		c.tokens = scan(start(in.Title, longestTitle), c.tokens[:0])
		c.source(in).note(c.tokens)
	}
	for _, s := range c.sources {
		s.decide()
	}
	c.learns = false
	for in := range history {
		e := c.readTitle(in)
		c.readText(in, &e)
		c.noteSeen(&e)
	}
	c.templates.settle()
	c.templates.counts = false
}

// Live says that what is added next was not read with Learn.
func (c *Clusterer) Live() { c.learns, c.templates.counts = true, true }

// Add assigns an incident.
func (c *Clusterer) Add(in *Incident) Assignment {
	e := c.readTitle(in)
	merged := c.join()
	m := c.recall(&e)
	if m != nil && m.isSettled() {
		m.cluster = c.top(m.cluster)
		return c.assignment(m.cluster, in, &e, m.bits, merged)
	}
	c.readText(in, &e)
	k, bits, more := c.find(&e, none)
	if k == none {
		k = c.found(in)
	}
	if m != nil {
		m.cluster, m.bits = k, bits
	}
	return c.assignment(k, in, &e, bits, append(merged, more...))
}

// AddAgain assigns an incident that was assigned before, on what is known by now.
// Those with which it was together are in the cluster near; "" when none has been
// assigned yet. It takes clear evidence to part it from them.
func (c *Clusterer) AddAgain(in *Incident, near string) Assignment {
	e := c.readTitle(in)
	merged := c.join()
	c.readText(in, &e)
	to := int32(none)
	if k, known := c.byID[near]; known {
		to = c.top(k)
	}
	k, bits, more := c.find(&e, to)
	if k == none {
		k = c.found(in)
		c.clusters[k].leftOf = to
	}
	return c.assignment(k, in, &e, bits, append(merged, more...))
}

// assignment puts an incident into a cluster and says how it fits in.
func (c *Clusterer) assignment(k int32, in *Incident, e *evidence, bits float64, merged []Merge) Assignment {
	to := c.clusters[k]
	a := Assignment{Cluster: to.id, Similarity: 1, Founded: to.size == 0, Merged: merged}
	if !a.Founded {
		a.Similarity, a.before, a.now = similarity(bits), to.last, shownOf(in)
	}
	c.put(k, in, e)
	return a
}

// recall finds where such incidents went before; nil when the title does not say
// enough.
func (c *Clusterer) recall(e *evidence) *memory {
	if len(e.titles) == 0 || c.sameTitleBits(e.titles[0])+otherRule+otherText < enough {
		return nil
	}
	key := memoKey{e.titles[0], e.services.most(), e.causes.most()}
	m, known := c.memo.get(key)
	if !known {
		m = &memory{}
		c.memo.put(key, m)
	}
	m.times++
	return m
}

// isSettled says whether such incidents need no more comparing: their
// descriptions are known by now. Now and then one is compared all the same.
func (m *memory) isSettled() bool { return m.times > settledAfter && m.times&(m.times-1) != 0 }

// Restore puts an incident into the cluster to which it was assigned before.
// Clusters come into being as their first members are restored.
func (c *Clusterer) Restore(in *Incident, id string) {
	k, known := c.byID[id]
	if !known {
		k = c.found(&Incident{ID: id, OpenedAt: in.OpenedAt})
	}
	c.restore(c.top(k), in)
}

func (c *Clusterer) restore(k int32, in *Incident) {
	e := c.readTitle(in)
	c.readText(in, &e)
	c.put(k, in, &e)
	c.reindex(nil)
}

// Settle looks again at all that was learned, and says what is one after all.
func (c *Clusterer) Settle() []Merge {
	c.templates.settle()
	return c.join()
}

// Top gives the id of the cluster that an id stands for now.
func (c *Clusterer) Top(id string) string {
	k, known := c.byID[id]
	if !known {
		return id
	}
	return c.clusters[c.top(k)].id
}

func (c *Clusterer) top(k int32) int32 {
	for c.up[k] != k {
		c.up[k] = c.up[c.up[k]]
		k = c.up[k]
	}
	return k
}

// find gives the cluster to which an incident belongs and the weight of the
// evidence; none when no cluster is near enough. The cluster stays, unless it is none,
// is where the incident was before: much speaks for leaving it there.
func (c *Clusterer) find(e *evidence, stays int32) (int32, float64, []Merge) {
	best, most, need := int32(none), 0.0, float64(enough)
	if len(e.titles) == 0 {
		need = enoughUntitled
	}
	var near []int32
	candidates := c.candidates(e)
	if stays != none && !slices.Contains(candidates, stays) {
		candidates = append(candidates, stays)
	}
	c.fetch(candidates)
	for _, k := range candidates {
		w := c.weigh(e, &c.clusters[k].evidence)
		bits := w.sum()
		if k == stays {
			bits += staying
		}
		if bits < need {
			continue
		}
		if bits >= c.needForBoth(k, stays) {
			near = append(near, k)
		}
		if best == none || bits > most {
			best, most = k, bits
		}
	}
	var merged []Merge
	if len(near) > 1 && len(e.titles) > 0 && !c.saysLittle(e.titles[0]) {
		merged = c.bridge(best, near)
	}
	if best == none {
		return none, 0, nil
	}
	return c.top(best), most, merged
}

// needForBoth is the weight from which an incident shows that a cluster is one with
// others. When all is assigned again, what was apart is left apart as what was
// together is left together.
func (c *Clusterer) needForBoth(k, stays int32) float64 {
	if stays == none || k == stays {
		return enoughForBoth
	}
	if from := c.clusters[k].leftOf; from != none && c.top(from) == stays {
		return enoughForBoth
	}
	return enoughForBoth + staying
}

// bridge notes that an incident belongs to several clusters, and merges those
// to which enough incidents belong.
func (c *Clusterer) bridge(best int32, near []int32) []Merge {
	var merged []Merge
	for _, k := range near {
		a, b := c.top(best), c.top(k)
		pair := pairOf(a, b)
		if a == b || c.apart[pair] {
			continue
		}
		if c.bridges[pair]++; c.bridges[pair] >= bridgesNeeded {
			delete(c.bridges, pair)
			merged = append(merged, c.merge(a, b))
		}
	}
	if len(c.bridges) > mostBridges {
		clear(c.bridges)
	}
	return merged
}

// found makes a cluster for its first incident.
func (c *Clusterer) found(in *Incident) int32 {
	k := int32(len(c.clusters))
	c.clusters = append(c.clusters, &cluster{id: in.ID, first: in.OpenedAt.UnixMicro(), leftOf: none})
	c.up = append(c.up, k)
	c.byID[in.ID] = k
	return k
}

// put adds what an incident shows to its cluster.
func (c *Clusterer) put(k int32, in *Incident, e *evidence) {
	to := c.clusters[k]
	to.size++
	to.last = shownOf(in)
	to.first = min(to.first, in.OpenedAt.UnixMicro())
	c.note(k, e)
	if c.templates.counts {
		c.noteSeen(e)
	}
	c.remember(k, in)
}

// remember notes where the first incidents of a source went, and doubts them all
// once it turns out to write forms.
func (c *Clusterer) remember(k int32, in *Incident) {
	s := c.sources[in.Source]
	switch {
	case s.form:
		for _, early := range s.early {
			c.doubt(early)
		}
		s.early = nil
	case s.texts <= mostEarly:
		s.early = append(s.early, k)
	default:
		s.early = nil
	}
}

// noteSeen counts how often rules were seen, and in what company titles.
func (c *Clusterer) noteSeen(e *evidence) {
	for _, r := range e.rules {
		c.facts.seen[r.id]++
	}
	for _, t := range e.titles {
		if c.templates.list[t].with.note(e, c.facts.seen, &c.words.texts) {
			for _, k := range c.index.clusters(feature{titleFeature, t}) {
				c.doubt(k)
			}
		}
	}
}

func (c *Clusterer) note(k int32, e *evidence) {
	to := &c.clusters[k].evidence
	e.eachShared(func(id int32) {
		if !to.shares(id) {
			c.facts.in[id]++
		}
	})
	titles, texts := to.add(e)
	c.enter(k, titles, texts, e)
}

// merge makes one of two clusters. The one that was first seen keeps its id.
func (c *Clusterer) merge(a, b int32) Merge {
	x, y := c.clusters[a], c.clusters[b]
	if y.first < x.first || y.first == x.first && b < a {
		a, b, x, y = b, a, y, x
	}
	c.up[b] = a
	for pair := range c.apart {
		if pair[0] == b || pair[1] == b {
			delete(c.apart, pair)
			c.apart[pairOf(a, pair[0]+pair[1]-b)] = true
		}
	}
	x.size += y.size
	y.eachShared(func(id int32) {
		if x.shares(id) {
			c.facts.in[id]--
		}
	})
	titles, texts := x.evidence.add(&y.evidence)
	c.enter(a, titles, texts, &y.evidence)
	y.evidence = evidence{}
	return Merge{From: y.id, Into: x.id}
}

func pairOf(a, b int32) [2]int32 { return [2]int32{min(a, b), max(a, b)} }

// join merges the clusters whose titles turned out to be cases of one template,
// where that is all there is to go by. Others are found by what else they share.
func (c *Clusterer) join() []Merge {
	var merged []Merge
	c.reindex(func(a, b int32) {
		if a == b || c.apart[pairOf(a, b)] {
			return
		}
		x, y := &c.clusters[a].evidence, &c.clusters[b].evidence
		if !(x.form || x.bare && y.bare || nothingElse(x, y)) {
			return
		}
		if w := c.weigh(x, y); w.sum() >= enough {
			merged = append(merged, c.merge(a, b))
		}
	})
	return merged
}

// reindex lets the clusters of templates that became cases of others be found by
// these. Each pair of clusters that meet so is given to meet, unless it is nil.
func (c *Clusterer) reindex(meet func(a, b int32)) {
	for _, pair := range c.templates.joined {
		for _, a := range c.index.clusters(feature{templateFeature, pair[0]}) {
			if meet != nil {
				for _, b := range c.index.clusters(feature{templateFeature, pair[1]}) {
					meet(c.top(a), c.top(b))
				}
			}
			c.index.add(feature{templateFeature, pair[1]}, c.top(a))
		}
	}
	c.templates.joined = c.templates.joined[:0]
}

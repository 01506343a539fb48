package recurrence

// What is learned later may show that incidents were put together on too little:
// a title that had seemed to say something turns out to stand over one trouble
// after another, or the numbers in a source's titles turn out to be codes. Their
// clusters are then doubted, and whoever has the members lets them be looked at
// again.

// mostEarly is of how many incidents of a source it is remembered where they went
// while it may still turn out to write forms.
const mostEarly = 1024

// doubt says that a cluster is to be looked at again.
func (c *Clusterer) doubt(k int32) {
	if k = c.top(k); c.clusters[k].size > 1 {
		c.doubts[k] = true
	}
}

// Doubts gives the clusters that have come into doubt since it was last asked, the
// oldest first.
func (c *Clusterer) Doubts() []string {
	if len(c.doubts) == 0 {
		return nil
	}
	ids := make([]string, 0, len(c.doubts))
	for _, k := range sortedKeys(c.doubts) {
		if c.up[k] == k {
			ids = append(ids, c.clusters[k].id)
		}
	}
	clear(c.doubts)
	return ids
}

// Reconsider judges a cluster anew by its members, given in the order in which they
// opened: which of them belong together by what is known now. The first stays
// where it is. It gives where each belongs.
func (c *Clusterer) Reconsider(cluster string, members []*Incident) []Assignment {
	k, known := c.byID[cluster]
	if !known || len(members) == 0 {
		return nil
	}
	k = c.top(k)
	c.forgetMemories()
	c.empty(k)
	learns, counts := c.learns, c.templates.counts
	c.learns, c.templates.counts = false, false // they were counted when they came
	defer func() { c.learns, c.templates.counts = learns, counts }()
	list := make([]Assignment, len(members))
	for i, in := range members {
		e := c.readTitle(in)
		c.readText(in, &e)
		to, bits := k, 0.0
		var merged []Merge
		if i > 0 {
			to, bits, merged = c.find(&e, none)
		}
		if to == none {
			to = c.found(&Incident{ID: c.freeID([]*Incident{in}), OpenedAt: in.OpenedAt})
		}
		list[i] = c.assignment(to, in, &e, bits, merged)
	}
	return list
}

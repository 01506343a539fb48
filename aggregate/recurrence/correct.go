package recurrence

import "fmt"

// What people decide counts more than any evidence. A cluster from which
// something is taken is judged anew by what stays in it.

// Merge makes one of two clusters because a person says so. The one that was
// first seen keeps its id.
func (c *Clusterer) Merge(a, b string) (Merge, error) {
	x, y, err := c.both(a, b)
	if err != nil {
		return Merge{}, err
	}
	delete(c.apart, pairOf(x, y))
	c.forgetMemories()
	return c.merge(x, y), nil
}

// Split takes incidents out of a cluster into one of their own, and keeps the
// two apart. It gives the id of the new cluster.
func (c *Clusterer) Split(id string, stay, leave []*Incident) (string, error) {
	k, known := c.byID[id]
	switch {
	case !known || c.up[k] != k:
		return "", fmt.Errorf("there is no cluster %q", id)
	case len(stay) == 0 || len(leave) == 0:
		return "", fmt.Errorf("to split the cluster %s, some of its incidents must leave and some must stay", id)
	}
	c.rebuild(k, stay)
	n := c.found(&Incident{ID: c.freeID(leave), OpenedAt: leave[0].OpenedAt})
	c.rebuild(n, leave)
	c.apart[pairOf(k, n)] = true
	return c.clusters[n].id, nil
}

// Reserve says that clusters were called so: none is called so again, unless it
// is still there.
func (c *Clusterer) Reserve(ids []string) {
	for _, id := range ids {
		c.reserved[id] = true
	}
}

// freeID is the id of the first incident after which no cluster was ever called.
func (c *Clusterer) freeID(incidents []*Incident) string {
	taken := func(id string) bool {
		_, known := c.byID[id]
		return known || c.reserved[id]
	}
	for _, in := range incidents {
		if !taken(in.ID) {
			return in.ID
		}
	}
	for n := 2; ; n++ {
		if id := fmt.Sprintf("%s~%d", incidents[0].ID, n); !taken(id) {
			return id
		}
	}
}

// Move takes one incident from a cluster, in which the others stay, to another, and
// keeps the two apart. The incident is no evidence of what its new cluster is
// like: it was put there because evidence pointed elsewhere.
func (c *Clusterer) Move(from string, stay []*Incident, to string) error {
	a, b, err := c.both(from, to)
	if err != nil {
		return err
	}
	c.rebuild(a, stay)
	c.clusters[b].size++
	c.apart[pairOf(a, b)] = true
	return nil
}

func (c *Clusterer) both(a, b string) (x, y int32, err error) {
	for _, side := range []struct {
		id string
		to *int32
	}{{a, &x}, {b, &y}} {
		k, known := c.byID[side.id]
		if !known {
			return 0, 0, fmt.Errorf("there is no cluster %q", side.id)
		}
		*side.to = c.top(k)
	}
	if x == y {
		return 0, 0, fmt.Errorf("%s and %s are one cluster", a, b)
	}
	return x, y, nil
}

// rebuild makes a cluster what these members show.
func (c *Clusterer) rebuild(k int32, members []*Incident) {
	c.forgetMemories()
	c.empty(k)
	for _, in := range members {
		c.restore(k, in)
	}
}

// empty takes everything out of a cluster.
func (c *Clusterer) empty(k int32) {
	c.clusters[k].eachShared(func(id int32) { c.facts.in[id]-- })
	c.clusters[k].evidence, c.clusters[k].size = evidence{}, 0
}

// forgetMemories forgets where incidents went: from now on the like may go elsewhere.
func (c *Clusterer) forgetMemories() {
	clear(c.memo.recent)
	clear(c.memo.old)
}

// Refresh matches again an incident that is alone in its cluster, now that more
// is known of it. Of others, what they show is added to their cluster.
func (c *Clusterer) Refresh(in *Incident, cluster string) Assignment {
	known, found := c.byID[cluster]
	if !found {
		return c.Add(in)
	}
	k := c.top(known)
	if c.clusters[k].size > 1 || c.clusters[k].id != in.ID {
		e := c.readTitle(in)
		c.readText(in, &e)
		c.note(k, e.beyond(&c.clusters[k].evidence))
		return Assignment{Cluster: c.clusters[k].id, Merged: c.join()}
	}
	c.empty(k)
	e := c.readTitle(in)
	merged := c.join()
	c.readText(in, &e)
	near, bits, more := c.find(&e, none)
	merged = append(merged, more...)
	if near == none {
		near = k
	}
	c.up[k] = near
	return c.assignment(near, in, &e, bits, merged)
}

// KeepApart says that two clusters were told apart: evidence does not make one
// of them again. Clusters that are not known, or one already, are left alone.
func (c *Clusterer) KeepApart(a, b string) {
	if x, y, err := c.both(a, b); err == nil {
		c.apart[pairOf(x, y)] = true
	}
}

// Count makes an incident a member of a cluster without being evidence of what
// it is like.
func (c *Clusterer) Count(in *Incident, id string) {
	k, known := c.byID[id]
	if !known {
		k = c.found(&Incident{ID: id, OpenedAt: in.OpenedAt})
	}
	c.clusters[c.top(k)].size++
}

package keep

import (
	"context"
	"maps"
	"slices"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema/store"
)

// decisions are what was decided about clusters, by evidence and by people.
type decisions struct {
	into  map[string]string // clusters that were merged into others
	place map[string]string // where people put incidents, by the name that the cluster had then
	pins  map[string]bool   // incidents that were pinned: no evidence of what their cluster is like
	apart [][2]string       // clusters that people told apart, by the names they had then
	names map[string]bool   // every cluster that a decision names
	// judged are the clusters on which people decided, by the names they had then.
	judged []string
}

// decided reads everything that was decided and carried out.
func (k *Keeper) decided(ctx context.Context) (*decisions, error) {
	d := &decisions{into: make(map[string]string), place: make(map[string]string), pins: make(map[string]bool), names: make(map[string]bool)}
	err := k.each(ctx, "decided", nil, func(rows store.Rows) error {
		var kind string
		var c Change
		if err := rows.Scan(&kind, &c.Actor, &c.Cluster, &c.Into, &c.Incidents); err != nil {
			return err
		}
		c.Kind = ChangeKind(kind)
		d.note(&c)
		return nil
	})
	return d, err
}

func (d *decisions) note(c *Change) {
	d.names[c.Cluster], d.names[c.Into] = true, true
	if c.Actor != ByEvidence {
		d.judged = append(d.judged, c.Cluster, c.Into)
	}
	switch c.Kind {
	case Merge:
		d.into[c.Cluster] = c.Into
	case Split:
		if c.Actor == ByEvidence {
			return // more evidence may put them together again
		}
		d.apart = append(d.apart, [2]string{c.Cluster, c.Into})
		for _, incident := range c.Incidents {
			d.place[incident], d.pins[incident] = c.Into, false
		}
	case Pin:
		d.apart = append(d.apart, [2]string{c.Cluster, c.Into})
		for _, incident := range c.Incidents {
			d.place[incident], d.pins[incident] = c.Cluster, true
		}
	}
}

// now is what a cluster is called by now. A name that stands in a decision is
// never given again, so it can be followed through all that was merged since.
func (d *decisions) now(cluster string) string {
	for range d.into {
		next, merged := d.into[cluster]
		if !merged {
			break
		}
		cluster = next
	}
	return cluster
}

// stays says which clusters people decided on, by the names they have now: these
// are not clustered anew.
func (d *decisions) stays() map[string]bool {
	stays := make(map[string]bool)
	for _, cluster := range d.judged {
		stays[d.now(cluster)] = true
	}
	return stays
}

// tell lets a clusterer honour what was decided.
func (d *decisions) tell(clusters *recurrence.Clusterer) {
	for _, pair := range d.apart {
		clusters.KeepApart(d.now(pair[0]), d.now(pair[1]))
	}
	clusters.Reserve(slices.Collect(maps.Keys(d.names)))
}

// repair puts incidents where it was decided that they belong, as far as a
// crash kept that from being written.
func (k *Keeper) repair(ctx context.Context, history []placed, d *decisions) error {
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	var rows [][]any
	for i := range history {
		p := &history[i]
		belongs, by := p.cluster, p.decidedBy
		if where, decided := d.place[p.ID]; decided {
			belongs = where
			if by == ByEvidence {
				by = "a person"
			}
		}
		if belongs = d.now(belongs); belongs == p.cluster {
			continue
		}
		k.stale[p.cluster], k.stale[belongs] = true, true
		p.cluster, p.decidedBy = belongs, by
		rows = append(rows, []any{p.ID, belongs, 1.0, []string{}, by, now, uint64(now.UnixMicro())})
	}
	return k.store.InsertRows(ctx, "cluster_members", memberColumns, rows)
}

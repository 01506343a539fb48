package keep

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema/store"
)

// Change is a decision about clusters, by a person or by evidence.
type Change struct {
	ID        string
	Kind      ChangeKind
	Actor     string
	Cluster   string
	Into      string
	Incidents []string
	Reason    string
}

// ChangeKind says what was decided.
type ChangeKind string

// The kinds.
const (
	Merge ChangeKind = "merge" // Cluster becomes part of Into
	Split ChangeKind = "split" // Incidents leave Cluster
	Pin   ChangeKind = "pin"   // Incidents, one of them, belong to Cluster
)

// NewChangeID makes an id for a change.
func NewChangeID() string { return rand.Text() }

var changeColumns = []string{"change_id", "kind", "actor", "cluster_id", "into_cluster", "incident_ids", "reason", "applied"}

func (c Change) row(applied bool) []any {
	return []any{c.ID, string(c.Kind), c.Actor, c.Cluster, c.Into, orEmpty(c.Incidents), c.Reason, applied}
}

// Ask writes down what a person wants. The worker carries it out.
func Ask(ctx context.Context, s *store.Store, c Change) error {
	return s.InsertRows(ctx, "cluster_changes", changeColumns, [][]any{c.row(false)})
}

// carryOut does what people asked for since the last pass. What cannot be done
// is written down as done with the reason why not, so that it is not tried for
// ever.
func (k *Keeper) carryOut(ctx context.Context, did *Pass) error {
	asked, err := k.asked(ctx)
	if err != nil {
		return err
	}
	for _, c := range asked {
		refused, err := k.carry(ctx, &c)
		if err != nil {
			return err
		}
		if refused != nil {
			c.Kind, c.Reason = "refused "+c.Kind, c.Reason+" (refused: "+refused.Error()+")"
			k.cfg.Log.Warn("a change of clusters cannot be carried out", "change", c.ID, "kind", c.Kind, "error", refused)
		}
		if err := k.store.InsertRows(ctx, "cluster_changes", changeColumns, [][]any{c.row(true)}); err != nil {
			return err
		}
		did.Changed++
	}
	return nil
}

func (k *Keeper) asked(ctx context.Context) ([]Change, error) {
	var list []Change
	err := k.each(ctx, "changes", nil, func(rows store.Rows) error {
		var c Change
		var kind string
		err := rows.Scan(&c.ID, &kind, &c.Actor, &c.Cluster, &c.Into, &c.Incidents, &c.Reason)
		c.Kind = ChangeKind(kind)
		list = append(list, c)
		return err
	})
	return list, err
}

// carry does one change. refused says why it makes no sense.
func (k *Keeper) carry(ctx context.Context, c *Change) (refused, err error) {
	switch c.Kind {
	case Merge:
		return k.mergeAsked(ctx, c)
	case Split:
		return k.split(ctx, c)
	case Pin:
		return k.pin(ctx, c)
	}
	return fmt.Errorf("there is no change %q", c.Kind), nil
}

func (k *Keeper) mergeAsked(ctx context.Context, c *Change) (refused, err error) {
	m, refused := k.clusters.Merge(c.Cluster, c.Into)
	if refused != nil {
		return refused, nil
	}
	c.Cluster, c.Into = m.From, m.Into
	return nil, k.moveMembers(ctx, m)
}

// moveMembers writes that the members of a cluster belong to another.
func (k *Keeper) moveMembers(ctx context.Context, m recurrence.Merge) error {
	k.stale[m.From], k.stale[m.Into] = true, true
	return k.store.Exec(ctx, query("move"), map[string]string{"from": m.From, "into": m.Into})
}

func (k *Keeper) split(ctx context.Context, c *Change) (refused, err error) {
	c.Cluster = k.clusters.Top(c.Cluster)
	history, err := k.history(ctx, c.Cluster)
	if err != nil {
		return nil, err
	}
	var stay, leave []*recurrence.Incident
	for _, p := range history {
		if slices.Contains(c.Incidents, p.ID) {
			leave = append(leave, p.Incident)
		} else {
			stay = append(stay, p.Incident)
		}
	}
	if len(leave) < len(c.Incidents) {
		return fmt.Errorf("of the %d incidents %d belong to the cluster %s", len(c.Incidents), len(leave), c.Cluster), nil
	}
	if c.Into, refused = k.clusters.Split(c.Cluster, stay, leave); refused != nil {
		return refused, nil
	}
	return nil, k.place(ctx, leave, c.Into, c.Actor, c.Cluster)
}

// pin puts an incident into a cluster, where it stays whatever evidence says.
func (k *Keeper) pin(ctx context.Context, c *Change) (refused, err error) {
	if len(c.Incidents) != 1 {
		return fmt.Errorf("one incident can be pinned at a time"), nil
	}
	id := c.Incidents[0]
	m, known := k.members[id]
	if !known {
		return fmt.Errorf("there is no incident %q that was matched", id), nil
	}
	from := k.clusters.Top(m.cluster)
	history, err := k.history(ctx, from)
	if err != nil {
		return nil, err
	}
	var stay []*recurrence.Incident
	var pinned *recurrence.Incident
	for _, p := range history {
		if p.ID == id {
			pinned = p.Incident
		} else {
			stay = append(stay, p.Incident)
		}
	}
	c.Cluster = k.clusters.Top(c.Cluster)
	if c.Cluster != from {
		if refused = k.clusters.Move(pinned, from, stay, c.Cluster); refused != nil {
			return refused, nil
		}
	}
	return nil, k.place(ctx, []*recurrence.Incident{pinned}, c.Cluster, c.Actor, from)
}

// place writes that a person put incidents into a cluster.
func (k *Keeper) place(ctx context.Context, incidents []*recurrence.Incident, cluster, actor, from string) error {
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, in := range incidents {
		rows = append(rows, []any{in.ID, cluster, 1.0, []string{}, orEmpty(in.Rules), actor, now, uint64(now.UnixMicro())})
		m := k.members[in.ID]
		m.cluster, m.pinned = cluster, true
		k.members[in.ID] = m
	}
	k.stale[cluster], k.stale[from] = true, true
	return k.store.InsertRows(ctx, "cluster_members", memberColumns, rows)
}

// recordMerges writes merges down and then carries them out.
func (k *Keeper) recordMerges(ctx context.Context, merges []recurrence.Merge, actor, reason string) error {
	if len(merges) == 0 {
		return nil
	}
	rows := make([][]any, len(merges))
	for i, m := range merges {
		rows[i] = Change{ID: NewChangeID(), Kind: Merge, Actor: actor, Cluster: m.From, Into: m.Into, Reason: reason}.row(true)
	}
	if err := k.store.InsertRows(ctx, "cluster_changes", changeColumns, rows); err != nil {
		return err
	}
	for _, m := range merges {
		if err := k.moveMembers(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// repairMerges carries out again the merges that were written down: one that a
// crash cut off left incidents in a cluster that is no more.
func (k *Keeper) repairMerges(ctx context.Context) error {
	k.stale = make(map[string]bool)
	var merges []recurrence.Merge
	err := k.each(ctx, "merges", nil, func(rows store.Rows) error {
		var m recurrence.Merge
		err := rows.Scan(&m.From, &m.Into)
		merges = append(merges, m)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range merges {
		if err := k.moveMembers(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// keepApart tells the clusterer which clusters people told apart.
func (k *Keeper) keepApart(ctx context.Context, clusters *recurrence.Clusterer) error {
	return k.each(ctx, "splits", nil, func(rows store.Rows) error {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		clusters.KeepApart(a, b)
		return nil
	})
}

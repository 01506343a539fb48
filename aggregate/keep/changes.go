package keep

import (
	"context"
	"crypto/rand"
	"errors"
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
	Anew  ChangeKind = "anew"  // the whole history is clustered anew
	Pin   ChangeKind = "pin"   // Incidents, one of them, belong to Cluster, not to Into
)

// NewChangeID makes an id for a change.
func NewChangeID() string { return rand.Text() }

var changeColumns = []string{"change_id", "kind", "actor", "cluster_id", "into_cluster", "incident_ids", "reason", "applied"}

func (c Change) row(applied bool) []any {
	return []any{c.ID, string(c.Kind), c.Actor, c.Cluster, c.Into, c.Incidents, c.Reason, applied}
}

// Ask writes down what a person wants. The worker carries it out.
func Ask(ctx context.Context, s *store.Store, c Change) error {
	return s.InsertRows(ctx, "cluster_changes", changeColumns, [][]any{c.row(false)})
}

// carryOut does what people asked for since the last pass. A change is written
// down as carried out, with the clusters as they are called now, before members
// are moved: should it be cut off, load does the rest. What cannot be done is
// written down with the reason why not, so that it is not tried for ever.
func (k *Keeper) carryOut(ctx context.Context, did *Pass) error {
	asked, err := k.asked(ctx)
	if err != nil {
		return err
	}
	for _, c := range asked {
		move, refused, err := k.decide(ctx, &c)
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
		if refused == nil {
			if err := move(); err != nil {
				return err
			}
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

// decide makes a change in memory and gives what moves the members in the
// store. refused says why it makes no sense.
func (k *Keeper) decide(ctx context.Context, c *Change) (move func() error, refused, err error) {
	switch c.Kind {
	case Merge:
		return k.decideMerge(ctx, c)
	case Split:
		return k.decideSplit(ctx, c)
	case Pin:
		return k.decidePin(ctx, c)
	case Anew:
		return k.decideAnew(ctx, c)
	}
	return nil, fmt.Errorf("there is no change %q", c.Kind), nil
}

func (k *Keeper) decideMerge(ctx context.Context, c *Change) (move func() error, refused, err error) {
	m, refused := k.clusters.Merge(c.Cluster, c.Into)
	if refused != nil {
		return nil, refused, nil
	}
	c.Cluster, c.Into = m.From, m.Into
	return func() error { return k.moveMembers(ctx, m) }, nil, nil
}

// moveMembers writes that the members of clusters belong to others, none of which
// is itself moved.
func (k *Keeper) moveMembers(ctx context.Context, merges ...recurrence.Merge) error {
	var from, into []string
	for _, m := range merges {
		k.stale[m.From], k.stale[m.Into] = true, true
		from, into = append(from, m.From), append(into, m.Into)
	}
	return k.store.Exec(ctx, query("move"), map[string]string{"from": store.TextsParameter(from), "into": store.TextsParameter(into)})
}

func (k *Keeper) decideSplit(ctx context.Context, c *Change) (move func() error, refused, err error) {
	c.Cluster = k.clusters.Top(c.Cluster)
	stay, leave, err := k.divide(ctx, c.Cluster, c.Incidents)
	if err != nil {
		return nil, nil, err
	}
	if len(leave) < len(c.Incidents) {
		return nil, fmt.Errorf("of the %d incidents %d belong to the cluster %s", len(c.Incidents), len(leave), c.Cluster), nil
	}
	if c.Into, refused = k.clusters.Split(c.Cluster, stay, leave); refused != nil {
		return nil, refused, nil
	}
	return func() error { return k.place(ctx, leave, c.Into, c.Actor, c.Cluster) }, nil, nil
}

// decidePin puts an incident into a cluster, where it stays whatever evidence
// says.
func (k *Keeper) decidePin(ctx context.Context, c *Change) (move func() error, refused, err error) {
	if len(c.Incidents) != 1 {
		return nil, errors.New("one incident can be pinned at a time"), nil
	}
	m, known := k.members[c.Incidents[0]]
	if !known {
		return nil, fmt.Errorf("there is no incident %q that was matched", c.Incidents[0]), nil
	}
	from := k.clusters.Top(m.cluster)
	stay, pinned, err := k.divide(ctx, from, c.Incidents)
	if err != nil {
		return nil, nil, err
	}
	c.Cluster, c.Into = k.clusters.Top(c.Cluster), from
	if c.Cluster != from {
		if refused = k.clusters.Move(from, stay, c.Cluster); refused != nil {
			return nil, refused, nil
		}
	}
	return func() error { return k.place(ctx, pinned, c.Cluster, c.Actor, from) }, nil, nil
}

// divide reads the members of a cluster: those that are named, and the others.
func (k *Keeper) divide(ctx context.Context, cluster string, named []string) (others, those []*recurrence.Incident, err error) {
	history, err := k.history(ctx, cluster)
	for _, p := range history {
		if slices.Contains(named, p.ID) {
			those = append(those, p.Incident)
		} else {
			others = append(others, p.Incident)
		}
	}
	return others, those, err
}

// place writes that a person put incidents into a cluster.
func (k *Keeper) place(ctx context.Context, incidents []*recurrence.Incident, cluster, actor, from string) error {
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, in := range incidents {
		rows = append(rows, []any{in.ID, cluster, 1.0, []string{}, actor, now, uint64(now.UnixMicro())})
		m := k.members[in.ID]
		m.cluster, m.pinned = cluster, true
		k.members[in.ID] = m
	}
	k.stale[cluster], k.stale[from] = true, true
	return k.store.InsertRows(ctx, "cluster_members", memberColumns, rows)
}

// lasting gives the merges of a pass that are still true at its end. Each names
// the cluster that is left of all of them, so that their order does not matter.
func (k *Keeper) lasting(merges []recurrence.Merge) []recurrence.Merge {
	var last []recurrence.Merge
	seen := make(map[string]bool)
	for _, m := range merges {
		m.Into = k.clusters.Top(m.From)
		if m.Into != m.From && !seen[m.From] {
			last, seen[m.From] = append(last, m), true
		}
	}
	return last
}

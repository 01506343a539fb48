package keep

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema/store"
)

// ByEvidence is who decided when no person did.
const ByEvidence = "evidence"

// assign matches the incidents of which something landed since the last pass.
func (k *Keeper) assign(ctx context.Context, did *Pass) error {
	work, err := k.match(ctx)
	if err != nil {
		return err
	}
	if err := work.write(ctx, did); err != nil {
		return err
	}
	k.landed, k.caughtUp = work.landed(), true
	return nil
}

// match decides in memory where the incidents belong of which something landed.
func (k *Keeper) match(ctx context.Context) (*assignment, error) {
	now, err := k.serverTime(ctx)
	if err != nil {
		return nil, err
	}
	touched, err := k.touched(ctx)
	if err != nil {
		return nil, err
	}
	if len(k.members) == 0 {
		k.clusters.Learn(func(yield func(*recurrence.Incident) bool) {
			for _, t := range touched {
				if !yield(t.Incident) {
					return
				}
			}
		})
	}
	work := &assignment{keeper: k, at: now, looked: len(touched), rows: make(map[string][]any), left: make(map[string]bool)}
	for _, t := range touched {
		work.match(t.Incident, t.state)
	}
	k.clusters.Live()
	if len(work.rows) > 0 {
		work.merges = append(work.merges, k.clusters.Settle()...)
	}
	work.merges = k.lasting(work.merges)
	return work, nil
}

func (k *Keeper) serverTime(ctx context.Context) (time.Time, error) { return serverTime(ctx, k.store) }

// serverTime asks ClickHouse's clock, by which records say when they landed.
func serverTime(ctx context.Context, s *store.Store) (now time.Time, err error) {
	err = s.Each(ctx, "SELECT now64(3, 'UTC')", nil, func(rows store.Rows) error { return rows.Scan(&now) })
	return now, err
}

// touched is an incident of which something landed, with a hash of its state.
type touched struct {
	*recurrence.Incident
	state uint64
}

// touched reads the incidents of which, or of whose alerts, something landed.
func (k *Keeper) touched(ctx context.Context) ([]touched, error) {
	params := map[string]string{"since": store.TimeParameter(k.landed), "unassigned": strconv.FormatBool(!k.caughtUp)}
	names := make(map[string][]string)
	err := k.each(ctx, "rules", params, func(rows store.Rows) error {
		var id string
		var rules []string
		err := rows.Scan(&id, &rules)
		names[id] = rules
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []touched
	err = k.each(ctx, "touched", params, func(rows store.Rows) error {
		t := touched{Incident: &recurrence.Incident{}}
		if err := rows.Scan(&t.ID, &t.OpenedAt, &t.Title, &t.Description, &t.Service, &t.Cause, &t.Source, &t.Labels, &t.state); err != nil {
			return err
		}
		t.Rules = names[t.ID]
		list = append(list, t)
		return nil
	})
	return list, err
}

// assignment gathers what a pass decides, to be written at its end.
type assignment struct {
	keeper *Keeper
	at     time.Time
	looked int              // how many incidents were looked at
	rows   map[string][]any // of cluster_members, by incident
	known  [][]any          // of cluster_evidence
	merges []recurrence.Merge
	left   map[string]bool // clusters whose only incident left them
}

// match assigns an incident that is new, and looks again at one of which more
// is known than when it was matched.
func (a *assignment) match(in *recurrence.Incident, state uint64) {
	k := a.keeper
	m, known := k.members[in.ID]
	was := k.clusters.Top(m.cluster)
	evidence := evidenceOf(in)
	if known && m.state != state {
		k.stale[was] = true
	}
	m.state = state
	if known && m.evidence == evidence {
		k.members[in.ID] = m
		return
	}
	a.known = append(a.known, []any{in.ID, in.Rules, evidence, uint64(a.at.UnixMicro())})
	m.evidence = evidence
	switch {
	case !known:
		a.put(in, k.found(in), &m)
	case !m.pinned:
		a.again(in, was, &m)
	}
	k.members[in.ID] = m
}

// again looks at an incident of which more is known now. One that leaves the
// cluster in which it was alone leaves its name behind: that leads to the new one.
func (a *assignment) again(in *recurrence.Incident, was string, m *member) {
	got := a.keeper.clusters.Refresh(in, m.cluster)
	a.merges = append(a.merges, got.Merged...)
	if got.Merged = nil; got.Cluster == was {
		return
	}
	a.merges = append(a.merges, recurrence.Merge{From: was, Into: got.Cluster})
	a.left[was], a.keeper.stale[was] = true, true
	a.put(in, got, m)
}

// put notes where an incident belongs.
func (a *assignment) put(in *recurrence.Incident, got recurrence.Assignment, m *member) {
	m.cluster = got.Cluster
	a.merges = append(a.merges, got.Merged...)
	a.rows[in.ID] = []any{in.ID, got.Cluster, got.Similarity, got.Differs(), ByEvidence, a.at, uint64(a.at.UnixMicro())}
}

// found matches an incident for the first time. One that a pass that was cut off
// had made a cluster of belongs where that cluster was written down to be: others
// may have been moved there.
func (k *Keeper) found(in *recurrence.Incident) recurrence.Assignment {
	if !k.log.names[in.ID] {
		return k.clusters.Add(in)
	}
	cluster := k.clusters.Top(k.log.now(in.ID))
	k.clusters.Restore(in, cluster)
	return recurrence.Assignment{Cluster: cluster, Similarity: 1, Founded: true}
}

var (
	memberColumns   = []string{"incident_id", "cluster_id", "similarity", "differs", "decided_by", "assigned_at", "version"}
	evidenceColumns = []string{"incident_id", "rules", "evidence", "version"}
	progressColumns = []string{"worker", "landed_at"}
)

const (
	// rowsAtOnce is how many rows are written in one insert.
	rowsAtOnce = 50_000
	// movedAtOnce is how many clusters are moved into others in one statement.
	movedAtOnce = 1000
)

func (a *assignment) write(ctx context.Context, did *Pass) error {
	for _, step := range a.steps() {
		if err := step(ctx); err != nil {
			return err
		}
	}
	did.Assigned += len(a.rows)
	did.Merged += len(a.merges)
	return nil
}

// steps are what writes an assignment, in this order. Cut off between any two of
// them, the next process comes to the same: merges are written down before all,
// since what led to them is not found again, and load carries them out. What was
// known of an incident is written after where it belongs, and how far the pass
// has got last, so that until then everything is looked at again.
func (a *assignment) steps() []func(context.Context) error {
	return []func(context.Context) error{a.writeMerges, a.writeMembers, a.moveMerged, a.writeEvidence, a.writeProgress}
}

func (a *assignment) writeMerges(ctx context.Context) error {
	rows := make([][]any, len(a.merges))
	for i, m := range a.merges {
		c := Change{ID: NewChangeID(), Kind: Merge, Actor: ByEvidence, Cluster: m.From, Into: m.Into, Reason: "incidents belong to both"}
		if a.left[m.From] {
			c.Reason = "more is known of its only incident, which belongs there"
		}
		rows[i] = c.row(true)
	}
	return a.keeper.insert(ctx, "cluster_changes", changeColumns, rows)
}

// writeMembers says when it writes, not when matching began: whoever looks for what was
// written since a moment would miss it after a long pass.
func (a *assignment) writeMembers(ctx context.Context) error {
	k := a.keeper
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	rows := make([][]any, 0, len(a.rows))
	for _, id := range slices.Sorted(maps.Keys(a.rows)) {
		row := a.rows[id]
		cluster := k.clusters.Top(row[1].(string))
		row[1], row[5], k.stale[cluster] = cluster, now, true
		rows = append(rows, row)
	}
	return k.insert(ctx, "cluster_members", memberColumns, rows)
}

func (a *assignment) moveMerged(ctx context.Context) error {
	for some := range slices.Chunk(a.merges, movedAtOnce) {
		if err := a.keeper.moveMembers(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

func (a *assignment) writeEvidence(ctx context.Context) error {
	return a.keeper.insert(ctx, "cluster_evidence", evidenceColumns, a.known)
}

// writeProgress says how far the pass has got. One that found nothing says
// nothing: looking again from where the last one was finds nothing either.
func (a *assignment) writeProgress(ctx context.Context) error {
	if a.looked == 0 {
		return nil
	}
	return progressTo(ctx, a.keeper.store, clustersWorker, a.landed())
}

// landed is up to when everything that landed has been looked at.
func (a *assignment) landed() time.Time { return a.at.Add(-lateness) }

// insert writes many rows, in several inserts.
func (k *Keeper) insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, rowsAtOnce) {
		if err := k.store.InsertRows(ctx, table, columns, chunk); err != nil {
			return err
		}
	}
	return nil
}

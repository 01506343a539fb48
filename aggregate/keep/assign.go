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
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	touched, err := k.touched(ctx)
	if err != nil {
		return err
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
	work := assignment{keeper: k, at: now, rows: make(map[string][]any)}
	for _, t := range touched {
		work.match(t.Incident, t.state)
	}
	k.clusters.Live()
	var settled []recurrence.Merge
	if len(work.rows) > 0 {
		settled = k.clusters.Settle()
	}
	if err := work.write(ctx, settled); err != nil {
		return err
	}
	did.Assigned += len(work.rows)
	did.Merged += len(work.merges)
	k.landed, k.caughtUp = now.Add(-lateness), true
	return nil
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
	rows   map[string][]any // of cluster_members, by incident
	known  [][]any          // of cluster_evidence
	merges []recurrence.Merge
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
		a.put(in, k.clusters.Add(in), &m)
	case !m.pinned:
		got := k.clusters.Refresh(in, m.cluster)
		a.merges = append(a.merges, got.Merged...)
		if got.Merged = nil; got.Cluster != was {
			k.stale[was] = true
			a.put(in, got, &m)
		}
	}
	k.members[in.ID] = m
}

// put notes where an incident belongs.
func (a *assignment) put(in *recurrence.Incident, got recurrence.Assignment, m *member) {
	m.cluster = got.Cluster
	a.merges = append(a.merges, got.Merged...)
	a.rows[in.ID] = []any{in.ID, got.Cluster, got.Similarity, got.Differs(), ByEvidence, a.at, uint64(a.at.UnixMicro())}
}

var (
	memberColumns   = []string{"incident_id", "cluster_id", "similarity", "differs", "decided_by", "assigned_at", "version"}
	evidenceColumns = []string{"incident_id", "rules", "evidence", "version"}
)

// rowsAtOnce is how many rows are written in one insert.
const rowsAtOnce = 50_000

// write writes what was known, the assignments, and then what was merged. An
// incident whose assignment was not written is matched anew by the next process,
// and merges that were not are found again.
func (a *assignment) write(ctx context.Context, settled []recurrence.Merge) error {
	k := a.keeper
	a.merges = append(a.merges, settled...)
	rows := make([][]any, 0, len(a.rows))
	for _, id := range slices.Sorted(maps.Keys(a.rows)) {
		row := a.rows[id]
		cluster := k.clusters.Top(row[1].(string))
		row[1], k.stale[cluster] = cluster, true
		rows = append(rows, row)
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{{"cluster_evidence", evidenceColumns, a.known}, {"cluster_members", memberColumns, rows}} {
		for chunk := range slices.Chunk(table.rows, rowsAtOnce) {
			if err := k.store.InsertRows(ctx, table.name, table.columns, chunk); err != nil {
				return err
			}
		}
	}
	return k.recordMerges(ctx, a.merges)
}

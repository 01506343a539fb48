package keep

import (
	"context"
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
			for _, in := range touched {
				if !yield(in) {
					return
				}
			}
		})
		k.clusters.Live()
	}
	work := assignment{keeper: k, at: now}
	for _, in := range touched {
		work.match(in)
	}
	if err := work.write(ctx, k.clusters.Settle()); err != nil {
		return err
	}
	did.Assigned += len(work.order)
	did.Merged += len(work.merges)
	k.landed, k.caughtUp = now.Add(-lateness), true
	return nil
}

// serverTime asks ClickHouse's clock, by which records say when they landed.
func (k *Keeper) serverTime(ctx context.Context) (now time.Time, err error) {
	rows, err := k.store.Query(ctx, "SELECT now64(3, 'UTC')", nil)
	if err != nil {
		return now, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&now); err != nil {
			return now, err
		}
	}
	return now, rows.Err()
}

// touched reads the incidents of which, or of whose alerts, something landed.
func (k *Keeper) touched(ctx context.Context) ([]*recurrence.Incident, error) {
	params := map[string]string{"since": parameterTime(k.landed), "unassigned": strconv.FormatBool(!k.caughtUp)}
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
	var list []*recurrence.Incident
	err = k.each(ctx, "touched", params, func(rows store.Rows) error {
		in := &recurrence.Incident{}
		list = append(list, in)
		if err := rows.Scan(&in.ID, &in.OpenedAt, &in.Title, &in.Description, &in.Service, &in.Cause, &in.Source, &in.Labels); err != nil {
			return err
		}
		in.Rules = names[in.ID]
		return nil
	})
	return list, err
}

// assignment gathers what a pass decides, to be written at its end.
type assignment struct {
	keeper *Keeper
	at     time.Time
	order  []string // incidents, as they were matched
	rows   map[string][]any
	merges []recurrence.Merge
}

// match assigns an incident that is new, and looks again at one of which more
// is known than when it was matched.
func (a *assignment) match(in *recurrence.Incident) {
	k := a.keeper
	m, known := k.members[in.ID]
	was := k.clusters.Top(m.cluster)
	evidence := evidenceOf(in)
	var got recurrence.Assignment
	switch {
	case !known:
		got = k.clusters.Add(in)
	case m.evidence == evidence:
		return
	case m.pinned:
		m.evidence = evidence
		k.members[in.ID] = m
		return
	default:
		got = k.clusters.Refresh(in, m.cluster)
	}
	a.merges = append(a.merges, got.Merged...)
	k.members[in.ID] = member{cluster: got.Cluster, evidence: evidence}
	k.stale[got.Cluster] = true
	if known && got.Cluster == was && was != in.ID {
		return // what is written of it stays true
	}
	if known {
		k.stale[was] = true
	}
	a.put(in, got)
}

func (a *assignment) put(in *recurrence.Incident, got recurrence.Assignment) {
	if a.rows == nil {
		a.rows = make(map[string][]any)
	}
	if _, again := a.rows[in.ID]; !again {
		a.order = append(a.order, in.ID)
	}
	a.rows[in.ID] = []any{in.ID, got.Cluster, got.Similarity, orEmpty(got.Differs), orEmpty(in.Rules), ByEvidence, a.at, uint64(a.at.UnixMicro())}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

var memberColumns = []string{"incident_id", "cluster_id", "similarity", "differs", "rules", "decided_by", "assigned_at", "version"}

// rowsAtOnce is how many rows are written in one insert.
const rowsAtOnce = 50_000

// write writes the assignments, then what was merged: should it be cut off in
// between, the merges are found again.
func (a *assignment) write(ctx context.Context, settled []recurrence.Merge) error {
	k := a.keeper
	a.merges = append(a.merges, settled...)
	var rows [][]any
	for i, id := range a.order {
		row := a.rows[id]
		row[1] = k.clusters.Top(row[1].(string))
		k.stale[row[1].(string)] = true
		rows = append(rows, row)
		if len(rows) == rowsAtOnce || i == len(a.order)-1 {
			if err := k.store.InsertRows(ctx, "cluster_members", memberColumns, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	return k.recordMerges(ctx, a.merges, ByEvidence, "incidents belong to both")
}

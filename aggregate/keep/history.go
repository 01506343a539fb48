package keep

import (
	"context"
	"encoding/binary"
	"iter"
	"slices"
	"time"

	"github.com/go-faster/city"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema/store"
)

// placed is an incident with where it belongs.
type placed struct {
	*recurrence.Incident
	cluster   string
	decidedBy string
	evidence  uint64
}

// load reads what was decided so far and learns from it. Where a crash left
// incidents behind, they are put where it was decided that they belong.
func (k *Keeper) load(ctx context.Context) error {
	history, log, err := k.past(ctx)
	if err != nil {
		return err
	}
	k.stale = make(map[string]bool)
	if err := k.repair(ctx, history, log); err != nil {
		return err
	}
	landed, err := progress(ctx, k.store, clustersWorker)
	if err != nil {
		return err
	}
	k.members = make(map[string]member, len(history))
	for _, p := range history {
		k.members[p.ID] = member{cluster: p.cluster, evidence: p.evidence, pinned: p.decidedBy != ByEvidence}
	}
	k.clusters, k.log = restored(history, log), log
	k.landed, k.caughtUp, k.allStale = landed, false, time.Time{}
	k.ranking, k.judging = ranking{}, judging{}
	return nil
}

// clustersWorker is under which name the progress of matching is written.
const clustersWorker = "clusters"

// progress is up to when everything that landed has been looked at for a purpose,
// by any process; the beginning of time when nothing says so.
func progress(ctx context.Context, s *store.Store, worker string) (landed time.Time, err error) {
	err = s.Each(ctx, query("progress"), map[string]string{"worker": worker}, func(rows store.Rows) error { return rows.Scan(&landed) })
	return landed, err
}

// progressTo says that everything that landed before a moment has been looked at.
func progressTo(ctx context.Context, s *store.Store, worker string, landed time.Time) error {
	return s.InsertRows(ctx, "worker_progress", progressColumns, [][]any{{worker, landed}})
}

// past reads every incident that was matched, and what was decided.
func (k *Keeper) past(ctx context.Context) ([]placed, *decisions, error) {
	history, err := k.history(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	log, err := k.decided(ctx)
	return history, log, err
}

// restored is a clusterer that knows what was decided.
func restored(history []placed, log *decisions) *recurrence.Clusterer {
	clusters := recurrence.New()
	clusters.Learn(incidentsOf(history))
	for _, p := range history {
		if log.pins[p.ID] {
			clusters.Count(p.Incident, p.cluster)
		} else {
			clusters.Restore(p.Incident, p.cluster)
		}
	}
	clusters.Live()
	log.tell(clusters)
	return clusters
}

func incidentsOf(history []placed) iter.Seq[*recurrence.Incident] {
	return func(yield func(*recurrence.Incident) bool) {
		for _, p := range history {
			if !yield(p.Incident) {
				return
			}
		}
	}
}

// history reads the incidents that were assigned, of one cluster or, when
// cluster is "", of all, in the order in which they opened.
func (k *Keeper) history(ctx context.Context, cluster string) ([]placed, error) {
	var list []placed
	err := k.each(ctx, "history", map[string]string{"cluster": cluster}, func(rows store.Rows) error {
		p := placed{Incident: &recurrence.Incident{}}
		list = append(list, p)
		at := &list[len(list)-1]
		return rows.Scan(&p.ID, &p.OpenedAt, &p.Title, &p.Description, &p.Service, &p.Cause, &p.Source, &p.Labels, &p.Rules, &at.evidence, &at.cluster, &at.decidedBy)
	})
	return list, err
}

// each runs a query of the package and gives each row to do.
func (k *Keeper) each(ctx context.Context, name string, params map[string]string, do func(store.Rows) error) error {
	return k.store.Each(ctx, query(name), params, do)
}

// evidenceOf is a hash of everything by which an incident is matched.
func evidenceOf(in *recurrence.Incident) uint64 {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, s := range []string{in.Title, in.Description, in.Service, in.Cause} {
		text(s)
	}
	for _, r := range in.Rules {
		text(r)
	}
	text("") // no rule is empty
	names := make([]string, 0, len(in.Labels))
	for name := range in.Labels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text(name)
		text(in.Labels[name])
	}
	return city.CH64(b)
}

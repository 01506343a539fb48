package keep

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/schema/store"
)

// Moved is an incident that belongs to another cluster when the history is
// clustered anew.
type Moved struct{ Incident, From, To string }

// Restated says what comes of clustering the history anew.
type Restated struct {
	Incidents, ClustersBefore, ClustersAfter int
	// Moved are in the order in which the incidents opened.
	Moved []Moved
}

// ClusterAnew clusters the whole history on all that is known by now, and says
// what would move. Nothing is written. Clusters on which people decided stay as
// they are, and one of which most stays keeps its id.
func ClusterAnew(ctx context.Context, s *store.Store) (Restated, error) {
	return New(s, Config{}).anew(ctx)
}

// Explained says what speaks for two incidents being one trouble, by themselves,
// and in which clusters they are, for which others count as well.
type Explained struct {
	recurrence.Explanation

	Clusters [2]string
}

// Explain says why two incidents that were matched are, or are not, one trouble.
func Explain(ctx context.Context, s *store.Store, a, b string) (Explained, error) {
	history, log, err := New(s, Config{}).past(ctx)
	if err != nil {
		return Explained{}, err
	}
	var e Explained
	var found [2]*recurrence.Incident
	for n, id := range []string{a, b} {
		i := slices.IndexFunc(history, func(p placed) bool { return p.ID == id })
		if i < 0 {
			return Explained{}, fmt.Errorf("there is no incident %q that was matched", id)
		}
		found[n], e.Clusters[n] = history[i].Incident, history[i].cluster
	}
	e.Explanation = restored(history, log).Explain(found[0], found[1])
	return e, nil
}

func (k *Keeper) anew(ctx context.Context) (Restated, error) {
	history, log, err := k.past(ctx)
	if err != nil {
		return Restated{}, err
	}
	now := groupAnew(history, log)
	named := keepNames(history, now, log)
	r := Restated{Incidents: len(history)}
	before, after := make(map[string]bool), make(map[string]bool)
	for i, p := range history {
		to := named[now[i]]
		before[p.cluster], after[to] = true, true
		if to != p.cluster {
			r.Moved = append(r.Moved, Moved{p.ID, p.cluster, to})
		}
	}
	r.ClustersBefore, r.ClustersAfter = len(before), len(after)
	return r, nil
}

// groupAnew clusters a history but for the clusters on which people decided.
func groupAnew(history []placed, log *decisions) []string {
	c := recurrence.New()
	c.Learn(incidentsOf(history))
	stays := log.stays()
	for _, p := range history {
		if stays[p.cluster] && !log.pins[p.ID] {
			c.Restore(p.Incident, p.cluster)
		}
	}
	log.tell(c)
	groups := make([]string, len(history))
	near := make(map[string]string) // where the first of each old cluster is now
	for i, p := range history {
		if stays[p.cluster] {
			groups[i] = p.cluster
			continue
		}
		groups[i] = c.AddAgain(p.Incident, near[p.cluster]).Cluster
		if near[p.cluster] == "" {
			near[p.cluster] = groups[i]
		}
	}
	c.Settle()
	for i := range groups {
		groups[i] = c.Top(groups[i])
	}
	return groups
}

// keepNames gives each new group the name of the old cluster with which it has
// most in common, the largest first, and those that are left a name that no
// cluster had.
func keepNames(history []placed, groups []string, log *decisions) map[string]string {
	type pair struct{ group, cluster string }
	common := make(map[pair]int)
	taken := make(map[string]bool)
	for i, p := range history {
		common[pair{groups[i], p.cluster}]++
		taken[p.cluster] = true
	}
	maps.Copy(taken, log.names)
	named, used := make(map[string]string), make(map[string]bool)
	for _, p := range slices.SortedFunc(maps.Keys(common), func(a, b pair) int {
		return cmp.Or(cmp.Compare(common[b], common[a]), cmp.Compare(a.cluster, b.cluster), cmp.Compare(a.group, b.group))
	}) {
		if named[p.group] == "" && !used[p.cluster] {
			named[p.group], used[p.cluster] = p.cluster, true
		}
	}
	for i, p := range history {
		if named[groups[i]] == "" {
			name := p.ID
			for n := 2; taken[name]; n++ {
				name = fmt.Sprintf("%s~%d", p.ID, n)
			}
			named[groups[i]], taken[name] = name, true
		}
	}
	return named
}

// decideAnew clusters everything anew and, as its move, puts incidents where
// they belong then. What is in memory is dropped.
func (k *Keeper) decideAnew(ctx context.Context, c *Change) (move func() error, refused, err error) {
	r, err := k.anew(ctx)
	if err != nil {
		return nil, nil, err
	}
	c.Reason = fmt.Sprintf("%s (%d of %d incidents moved)", c.Reason, len(r.Moved), r.Incidents)
	return func() error {
		now, err := k.serverTime(ctx)
		if err != nil {
			return err
		}
		rows := make([][]any, len(r.Moved))
		for i, m := range r.Moved {
			rows[i] = []any{m.Incident, m.To, 1.0, []string{}, ByEvidence, now, uint64(now.UnixMicro())}
		}
		if err := k.insert(ctx, "cluster_members", memberColumns, rows); err != nil {
			return err
		}
		k.clusters = nil
		return nil
	}, nil, nil
}

package keep

import (
	"context"
	"maps"
	"slices"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// mostNamed is how many clusters are asked for by name; of more, all are.
const mostNamed = 1000

// compute writes the facts of the clusters that changed, and of all every so
// often; then it gives those of all.
func (k *Keeper) compute(ctx context.Context, did *Pass) (all []aggregate.ClusterFacts, err error) {
	now, err := k.serverTime(ctx)
	if err != nil {
		return nil, err
	}
	only := slices.Sorted(maps.Keys(k.stale))
	if k.allStale.IsZero() || now.Sub(k.allStale) >= restate {
		only = nil
	} else if len(only) > mostNamed {
		only = nil
	} else if len(only) == 0 {
		return nil, nil
	}
	if only == nil || k.around == nil {
		if k.around, err = aggregate.ReadSurroundings(ctx, k.store, now, aggregate.Fold{}); err != nil {
			return nil, err
		}
	} else if err := k.around.ReadCaused(ctx, k.store, now); err != nil {
		return nil, err
	}
	facts, err := aggregate.Clusters(ctx, k.store, now, only, k.around, k.clusters.Template)
	if err != nil {
		return nil, err
	}
	did.Computed += len(facts)
	if only == nil {
		all = slices.Clip(facts)
		if err := k.suspectAll(ctx); err != nil {
			return nil, err
		}
	}
	for i := range facts {
		delete(k.stale, facts[i].ClusterID)
	}
	// What was asked for and not found is gone.
	for _, cluster := range slices.Sorted(maps.Keys(k.stale)) {
		facts = append(facts, aggregate.ClusterFacts{ClusterID: cluster, ComputedAt: now})
	}
	for chunk := range slices.Chunk(facts, rowsAtOnce) {
		if err := k.writeFacts(ctx, chunk); err != nil {
			return nil, err
		}
	}
	clear(k.stale)
	if only == nil {
		k.allStale = now
	}
	return all, nil
}

// suspectAll makes every cluster that is shown one that is asked for.
func (k *Keeper) suspectAll(ctx context.Context) error {
	return k.each(ctx, "shown", nil, func(rows store.Rows) error {
		var cluster string
		err := rows.Scan(&cluster)
		k.stale[cluster] = true
		return err
	})
}

func (k *Keeper) writeFacts(ctx context.Context, facts []aggregate.ClusterFacts) error {
	var columns []string
	rows := make([][]any, len(facts))
	for i := range facts {
		columns = columns[:0]
		for _, f := range facts[i].Fields() {
			columns = append(columns, f.Name)
			rows[i] = append(rows[i], f.Value)
		}
		columns, rows[i] = append(columns, "is_gone"), append(rows[i], facts[i].Incidents == 0)
	}
	return k.store.InsertRows(ctx, "cluster_facts", columns, rows)
}

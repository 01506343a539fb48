package keep

import (
	"context"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema/store"
)

// pace holds back work that takes long, so that what lands is matched soon
// whatever else there is to do.
type pace struct{ due time.Time }

const (
	// paceOfPasses is how many pauses between passes such work leaves at least.
	paceOfPasses = 12
	// paceOfTime is how many times as long as it took it waits at least.
	paceOfTime = 20
)

func (p *pace) ready(now time.Time) bool { return !now.Before(p.due) }

func (p *pace) done(began, now time.Time, every time.Duration) {
	p.due = now.Add(max(paceOfPasses*every, paceOfTime*now.Sub(began)))
}

// ranking is what the backlog was last written from.
type ranking struct {
	pace

	changed  bool   // clusters were computed since
	declared uint64 // how many settings were imported by then
}

// rank writes the backlog anew when clusters or settings have changed. all are the
// facts of all clusters, when they have just been computed; else nil.
func (k *Keeper) rank(ctx context.Context, all []aggregate.ClusterFacts, did *Pass) error {
	began := k.cfg.Now()
	k.ranking.changed = k.ranking.changed || did.Computed > 0
	if all == nil && !k.ranking.ready(began) {
		return nil
	}
	imported, err := k.imported(ctx)
	if err != nil || all == nil && !k.ranking.changed && imported == k.ranking.declared {
		return err
	}
	now, err := k.serverTime(ctx)
	if err != nil {
		return err
	}
	if all == nil {
		if all, err = aggregate.Clusters(ctx, k.store, now, nil, k.around, k.clusters.Template); err != nil {
			return err
		}
	}
	declared, err := settings.Read(ctx, k.store)
	if err != nil {
		return err
	}
	if err := k.writeBacklog(ctx, aggregate.Backlog(all, declared), now, did); err != nil {
		return err
	}
	k.ranking.changed, k.ranking.declared = false, imported
	k.ranking.done(began, k.cfg.Now(), k.cfg.Every)
	return nil
}

func (k *Keeper) imported(ctx context.Context) (n uint64, err error) {
	err = k.each(ctx, "declared", nil, func(rows store.Rows) error { return rows.Scan(&n) })
	return n, err
}

// writeBacklog writes every item, and that those are gone which are no longer
// among them.
func (k *Keeper) writeBacklog(ctx context.Context, items []aggregate.BacklogItem, now time.Time, did *Pass) error {
	gone := make(map[string]bool)
	err := k.each(ctx, "ranked", nil, func(rows store.Rows) error {
		var cluster string
		err := rows.Scan(&cluster)
		gone[cluster] = true
		return err
	})
	if err != nil {
		return err
	}
	for i := range items {
		delete(gone, items[i].ClusterID)
	}
	ranked := len(items)
	for cluster := range gone {
		items = append(items, aggregate.BacklogItem{ClusterID: cluster})
	}
	var columns []string
	rows := make([][]any, len(items))
	for i := range items {
		items[i].ComputedAt = now
		columns, rows[i] = columnsAndRow(items[i].Fields(), "is_gone", i >= ranked)
	}
	did.Ranked += len(items)
	return k.insert(ctx, "backlog_items", columns, rows)
}

// columnsAndRow splits fields into the names and the values of a row, with one
// more.
func columnsAndRow(fields []aggregate.Field, name string, value any) (columns []string, row []any) {
	for _, f := range append(fields, aggregate.Field{Name: name, Value: value}) {
		columns, row = append(columns, f.Name), append(row, f.Value)
	}
	return columns, row
}

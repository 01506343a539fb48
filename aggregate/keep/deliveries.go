package keep

import (
	"context"
	"fmt"
	"time"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema/store"
)

// Deliveries sends the review of the last week to people, once it has been issued. It is
// for one goroutine. Whether they can be reached is no matter of this process's health: it
// is told in the log and in a metric, and tried again.
type Deliveries struct {
	cfg   Config
	store *store.Store
	lease *lease
}

const (
	deliveriesWorker = "deliveries"
	// deliverEvery is how often is looked whether there is something to send.
	deliverEvery = 5 * time.Minute
)

// NewDeliveries makes one. It does nothing where nobody wants reviews.
func NewDeliveries(s *store.Store, cfg Config) *Deliveries {
	cfg = cfg.withDefaults()
	return &Deliveries{cfg: cfg, store: s, lease: newLease(s, deliveriesWorker, cfg.Holder)}
}

// Run looks again and again until ctx ends. While another process does, it waits.
func (k *Deliveries) Run(ctx context.Context) error {
	if k.cfg.Deliver == nil {
		return nil
	}
	for {
		_, err := k.lease.during(ctx, k.Pass)
		if ctx.Err() != nil {
			return nil
		}
		k.cfg.Metrics.noteDelivery(err)
		if err != nil {
			k.cfg.Log.Warn("sending the weekly review failed; trying again", "error", err, "in", deliverEvery)
		}
		if !pause(ctx, deliverEvery) {
			return nil
		}
	}
}

// Pass sends the review of the last week unless it has been sent or there is none.
func (k *Deliveries) Pass(ctx context.Context) error {
	weekEnd := review.LastWeek(k.cfg.Now())
	var sent uint64
	params := map[string]string{"week_end": store.TimeParameter(weekEnd)}
	if err := k.store.Each(ctx, query("delivered"), params, func(rows store.Rows) error { return rows.Scan(&sent) }); err != nil {
		return err
	}
	if sent > 0 {
		return nil
	}
	report, err := review.LoadLatest(ctx, k.store, weekEnd)
	if err != nil || report == nil {
		return err
	}
	if err := k.cfg.Deliver(ctx, report); err != nil {
		return fmt.Errorf("the review of %s: %w", report.Week, err)
	}
	return k.store.InsertRows(ctx, "review_deliveries", []string{"week_end"}, [][]any{{weekEnd}})
}

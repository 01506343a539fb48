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
	// deliverSeldom is how often at least is tried what fails again and again.
	deliverSeldom = 6 * time.Hour
)

// nextWait is twice as long after each failure.
func nextWait(wait time.Duration, err error) time.Duration {
	if err == nil {
		return deliverEvery
	}
	return min(2*wait, deliverSeldom)
}

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
	for wait := deliverEvery; ; {
		_, err := k.lease.during(ctx, k.Pass)
		if ctx.Err() != nil {
			return nil
		}
		k.cfg.Metrics.noteDelivery(err)
		if wait = nextWait(wait, err); err != nil {
			k.cfg.Log.Warn("sending the weekly review failed; trying again", "error", err, "in", wait)
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// Pass sends the review of the last week unless it has been sent or there is none. One that
// is issued only when a further week is over is history, and not sent. Should the process die
// between sending and noting that, it is sent again.
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

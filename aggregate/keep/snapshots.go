package keep

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// Snapshots keeps the metrics of whole days and weeks. It is for one goroutine.
//
// A pass computes what may have changed: the days and weeks of what has landed, of
// what that is linked to, and those that depend on them (see due.go). It is as of one
// moment, and folds incidents and executions once for all of it.
type Snapshots struct {
	cfg   Config
	store *store.Store
	lease *lease

	health health
	pace

	lateness time.Duration
}

// Snapped says what a pass over snapshots did: how many metrics of how many periods,
// in how many rows.
type Snapped struct{ Computed, Rows int }

const (
	snapshotsWorker = "snapshots"
	// firstSnapshots is under which name it is written when the first pass began.
	firstSnapshots = "snapshots begun"
)

// dimensions are by what snapshots are grouped, by each alone. Clusters are too many.
var dimensions = []aggregate.Dimension{
	"service", "team", "environment", "severity", "automation_id", "automation_version", "pattern", "stage", "trigger_kind", "resolved_by",
}

// NewSnapshots makes one that knows nothing yet.
func NewSnapshots(s *store.Store, cfg Config) *Snapshots {
	cfg = cfg.withDefaults()
	return &Snapshots{cfg: cfg, store: s, lease: newLease(s, snapshotsWorker, cfg.Holder), lateness: lateness}
}

// Run makes one pass after another until ctx ends. While another process does, it
// waits. The first pass leaves what lands at the start time to land.
func (k *Snapshots) Run(ctx context.Context) error {
	k.done(k.cfg.Now(), k.cfg.Now(), k.cfg.Every, nil)
	return k.cfg.passAfterPass(ctx, k.lease, &k.health, &k.pace, "snapshots", func(ctx context.Context) error {
		_, err := k.Pass(ctx)
		return err
	})
}

// Failure is why the last pass failed; nil when it did not. It may be called from any
// goroutine.
func (k *Snapshots) Failure() error { return k.health.get() }

// Pass computes everything that is due now, without asking whether another process
// does.
func (k *Snapshots) Pass(ctx context.Context) (Snapped, error) {
	began := k.cfg.Now()
	if !k.ready(began) {
		return Snapped{}, nil
	}
	did, err := k.pass(ctx)
	k.done(began, k.cfg.Now(), k.cfg.Every, err)
	k.health.set(err)
	k.cfg.Metrics.noteSnapshots(did, err, k.cfg.Now().Sub(began).Seconds())
	return did, err
}

func (k *Snapshots) pass(ctx context.Context) (did Snapped, err error) {
	now, err := serverTime(ctx, k.store)
	if err != nil {
		return did, err
	}
	now = now.Truncate(2 * time.Millisecond) // see Members
	d, err := k.lookForDue(ctx, now)
	if err != nil || d == nil {
		return did, err
	}
	// What fails holds up nothing else, but is tried again with all that is due.
	var failures []error
	for _, p := range periods {
		began, before := k.cfg.Now(), did
		for _, chunk := range d.chunks(p) {
			for i := range aggregate.Catalogue {
				if err := k.snap(ctx, p, d.of(p, &aggregate.Catalogue[i], chunk), now, &did); err != nil {
					failures = append(failures, err)
				}
				if ctx.Err() != nil {
					return did, ctx.Err()
				}
			}
		}
		if did != before {
			k.cfg.Log.Info("kept snapshots", "period", p.name, "computed", did.Computed-before.Computed, "rows", did.Rows-before.Rows, "took", k.cfg.Now().Sub(began))
		}
	}
	if err := errors.Join(failures...); err != nil {
		return did, err
	}
	return did, k.complete(ctx, now)
}

// complete says how far the pass has got. What runs were about before is needed no more.
func (k *Snapshots) complete(ctx context.Context, now time.Time) error {
	if err := progressTo(ctx, k.store, snapshotsWorker, now.Add(-k.lateness)); err != nil {
		return err
	}
	return dropMembers(ctx, k.store, snapshotsWorker, func(m moment) bool { return !m.at.Before(now) })
}

// job is a metric to be computed over consecutive periods.
type job struct {
	metric *aggregate.Metric
	from   time.Time
	count  int
}

// snap computes jobs and writes their rows.
func (k *Snapshots) snap(ctx context.Context, p period, jobs []job, asOf time.Time, did *Snapped) error {
	for _, j := range jobs {
		q := aggregate.Query{From: j.from, To: j.from.AddDate(0, 0, j.count*p.days), AsOf: asOf, Kept: aggregate.Fold{At: asOf, Until: asOf}}
		computed, err := aggregate.RunWindows(ctx, k.store, j.metric, q, p.length(), j.metric.EachAlone(dimensions))
		if err != nil {
			return err
		}
		rows, err := k.withGone(ctx, p, j.metric, q, snapshotRows(p, computed))
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(rows, rowsAtOnce) {
			if err := k.store.InsertRows(ctx, "metric_snapshots", snapshotColumns, chunk); err != nil {
				return err
			}
		}
		did.Computed += j.count
		did.Rows += len(rows)
	}
	return nil
}

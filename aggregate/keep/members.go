package keep

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// Members keeps incidents and executions as the metrics see them, as of a moment, so that whoever
// computes as of that moment or one before it reads them instead of folding all events. It
// is for one goroutine.
type Members struct {
	cfg   Config
	store *store.Store
	lease *lease

	health health
	pace

	lateness time.Duration
}

const membersWorker = "members"

// NewMembers makes one that knows nothing yet.
func NewMembers(s *store.Store, cfg Config) *Members {
	cfg = cfg.withDefaults()
	return &Members{cfg: cfg, store: s, lease: newLease(s, membersWorker, cfg.Holder), lateness: lateness}
}

// Run makes one pass after another until ctx ends. While another process does, it waits.
func (k *Members) Run(ctx context.Context) error {
	return k.cfg.passAfterPass(ctx, k.lease, &k.health, &k.pace, "incidents and executions", k.Pass)
}

// Failure is why the last pass failed; nil when it did not. It may be called from any
// goroutine.
func (k *Members) Failure() error { return k.health.get() }

// Pass keeps them as of now when something has landed since they were kept, and lets
// those of before go. It does not ask whether another process does.
func (k *Members) Pass(ctx context.Context) error {
	began := k.cfg.Now()
	if !k.ready(began) {
		return nil
	}
	err := k.pass(ctx)
	k.done(began, k.cfg.Now(), k.cfg.Every, err)
	k.health.set(err)
	return err
}

func (k *Members) pass(ctx context.Context) error {
	now, err := serverTime(ctx, k.store)
	if err != nil {
		return err
	}
	// Never one of those of the other worker, so that each lets go its own.
	now = now.Truncate(2 * time.Millisecond).Add(time.Millisecond)
	moments, err := readMoments(ctx, k.store, membersWorker)
	if err != nil {
		return err
	}
	var last time.Time
	if n := len(moments); n > 0 && moments[n-1].isWhole {
		last = moments[n-1].at
	}
	landed, _, err := lastLanded(ctx, k.store, now)
	if err != nil {
		return err
	}
	if last.IsZero() || !landed.Before(last.Add(-k.lateness)) {
		if err := foldMembers(ctx, k.store, membersWorker, now); err != nil {
			return err
		}
		last = now
	}
	if err := progressTo(ctx, k.store, membersWorker, now.Add(-k.lateness)); err != nil {
		return err
	}
	return dropMembersBefore(ctx, k.store, membersWorker, last)
}

// lastLanded is when something last landed, or occurred if that was later, that a number
// as of a moment rests on, and when settings were last declared.
func lastLanded(ctx context.Context, s *store.Store, asOf time.Time) (last, declared time.Time, err error) {
	params := map[string]string{"as_of": store.TimeParameter(asOf)}
	err = s.Each(ctx, query("landed_last"), params, func(rows store.Rows) error { return rows.Scan(&last, &declared) })
	return last, declared, err
}

// recordsAtOnce is how many records of executions are folded together, or those of a day.
// More would take more memory.
const recordsAtOnce = 2_000_000

// foldMembers keeps all incidents and executions as of a moment, under the name of a worker.
func foldMembers(ctx context.Context, s *store.Store, worker string, asOf time.Time) error {
	if err := noteMoment(ctx, s, worker, asOf, false); err != nil {
		return err
	}
	if err := aggregate.KeepIncidents(ctx, s, asOf); err != nil {
		return fmt.Errorf("folding incidents: %w", err)
	}
	borders, err := slicesOf(ctx, s, asOf)
	if err != nil {
		return err
	}
	for i := 1; i < len(borders); i++ {
		if err := aggregate.KeepExecutions(ctx, s, borders[i-1], borders[i], asOf); err != nil {
			return fmt.Errorf("folding executions that began from %s on: %w", borders[i-1].Format(time.DateOnly), err)
		}
	}
	return noteMoment(ctx, s, worker, asOf, true)
}

// slicesOf are the days between which executions are folded together.
func slicesOf(ctx context.Context, s *store.Store, asOf time.Time) (borders []time.Time, err error) {
	records := 0
	var last time.Time
	err = s.Each(ctx, query("members_days"), map[string]string{"as_of": store.TimeParameter(asOf)}, func(rows store.Rows) error {
		var n uint64
		if err := rows.Scan(&last, &n); err != nil {
			return err
		}
		if records += int(n); len(borders) == 0 || records > recordsAtOnce {
			borders, records = append(borders, last), int(n)
		}
		return nil
	})
	if err != nil || len(borders) == 0 {
		return nil, err
	}
	return append(borders, last.AddDate(0, 0, 1)), nil
}

// moment is one as of which a worker keeps incidents and executions.
type moment struct {
	at      time.Time
	isWhole bool
}

// readMoments are those of a worker, the oldest first.
func readMoments(ctx context.Context, s *store.Store, worker string) (list []moment, err error) {
	err = s.Each(ctx, query("members_moments"), map[string]string{"worker": worker}, func(rows store.Rows) error {
		var m moment
		err := rows.Scan(&m.at, &m.isWhole)
		list = append(list, m)
		return err
	})
	return list, err
}

func noteMoment(ctx context.Context, s *store.Store, worker string, at time.Time, isWhole bool) error {
	return s.InsertRows(ctx, "members_moments", []string{"kept_at", "worker", "is_whole"}, [][]any{{at, worker, isWhole}})
}

// dropMembersBefore lets go what a worker keeps as of moments before one: the moments
// first, so that a reader who still finds one has read all that it stands for.
func dropMembersBefore(ctx context.Context, s *store.Store, worker string, at time.Time) error {
	moments, err := readMoments(ctx, s, worker)
	if err != nil {
		return err
	}
	for _, m := range moments {
		if m.at.Before(at) {
			if err := dropPartition(ctx, s, "members_moments", m.at); err != nil {
				return err
			}
		}
	}
	type part struct {
		table string
		at    time.Time
	}
	var left []part // by this, or by one that was cut off
	err = s.Each(ctx, query("members_left"), nil, func(rows store.Rows) error {
		var p part
		err := rows.Scan(&p.table, &p.at)
		left = append(left, p)
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range left {
		if err := dropPartition(ctx, s, p.table, p.at); err != nil {
			return err
		}
	}
	return nil
}

func dropPartition(ctx context.Context, s *store.Store, table string, at time.Time) error {
	return s.Exec(ctx, "ALTER TABLE "+table+" DROP PARTITION "+strconv.FormatInt(at.UnixMilli(), 10), nil)
}

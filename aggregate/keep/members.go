package keep

import (
	"context"
	"errors"
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

const (
	membersWorker = "members"
	// mostPause is how long passes are apart at most: numbers are as old as that.
	mostPause = 20 * time.Minute
)

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
	ended := k.cfg.Now()
	k.done(began, ended, k.cfg.Every, err)
	if latest := ended.Add(mostPause); k.due.After(latest) {
		k.due = latest
	}
	k.health.set(err)
	k.cfg.Metrics.noteMembers(err, ended.Sub(began).Seconds())
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
	landed, _, err := lastLanded(ctx, k.store, now)
	if err != nil {
		return err
	}
	last := now
	if n := len(moments); n > 0 && moments[n-1].isWhole && !moments[n-1].at.After(now) && landed.Before(moments[n-1].at.Add(-k.lateness)) {
		last = moments[n-1].at
		err = noteMoment(ctx, k.store, membersWorker, moment{at: last, isWhole: true}, now)
	} else {
		err = foldMembers(ctx, k.store, membersWorker, now)
	}
	failed := err != nil // then what was kept before goes on
	return errors.Join(err, dropMembers(ctx, k.store, membersWorker, func(m moment) bool { return m.isWhole && (failed || m.at.Equal(last)) }))
}

// lastLanded is when something last landed, or occurred if that was later, that a number
// as of a moment rests on, and when settings were last declared.
func lastLanded(ctx context.Context, s *store.Store, asOf time.Time) (last, declared time.Time, err error) {
	params := map[string]string{"as_of": store.TimeParameter(asOf)}
	err = s.Each(ctx, query("landed_last"), params, func(rows store.Rows) error { return rows.Scan(&last, &declared) })
	return last, declared, err
}

// recordsAtOnce is about how many records of executions are folded together. More would
// take more memory.
const recordsAtOnce = 2_000_000

// foldMembers keeps all incidents and executions as of a moment, under the name of a
// worker. What lands meanwhile may be in a part of it.
func foldMembers(ctx context.Context, s *store.Store, worker string, asOf time.Time) error {
	if err := noteMoment(ctx, s, worker, moment{at: asOf}, asOf); err != nil {
		return err
	}
	columns, folded := aggregate.FoldedIncidents()
	params := map[string]string{"as_of": store.TimeParameter(asOf)}
	if err := keepFolded(ctx, s, "incident_members_kept", columns, folded, params); err != nil {
		return err
	}
	var records uint64
	err := s.Each(ctx, "SELECT count() FROM execution_records", nil, func(rows store.Rows) error { return rows.Scan(&records) })
	if err != nil {
		return err
	}
	columns, folded = aggregate.FoldedExecutions()
	slices := records/recordsAtOnce + 1
	for slice := range slices {
		params["slices"], params["slice"] = strconv.FormatUint(slices, 10), strconv.FormatUint(slice, 10)
		if err := keepFolded(ctx, s, "execution_members_kept", columns, folded, params); err != nil {
			return err
		}
	}
	return noteMoment(ctx, s, worker, moment{at: asOf, isWhole: true}, asOf)
}

func keepFolded(ctx context.Context, s *store.Store, table, columns, folded string, params map[string]string) error {
	sql := "INSERT INTO " + table + " (" + columns + ", kept_at)\nSELECT *, {as_of:DateTime64(3, 'UTC')}\nFROM\n(\n" + folded + "\n)"
	if err := s.Exec(ctx, sql, params); err != nil {
		return fmt.Errorf("folding into %s: %w", table, err)
	}
	return nil
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

// noteMoment says what is kept, and up to when nothing has landed since.
func noteMoment(ctx context.Context, s *store.Store, worker string, m moment, until time.Time) error {
	return s.InsertRows(ctx, "members_moments", []string{"kept_at", "worker", "is_whole", "until"}, [][]any{{m.at, worker, m.isWhole, until}})
}

// dropMembers lets go what a worker keeps but for some moments: the moments first, so
// that a reader who still finds one has read all that it stands for.
func dropMembers(ctx context.Context, s *store.Store, worker string, keep func(moment) bool) error {
	moments, err := readMoments(ctx, s, worker)
	if err != nil {
		return err
	}
	for _, m := range moments {
		if !keep(m) {
			if err := dropPartition(ctx, s, "members_moments", m.at); err != nil {
				return err
			}
		}
	}
	return dropUnknown(ctx, s)
}

// dropUnknown drops what nobody keeps any more, or was cut off while folding.
func dropUnknown(ctx context.Context, s *store.Store) error {
	type part struct {
		table string
		at    time.Time
	}
	var there []part
	err := s.Each(ctx, query("members_there"), nil, func(rows store.Rows) error {
		var p part
		err := rows.Scan(&p.table, &p.at)
		there = append(there, p)
		return err
	})
	if err != nil {
		return err
	}
	// Asked after what is there: of what somebody is folding, the moment is noted first.
	known := make(map[int64]bool)
	for _, worker := range []string{membersWorker, snapshotsWorker} {
		moments, err := readMoments(ctx, s, worker)
		if err != nil {
			return err
		}
		for _, m := range moments {
			known[m.at.UnixMilli()] = true
		}
	}
	for _, p := range there {
		if !known[p.at.UnixMilli()] {
			if err := dropPartition(ctx, s, p.table, p.at); err != nil {
				return err
			}
		}
	}
	return nil
}

func dropPartition(ctx context.Context, s *store.Store, table string, at time.Time) error {
	return s.Exec(ctx, "ALTER TABLE "+table+" DROP PARTITION "+strconv.FormatInt(at.UnixMilli(), 10), nil)
}

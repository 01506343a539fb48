package keep

import (
	"context"
	"fmt"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema/store"
)

// Reviews keeps the archive of weekly reviews. It is for one goroutine.
//
// A week is reviewed an hour after it is over and once the other workers have caught up, the
// latest first, a week a pass. It is looked at again when a snapshot of it or of the
// half year before was computed anew, the less often the older it is; should the review say
// something else then, the week is restated: a further issue.
type Reviews struct {
	cfg   Config
	store *store.Store
	lease *lease

	health health
	pace
}

const (
	reviewsWorker = "reviews"
	// mostWeeks is how far back weeks are reviewed.
	mostWeeks = 53
	// lookAgain is by what part its age has grown when a review is looked at again, but
	// not sooner than soonest nor later than latest.
	lookAgain = 24
	soonest   = 10 * time.Minute
	latest    = 24 * time.Hour
	// settled is how long after its end a week is reviewed, so that what is on its way has
	// landed.
	settled = time.Hour
	// restsOn is how many weeks before it a review rests on: 13 weeks are compared with the
	// 13 before.
	restsOn = 2 * review.WeeksOfQuarter
)

// Reviewed says what a pass did: of which week it looked at the review, "" of none, and
// whether that was issued.
type Reviewed struct {
	Week   string
	Issued bool
}

// NewReviews makes one that knows nothing yet.
func NewReviews(s *store.Store, cfg Config) *Reviews {
	cfg = cfg.withDefaults()
	return &Reviews{cfg: cfg, store: s, lease: newLease(s, reviewsWorker, cfg.Holder)}
}

// Run makes one pass after another until ctx ends. While another process does, it waits.
func (k *Reviews) Run(ctx context.Context) error {
	return k.cfg.passAfterPass(ctx, k.lease, &k.health, &k.pace, "reviews", func(ctx context.Context) error {
		_, err := k.Pass(ctx)
		return err
	})
}

// Failure is why the last pass failed; nil when it did not. It may be called from any
// goroutine.
func (k *Reviews) Failure() error { return k.health.get() }

// Once issues the review of a week, whatever the other workers have done, unless another
// process has the lease; then held is false.
func (k *Reviews) Once(ctx context.Context, weekEnd time.Time) (held bool, err error) {
	return k.lease.during(ctx, func(ctx context.Context) error {
		archive, err := review.Archived(ctx, k.store)
		if err != nil {
			return err
		}
		_, err = k.look(ctx, weekEnd, k.cfg.Now(), issuesOf(archive)[weekEnd])
		return err
	})
}

// Pass looks at the review that is due, if one is. It does not ask whether another process
// does.
func (k *Reviews) Pass(ctx context.Context) (did Reviewed, err error) {
	began := k.cfg.Now()
	if !k.ready(began) {
		return did, nil
	}
	did, err = k.pass(ctx)
	ended := k.cfg.Now()
	k.done(began, ended, k.cfg.Every, err)
	if did.Week != "" && err == nil {
		k.due = ended.Add(ended.Sub(began)) // there may be more
	}
	k.health.set(err)
	k.cfg.Metrics.noteReviews(did, err, ended.Sub(began).Seconds())
	return did, err
}

func (k *Reviews) pass(ctx context.Context) (did Reviewed, err error) {
	now, err := serverTime(ctx, k.store)
	if err != nil {
		return did, err
	}
	if own := k.cfg.Now(); own.Before(now) {
		now = own // by both clocks a week must be over
	}
	archive, err := review.Archived(ctx, k.store)
	if err != nil {
		return did, err
	}
	issues := issuesOf(archive)
	week, err := k.nextDue(ctx, now.UTC(), issues)
	if err != nil || week.IsZero() {
		return did, err
	}
	did.Week = aggregate.WeekName(week)
	if did.Issued, err = k.look(ctx, week, now, issues[week]); err != nil {
		return did, fmt.Errorf("the review of %s: %w", did.Week, err)
	}
	if did.Issued {
		k.cfg.Log.Info("issued a weekly review", "week", did.Week)
	}
	return did, nil
}

func issuesOf(archive []review.Entry) map[time.Time]review.Entry {
	issues := make(map[time.Time]review.Entry, len(archive))
	for _, e := range archive {
		issues[e.WeekEnd] = e
	}
	return issues
}

// nextDue is the end of the latest week of which there is no review yet, else of the latest
// whose review may say something else by now; the zero time when there is none.
func (k *Reviews) nextDue(ctx context.Context, now time.Time, issues map[time.Time]review.Entry) (time.Time, error) {
	changed, err := k.changedAt(ctx)
	if err != nil || len(changed) == 0 {
		return time.Time{}, err
	}
	first := now
	for end := range changed {
		if end.Before(first) {
			first = end
		}
	}
	var due time.Time
	for weekEnd := review.LastWeek(now.Add(-settled)); !weekEnd.Before(first) && weekEnd.After(now.AddDate(0, 0, -7*mostWeeks)); weekEnd = weekEnd.AddDate(0, 0, -7) {
		e, issued := issues[weekEnd]
		if !issued {
			due = weekEnd
			break
		}
		if due.IsZero() && isStale(e, now, changed) {
			due = weekEnd
		}
	}
	if due.IsZero() {
		return due, nil
	}
	caughtUp, err := k.caughtUp(ctx, now, due)
	if err != nil || !caughtUp {
		return time.Time{}, err
	}
	return due, nil
}

// isStale says whether a review may say something else by now.
func isStale(e review.Entry, now time.Time, changed map[time.Time]time.Time) bool {
	if now.Sub(e.AsOf) < min(max(now.Sub(e.WeekEnd)/lookAgain, soonest), latest) {
		return false
	}
	for weeks := range restsOn {
		if changed[e.WeekEnd.AddDate(0, 0, -7*weeks)].After(e.AsOf) {
			return true
		}
	}
	return false
}

// caughtUp says whether the workers whose results a review shows have looked at all that
// landed, or at all that did until the week ended.
func (k *Reviews) caughtUp(ctx context.Context, now, weekEnd time.Time) (bool, error) {
	landed, _, err := lastLanded(ctx, k.store, now)
	if err != nil {
		return false, err
	}
	for _, worker := range []string{snapshotsWorker, verdictsWorker} {
		looked, err := progress(ctx, k.store, worker)
		if err != nil || looked.Before(weekEnd) && landed.After(looked.Add(lateness)) {
			return false, err
		}
	}
	var unmatched uint64
	params := map[string]string{"before": store.TimeParameter(now.Add(-lateness))}
	err = k.store.Each(ctx, query("unmatched"), params, func(rows store.Rows) error { return rows.Scan(&unmatched) })
	return unmatched == 0, err
}

// changedAt is when the metrics of each week were last computed, by the ends of weeks.
func (k *Reviews) changedAt(ctx context.Context) (map[time.Time]time.Time, error) {
	changed := make(map[time.Time]time.Time)
	err := k.store.Each(ctx, query("weeks_computed"), nil, func(rows store.Rows) error {
		var starts, at time.Time
		err := rows.Scan(&starts, &at)
		changed[starts.UTC().AddDate(0, 0, 7)] = at.UTC()
		return err
	})
	return changed, err
}

// look makes the review of a week and, when it says something else than the last issue or
// there is none, writes it as a further one.
func (k *Reviews) look(ctx context.Context, weekEnd, now time.Time, last review.Entry) (issued bool, err error) {
	report, err := review.ReadNow(ctx, k.store, weekEnd, now)
	if err != nil {
		return false, err
	}
	var was *review.Report
	if last.Issue > 0 {
		if was, err = review.Load(ctx, k.store, weekEnd, last.Issue); err != nil {
			return false, err
		}
	}
	if was == nil || len(review.Differences(was, report)) > 0 {
		row, err := report.Row(last.Issue + 1)
		if err != nil {
			return false, err
		}
		if err := k.store.InsertRows(ctx, "review_issues", review.Columns, [][]any{row}); err != nil {
			return false, err
		}
		issued = true
	}
	return issued, k.store.InsertRows(ctx, "review_looks", []string{"week_end", "as_of"}, [][]any{{weekEnd, report.AsOf}})
}

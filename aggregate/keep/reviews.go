package keep

import (
	"context"
	"fmt"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema/store"
)

// Reviews keeps the archive of weekly reviews, and sends the latest one out. It is for one
// goroutine.
//
// A week is reviewed once it is over and the other workers have caught up with it, the
// latest first, a week a pass. It is looked at again when a snapshot of it or of the
// quarter before was computed anew, the less often the older it is; should the review say
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
	// sentWithin is how long after its end a week's review is news.
	sentWithin = 7 * 24 * time.Hour
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
		_, err = k.look(ctx, weekEnd, issuesOf(archive)[weekEnd])
		return err
	})
}

// Pass looks at the review that is due, if one is, and sends out what is news. It does not
// ask whether another process does.
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
	archive, err := review.Archived(ctx, k.store)
	if err != nil {
		return did, err
	}
	issues := issuesOf(archive)
	week, err := k.nextDue(ctx, now.UTC(), issues)
	if err != nil {
		return did, err
	}
	if !week.IsZero() {
		did.Week = aggregate.WeekName(week)
		if did.Issued, err = k.look(ctx, week, issues[week]); err != nil {
			return did, fmt.Errorf("the review of %s: %w", did.Week, err)
		}
		if did.Issued {
			k.cfg.Log.Info("issued a weekly review", "week", did.Week)
		}
	}
	return did, k.deliver(ctx, now.UTC())
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
	for weekEnd := review.LastWeek(now); !weekEnd.Before(first) && weekEnd.After(now.AddDate(0, 0, -7*mostWeeks)); weekEnd = weekEnd.AddDate(0, 0, -7) {
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
	for weeks := range review.WeeksOfQuarter + 1 {
		if changed[e.WeekEnd.AddDate(0, 0, -7*weeks)].After(e.AsOf) {
			return true
		}
	}
	return false
}

// caughtUp says whether the workers whose results a review shows have looked at all that
// landed, or at all that did until the week ended.
func (k *Reviews) caughtUp(ctx context.Context, now, weekEnd time.Time) (bool, error) {
	looked, err := progress(ctx, k.store, snapshotsWorker)
	if err != nil {
		return false, err
	}
	landed, _, err := lastLanded(ctx, k.store, now)
	if err != nil || looked.Before(weekEnd) && landed.After(looked.Add(lateness)) {
		return false, err
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

// look makes the review of a week and writes it: as a further issue when it says something
// else than the last one, or there is none.
func (k *Reviews) look(ctx context.Context, weekEnd time.Time, last review.Entry) (issued bool, err error) {
	report, err := review.ReadNow(ctx, k.store, weekEnd, k.cfg.Now())
	if err != nil {
		return false, err
	}
	issue := last.Issue + 1
	if last.Issue > 0 {
		was, err := review.Load(ctx, k.store, weekEnd, last.Issue)
		if err != nil {
			return false, err
		}
		if was != nil && len(review.Differences(was, report)) == 0 {
			issue = last.Issue
		}
	}
	row, err := report.Row(issue)
	if err != nil {
		return false, err
	}
	return issue != last.Issue, k.store.InsertRows(ctx, "review_issues", review.Columns, [][]any{row})
}

// deliver sends the review of the last week out, once.
func (k *Reviews) deliver(ctx context.Context, now time.Time) error {
	if k.cfg.Deliver == nil {
		return nil
	}
	weekEnd := review.LastWeek(now)
	var sent uint64
	params := map[string]string{"week_end": store.TimeParameter(weekEnd)}
	if err := k.store.Each(ctx, query("delivered"), params, func(rows store.Rows) error { return rows.Scan(&sent) }); err != nil {
		return err
	}
	if sent > 0 || now.Sub(weekEnd) > sentWithin {
		return nil
	}
	report, err := review.LoadLatest(ctx, k.store, weekEnd)
	if err != nil || report == nil {
		return err
	}
	if err := k.cfg.Deliver(ctx, report); err != nil {
		return fmt.Errorf("sending the review of %s: %w", report.Week, err)
	}
	return k.store.InsertRows(ctx, "review_deliveries", []string{"week_end"}, [][]any{{weekEnd}})
}

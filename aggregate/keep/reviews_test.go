package keep

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema"
)

// reviewsAsOf lets the worker begin anew with a clock, and makes passes until nothing is
// due that has not been looked at. It gives the weeks that were issued.
func (a *album) reviewsAsOf(now time.Time) (issued []string) {
	a.Helper()
	for looked := make(map[string]bool); ; {
		did, err := NewReviews(a.store, a.clockAt(now)).Pass(a.Context())
		if err != nil {
			a.Fatal(err)
		}
		if did.Week == "" || looked[did.Week] {
			return issued
		}
		looked[did.Week] = true
		if did.Issued {
			issued = append(issued, did.Week)
		}
	}
}

func (a *album) clockAt(now time.Time) Config {
	return Config{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
}

// TestReviewsFollow: every week is reviewed, the latest first, and restated when a late
// event changes what the review says, and only then. What was issued stays.
func TestReviewsFollow(t *testing.T) {
	a := newAlbum(t, 24)
	if issued := a.reviewsAsOf(time.Now()); len(issued) != 0 {
		t.Fatalf("before anything has been matched, %v is issued", issued)
	}
	a.snap()
	if err := a.store.Exec(t.Context(), "DELETE FROM worker_progress WHERE worker = 'verdicts'", nil); err != nil {
		t.Fatal(err)
	}
	if issued := a.reviewsAsOf(time.Now()); len(issued) != 0 {
		t.Fatalf("before automations have been judged, %v is issued", issued)
	}
	if err := progressTo(t.Context(), a.store, verdictsWorker, time.Now()); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-2 * latest) // so that all is due again
	issued := a.reviewsAsOf(past)
	archive, err := review.Archived(t.Context(), a.store)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive) != len(issued) || len(archive) < 3 || !archive[0].WeekEnd.Equal(review.LastWeek(past.Add(-settled))) ||
		!slices.IsSortedFunc(archive, func(a, b review.Entry) int { return b.WeekEnd.Compare(a.WeekEnd) }) {
		t.Errorf("the archive has %+v after %v", archive, issued)
	}

	t.Run("nothing has changed", func(t *testing.T) {
		a.T = t
		before := a.documents()
		if issued := a.reviewsAsOf(past.Add(latest)); len(issued) != 0 {
			t.Errorf("%v is issued", issued)
		}
		if after := a.documents(); !slices.Equal(before, after) {
			t.Error("what was issued is another")
		}
		again, err := review.Archived(t.Context(), a.store)
		if err != nil || !again[0].AsOf.After(archive[0].AsOf) {
			t.Errorf("it has not been looked at: %+v (%v)", again[0], err)
		}
	})
	t.Run("an incident comes late", func(t *testing.T) {
		a.T = t
		week := archive[1]
		before := a.documents()
		a.land(&schema.IncidentEvent{
			Common:     schema.Common{EventID: "late", Type: schema.IncidentOpened, OccurredAt: schema.MillisOf(week.WeekEnd.Add(-time.Hour))},
			IncidentID: "INC-LATE", Title: schema.Some("Late"),
		})
		a.snap()
		if issued := a.reviewsAsOf(time.Now()); !slices.Contains(issued, week.Week) {
			t.Errorf("%v is issued", issued)
		}
		was, is := a.review(week.WeekEnd, 1), a.review(week.WeekEnd, 2)
		if is == nil {
			t.Fatal("the week was not restated")
		}
		changes := review.Differences(was, is)
		if i := slices.IndexFunc(changes, func(d review.Difference) bool { return d.What == "Incidents" }); i < 0 || changes[i].Was == changes[i].Is {
			t.Errorf("what changed is %+v", changes)
		}
		if latest, err := review.LoadLatest(t.Context(), a.store, week.WeekEnd); err != nil || latest.Verdict.String() != is.Verdict.String() {
			t.Errorf("the latest is %v (%v)", latest, err)
		}
		if after := a.documents(); len(after) <= len(before) || !slices.Equal(before, after[:len(before)]) {
			t.Error("what was issued first is another")
		}
	})
}

// documents are the issues, the first ones first.
func (a *album) documents() []string {
	a.Helper()
	return a.texts("SELECT concat(week, ' ', toString(issue), ' ', document) FROM review_issues ORDER BY issue, week_end DESC")
}

// TestDeliveriesWait: what fails again and again is tried more and more seldom.
func TestDeliveriesWait(t *testing.T) {
	wait := deliverEvery
	for _, want := range []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute} {
		if wait = nextWait(wait, errors.New("refused")); wait != want {
			t.Errorf("it waits %v, not %v", wait, want)
		}
	}
	if got := nextWait(5*time.Hour, errors.New("refused")); got != deliverSeldom {
		t.Errorf("it waits %v at most", got)
	}
	if got := nextWait(wait, nil); got != deliverEvery {
		t.Errorf("after all it waits %v", got)
	}
}

// TestDeliveries: the last week is sent once, and tried again until it is taken.
func TestDeliveries(t *testing.T) {
	s := newScene(t)
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var sent []string
	var refusal error
	cfg := Config{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Deliver: func(_ context.Context, r *review.Report) error {
		if refusal == nil {
			sent = append(sent, r.Week)
		}
		return refusal
	}}
	pass := func() error { return NewDeliveries(s.store, cfg).Pass(t.Context()) }
	file := func(week string) {
		end, err := review.ParseWeek(week)
		if err != nil {
			t.Fatal(err)
		}
		row, err := (&review.Report{Week: week, To: end, AsOf: now}).Row(1)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.store.InsertRows(t.Context(), "review_issues", review.Columns, [][]any{row}); err != nil {
			t.Fatal(err)
		}
	}
	file("2026-W46")
	if err := pass(); err != nil || len(sent) != 0 {
		t.Errorf("an old week is sent: %v (%v)", sent, err)
	}
	file("2026-W47")
	refusal = errors.New("no chat")
	if err := pass(); err == nil || !strings.Contains(err.Error(), "2026-W47: no chat") {
		t.Errorf("%v, when nobody takes it", err)
	}
	refusal = nil
	for range 3 {
		if err := pass(); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(sent, []string{"2026-W47"}) {
		t.Errorf("%v were sent", sent)
	}
}

func (a *album) review(weekEnd time.Time, issue int) *review.Report {
	a.Helper()
	r, err := review.Load(a.Context(), a.store, weekEnd, issue)
	if err != nil {
		a.Fatal(err)
	}
	return r
}

func TestStaleReviews(t *testing.T) {
	end := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	hour := func(h float64) time.Time { return end.Add(time.Duration(h * float64(time.Hour))) }
	for _, test := range []struct {
		name               string
		asOf, now, changed time.Time
		week               time.Time
		want               bool
	}{
		{"nothing changed", hour(1), hour(100), hour(0.5), end, false},
		{"changed just now", hour(1), hour(1.1), hour(1.05), end, false},
		{"changed ten minutes ago", hour(1), hour(1.2), hour(1.05), end, true},
		{"in the quarter before", hour(1), hour(2), hour(1.5), end.AddDate(0, 0, -91), true},
		{"in the quarter before that", hour(1), hour(2), hour(1.5), end.AddDate(0, 0, -175), true},
		{"before both", hour(1), hour(2), hour(1.5), end.AddDate(0, 0, -182), false},
		{"after the week", hour(1), hour(2), hour(1.5), end.AddDate(0, 0, 7), false},
		{"ten days old, looked at 5 hours ago", hour(240), hour(245), hour(244), end, false},
		{"ten days old, looked at 11 hours ago", hour(240), hour(251), hour(244), end, true},
		{"a year old, looked at yesterday", hour(8760), hour(8785), hour(8784), end, true},
	} {
		e := review.Entry{WeekEnd: end, AsOf: test.asOf}
		if got := isStale(e, test.now, map[time.Time]time.Time{test.week: test.changed}); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

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
func (a *album) reviewsAsOf(now time.Time, deliver func(context.Context, *review.Report) error) (issued []string, err error) {
	a.Helper()
	for looked := make(map[string]bool); ; {
		cfg := Config{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Deliver: deliver}
		did, err := NewReviews(a.store, cfg).Pass(a.Context())
		if err != nil || did.Week == "" || looked[did.Week] {
			return issued, err
		}
		looked[did.Week] = true
		if did.Issued {
			issued = append(issued, did.Week)
		}
	}
}

// TestReviewsFollow: every week is reviewed, the latest first; restated when a late event
// changes what the review says, and only then; and the last one is sent, once.
func TestReviewsFollow(t *testing.T) {
	a := newAlbum(t, 24)
	if issued, err := a.reviewsAsOf(time.Now(), nil); err != nil || len(issued) != 0 {
		t.Fatalf("before anything has been matched, %v is issued (%v)", issued, err)
	}
	a.snap()
	var sent []string
	refuse := true
	deliver := func(_ context.Context, r *review.Report) error {
		if refuse {
			return errors.New("no chat")
		}
		sent = append(sent, r.Week)
		return nil
	}
	past := time.Now().Add(-2 * latest) // so that all is due again
	issued, err := a.reviewsAsOf(past, deliver)
	if err == nil || len(issued) != 0 || !strings.Contains(err.Error(), "no chat") {
		t.Errorf("%v, when nobody takes the review (issued %v)", err, issued)
	}
	refuse = false
	if issued, err = a.reviewsAsOf(past, deliver); err != nil {
		t.Fatal(err)
	}
	archive, err := review.Archived(t.Context(), a.store)
	if err != nil {
		t.Fatal(err)
	}
	last := review.LastWeek(time.Now())
	if len(archive) != len(issued)+1 || len(archive) < 3 || !archive[0].WeekEnd.Equal(last) || !slices.IsSortedFunc(archive, func(a, b review.Entry) int { return b.WeekEnd.Compare(a.WeekEnd) }) {
		t.Errorf("the archive has %+v after %v", archive, issued)
	}
	if !slices.Equal(sent, []string{archive[0].Week}) {
		t.Errorf("%v were sent", sent)
	}

	t.Run("nothing has changed", func(t *testing.T) {
		if issued, err := a.reviewsAsOf(past, deliver); err != nil || len(issued) != 0 || len(sent) != 1 {
			t.Errorf("%v is issued, %v sent (%v)", issued, sent, err)
		}
	})
	t.Run("an incident comes late", func(t *testing.T) {
		a.T = t
		week := archive[1]
		a.land(&schema.IncidentEvent{
			Common:     schema.Common{EventID: "late", Type: schema.IncidentOpened, OccurredAt: schema.MillisOf(week.WeekEnd.Add(-time.Hour))},
			IncidentID: "INC-LATE", Title: schema.Some("Late"),
		})
		a.snap()
		issued, err := a.reviewsAsOf(time.Now(), deliver)
		if err != nil || !slices.Contains(issued, week.Week) || len(sent) != 1 {
			t.Errorf("%v is issued, %v sent (%v)", issued, sent, err)
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
	})
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
		{"before the quarter", hour(1), hour(2), hour(1.5), end.AddDate(0, 0, -98), false},
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

package review_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read makes the report of a week as of the end of the year.
func read(t *testing.T, s *store.Store, week string) *review.Report {
	t.Helper()
	return readAsOf(t, s, week, yearEnd)
}

func readAsOf(t *testing.T, s *store.Store, week string, asOf time.Time) *review.Report {
	t.Helper()
	end, err := review.ParseWeek(week)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := aggregate.LastKept(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	report, err := review.Read(t.Context(), s, review.Options{WeekEnd: end, AsOf: asOf, Kept: kept})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestCompanysReviews reads reviews of a company whose story is known: a disk clean-up that
// deletes logs from week 12 to 17, a midnight stampede that ends in week 35.
func TestCompanysReviews(t *testing.T) {
	s := newCompany(t)
	var harm *review.Report

	t.Run("harm", func(t *testing.T) {
		r := read(t, s, "2025-W20")
		harm = r
		golden(t, "harm.md", r)
		if r.Verdict.Tone != review.Bad || !strings.Contains(r.Verdict.Automation.String(), "by disk-reclaimer") ||
			!strings.HasPrefix(r.Verdict.Next.String(), "Take back disk-reclaimer 2.0.1 (full)") {
			t.Errorf("%s: %s", r.Verdict.Tone, r.Verdict.String())
		}
		wantRoundTrip(t, r)
	})
	t.Run("the stampede has ended", func(t *testing.T) {
		r := read(t, s, "2025-W36")
		golden(t, "stampede.md", r)
		if !strings.Contains(r.Verdict.Fires.String(), "midnight expiry” (silent since 2025-08-") || len(r.Troubles.Ended) == 0 {
			t.Errorf("%s", r.Verdict.Fires)
		}
		wantRoundTrip(t, r)
	})
	t.Run("a week after all", func(t *testing.T) {
		r := readAsOf(t, s, "2026-W02", yearEnd.AddDate(0, 1, 0))
		if r.Verdict.Tone != review.NoTone || !r.IsEmpty() {
			t.Errorf("%+v", r.Verdict)
		}
		wantWritten(t, r)
	})
	t.Run("a week that is not over", func(t *testing.T) {
		asOf := time.Date(2025, 9, 4, 0, 0, 0, 0, time.UTC) // Thursday
		r := readAsOf(t, s, "2025-W36", asOf)
		incidents := r.Headlines[0]
		if n, before := incidents.Week.Values["n"].(float64), incidents.Before.Values["n"].(float64); r.IsOver() || n < 20 || n > 60 || before < 20 || before > 60 {
			t.Errorf("%v incidents in three days, %v in as many of the week before", n, before)
		}
		if c := incidents.SinceQuarter; c.Verdict != review.NoneSo || *c.Estimate < 0.6 || *c.Estimate > 1.6 {
			t.Errorf("three days are compared as a week: %+v", c)
		}
		if got := r.Verdict.Fires.String(); !strings.Contains(got, "opened so far, no detectable change") || !strings.Contains(got, "in as many days in the quarter before") || len(r.Decisions) != 0 {
			t.Errorf("%s (%d decisions)", got, len(r.Decisions))
		}
		wantWritten(t, r)
	})
	t.Run("a week that has not begun", func(t *testing.T) {
		end, _ := review.ParseWeek("2026-W10")
		if _, err := review.Read(t.Context(), s, review.Options{WeekEnd: end, AsOf: yearEnd}); err == nil || !strings.Contains(err.Error(), "had not begun") {
			t.Errorf("%v", err)
		}
	})
	t.Run("the first week", func(t *testing.T) {
		r := read(t, s, "2025-W01")
		if got := r.Verdict.Fires.String(); !strings.Contains(got, "not all of the week is known, nor a whole week before it") {
			t.Error(got)
		}
		wantWritten(t, r)
	})
	t.Run("kept or folded", func(t *testing.T) {
		kept := read(t, s, "2025-W30")
		folded, err := review.Read(t.Context(), s, review.Options{WeekEnd: kept.To, AsOf: yearEnd})
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "", decoded(t, kept), decoded(t, folded))
		if d := review.Differences(kept, folded); len(d) != 0 {
			t.Errorf("they differ: %+v", d)
		}
		if d := review.Differences(harm, kept); len(d) < 20 {
			t.Errorf("reviews of two weeks differ in %d things only", len(d))
		}
	})
}

// wantSame compares what JSON holds; sums may differ in their last digits.
func wantSame(t *testing.T, where string, a, b any) {
	t.Helper()
	switch a := a.(type) {
	case map[string]any:
		other, _ := b.(map[string]any)
		if len(a) != len(other) {
			t.Errorf("%s: %v and %v", where, a, b)
			return
		}
		for name := range a {
			wantSame(t, where+"/"+name, a[name], other[name])
		}
	case []any:
		other, _ := b.([]any)
		if len(a) != len(other) {
			t.Errorf("%s: %d and %d", where, len(a), len(other))
			return
		}
		for i := range a {
			wantSame(t, fmt.Sprint(where, "/", i), a[i], other[i])
		}
	case float64:
		if other, is := b.(float64); !is || math.Abs(a-other) > 1e-9*math.Abs(a) {
			t.Errorf("%s: %v and %v", where, a, b)
		}
	default:
		if a != b {
			t.Errorf("%s: %v and %v", where, a, b)
		}
	}
}

func decoded(t *testing.T, r *review.Report) (values any) {
	t.Helper()
	if err := json.Unmarshal([]byte(asJSON(t, r)), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// golden compares the Markdown, but for when things landed, with a file.
func golden(t *testing.T, name string, r *review.Report) {
	t.Helper()
	var text bytes.Buffer
	if err := review.WriteMarkdown(&text, r); err != nil {
		t.Fatal(err)
	}
	got, _, _ := strings.Cut(text.String(), "## Data quality")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is written any more; run the tests with -update and read the difference. It begins:\n%s", path, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "\ninstead of\n" + b[i]
		}
	}
	return "one is longer"
}

func asJSON(t *testing.T, r *review.Report) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantRoundTrip: what is kept as JSON is the same review.
func wantRoundTrip(t *testing.T, r *review.Report) {
	t.Helper()
	again := &review.Report{}
	if err := json.Unmarshal([]byte(asJSON(t, r)), again); err != nil {
		t.Fatal(err)
	}
	if asJSON(t, again) != asJSON(t, r) || len(review.Differences(r, again)) != 0 {
		t.Error("read from JSON it is another")
	}
	var a, b bytes.Buffer
	if err := review.WriteHTML(&a, r); err != nil {
		t.Fatal(err)
	}
	if err := review.WriteHTML(&b, again); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("read from JSON it is another page")
	}
	for i := range r.Headlines {
		if !reflect.DeepEqual(r.Headlines[i], again.Headlines[i]) {
			t.Errorf("%+v\n%+v", r.Headlines[i], again.Headlines[i])
		}
	}
}

// wantWritten: it can be written out in every way.
func wantWritten(t *testing.T, r *review.Report) {
	t.Helper()
	var page, text bytes.Buffer
	if err := review.WriteHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if err := review.WriteMarkdown(&text, r); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{page.String(), text.String()} {
		for _, bad := range []string{"NaN", "+Inf", "-Inf", "<no value>", "%!", "ZgotmplZ"} {
			if strings.Contains(s, bad) {
				t.Errorf("%s stands in it:\n%s", bad, s)
			}
		}
	}
}

// TestReviewsOfLittle reads reviews where there is hardly anything.
func TestReviewsOfLittle(t *testing.T) {
	at := func(hours int) schema.Millis {
		return schema.MillisOf(time.Date(2025, 12, 15, hours, 0, 0, 0, time.UTC))
	}
	opened := &schema.IncidentEvent{
		Common:     schema.Common{EventID: "1", Type: schema.IncidentOpened, OccurredAt: at(3)},
		IncidentID: "INC-<1>|*", Title: schema.Some("<script>alert(1)</script> & \"all\" | of *it*"), Service: schema.Some("db"),
	}
	resolved := &schema.IncidentEvent{Common: schema.Common{EventID: "2", Type: schema.IncidentResolved, OccurredAt: at(4)}, IncidentID: opened.IncidentID}
	for _, test := range []struct {
		name   string
		events []schema.Event
		tone   review.Tone
		fires  string
	}{
		{"nothing at all", nil, review.NoTone, "No incident opened, no alert fired and no automation ran in this week."},
		{"one incident", []schema.Event{opened, resolved}, review.Unclear, "1 incident opened, but not all of the week is known, nor a whole week before it."},
		{"one that is open", []schema.Event{opened}, review.Unclear, "1 incident opened, but not all of the week is known, nor a whole week before it."},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := storetest.Open(t)
			if _, err := fill.Into(t.Context(), s, slices.Values(test.events)); err != nil {
				t.Fatal(err)
			}
			r := read(t, s, "2025-W51")
			if r.Verdict.Tone != test.tone || r.Verdict.Fires.String() != test.fires {
				t.Errorf("%s: %s", r.Verdict.Tone, r.Verdict.Fires)
			}
			wantWritten(t, r)
			wantRoundTrip(t, r)
			var page bytes.Buffer
			if err := review.WriteHTML(&page, r); err != nil || strings.Contains(page.String(), "<script") {
				t.Errorf("%v: a title is taken for a script", err)
			}
		})
	}
}

package aggregate

import (
	"strings"
	"testing"
	"time"
)

// sound is evidence that suffices.
func sound(change func(*Evidence)) Promotion {
	e := Evidence{
		AutomationID: "kick", Stage: "canary", Executions: 40, FirstRun: noon.Add(-8 * day), LastRun: noon.Add(-day),
		Finished: 40, Succeeded: 40, NeedKnown: 40, Mutating: 40,
	}
	if change != nil {
		change(&e)
	}
	return Judge(e, noon)
}

// Each demand by itself, on either side of its threshold.
func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Evidence)
		want   Verdict
		reason string
	}{
		{"sound", nil, Promote, "All is shown: 40 runs over 7.0 days; success is at least 93.6 % (40 of 40 finished runs succeeded); at most 6.4 % are not needed (0 of 40); no incident is confirmed to be caused by it."},
		{"at full", func(e *Evidence) { e.Stage = "full" }, Keep, "All is shown: "},
		{"29 runs", func(e *Evidence) { e.Executions = 29 }, Hold, "Not shown yet: 29 of 30 runs."},
		{"30 runs", func(e *Evidence) { e.Executions = 30 }, Promote, ""},
		{"a second less than a week", func(e *Evidence) { e.FirstRun = e.FirstRun.Add(time.Second) }, Hold, "Not shown yet: 6.9 of 7 days."},
		// Wilson, one-sided: 25 of 25 is at least 90.2 %, 24 of 24 at least 89.9 %.
		{"success of 24", func(e *Evidence) { e.Finished, e.Succeeded = 24, 24 }, Hold, "success is at least 89.8 %, not 90 %"},
		{"success of 25", func(e *Evidence) { e.Finished, e.Succeeded = 25, 25 }, Promote, ""},
		// 3 of 40: at most 17.3 %; 4 of 40: at most 20.2 %.
		{"3 not needed", func(e *Evidence) { e.Unneeded = 3 }, Promote, ""},
		{"4 not needed", func(e *Evidence) { e.Unneeded = 4 }, Hold, "more than 20 % (4 of 40 runs whose need is known)"},
		{"need never known", func(e *Evidence) { e.NeedKnown = 0 }, Hold, "up to 100.0 % may not be needed"},
		// 0.0512933 ÷ 52 × 1000 is 0.986, ÷ 51 is 1.006.
		{"one incident in 52 runs", func(e *Evidence) { e.Mutating, e.Induced, e.InducedByMutating = 52, 1, 1 }, Hold, "1 incident confirmed to be caused by it"},
		{"one incident in 51 runs", func(e *Evidence) { e.Mutating, e.Induced, e.InducedByMutating = 51, 1, 1 }, Demote, "it causes at least 1.1 incidents per 1,000 runs, more than 1 (1 confirmed in 51 mutating runs)"},
		{"caused by a run that only looks", func(e *Evidence) { e.Induced = 2 }, Hold, "2 incidents confirmed to be caused by it"},
		// 5 of 10: at most 73.2 %; 6 of 10: at most 81.2 %.
		{"5 of 10", func(e *Evidence) { e.Finished, e.Succeeded = 10, 5 }, Demote, "success is at most 73.0 %, below 80 % (5 of 10 finished runs succeeded)"},
		{"6 of 10", func(e *Evidence) { e.Finished, e.Succeeded = 10, 6 }, Hold, ""},
		{"none of 9", func(e *Evidence) { e.Finished, e.Succeeded = 9, 0 }, Hold, ""},
		{"both harms", func(e *Evidence) { e.Succeeded, e.Induced, e.InducedByMutating = 10, 3, 3 }, Demote, "; success is at most "},
		{"a dry run", func(e *Evidence) { e.Stage, e.Mutating, e.NeedKnown = "dry_run", 0, 0 }, Promote, "agreement is at least 93.6 % (40 of 40 judged dry runs were right); no incident"},
		{"a dry run that is wrong", func(e *Evidence) { e.Stage, e.Mutating, e.Succeeded = "dry_run", 0, 20 }, Demote, "agreement is at most "},
		{"nothing finished", func(e *Evidence) { e.Finished, e.Succeeded = 0, 0 }, Hold, "success is at least 0.0 %"},
	} {
		if got := sound(test.change); got.Verdict != test.want || !strings.Contains(got.Reason, test.reason) {
			t.Errorf("%s: %s, %q; want %s, %q", test.name, got.Verdict, got.Reason, test.want, test.reason)
		}
	}
}

// What cannot be estimated is no number.
func TestWhatCannotBeEstimated(t *testing.T) {
	p := sound(func(e *Evidence) { e.Finished, e.Succeeded, e.NeedKnown, e.Mutating = 0, 0, 0, 0 })
	for _, f := range p.Fields() {
		if v, ok := f.Value.(*float64); ok && v != nil {
			t.Errorf("%s is %v", f.Name, *v)
		}
	}
}

func TestWeeks(t *testing.T) {
	for _, test := range []struct{ at, end, name string }{
		{"2026-11-09T00:00:00Z", "2026-11-16", "2026-W46"}, // a Monday begins its week
		{"2026-11-15T23:59:59Z", "2026-11-16", "2026-W46"},
		{"2026-11-16T01:30:00+02:00", "2026-11-16", "2026-W46"}, // still Sunday in UTC
		{"2026-12-31T12:00:00Z", "2027-01-04", "2026-W53"},
		{"2025-12-29T00:00:00Z", "2026-01-05", "2026-W01"},
		{"1970-01-01T00:00:00Z", "1970-01-05", "1970-W01"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		if end := WeekEnd(at); end.Format(time.DateOnly) != test.end || !end.Equal(end.Truncate(day)) || WeekName(end) != test.name {
			t.Errorf("%s is in %s, which ends %v", test.at, WeekName(end), end)
		}
	}
}

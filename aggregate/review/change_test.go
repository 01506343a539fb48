package review_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/review"
)

// lineOf is a metric's line over some days, with its values.
func lineOf(metric string, days int, values map[string]any) *review.Line {
	to := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	all := map[string]any{
		"metric": metric, "status": "ok",
		"from": to.AddDate(0, 0, -days).Format(time.RFC3339), "to": to.Format(time.RFC3339),
	}
	for name, v := range values {
		if n, isInt := v.(int); isInt {
			v = float64(n)
		}
		all[name] = v
	}
	return &review.Line{Source: "s1", Values: all}
}

func TestChanges(t *testing.T) {
	share := func(n int, estimate, low, high float64) *review.Line {
		return lineOf("automation_success_rate", 7, map[string]any{"n": n, "estimate": estimate, "low": low, "high": high})
	}
	count := func(days, n int, dispersion any) *review.Line {
		return lineOf("incident_count", days, map[string]any{"n": n, "estimate": n, "dispersion": dispersion})
	}
	rate := func(numerator, denominator int) *review.Line {
		return lineOf("induced_incident_rate", 7, map[string]any{"n": denominator, "numerator": numerator, "denominator": denominator})
	}
	median := func(estimate, low, high any) *review.Line {
		return lineOf("time_to_resolve", 7, map[string]any{"n": 50, "estimate": estimate, "low": low, "high": high})
	}
	for _, test := range []struct {
		name    string
		is, was *review.Line
		want    string
	}{
		// Newcombe's first example: 56/70 − 48/80 is in [0.0524, 0.3339].
		{"a share that rose", share(70, .8, .6918, .8769), share(80, .6, .4904, .7004), "better 0.200 [0.052, 0.334]"},
		{"the same the other way", share(80, .6, .4904, .7004), share(70, .8, .6918, .8769), "worse -0.200 [-0.334, -0.052]"},
		{"shares alike", share(70, .8, .6918, .8769), share(80, .79, .6878, .8651), "no detectable change 0.010 [-0.122, 0.138] detectable -0.189 0.142"},
		{"too few for a share", lineOf("automation_success_rate", 7, map[string]any{"n": 3, "status": "insufficient"}), share(80, .6, .49, .70), "unknown: no number for the week (insufficient)"},
		// 30 in 7 days against 20 in 7: the exact conditional interval of 30:20.
		{"counts", count(7, 30, 1.0), count(7, 20, 1.0), "no detectable change 1.500 [0.824, 2.787] detectable 0.321 2.046"},
		{"counts of windows of other lengths", count(7, 60, 1.0), count(91, 390, 1.0), "worse 2.000 [1.498, 2.630]"},
		// Variance 9 times the mean within each: 8.9 times the mean of all days.
		{"the same in bursts", count(7, 60, 9.0), count(91, 390, 9.0), "no detectable change 2.000 [0.843, 4.533] detectable ? 3.218"},
		{"none now", count(7, 0, nil), count(91, 130, 1.0), "better 0.000 [0.000, 0.374]"},
		{"none before", count(7, 3, 1.0), count(91, 0, nil), "unknown: there was none before"},
		{"rare events", rate(6, 189), rate(16, 1804), "worse 3.579 [1.147, 9.630]"},
		{"rare events of which there were none before", rate(6, 189), rate(0, 500), "worse ? [3.115, ?]"},
		{"no rare events", rate(0, 189), rate(0, 1804), "unknown: none in either"},
		{"nothing exposed", rate(0, 0), rate(0, 1804), "unknown: nothing ran that could have"},
		{"medians", median(60.0, 40.0, 90.0), median(100.0, 90.0, 111.0), "better 0.600 [0.395, 0.912]"},
		{"a median without an upper end", median(300.0, 200.0, nil), median(100.0, 90.0, 111.0), "worse 3.000 [1.974, ?]"},
		{"a median that was not reached", lineOf("time_to_resolve", 7, map[string]any{"n": 9, "status": "not_reached"}), median(100.0, 90.0, 111.0), "unknown: no number for the week (not_reached)"},
		{"totals", lineOf("responder_hours", 7, map[string]any{"n": 3, "estimate": 4.0}), lineOf("responder_hours", 7, map[string]any{"n": 3, "estimate": 9.0}), "unknown: a total has no interval, so chance cannot be ruled out"},
		{"neutral", lineOf("execution_count", 7, map[string]any{"n": 60, "dispersion": 1.0}), lineOf("execution_count", 7, map[string]any{"n": 20, "dispersion": 1.0}), "more 3.000 [1.783, 5.255]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := told(review.CompareRows(test.is, test.was)); got != test.want {
				t.Errorf("%s, not %s", got, test.want)
			}
		})
	}
}

// told is a change in a line.
func told(c review.Change) string {
	number := func(v *float64) string {
		if v == nil {
			return "?"
		}
		return fmt.Sprintf("%.3f", math.Round(*v*1000)/1000)
	}
	if c.Why != "" {
		return string(c.Verdict) + ": " + c.Why
	}
	text := fmt.Sprintf("%s %s [%s, %s]", c.Verdict, number(c.Estimate), number(c.Low), number(c.High))
	if c.DetectableLow != nil || c.DetectableHigh != nil {
		text += " detectable " + number(c.DetectableLow) + " " + number(c.DetectableHigh)
	}
	return text
}

func TestWeeks(t *testing.T) {
	for name, want := range map[string]string{
		"2026-W46": "2026-11-16", "2026-W01": "2026-01-05", "2020-W53": "2021-01-04", "2015-W01": "2015-01-05", "2016-W53": "", "2026-W00": "", "2026-W54": "",
		"2026-46": "", "W46": "", "": "", "2026-W46 ": "", "2026-W4": "", "２０２６-W46": "",
	} {
		end, err := review.ParseWeek(name)
		if got := end.Format(time.DateOnly); err == nil && got != want || err != nil && want != "" {
			t.Errorf("%q ends %s (%v), not %s", name, got, err, want)
		}
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]string{
		monday: "2026-11-23", monday.Add(-time.Nanosecond): "2026-11-16", monday.Add(6 * 24 * time.Hour): "2026-11-23",
	} {
		if got := review.LastWeek(now).Format(time.DateOnly); got != want {
			t.Errorf("at %s the last week ended %s, not %s", now, got, want)
		}
	}
}

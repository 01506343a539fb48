package review

import (
	"math"
	"strings"
	"testing"

	"github.com/vividium/firebreak/aggregate"
)

func TestQuantities(t *testing.T) {
	for _, test := range []struct {
		unit aggregate.Unit
		v    float64
		want string
	}{
		{aggregate.Count, 0, "0"},
		{aggregate.Count, 1234567, "1,234,567"},
		{aggregate.Count, 75.61, "75.6"},
		{aggregate.Count, 999, "999"},
		{aggregate.Proportion, 0.94276, "94.3 %"},
		{aggregate.Proportion, 1, "100.0 %"},
		{aggregate.Proportion, 0.0004, "0.0 %"},
		{aggregate.Hours, 66.0197, "66.0 h"},
		{aggregate.Hours, -6.84, "−6.8 h"},
		{aggregate.Hours, -0.04, "0.0 h"},
		{aggregate.Hours, 1234.5, "1,234 h"},
		{aggregate.Hours, -12345, "−12,345 h"},
		{aggregate.PerThousand, 12.47, "12.5"},
		{aggregate.PerThousand, 1229.6, "1,230"},
		{aggregate.Ratio, 1.0183, "1.02"},
		{aggregate.Seconds, 0, "0 s"},
		{aggregate.Seconds, 59.4, "59 s"},
		{aggregate.Seconds, 59.6, "1 min"},
		{aggregate.Seconds, 438, "7 min 18 s"},
		{aggregate.Seconds, 607.83, "10 min"},
		{aggregate.Seconds, 3599, "60 min"},
		{aggregate.Seconds, 3600, "1 h 0 min"},
		{aggregate.Seconds, 86400, "24 h 0 min"},
		{aggregate.Seconds, 200000, "2 d 7 h"},
	} {
		if got := strings.ReplaceAll(quantity(test.unit, test.v), nbsp, " "); got != test.want {
			t.Errorf("%v %s: %q, not %q", test.v, test.unit, got, test.want)
		}
	}
}

func TestChangeTexts(t *testing.T) {
	ratio, difference := &Change{Kind: RatioChange}, &Change{Kind: DifferenceChange}
	for _, test := range []struct {
		c    *Change
		v    float64
		want string
	}{
		{ratio, 1, "0.0 %"},
		{ratio, 0.577, "−42 %"},
		{ratio, 1.684, "+68 %"},
		{ratio, 1.042, "+4.2 %"},
		{ratio, 0, "−100 %"},
		{ratio, 13.5, "+1,250 %"},
		{difference, -0.0313, "−3.1 points"},
		{difference, 0.1173, "+12 points"},
		{difference, 0.0001, "0.0 points"},
	} {
		if got := strings.ReplaceAll(test.c.text(test.v), nbsp, " "); got != test.want {
			t.Errorf("%v: %q, not %q", test.v, got, test.want)
		}
	}
}

func TestSlugsDiffer(t *testing.T) {
	seen := make(map[string]string)
	for _, id := range []string{"run-1", "run_1", "run 1", "run.1", "run/1", "RUN-1", "rün-1", "", "_2d", "-"} {
		s := slug("run-", id)
		if other, taken := seen[s]; taken {
			t.Errorf("%q and %q are both %q", id, other, s)
		}
		if strings.ContainsAny(s, " \t\"<>'") {
			t.Errorf("%q is no id", s)
		}
		seen[s] = id
	}
}

func TestChartsOfHardNumbers(t *testing.T) {
	line := func(status string, values map[string]any) Line {
		values["metric"], values["status"], values["to"] = "toil_hours_saved", status, "2026-11-23T00:00:00Z"
		return Line{Values: values}
	}
	for name, points := range map[string][]Line{
		"one":      {line("ok", map[string]any{"estimate": 3.0})},
		"none":     {line("insufficient", map[string]any{}), line("insufficient", map[string]any{})},
		"zeros":    {line("ok", map[string]any{"estimate": 0.0}), line("ok", map[string]any{"estimate": 0.0})},
		"negative": {line("ok", map[string]any{"estimate": -3.0}), line("ok", map[string]any{"estimate": -300.0})},
		"huge":     {line("ok", map[string]any{"estimate": 1e12}), line("ok", map[string]any{"estimate": 1e-12})},
	} {
		c := chartOf(Trend{Metric: "toil_hours_saved", Points: points})
		if len(c.Rows) != len(points) || c.Summary == "" || len(c.Ticks) > 20 {
			t.Errorf("%s: %+v", name, c)
		}
		for _, d := range c.Dots {
			if math.IsNaN(d.X) || math.IsNaN(d.Y) || d.Y < 0 || d.Y > chartHeight {
				t.Errorf("%s: a dot at %v", name, d)
			}
		}
	}
}

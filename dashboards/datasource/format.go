package datasource

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
)

// Grafana's units.
const (
	unitPercent = "percentunit"
	unitSeconds = "s"
	unitHours   = "h"
	unitCount   = "short"
	unitRatio   = "suffix:×"
	unitPer1000 = "suffix: per 1,000"
)

var units = map[aggregate.Unit]string{
	aggregate.Count: unitCount, aggregate.Seconds: unitSeconds, aggregate.Hours: unitHours,
	aggregate.Proportion: unitPercent, aggregate.PerThousand: unitPer1000, aggregate.Ratio: unitRatio,
}

// besideUnits are the units of what stands beside an estimate and is not in its unit.
// Counts are all that is not named.
var besideUnits = map[string]string{
	"mean": unitSeconds, "geometric_mean": unitSeconds, "p90": unitSeconds, "minutes_saved": "m",
	"bound_low": unitPercent, "bound_high": unitPercent, "by_verdict": unitPercent, "by_verdict_low": unitPercent, "by_verdict_high": unitPercent,
	"coverage": unitPercent, "measured": unitPercent, "declared": unitPercent, "p": unitPercent,
	"crude": unitRatio, "detectable": unitRatio,
	"gross": unitHours, "wasted": unitHours, "induced": unitHours, "invested": unitHours,
	"reversal": "bool_yes_no",
}

// numberConfig says how a number of a metric is shown.
func numberConfig(m *aggregate.Metric, name string) *data.FieldConfig {
	c := &data.FieldConfig{DisplayNameFromDS: displayName(m, name), Description: meaning(m, name), Unit: besideUnits[name]}
	if slices.Contains(standard[:3], name) {
		c.Unit = units[m.Unit]
		if m.Unit == aggregate.Proportion {
			c.SetMin(0).SetMax(1)
		}
	}
	if c.Unit == "" {
		c.Unit = unitCount
	}
	if name == "estimate" {
		c.Thresholds = thresholds(m)
	}
	return c
}

func displayName(m *aggregate.Metric, name string) string {
	switch name {
	case "estimate":
		return m.Title
	case "low":
		return "low"
	case "high":
		return "high"
	}
	return words(name)
}

// words are a name to read.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

func meaning(m *aggregate.Metric, name string) string {
	switch name {
	case "estimate":
		return m.Description
	case "low":
		return "Lower end of the 95 % interval of " + m.Name
	case "high":
		return "Upper end of the 95 % interval of " + m.Name
	case "n":
		return "How many cases the number rests on"
	}
	return aggregate.Meaning(name)
}

// The colours, the same in every dashboard; Grafana's own names suit light and dark.
const (
	colourGood  = "green"
	colourWatch = "orange"
	colourBad   = "red"
)

// thresholds are the limits of a metric; nil where there is no accepted norm.
func thresholds(m *aggregate.Metric) *data.ThresholdsConfig {
	if m.Limits == nil {
		return nil
	}
	lowest := data.ConfFloat64(math.Inf(-1))
	steps := []data.Threshold{
		{Value: lowest, Color: colourGood},
		{Value: data.ConfFloat64(just(m.Limits.Watch)), Color: colourWatch},
		{Value: data.ConfFloat64(just(m.Limits.Bad)), Color: colourBad},
	}
	if m.Better == aggregate.MoreIsBetter {
		steps = []data.Threshold{
			{Value: lowest, Color: colourBad},
			{Value: data.ConfFloat64(m.Limits.Bad), Color: colourWatch},
			{Value: data.ConfFloat64(m.Limits.Watch), Color: colourGood},
		}
	}
	return &data.ThresholdsConfig{Mode: data.ThresholdsModeAbsolute, Steps: steps}
}

// just is the next number above: Grafana's steps begin at their value, a limit is only
// bad beyond it.
func just(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }

// reasons say why there is no number.
var reasons = map[aggregate.Status]string{
	aggregate.StatusInsufficient: "too few cases",
	aggregate.StatusNotReached:   "most have not ended yet",
	aggregate.StatusImmature:     "too many are still open",
	aggregate.StatusNoBaseline:   "nothing before to compare with",
}

func statusMappings() data.ValueMappings {
	mapper := data.ValueMapper{string(aggregate.StatusOK): {Text: "ok", Index: 0}}
	for i, status := range []aggregate.Status{aggregate.StatusInsufficient, aggregate.StatusNotReached, aggregate.StatusImmature, aggregate.StatusNoBaseline} {
		mapper[string(status)] = data.ValueMappingResult{Text: reasons[status], Index: i + 1}
	}
	return data.ValueMappings{mapper}
}

func emptyIs(text string) data.ValueMappings {
	return data.ValueMappings{data.SpecialValueMapper{Match: data.SpecialValueEmpty, Result: data.ValueMappingResult{Text: text}}}
}

func nullIs(text string) data.ValueMappings {
	if text == "" {
		return nil
	}
	return data.ValueMappings{data.SpecialValueMapper{Match: data.SpecialValueNull, Result: data.ValueMappingResult{Text: text}}}
}

// readable writes a number for people, in three digits.
func readable(unit aggregate.Unit, v float64) string {
	switch unit {
	case aggregate.Seconds:
		return duration(v)
	case aggregate.Hours:
		return short(v) + " h"
	case aggregate.Proportion:
		return short(100*v) + " %"
	case aggregate.Ratio:
		return short(v) + "×"
	}
	return short(v)
}

func short(v float64) string {
	switch size := math.Abs(v); {
	case size >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// lengths are the units of time for people, each from how many seconds on.
var lengths = []struct {
	name          string
	seconds, from float64
}{{"d", 86400, 48 * 3600}, {"h", 3600, 90 * 60}, {"min", 60, 90}}

// duration writes seconds in the unit that suits them.
func duration(seconds float64) string {
	for _, l := range lengths {
		if math.Abs(seconds) >= l.from {
			return short(seconds/l.seconds) + " " + l.name
		}
	}
	return short(seconds) + " s"
}

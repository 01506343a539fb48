package review

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// Figure is a number as the review shows it, with where it is from. It belongs to a
// column of a line, or to a change between two of them.
type Figure struct {
	Text string `json:"text"`
	// Value is the number behind the text, nil when it is not known.
	Value *float64 `json:"value,omitempty"`
	// Time is the moment that the text tells, as everywhere; "" when it tells none.
	Time string `json:"time,omitempty"`
	// Source, Which and Field say in which command's output it stands, in which row and
	// column. Per says what it has been divided by, as a quarter's count is by its weeks.
	Source string  `json:"source,omitempty"`
	Which  string  `json:"which,omitempty"`
	Field  string  `json:"field,omitempty"`
	Per    float64 `json:"per,omitempty"`
	// Change says of which metric's change it is an end, and against what: "incident_count
	// since_quarter low".
	Change string `json:"change,omitempty"`
}

// moment is a column that is a time.
func (l *Line) moment(field string) Figure {
	f := l.naming(field, at(l.Time(field)))
	f.Time = l.Text(field)
	return f
}

const unknownText = "–"

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// figure is a column of a line in a unit.
func (l *Line) figure(field string, unit aggregate.Unit) Figure {
	f := Figure{Text: unknownText, Source: l.Source, Which: l.Which(), Field: field}
	if v, known := l.Number(field); known {
		f.Value, f.Text = &v, quantity(unit, v)
	}
	return f
}

// Figure is a column of a metric's line: in the metric's unit, or as a count.
func (l *Line) Figure(field string) Figure {
	unit := aggregate.Count
	switch field {
	case "estimate", "low", "high", "mean", "geometric_mean", "p90", "gross", "wasted", "induced", "invested",
		"bound_low", "bound_high", "by_verdict", "by_verdict_low", "by_verdict_high", "crude", "detectable":
		if m := l.Metric(); m != nil {
			unit = m.Unit
		}
	case "coverage", "measured", "declared":
		unit = aggregate.Proportion
	case "dispersion", "observed", "expected", "p":
		unit = aggregate.Ratio
	}
	return l.figure(field, unit)
}

// quantity writes a number in its unit, to about three digits.
func quantity(unit aggregate.Unit, v float64) string {
	switch unit {
	case aggregate.Seconds:
		return duration(v)
	case aggregate.Proportion:
		return decimal(100*v, 1) + nbsp + "%"
	case aggregate.Hours:
		return digits(v) + nbsp + "h"
	case aggregate.Count:
		if v == math.Trunc(v) {
			return thousands(decimal(v, 0))
		}
		return digits(v)
	case aggregate.Ratio:
		return decimal(v, 2)
	}
	return digits(v)
}

// perWeek writes a count or hours of a mean week.
func perWeek(unit aggregate.Unit, v float64) string {
	if unit == aggregate.Count {
		return digits(v)
	}
	return quantity(unit, v)
}

// digits writes small numbers with a digit behind the point.
func digits(v float64) string {
	if math.Abs(v) < 99.95 {
		return decimal(v, 1)
	}
	return thousands(decimal(v, 0))
}

// chance is a column that is a probability; very small ones are only bounded.
func (l *Line) chance(field string) Figure {
	f := l.figure(field, aggregate.Proportion)
	if f.Value != nil && *f.Value < leastChance {
		f.Text = "less than " + decimal(100*leastChance, 2) + nbsp + "%"
	}
	return f
}

// leastChance is the smallest probability that is told.
const leastChance = 0.0001

// decimal has a proper minus, and none before 0.
func decimal(v float64, places int) string {
	text := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return strings.Replace(text, "-", "−", 1)
}

// thousands sets a comma after each three digits.
func thousands(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "−"); negative {
		sign, text = "−", rest
	}
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return sign + text
}

// duration writes seconds in the two largest units that matter.
func duration(seconds float64) string {
	whole := time.Duration(math.Round(seconds)) * time.Second
	hours, minutes := int(whole.Hours()), int(whole.Minutes())%60
	switch {
	case whole < time.Minute:
		return fmt.Sprintf("%d%ss", int(whole.Seconds()), nbsp)
	case whole < time.Hour:
		if rest := int(whole.Seconds()) % 60; minutes < 10 && rest > 0 {
			return fmt.Sprintf("%d%smin %d%ss", minutes, nbsp, rest, nbsp)
		}
		return fmt.Sprintf("%.0f%smin", math.Round(whole.Minutes()), nbsp)
	case whole < 48*time.Hour:
		return fmt.Sprintf("%d%sh %d%smin", hours, nbsp, minutes, nbsp)
	}
	return fmt.Sprintf("%d%sd %d%sh", hours/24, nbsp, hours%24, nbsp)
}

// figure is an end of the change as people read it; name says of what it is.
func (c *Change) figure(name, field string, value *float64) Figure {
	f := Figure{Text: unknownText, Value: value, Change: name + " " + field}
	if value != nil {
		f.Text = c.text(*value)
	}
	return f
}

// text writes an end of a change with its sign: "+12 %", "−3.1 points".
func (c *Change) text(v float64) string {
	unit := nbsp + "%"
	if c.Kind == DifferenceChange {
		unit = nbsp + "points"
	} else {
		v--
	}
	v *= 100
	text := decimal(v, 1)
	if math.Abs(v) >= 9.95 {
		text = thousands(decimal(v, 0))
	}
	if v > 0 && strings.Trim(text, "0.") != "" {
		text = "+" + text
	}
	return text + unit
}

// mostName is how many characters of a name, a title or a cause stand in a sentence.
const mostName = 140

// shortened is a text of so many characters at most.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// on writes a day for people.
func on(t time.Time) string { return t.UTC().Format("2 January 2006") }

// at writes a moment for people.
func at(t time.Time) string {
	if t.IsZero() {
		return unknownText
	}
	return t.UTC().Format("2006-01-02 15:04") + nbsp + "UTC"
}

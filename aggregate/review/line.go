package review

import (
	"fmt"
	"math"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/stats"
)

// Line is one row of a result that the review shows, as the command that Source names
// prints it: everything that is shown of it can be looked up there.
type Line struct {
	// Source is which of the review's sources it is from, as "s3".
	Source string `json:"source"`
	// Key are the names of the columns that tell it from the source's other rows; none
	// where there is one row.
	Key []string `json:"key,omitempty"`
	// Values by name: a float64, a string, a bool, a list of strings, or nil for what is
	// not known. Times are text as everywhere.
	Values map[string]any `json:"values"`
}

// newLine takes a row over.
func newLine(source string, key []string, fields []aggregate.Field) Line {
	l := Line{Source: source, Key: key, Values: make(map[string]any, len(fields))}
	for _, f := range fields {
		l.Values[f.Name] = plain(f.Value)
	}
	return l
}

// plain is a value as JSON gives it back.
func plain(value any) any {
	switch v := value.(type) {
	case *float64:
		if v == nil {
			return nil
		}
		return *v
	case *bool:
		if v == nil {
			return nil
		}
		return *v
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case *time.Time:
		if v == nil {
			return nil
		}
		return stamp(*v)
	case time.Time:
		return stamp(v)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	}
	return value
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// Number is a value that is known and a number.
func (l *Line) Number(name string) (value float64, known bool) {
	value, known = l.Values[name].(float64)
	return value, known
}

// number is 0 where it is not known.
func (l *Line) number(name string) float64 {
	v, _ := l.Number(name)
	return v
}

// Text is a value that is text; "" when it is not.
func (l *Line) Text(name string) string {
	s, _ := l.Values[name].(string)
	return s
}

// List is a value that is a list.
func (l *Line) List(name string) []string {
	values, _ := l.Values[name].([]any)
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return list
}

// Yes is a value that is true.
func (l *Line) Yes(name string) bool {
	yes, _ := l.Values[name].(bool)
	return yes
}

// Time is a value that is a time; the zero one when it is not.
func (l *Line) Time(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, l.Text(name))
	return t.UTC()
}

// Which tells the line from others of its source: {"automation_id":"restart-pool"}.
func (l *Line) Which() string {
	if len(l.Key) == 0 {
		return ""
	}
	values := make(map[string]any, len(l.Key))
	for _, name := range l.Key {
		values[name] = l.Values[name]
	}
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // what came as JSON
	}
	return string(text)
}

// Metric is what a line of a metric is of; nil of others.
func (l *Line) Metric() *aggregate.Metric {
	m, err := aggregate.Find(l.Text("metric"))
	if err != nil {
		return nil
	}
	return m
}

// OK says whether there is an estimate.
func (l *Line) OK() bool { return l.Text("status") == string(aggregate.StatusOK) }

// days is how much of the window of a metric has been observed.
func (l *Line) days() float64 {
	to := l.Time("to")
	if asOf := l.Time("as_of"); !asOf.IsZero() && asOf.Before(to) {
		to = asOf
	}
	return float64(to.Sub(l.Time("from"))) / float64(day)
}

// estimate with its interval; ok is false where there is none. An end that is not known
// has no bound.
func (l *Line) estimate() (estimate float64, interval stats.Interval, ok bool) {
	estimate, ok = l.Number("estimate")
	low, bounded := l.Number("low")
	high, closed := l.Number("high")
	if !closed {
		high = math.Inf(1)
	}
	return estimate, stats.Interval{Low: low, High: high}, ok && bounded && l.OK()
}

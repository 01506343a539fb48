package aggregate

import (
	"strconv"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate/stats"
)

// Status says whether a row has an estimate, and if not, why.
type Status string

// The statuses.
const (
	StatusOK           Status = "ok"
	StatusInsufficient Status = "insufficient" // below the metric's minimum sample
	StatusNotReached   Status = "not_reached"  // the median lies beyond what was observed
	StatusImmature     Status = "immature"     // too many are still open to say
	StatusNoBaseline   Status = "no_baseline"  // there is nothing before to compare with
)

// Row is one result of a metric.
type Row struct {
	Metric *Metric
	Query  Query
	// Dims are the values of the dimensions in Query.By.
	Dims []string
	// N is how many cases the estimate rests on.
	N int64
	// Estimate with its interval; nil unless Status is ok, or where there is no
	// interval or no end of it.
	Estimate, Low, High *float64
	Status              Status
	// Beside holds the counts and companions that apply, in a fixed order for
	// each metric.
	Beside []Field
}

// Field is one named value of a row: a string, an int64, a *float64 or a *bool.
type Field struct {
	Name  string
	Value any
}

func (r *Row) estimate(value float64, interval stats.Interval) {
	r.Estimate, r.Low, r.High = &value, &interval.Low, &interval.High
}

func (r *Row) count(name string, n int64) {
	r.Beside = append(r.Beside, Field{name, n})
}

func (r *Row) companion(name string, value float64, known bool) {
	field := Field{name, (*float64)(nil)}
	if known {
		field.Value = &value
	}
	r.Beside = append(r.Beside, field)
}

// Fields lists the row's values in the order in which every output shows them.
func (r *Row) Fields() []Field {
	fields := []Field{{"metric", r.Metric.Name}}
	for i, d := range r.Query.By {
		fields = append(fields, Field{string(d), r.Dims[i]})
	}
	fields = append(fields,
		Field{"from", stamp(r.Query.From)}, Field{"to", stamp(r.Query.To)}, Field{"as_of", stamp(r.Query.AsOf)},
		Field{"n", r.N}, Field{"estimate", r.Estimate}, Field{"low", r.Low}, Field{"high", r.High},
		Field{"unit", string(r.Metric.Unit)}, Field{"status", string(r.Status)})
	return append(fields, r.Beside...)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// MarshalJSON gives one flat object in the order of Fields.
func (r Row) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range r.Fields() {
		if i > 0 {
			b = append(b, ',')
		}
		b = json.AppendEscape(b, f.Name, 0)
		b = append(b, ':')
		b = append(b, f.json()...)
	}
	return append(b, '}'), nil
}

func (f Field) json() []byte {
	switch v := f.Value.(type) {
	case string:
		return json.AppendEscape(nil, v, 0)
	case int64:
		return strconv.AppendInt(nil, v, 10)
	case *float64:
		if v != nil {
			return strconv.AppendFloat(nil, *v, 'g', -1, 64)
		}
	case *bool:
		if v != nil {
			return strconv.AppendBool(nil, *v)
		}
	}
	return []byte("null")
}

package datasource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// The kinds of queries.
const (
	kindMetric     = "metric"
	kindTable      = "table"
	kindSQL        = "sql"
	kindAnnotation = "annotation"
	kindValues     = "values"
)

var kinds = []string{kindMetric, kindTable, kindSQL, kindAnnotation, kindValues}

// Query is one query as a panel keeps it; src/types.ts of the editor has the same. What
// is absent has its zero value.
type Query struct {
	Kind string `json:"kind"`

	// Of a metric.
	Metric  string   `json:"metric,omitempty"`
	GroupBy []string `json:"groupBy,omitempty"`
	// Filters also keep the rows of a table and the moments of an annotation.
	Filters []Filter `json:"filters,omitempty"`
	// Step cuts the range into windows: hour, day, week, 4 weeks or auto; empty is the
	// whole range as one.
	Step string `json:"step,omitempty"`
	// Unfinished windows are shown as well.
	Unfinished bool `json:"unfinished,omitempty"`
	// Compare sets the window before beside it.
	Compare bool `json:"compare,omitempty"`
	// Show names the numbers that are wanted: estimate, low, high, n, or what stands
	// beside them; without it, those that suit the format.
	Show []string `json:"show,omitempty"`
	// Format is table, numbers or stat, for the whole range; of SQL, table or series.
	Format string `json:"format,omitempty"`
	// AsOf is how far the outcome is observed, as RFC 3339; empty is now, or up to when
	// what the worker keeps answers.
	AsOf string `json:"asOf,omitempty"`
	// Limit is how many groups or rows are shown, the largest first; 0 is the
	// datasource's row limit.
	Limit int `json:"limit,omitempty"`

	Table      string `json:"table,omitempty"`
	SQL        string `json:"sql,omitempty"`
	Annotation string `json:"annotation,omitempty"`
	Dimension  string `json:"dimension,omitempty"`
}

// Filter keeps what has one of the values of a dimension, or with the operator != none
// of them. Without values, or with all, it keeps everything.
type Filter struct {
	Dimension string   `json:"dimension"`
	Operator  string   `json:"operator,omitempty"`
	Values    []string `json:"values"`
	// Optional filters are a dashboard's: where there is no such dimension they are passed
	// over, with a notice.
	Optional bool `json:"optional,omitempty"`
}

// allValues is what Grafana puts in for a variable of which everything is selected.
const allValues = "$__all"

// query is a Query with when and by whom it was asked.
type query struct {
	Query
	from, to time.Time
	interval time.Duration // that Grafana suggests for a series
	// mostPoints is how many points a panel has room for.
	mostPoints int64
	// forAlert: a rule evaluates it, which cannot read tables.
	forAlert bool
}

// readQuery checks what can be checked without ClickHouse.
func readQuery(asked backend.DataQuery, forAlert bool) (*query, error) {
	q := &query{from: asked.TimeRange.From.UTC(), to: endOf(asked.TimeRange.To), interval: asked.Interval, mostPoints: asked.MaxDataPoints, forAlert: forAlert}
	if err := json.Unmarshal(asked.JSON, &q.Query); err != nil {
		return nil, mistakef("the query cannot be read: %v", err)
	}
	if q.Kind == "" {
		q.Kind = kindMetric
	}
	if !slices.Contains(kinds, q.Kind) {
		return nil, mistakef("there is no query of kind %q; there are %s", q.Kind, strings.Join(kinds, ", "))
	}
	if q.Limit < 0 {
		return nil, mistakef("the limit must not be negative")
	}
	if !q.from.Before(q.to) {
		return nil, mistakef("the time range from %s to %s is empty", q.from.Format(time.RFC3339), q.to.Format(time.RFC3339))
	}
	return q, q.checkVariables()
}

// endOf is the end of a range, which itself is not in it. Grafana ends one that is rounded
// up, such as the last week, with its last millisecond.
func endOf(to time.Time) time.Time {
	if to.Truncate(time.Second).Add(999 * time.Millisecond).Equal(to.Truncate(time.Millisecond)) {
		return to.UTC().Truncate(time.Second).Add(time.Second)
	}
	return to.UTC()
}

// variable is what Grafana replaces before it sends a query. A dollar sign behind the
// name is the beginning of a string of ClickHouse.
var variable = regexp.MustCompile(`\$\{\w+(?::\w+)?\}|\[\[\w+\]\]|\$[A-Za-z]\w*(\$)?`)

// checkVariables refuses a variable that nobody replaced, as in an alert rule.
func (q *query) checkVariables() error {
	texts := slices.Concat([]string{q.Metric, q.SQL, q.AsOf, q.Dimension, q.Table}, q.GroupBy)
	for _, f := range q.Filters {
		texts = append(texts, f.Values...)
	}
	for _, text := range texts {
		for _, found := range variable.FindAllStringSubmatch(text, -1) {
			if found[1] == "" {
				return mistakef("the variable %s was not replaced by a value: alert rules have no dashboard and so no variables; write the value itself, or remove the filter", found[0])
			}
		}
	}
	return nil
}

// window is the query to aggregate over the range; optional filters that the metric does
// not have are named. Unless the query says otherwise it is observed up to when what is
// kept answers, so that nothing has to be folded, and of the past ends there.
func (q *query) window(m *aggregate.Metric, now time.Time, kept aggregate.Fold) (w aggregate.Query, ignored []string, err error) {
	w = aggregate.Query{From: q.from.Truncate(time.Millisecond), To: q.to.Truncate(time.Millisecond), Kept: kept}
	if w.AsOf, err = q.observed(now); err != nil {
		return w, nil, err
	}
	if q.AsOf == "" && w.From.Before(kept.Until) {
		w.AsOf = kept.Until
		if w.To.After(w.AsOf) && !w.To.After(now) {
			w.To = w.AsOf
		}
	}
	for _, d := range q.GroupBy {
		w.By = append(w.By, aggregate.Dimension(d))
	}
	if w.Where, ignored, err = applicable(q.Filters, m.Dimensions); err != nil {
		return w, nil, err
	}
	if err := w.Validate(m); err != nil {
		return w, nil, mistakef("%w", err)
	}
	return w, ignored, nil
}

// sameMoment is how much now is rounded down, so that the panels of a dashboard share
// what was computed.
const sameMoment = 10 * time.Second

// observed is up to when what happens in the range is observed: now unless the query
// says otherwise, at least up to its end where that is past.
func (q *query) observed(now time.Time) (time.Time, error) {
	if q.AsOf != "" {
		at, err := time.Parse(time.RFC3339, q.AsOf)
		if err != nil {
			return at, mistakef("as of %q is no time like 2026-01-31T12:00:00Z", q.AsOf)
		}
		return at.UTC().Truncate(time.Millisecond), nil
	}
	asOf := now.UTC().Truncate(sameMoment)
	if asOf.Before(q.to) && !q.to.After(now) {
		asOf = q.to.Truncate(time.Millisecond)
	}
	return asOf, nil
}

// moments are the parameters of the SQL of tables and annotations.
func (q *query) moments(now time.Time) (map[string]string, error) {
	asOf, err := q.observed(now)
	return map[string]string{"from": store.TimeParameter(q.from), "to": store.TimeParameter(q.to), "as_of": store.TimeParameter(asOf)}, err
}

// applicable are the filters that keep some things and not others where there are some
// dimensions. Optional ones on other dimensions are named instead; of those that are not
// the dimension is left to the caller.
func applicable[D ~string](list []Filter, dimensions []D) (kept []aggregate.Filter, ignored []string, err error) {
	for _, f := range list {
		if len(f.Values) == 0 || slices.Contains(f.Values, allValues) {
			continue
		}
		switch {
		case f.Optional && !slices.Contains(dimensions, D(f.Dimension)):
			ignored = append(ignored, f.Dimension)
		case !slices.Contains(operators, f.Operator):
			return nil, nil, mistakef("a filter on %s has the operator %q; there are = and != (one of, none of)", f.Dimension, f.Operator)
		default:
			kept = append(kept, aggregate.Filter{
				Dimension: aggregate.Dimension(f.Dimension), Values: f.Values, Except: strings.HasPrefix(f.Operator, "!"),
			})
		}
	}
	return kept, ignored, nil
}

// operators are = and != as Grafana writes them, with one value and with several.
var operators = []string{"", "=", "=|", "!=", "!=|"}

// noticeIgnored says which filters of the dashboard were not applied.
func noticeIgnored(frame *data.Frame, ignored []string) {
	if len(ignored) > 0 {
		notice(frame, data.NoticeSeverityInfo, "filters of the dashboard that do not apply here: %s", strings.Join(ignored, ", "))
	}
}

// limit is how many rows are shown at most, and whether the user chose it.
func (d *Datasource) limit(q *query) (rows int, chosen bool) {
	if q.Limit > 0 && q.Limit <= d.cfg.rowLimit {
		return q.Limit, true
	}
	return d.cfg.rowLimit, false
}

// mistakef is an error that the user can mend in the query.
func mistakef(format string, args ...any) error {
	return &mistake{fmt.Errorf(format, args...)}
}

// mistake is an error of the query itself.
type mistake struct{ error }

func (m *mistake) Unwrap() error { return m.error }

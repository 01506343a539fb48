package aggregate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema/store"
)

// Query says over what a metric is computed.
type Query struct {
	// From and To are the window [From, To) in which the cohort started.
	From, To time.Time
	// AsOf is how far the outcome is observed: what occurred later is not known
	// yet.
	AsOf time.Time
	// By groups the cohort.
	By []Dimension
	// Where keeps the members that pass all of the filters.
	Where []Filter
	// Kept says that incidents and executions are to be read as a worker folded them (see
	// [LastKept]), where that answers for AsOf: then of what has landed since they do not
	// know. The zero value folds them.
	Kept Fold

	// origin is from when on days are counted; zero for From.
	origin   time.Time
	declared *settings.Settings // where they count
}

// Filter is one condition of a query: the dimension has one of the values, or none of
// them. Unknown is "".
type Filter struct {
	Dimension Dimension
	Values    []string
	Except    bool // none of them
}

// Only keeps what has one of the values.
func Only(d Dimension, values ...string) Filter { return Filter{Dimension: d, Values: values} }

// keeps says whether a value passes.
func (f *Filter) keeps(value string) bool { return slices.Contains(f.Values, value) != f.Except }

// condition is the filter as SQL, with a parameter.
func (f *Filter) condition(parameter string) string {
	has := fmt.Sprintf("has({%s:Array(String)}, toString(%s))", parameter, f.Dimension)
	if f.Except {
		return "NOT " + has
	}
	return has
}

// Run computes a metric: one row for each group that has a member, in the
// order of the dimensions' values; without By always exactly one row.
func Run(ctx context.Context, s *store.Store, m *Metric, q Query) ([]Row, error) {
	if err := q.Validate(m); err != nil {
		return nil, err
	}
	if err := m.prepare(ctx, s, &q); err != nil {
		return nil, err
	}
	run := reduce
	if m.groupsItself() {
		run = gatherExcess
	}
	results, err := run(ctx, s, m, q)
	if err != nil {
		return nil, fmt.Errorf("metric %s: %w", m.Name, err)
	}
	results = append(results, q.idle(m, results)...)
	for i := range results {
		results[i].conclude()
	}
	slices.SortStableFunc(results, func(a, b Row) int { return slices.Compare(a.Dims, b.Dims) })
	return results, nil
}

// prepare reads what the estimator needs beside the members.
func (m *Metric) prepare(ctx context.Context, s *store.Store, q *Query) (err error) {
	if m.Estimator == Toil {
		q.declared, err = settings.Read(ctx, s)
	}
	return err
}

// reduce lets the store put the members of each group together.
func reduce(ctx context.Context, s *store.Store, m *Metric, q Query) ([]Row, error) {
	sql, params := compose(m, q)
	var results []Row
	err := s.Each(ctx, sql, params, func(rows store.Rows) error {
		r := Row{Metric: m, Query: q, Dims: make([]string, len(q.By)), Status: StatusOK}
		group := reducers[m.Estimator]()
		var targets []any
		for i, d := range q.By {
			if m.ofMembers(d) {
				targets = append(targets, &r.Dims[i])
			}
		}
		if err := rows.Scan(append(targets, group.targets(m)...)...); err != nil {
			return err
		}
		results = append(results, group.rows(r)...)
		return nil
	})
	return results, err
}

// Validate reports everything that makes the query senseless for the metric.
func (q Query) Validate(m *Metric) error {
	var mistakes []error
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	if !q.From.Before(q.To) {
		wrong("the window from %s to %s is empty: from must be before to", q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
	}
	if q.AsOf.IsZero() {
		wrong("as_of is missing")
	}
	for _, d := range q.dimensions() {
		if !m.has(d) {
			wrong("%s has no dimension %q; it has %v", m.Name, d, m.Dimensions)
		}
	}
	for i, d := range q.By {
		if slices.Contains(q.By[:i], d) {
			wrong("the dimension %q is named twice", d)
		}
	}
	for _, f := range q.Where {
		if len(f.Values) == 0 {
			wrong("the filter on %s names no value", f.Dimension)
		}
	}
	return errors.Join(mistakes...)
}

func (q Query) dimensions() []Dimension {
	all := slices.Clone(q.By)
	for _, f := range q.Where {
		all = append(all, f.Dimension)
	}
	return all
}

// compose puts the estimator's aggregates around the metric's SELECT.
func compose(m *Metric, q Query) (sql string, params map[string]string) {
	var dims []string
	for _, d := range q.By {
		if m.ofMembers(d) {
			dims = append(dims, string(d))
		}
	}
	members, params := composeMembers(m, q, q.To.Sub(q.From))
	sql = "SELECT " + strings.Join(slices.Concat(dims, m.columns()), ", ") + members
	if len(dims) > 0 && !m.groupsItself() {
		sql += "\nGROUP BY " + strings.Join(dims, ", ")
	}
	return sql, params
}

// composeMembers is the FROM of the metric's SELECT, with clusters and filters, over
// windows of a length. Only names from the catalogue become part of the text; values
// are parameters.
func composeMembers(m *Metric, q Query, length time.Duration) (sql string, params map[string]string) {
	before := q.earlierBy(length)
	params = map[string]string{
		"from":         store.TimeParameter(q.From),
		"to":           store.TimeParameter(q.To),
		"as_of":        store.TimeParameter(q.AsOf),
		"from_before":  store.TimeParameter(before.From),
		"to_before":    store.TimeParameter(before.To),
		"as_of_before": store.TimeParameter(before.AsOf),
		"kept":         store.TimeParameter(q.Kept.At),
	}
	var conditions []string
	for i, f := range q.Where {
		if !m.ofMembers(f.Dimension) {
			continue
		}
		name := fmt.Sprintf("where_%d", i)
		params[name] = store.TextsParameter(f.Values)
		conditions = append(conditions, f.condition(name))
	}
	sql = "\nFROM\n(\n" + q.fill(m.SQL(), length) + "\n)"
	if slices.Contains(q.dimensions(), ClusterID) {
		sql += q.fill(m.joinClusters(), length)
	}
	if len(conditions) > 0 {
		sql += "\nWHERE " + strings.Join(conditions, " AND ")
	}
	return sql, params
}

package aggregate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

// RunWindows computes a metric over each of the consecutive windows of a length that
// make up [q.From, q.To), once for each of some groupings; an empty one is everything
// together. It gives the rows that [Run] gives for each, in the order of windows,
// groupings and values. The length must be whole days, or less than one; q must not group.
func RunWindows(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, groupings [][]Dimension) ([]Row, error) {
	for _, by := range groupings {
		grouped := q
		grouped.By = by
		if err := grouped.Validate(m); err != nil {
			return nil, err
		}
	}
	run := windowsAtOnce
	if m.groupsItself() {
		run = excessWindows
	}
	rows, err := run(ctx, s, m, q, length, groupings)
	if err != nil {
		return nil, fmt.Errorf("metric %s: %w", m.Name, err)
	}
	for i := range rows {
		rows[i].conclude()
	}
	place := func(r *Row) int {
		return slices.IndexFunc(groupings, func(by []Dimension) bool { return slices.Equal(by, r.Query.By) })
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(a.Query.From.Compare(b.Query.From), cmp.Compare(place(&a), place(&b)), slices.Compare(a.Dims, b.Dims))
	})
	return rows, nil
}

// EachAlone is everything together and each of those dimensions that the metric has by
// itself.
func (m *Metric) EachAlone(dimensions []Dimension) [][]Dimension {
	groupings := [][]Dimension{nil}
	for _, d := range dimensions {
		if m.has(d) {
			groupings = append(groupings, []Dimension{d})
		}
	}
	return groupings
}

// windows gives the query of each window.
func (q Query) windows(length time.Duration) func(yield func(Query) bool) {
	return func(yield func(Query) bool) {
		w := q
		w.origin = q.From
		for at := q.From; at.Before(q.To); at = at.Add(length) {
			w.From, w.To = at, at.Add(length)
			if !yield(w) {
				return
			}
		}
	}
}

// windowsAtOnce lets the store read the members once for all windows and groupings.
func windowsAtOnce(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, groupings [][]Dimension) ([]Row, error) {
	if err := m.prepare(ctx, s, &q); err != nil {
		return nil, err
	}
	dims := m.dimensionsOfMembers(groupings)
	list := slices.Collect(q.windows(length))
	seen := make([]bool, len(list))
	var all []Row
	sql, params := composeWindows(m, q, length, dims, groupings)
	err := s.Each(ctx, sql, params, func(rows store.Rows) error {
		var window int64
		var absent uint64
		values := make([]string, len(dims))
		group := reducers[m.Estimator]()
		targets := []any{&window, &absent}
		for i := range values {
			targets = append(targets, &values[i])
		}
		if err := rows.Scan(append(targets, group.targets(m)...)...); err != nil {
			return err
		}
		for _, by := range groupings {
			if m.absent(by, dims) != absent {
				continue
			}
			seen[window] = seen[window] || len(by) == 0
			r := Row{Metric: m, Query: list[window], Dims: make([]string, len(by)), Status: StatusOK}
			r.Query.By = by
			for i, d := range by {
				if at := slices.Index(dims, d); at >= 0 {
					r.Dims[i] = values[at]
				}
			}
			all = append(all, group.rows(r)...)
		}
		return nil
	})
	for n, w := range list {
		for _, by := range groupings {
			w.By = by
			if len(by) == 0 && !seen[n] {
				all = append(all, m.empty(w))
			}
			all = append(all, w.idle(m, all)...)
		}
	}
	return all, err
}

// dimensionsOfMembers are those by which the store groups, each once; the estimator
// groups by the others itself.
func (m *Metric) dimensionsOfMembers(groupings [][]Dimension) []Dimension {
	var dims []Dimension
	for _, d := range slices.Concat(groupings...) {
		if m.ofMembers(d) && !slices.Contains(dims, d) {
			dims = append(dims, d)
		}
	}
	return dims
}

// absent has a bit for each of dims, the first one highest, which is set where the
// store does not group by it: what its function grouping says.
func (m *Metric) absent(by, dims []Dimension) (bits uint64) {
	for _, d := range dims {
		bits <<= 1
		if !slices.Contains(by, d) {
			bits |= 1
		}
	}
	return bits
}

// composeWindows is compose for all windows and groupings. The second column says by
// which of dims a row is not grouped.
func composeWindows(m *Metric, q Query, length time.Duration, dims []Dimension, groupings [][]Dimension) (sql string, params map[string]string) {
	q.By = dims // of which some may be in tables to be joined
	members, params := composeMembers(m, q, length)
	params["length"] = fmt.Sprint(length.Milliseconds())
	since := "dateDiff('millisecond', {from:DateTime64(3, 'UTC')}, assumeNotNull(at))"
	if m.comparesWindows() {
		since += " + if(is_now, 0, {length:Int64})" // what is before a window belongs to it
	}
	names := []string{"intDiv(" + since + ", {length:Int64}) AS window", "toUInt64(0)"}
	if len(dims) > 0 {
		names[1] = "toUInt64(grouping(" + joined(dims) + "))"
		names = append(names, joined(dims))
	}
	var sets []string
	for _, by := range groupings {
		columns := []Dimension{"window"}
		for _, d := range by {
			if m.ofMembers(d) {
				columns = append(columns, d)
			}
		}
		if set := "(" + joined(columns) + ")"; !slices.Contains(sets, set) {
			sets = append(sets, set)
		}
	}
	return "SELECT " + strings.Join(slices.Concat(names, m.columns()), ", ") + members +
		"\nGROUP BY GROUPING SETS (" + strings.Join(sets, ", ") + ")\nSETTINGS force_grouping_standard_compatibility = 1", params
}

func joined(dims []Dimension) string {
	names := make([]string, len(dims))
	for i, d := range dims {
		names[i] = string(d)
	}
	return strings.Join(names, ", ")
}

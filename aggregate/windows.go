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
// make up [q.From, q.To): altogether, and by each of some dimensions, of which those
// that the metric has not are passed over. It gives the rows that [Run] gives for each,
// in the order of windows, dimensions and values. The length must be whole days and q
// must not group.
func RunWindows(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, by []Dimension) ([]Row, error) {
	by = slices.DeleteFunc(slices.Clone(by), func(d Dimension) bool { return !m.has(d) })
	rows, err := runWindows(ctx, s, m, q, length, by)
	if err != nil {
		return nil, fmt.Errorf("metric %s: %w", m.Name, err)
	}
	for i := range rows {
		rows[i].conclude()
	}
	place := func(r *Row) int { return slices.Index(by, slices.Concat(r.Query.By, []Dimension{""})[0]) }
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(a.Query.From.Compare(b.Query.From), cmp.Compare(place(&a), place(&b)), slices.Compare(a.Dims, b.Dims))
	})
	return rows, nil
}

func runWindows(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, by []Dimension) ([]Row, error) {
	if m.groupsItself() {
		q.By = by
		return excessWindows(ctx, s, m, q, length)
	}
	return windowsAtOnce(ctx, s, m, q, length, by)
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

// windowsAtOnce lets the store read the members once for all windows and dimensions.
func windowsAtOnce(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, by []Dimension) ([]Row, error) {
	if err := m.prepare(ctx, s, &q); err != nil {
		return nil, err
	}
	ofMembers, ofRuns := m.split(by)
	list := slices.Collect(q.windows(length))
	seen := make([]bool, len(list))
	var all []Row
	sql, params := composeWindows(m, q, length, ofMembers)
	err := s.Each(ctx, sql, params, func(rows store.Rows) error {
		var window int64
		var absent uint64
		values := make([]string, len(ofMembers))
		group := reducers[m.Estimator]()
		targets := []any{&window, &absent}
		for i := range values {
			targets = append(targets, &values[i])
		}
		if err := rows.Scan(append(targets, group.targets(m)...)...); err != nil {
			return err
		}
		r := Row{Metric: m, Query: list[window], Status: StatusOK}
		if set := groupedBy(absent, len(ofMembers)); set >= 0 {
			r.Query.By, r.Dims = ofMembers[set:set+1], values[set:set+1]
			all = append(all, group.rows(r)...)
			return nil
		}
		seen[window] = true
		all = append(all, wholeAndByRuns(group, r, ofRuns)...)
		return nil
	})
	for n, w := range list {
		if !seen[n] {
			all = append(all, m.empty(w))
		}
		for i := range ofMembers {
			w.By = ofMembers[i : i+1]
			all = append(all, w.idle(m, all)...)
		}
	}
	return all, err
}

// split says which dimensions the store groups by, and which the estimator itself.
func (m *Metric) split(by []Dimension) (ofMembers, ofRuns []Dimension) {
	for _, d := range by {
		if m.ofMembers(d) {
			ofMembers = append(ofMembers, d)
		} else {
			ofRuns = append(ofRuns, d)
		}
	}
	return ofMembers, ofRuns
}

// wholeAndByRuns completes the row of a whole window, and its rows by the dimensions
// by which the estimator groups itself.
func wholeAndByRuns(group reducer, r Row, ofRuns []Dimension) []Row {
	all := group.rows(r)
	for i := range ofRuns {
		r.Query.By, r.Dims = ofRuns[i:i+1], []string{""}
		all = append(all, group.rows(r)...)
	}
	return all
}

// composeWindows is compose for all windows and for each dimension by itself. Of the
// dimensions, the second column has a bit for each, the first one highest, which is set
// where it is not grouped by.
func composeWindows(m *Metric, q Query, length time.Duration, by []Dimension) (sql string, params map[string]string) {
	members, params := composeMembers(m, q, length)
	params["length"] = fmt.Sprint(length.Milliseconds())
	since := "dateDiff('millisecond', {from:DateTime64(3, 'UTC')}, assumeNotNull(at))"
	if m.comparesWindows() {
		since += " + if(is_now, 0, {length:Int64})" // what is before a window belongs to it
	}
	names := []string{"intDiv(" + since + ", {length:Int64}) AS window", "toUInt64(0)"}
	sets := []string{"(window)"}
	if len(by) > 0 {
		var dims []string
		for _, d := range by {
			dims = append(dims, string(d))
			sets = append(sets, "(window, "+string(d)+")")
		}
		names[1] = "toUInt64(grouping(" + strings.Join(dims, ", ") + "))"
		names = append(names, dims...)
	}
	return "SELECT " + strings.Join(slices.Concat(names, m.columns()), ", ") + members +
		"\nGROUP BY GROUPING SETS (" + strings.Join(sets, ", ") + ")\nSETTINGS force_grouping_standard_compatibility = 1", params
}

// groupedBy is which of n dimensions a row is grouped by; -1 for none.
func groupedBy(absent uint64, n int) int {
	for i := range n {
		if absent&(1<<(n-1-i)) == 0 {
			return i
		}
	}
	return -1
}

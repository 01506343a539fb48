package aggregate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

// Kept are the rows of whole days or weeks as the worker last computed them.
type Kept struct {
	// Rows have the number, its interval, n and status, as of when each was computed,
	// but nothing that stands beside them.
	Rows []Row
	// Oldest is when the first of them was computed.
	Oldest time.Time
}

const week = 7 * day

// keptUntil is how long ago the worker may have looked at what landed for what it
// kept to be taken instead of computing it.
const keptUntil = time.Hour

// ReadKept gives what [RunWindows] would compute for consecutive days or weeks, from what
// is kept; nil when some of it is not, or when the worker is behind. Kept is everything
// together and each dimension but cluster_id by itself, all of it or one value.
func ReadKept(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration) (*Kept, error) {
	sql, params, ok := KeptStatement(m, q, length)
	if !ok {
		return nil, nil
	}
	fresh, err := keptIsFresh(ctx, s, q.AsOf)
	if err != nil || !fresh {
		return nil, err
	}
	kept, err := readKept(ctx, s, m, q, length, sql, params)
	if err != nil || !kept.covers(q, length) {
		return nil, err
	}
	slices.SortStableFunc(kept.Rows, func(a, b Row) int {
		return cmp.Or(a.Query.From.Compare(b.Query.From), slices.Compare(a.Dims, b.Dims))
	})
	return kept, nil
}

// keptAs is under which dimension, and of which value, the answer is kept; the value is
// nil where all of them are asked for.
func (q *Query) keptAs() (dimension Dimension, value *string, ok bool) {
	switch {
	case len(q.By) == 0 && len(q.Where) == 0:
		return "", new(""), true
	case len(q.By) == 1 && len(q.Where) == 0:
		return q.By[0], nil, q.By[0] != ClusterID
	case len(q.By) == 0 && len(q.Where) == 1 && !q.Where[0].Except && len(q.Where[0].Values) == 1:
		return q.Where[0].Dimension, &q.Where[0].Values[0], q.Where[0].Dimension != ClusterID
	}
	return "", nil, false
}

func keptIsFresh(ctx context.Context, s *store.Store, asOf time.Time) (bool, error) {
	var until time.Time
	err := s.Each(ctx, "SELECT landed_at FROM worker_progress FINAL WHERE worker = 'snapshots'", nil, func(rows store.Rows) error { return rows.Scan(&until) })
	return !until.IsZero() && asOf.Sub(until) < keptUntil && until.Sub(asOf) < keptUntil, err
}

// KeptStatement is the SELECT with which [ReadKept] reads, with the values of its
// parameters; ok is false for what is never kept.
func KeptStatement(m *Metric, q Query, length time.Duration) (sql string, params map[string]string, ok bool) {
	dimension, value, ok := q.keptAs()
	if !ok || length != day && length != week || !q.From.Equal(q.From.Truncate(length)) {
		return "", nil, false
	}
	table, starts := "metrics_daily", "day"
	if length == week {
		table, starts = "metrics_weekly", "week"
	}
	sql = "SELECT " + starts + ", value, n, estimate, low, high, status, computed_at FROM " + table +
		" WHERE metric = {metric:String} AND dimension = {dimension:String}" +
		" AND " + starts + " >= {from:Date32} AND " + starts + " < {to:Date32}"
	params = map[string]string{
		"metric": m.Name, "dimension": string(dimension), "from": q.From.Format(time.DateOnly), "to": q.To.Format(time.DateOnly),
	}
	if value != nil {
		sql += " AND value = {value:String}"
		params["value"] = *value
	}
	return sql, params, true
}

func readKept(ctx context.Context, s *store.Store, m *Metric, q Query, length time.Duration, sql string, params map[string]string) (*Kept, error) {
	kept := &Kept{}
	return kept, s.Each(ctx, sql, params, func(rows store.Rows) error {
		r := Row{Metric: m, Query: q}
		var from, computed time.Time
		var of, status string
		if err := rows.Scan(&from, &of, &r.N, &r.Estimate, &r.Low, &r.High, &status, &computed); err != nil {
			return err
		}
		r.Query.From, r.Query.To, r.Query.AsOf, r.Status = from.UTC(), from.UTC().Add(length), computed.UTC(), Status(status)
		if len(q.By) > 0 {
			r.Dims = []string{of}
		}
		if kept.Oldest.IsZero() || computed.Before(kept.Oldest) {
			kept.Oldest = computed.UTC()
		}
		kept.Rows = append(kept.Rows, r)
		return nil
	})
}

// covers says whether there is a row of each window. Of windows in which nothing
// happened none is kept, and nor is any of those that nobody looked at yet.
func (k *Kept) covers(q Query, length time.Duration) bool {
	there := make(map[time.Time]bool)
	for i := range k.Rows {
		there[k.Rows[i].Query.From] = true
	}
	for w := range q.windows(length) {
		if !there[w.From] {
			return false
		}
	}
	return true
}

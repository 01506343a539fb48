package ledger

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// checkMetrics compares every metric with the fold: over all that the ledger
// has, over a week and a day in its middle, and as it was known then.
func (l *Ledger) checkMetrics(ctx context.Context, s *store.Store, f *findings) error {
	if l.last == 0 {
		return nil // no event was produced
	}
	const day = 24 * time.Hour
	first, last := l.first.Time(), l.last.Time().Add(time.Millisecond)
	middle := first.Add(last.Sub(first) / 2)
	windows := []aggregate.Query{
		{From: first, To: last, AsOf: last},
		{From: middle, To: middle.Add(7 * day), AsOf: last},
		{From: middle, To: middle.Add(day), AsOf: middle.Add(day)},
	}
	for _, q := range windows {
		for i := range aggregate.Catalogue {
			if err := l.checkMetric(ctx, s, &aggregate.Catalogue[i], q, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Ledger) checkMetric(ctx context.Context, s *store.Store, m *aggregate.Metric, q aggregate.Query, f *findings) error {
	got, err := aggregate.Run(ctx, s, m, q)
	if err != nil {
		return err
	}
	want, err := l.fold.Metric(m.Name, OracleQuery(q))
	if err != nil {
		return err
	}
	if len(got) != len(want) {
		f.add("metrics", "%s from %s to %s: %d rows, the fold has %d", m.Name, q.From, q.To, len(got), len(want))
		return nil
	}
	for i := range got {
		if diff := CompareRow(&got[i], &want[i]); diff != "" {
			f.add("metrics", "%s from %s to %s as of %s: %s", m.Name, q.From, q.To, q.AsOf, diff)
		}
	}
	return nil
}

// OracleQuery asks the fold the same; each filter must be for one value.
func OracleQuery(q aggregate.Query) oracle.Query {
	o := oracle.Query{From: schema.MillisOf(q.From), To: schema.MillisOf(q.To), AsOf: schema.MillisOf(q.AsOf), Where: make(map[string]string)}
	for _, d := range q.By {
		o.By = append(o.By, string(d))
	}
	for _, f := range q.Where {
		o.Where[string(f.Dimension)] = f.Values[0]
	}
	return o
}

// CompareRow says what differs, "" when nothing does.
func CompareRow(got *aggregate.Row, want *oracle.Row) string {
	var diff bytes.Buffer
	differs := func(name string, got, want any) { fmt.Fprintf(&diff, "%s is %v, the fold says %v; ", name, got, want) }
	for i, d := range got.Query.By {
		if got.Dims[i] != want.Dims[string(d)] {
			differs(string(d), got.Dims[i], want.Dims[string(d)])
		}
	}
	if got.N != want.N {
		differs("n", got.N, want.N)
	}
	if string(got.Status) != want.Status {
		differs("status", got.Status, want.Status)
	}
	numbers := map[string][2]*float64{
		"estimate": {got.Estimate, want.Estimate}, "low": {got.Low, want.Low}, "high": {got.High, want.High},
	}
	counts := map[string]*int64{
		"numerator": want.Numerator, "denominator": want.Denominator, "censored": want.Censored,
		"unknown": want.Unknown, "invalid": want.Invalid, "left_out": want.LeftOut,
		"treated": want.Treated, "untreated": want.Untreated,
		"credited": want.Credited, "unpriced": want.Unpriced,
	}
	seen := make(map[string]bool)
	for _, f := range got.Beside {
		seen[f.Name] = true
		switch v := f.Value.(type) {
		case int64:
			if w := counts[f.Name]; w != nil && *w != v {
				differs(f.Name, v, *w)
			}
		case *bool:
			if (v == nil) != (want.Reversal == nil) || v != nil && *v != *want.Reversal {
				differs(f.Name, v, want.Reversal)
			}
		case *float64:
			numbers[f.Name] = [2]*float64{v, want.Companions[f.Name]}
		}
	}
	for name, value := range counts {
		if value != nil && !seen[name] {
			differs(name, "missing", *value)
		}
	}
	for name := range want.Companions {
		if !seen[name] {
			differs(name, "missing", "there")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		if pair := numbers[name]; !same(pair[0], pair[1]) {
			differs(name, text(pair[0]), text(pair[1]))
		}
	}
	return diff.String()
}

// same allows for rounding only.
func same(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= 1e-9*max(1, math.Abs(*a), math.Abs(*b))
}

func text(v *float64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

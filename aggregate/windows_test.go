package aggregate_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/world"
)

// What is computed for several windows and dimensions at once is what each gives by
// itself, to the last digit.
func TestWindowsAtOnceEqualEachByItself(t *testing.T) {
	start := date(2026, 1, 5)
	w := world.Generate(world.Config{Seed: 6, Start: start, Days: 90, Scale: 0.5})
	l := newLoader(t)
	for ev := range w.Events() {
		l.add(ev.AppendJSON(nil))
	}
	l.flush()
	l.cluster()
	const week = 7 * 24 * time.Hour
	dimensions := []aggregate.Dimension{"automation_id", "severity"}
	// The second week is half over, the third has not begun.
	q := aggregate.Query{From: start.AddDate(0, 0, 56), To: start.AddDate(0, 0, 77), AsOf: start.AddDate(0, 0, 67).Add(5 * time.Hour)}
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		got, err := aggregate.RunWindows(t.Context(), l.store, m, q, week, append(m.EachAlone(dimensions), together(m, dimensions)...))
		if err != nil {
			t.Error(err)
			continue
		}
		var want []aggregate.Row
		for from := q.From; from.Before(q.To); from = from.Add(week) {
			one := aggregate.Query{From: from, To: from.Add(week), AsOf: q.AsOf}
			want = append(want, run(t, l, m, one)...)
			for _, by := range append([][]aggregate.Dimension{{"automation_id"}, {"severity"}}, together(m, dimensions)...) {
				if one.By = by; one.Validate(m) == nil {
					want = append(want, run(t, l, m, one)...)
				}
			}
		}
		if len(got) != len(want) || len(got) < 3 {
			t.Errorf("%s: %d rows at once, %d one by one", m.Name, len(got), len(want))
			continue
		}
		for n := range want {
			if diff := difference(&got[n], &want[n]); diff != "" {
				t.Errorf("%s from %s by %v %v: %s", m.Name, want[n].Query.From, want[n].Query.By, want[n].Dims, diff)
			}
		}
	}
}

// together is a grouping by all dimensions at once, where the metric has them.
func together(m *aggregate.Metric, dimensions []aggregate.Dimension) [][]aggregate.Dimension {
	for _, d := range dimensions {
		if !slices.Contains(m.Dimensions, d) {
			return nil
		}
	}
	return [][]aggregate.Dimension{dimensions}
}

// difference says what differs between two rows by more than rounding.
func difference(a, b *aggregate.Row) string {
	x, y := a.Fields(), b.Fields()
	if len(x) != len(y) {
		return fmt.Sprintf("%v and %v", x, y)
	}
	for i := range x {
		u, isNumber := x[i].Value.(*float64)
		v, _ := y[i].Value.(*float64)
		switch {
		case x[i].Name != y[i].Name:
			return x[i].Name + " and " + y[i].Name
		case isNumber && u != nil && v != nil:
			if math.Abs(*u-*v) > 1e-9*max(1, math.Abs(*v)) {
				return fmt.Sprintf("%s is %v and %v", x[i].Name, *u, *v)
			}
		case fmt.Sprint(x[i].Value) != fmt.Sprint(y[i].Value) && !isBool(x[i].Value), isNumber && (u == nil) != (v == nil):
			return fmt.Sprintf("%s is %v and %v", x[i].Name, x[i].Value, y[i].Value)
		}
	}
	return ""
}

func isBool(value any) bool {
	_, is := value.(*bool)
	return is
}

func run(t *testing.T, l *loader, m *aggregate.Metric, q aggregate.Query) []aggregate.Row {
	t.Helper()
	rows, err := aggregate.Run(t.Context(), l.store, m, q)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

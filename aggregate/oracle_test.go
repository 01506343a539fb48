package aggregate_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/ledger"
	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/loadtest/world"
)

// realData is where real event streams may lie; they are no part of the
// project.
const realData = "../../shared/data"

// Every metric equals a plain fold of the same events, for whole streams and
// for parts of them, altogether and by every dimension.
func TestMetricsEqualThePlainFoldOnRealStreams(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(realData, "*.ndjson.gz"))
	if len(files) == 0 {
		t.Skip("no real event streams in " + realData)
	}
	l := newLoader(t)
	for _, file := range files {
		l.addGzip(file)
	}
	l.flush()
	l.cluster()
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	l.compareAll(t, []aggregate.Query{
		{From: date(1990, 1, 1), To: end, AsOf: end},
		{From: date(2016, 3, 1), To: date(2016, 3, 8), AsOf: date(2016, 3, 10)},
		{From: date(2020, 6, 1), To: date(2021, 6, 1), AsOf: end},
		{From: date(2026, 8, 1), To: date(2026, 8, 2), AsOf: date(2026, 8, 1).Add(13 * time.Hour)},
		{From: date(1980, 1, 1), To: date(1981, 1, 1), AsOf: end},
	})
}

// The generated world has what no real stream has: links, verdicts, incidents
// that were caused by an execution, copies and late events.
func TestMetricsEqualThePlainFoldOnAGeneratedWorld(t *testing.T) {
	start := date(2026, 1, 1)
	w := world.Generate(world.Config{Seed: 5, Start: start, Days: 200, Scale: 0.5})
	l := newLoader(t)
	for ev := range w.Events() {
		l.add(ev.AppendJSON(nil))
	}
	l.flush()
	l.cluster()
	end := start.AddDate(0, 0, 200)
	l.compareAll(t, []aggregate.Query{
		{From: start, To: end, AsOf: end},
		{From: start.AddDate(0, 0, 30), To: start.AddDate(0, 0, 37), AsOf: start.AddDate(0, 0, 37)},
		{From: start.AddDate(0, 0, 50), To: start.AddDate(0, 0, 51), AsOf: start.AddDate(0, 0, 50).Add(9*time.Hour + 1234*time.Millisecond)},
	})
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// compareAll compares every metric over each window, and over the first of
// them (by cluster: the second) also by each dimension and within one value of
// each dimension.
func (l *loader) compareAll(t *testing.T, windows []aggregate.Query) {
	if names := oracle.Metrics(); len(names) != len(aggregate.Catalogue) {
		t.Errorf("the oracle knows %v, the catalogue has %d metrics", names, len(aggregate.Catalogue))
	}
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		t.Run(m.Name, func(t *testing.T) {
			for _, window := range windows {
				l.compare(t, m, window)
			}
			for _, d := range m.Dimensions {
				by := windows[0]
				if d == aggregate.ClusterID {
					by = windows[1] // of all of them there are thousands
				}
				by.By = []aggregate.Dimension{d}
				rows := l.compare(t, m, by)
				if len(rows) == 0 {
					continue
				}
				within := by
				within.By = nil
				within.Where = []aggregate.Filter{aggregate.Only(d, rows[len(rows)-1].Dims[0])}
				l.compare(t, m, within)
			}
		})
	}
}

func (l *loader) compare(t *testing.T, m *aggregate.Metric, q aggregate.Query) []aggregate.Row {
	t.Helper()
	got, err := aggregate.Run(t.Context(), l.store, m, q)
	if err != nil {
		t.Fatal(err)
	}
	want, err := l.fold.Metric(m.Name, ledger.OracleQuery(q))
	if err != nil {
		t.Fatal(err)
	}
	where := fmt.Sprintf("%s from %s to %s as of %s by %v where %v", m.Name, q.From, q.To, q.AsOf, q.By, q.Where)
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, the fold has %d", where, len(got), len(want))
	}
	for i := range got {
		if diff := ledger.CompareRow(&got[i], &want[i]); diff != "" {
			t.Errorf("%s %v: %s", where, got[i].Dims, diff)
		}
	}
	return got
}

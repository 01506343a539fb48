package fill_test

import (
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// A small year lands in full, is the same again, and is matched.
func TestASmallYear(t *testing.T) {
	year := fill.Year{Seed: 1, End: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Incidents: 300, Alerts: 3, Executions: 2}
	s := storetest.Open(t)
	counts, err := fill.Into(t.Context(), s, year.Events())
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[schema.Entity]int64)
	for e := range year.Events() {
		told[e.Entity()]++
	}
	if !maps.Equal(counts, told) {
		t.Errorf("%v landed, another time %v are told", counts, told)
	}
	if _, err := keep.New(s, keep.Config{Log: slog.New(slog.DiscardHandler), Now: time.Now}).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]uint64{
		"SELECT count() FROM incidents WHERE opened_at IS NOT NULL":   300,
		"SELECT count() FROM alerts WHERE fired_at IS NOT NULL":       900,
		"SELECT count() FROM executions WHERE started_at IS NOT NULL": 600,
		"SELECT count() FROM incident_clusters":                       300,
		"SELECT count() FROM dead_letters":                            0,
	} {
		var got uint64
		if err := s.Each(t.Context(), query, nil, func(rows store.Rows) error { return rows.Scan(&got) }); err != nil || got != want {
			t.Errorf("%s: %d, want %d, %v", query, got, want, err)
		}
	}
}

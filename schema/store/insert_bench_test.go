package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// BenchmarkInsert lands batches of executions, merges by the engine included.
func BenchmarkInsert(b *testing.B) {
	const rows = 25_000
	s := storetest.Open(b)
	batch := s.NewBatch(schema.Execution)
	decoder := schema.NewDecoder(schema.Execution)
	now := time.Now()
	w := world.Generate(world.Config{Seed: 1, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 300, Scale: 2})
	for ev := range w.Events() {
		if ev.Entity() != schema.Execution || batch.Rows() == rows {
			continue
		}
		rec := &schema.Record{Topic: "firebreak.executions", Offset: int64(batch.Rows()), Key: []byte(ev.EntityID()), Value: ev.AppendJSON(nil)}
		decoded, fault := decoder.Decode(rec, now)
		batch.Add(rec, decoded, fault)
	}
	for i := 0; b.Loop(); i++ {
		if err := batch.Insert(b.Context(), fmt.Sprint("token ", i), lease()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(batch.Rows())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

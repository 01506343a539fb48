package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestLab(t *testing.T) {
	s := storetest.Open(t)
	b := s.NewBatch(schema.Execution)
	d := schema.NewDecoder(schema.Execution)
	now := time.Now()
	for i := 0; i < 1000; i++ {
		rec := &schema.Record{Topic: "firebreak.executions", Partition: 2, Offset: int64(i), Timestamp: schema.MillisOf(now), Key: []byte("k"),
			Headers: []schema.Header{{Name: "h", Value: []byte("v")}},
			Value:   fmt.Appendf(nil, `{"execution_id":"e%d","automation_id":"a","event_id":"x%d","type":"execution.started","occurred_at":"2026-01-01T00:00:00Z","service":"s%d","team":null,"labels":{"a":"b","c":"d"},"targets":["t1","t2"],"mutating":false,"manual_minutes":2.5,"foo":{"a":1}}`, i/2, i, i%300)}
		ev, f := d.Decode(rec, now)
		if f != nil {
			t.Fatal(f)
		}
		b.Add(rec, ev, f)
	}
	rec := &schema.Record{Topic: "firebreak.executions", Partition: 2, Offset: 1000, Value: []byte("nope")}
	ev, f := d.Decode(rec, now)
	b.Add(rec, ev, f)
	for range 2 {
		if err := b.Insert(context.Background(), "t1", now); err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.Landed(context.Background(), schema.Execution, "firebreak.executions")
	t.Log(l, err)
	for _, q := range []string{"select toString(count()) from execution_events", "select toString(tuple(*)) from executions where execution_id='e7'", "select toString(tuple(*)) from dead_letters", "select toString(count()) from system.parts where table='execution_records' and active and database=currentDatabase()"} {
		rows, err := s.Query(context.Background(), q, nil)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var x string
			rows.Scan(&x)
			t.Log(x)
		}
		rows.Close()
	}
}

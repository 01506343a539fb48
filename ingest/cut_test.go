package ingest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestBatchesAreCut looks at how many rows batches have when one of the bounds
// comes first.
func TestBatchesAreCut(t *testing.T) {
	cases := []struct {
		name        string
		records     int // in one partition
		padding     int // bytes that each has beside the usual
		change      func(*setup)
		least, most int // rows of a batch, the last apart
	}{
		{"by rows", 1000, 0, func(s *setup) { s.cfg.MaxRows = 100 }, 100, 100},
		{"by single rows", 100, 0, func(s *setup) { s.cfg.MaxRows = 1 }, 1, 1},
		// Rows take some 350 bytes, of which the record is 150; a batch is measured
		// eight times or more until it is full.
		{"by bytes", 1000, 0, func(s *setup) { s.cfg.MaxBytes = 50_000 }, 128, 192},
		// Of 4 MiB each of nine partitions has 175 KB for each of two batches.
		{"by the share of memory", 2000, 0, func(s *setup) { s.cfg.Memory = 4 << 20 }, 448, 640},
		// Each lands as the record and as its title.
		{"by bytes of large records", 20, 900_000, func(s *setup) { s.cfg.MaxBytes = 4 << 20 }, 2, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			k.produce(inOnePartition(c.records, c.padding)...)
			setup := ready(k, s)
			setup.cfg.MaxWait = time.Second
			c.change(&setup)
			g := &gatekeeper{}
			g.guard(&setup)
			r := setup.start(t)
			eventually(t, "all records have landed", func() bool { return r.landed() == c.records })
			r.stop()
			k.wantExact(s)
			if n := r.count("insert_rows"); n != len(g.order) {
				t.Errorf("%d batches were inserted, %d measured", len(g.order), n)
			}
			for i, token := range g.order {
				rows := g.tries[token][0]
				if last := i == len(g.order)-1; rows > c.most || !last && rows < c.least {
					t.Errorf("batch %s has %d rows, want %d to %d", token, rows, c.least, c.most)
				}
			}
		})
	}
}

func inOnePartition(n, padding int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = goodEvent(schema.Incident, i*partitions)
		records[i].Value = bytes.Replace(records[i].Value, []byte("Disk full"), bytes.Repeat([]byte("x"), 9+padding), 1)
	}
	return records
}

// TestLoneRecordWaits checks that a record which nothing follows is written
// when it has waited, and not before.
func TestLoneRecordWaits(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	setup := ready(k, s)
	setup.cfg.MaxWait = 400 * time.Millisecond
	g := &gatekeeper{}
	g.guard(&setup)
	r := setup.start(t)
	for i := range 2 { // the second batch has the first one's timer
		began := time.Now()
		k.produce(goodEvent(schema.Alert, i*partitions))
		eventually(t, "the record has come", func() bool { return r.count("records_consumed_total") == i+1 })
		if len(g.batches()) != i {
			t.Fatal("the batch was not held open")
		}
		eventually(t, "the record has landed", func() bool { return r.landed() == i+1 })
		if took := time.Since(began); took < setup.cfg.MaxWait {
			t.Errorf("it landed after %v", took)
		}
	}
	r.stop()
	k.wantExact(s)
}

// TestStopLandsWhatWaits checks that stopping does not wait for a batch's time.
func TestStopLandsWhatWaits(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 10)...)
	setup := ready(k, s)
	setup.cfg.MaxWait = time.Hour
	r := setup.start(t)
	eventually(t, "all records have come", func() bool { return r.count("records_consumed_total") == len(k.entries) })
	r.stop()
	k.wantExact(s)
	k.wantNoLag(group)
	r.wantReconciled()
}

package ingest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// former is the batch of a writer that is gone: it said that it would write the
// records from first up to until, and its insert may come at any time.
type former struct {
	batch *store.Batch
	token string
}

func formerOwner(k *kafka, s *store.Store, records []*kgo.Record, first, until int64) former {
	k.commitWith(group, records[0].Topic, records[0].Partition, first, fmt.Sprintf("firebreak/1 until=%d", until))
	return formerBatch(s, records, first, until)
}

// formerBatch is one whose intent was sent long ago.
func formerBatch(s *store.Store, records []*kgo.Record, first, until int64) former {
	f := former{s.NewBatch(schema.Incident), fmt.Sprintf("%s/%d/%d-%d", records[0].Topic, records[0].Partition, first, until-1)}
	decoder := schema.NewDecoder(schema.Incident)
	for _, r := range records[first:until] {
		rec := schema.Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: schema.MillisOf(r.Timestamp), Key: r.Key, Value: r.Value}
		ev, fault := decoder.Decode(&rec, time.Now())
		f.batch.Add(&rec, ev, fault)
	}
	return f
}

// arrive lets the insert arrive.
func (f former) arrive(t *testing.T) {
	t.Helper()
	if err := f.batch.Insert(t.Context(), f.token, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// TestFormerOwnersInsert lets the insert of a writer that is gone arrive at
// different times. Without its intent the records would be there twice, which
// the last case shows.
func TestFormerOwnersInsert(t *testing.T) {
	const first, until, count = 20, 120, 300
	cases := []struct {
		name    string
		arrives func(f former, start func() *running) *running
		forget  bool // the intent
		want    int  // records in the store
	}{
		{"never", func(_ former, start func() *running) *running { return start() }, false, count},
		{"before the new owner looks", func(f former, start func() *running) *running { f.arrive(t); return start() }, false, count},
		{"after the new owner has written", func(f former, start func() *running) *running {
			r := start()
			eventually(t, "all records have landed", func() bool { return r.landed() == count-first })
			f.arrive(t)
			return r
		}, false, count},
		{"afterwards, and its intent was lost", func(f former, start func() *running) *running {
			r := start()
			eventually(t, "all records have landed", func() bool { return r.landed() == count-first })
			f.arrive(t)
			return r
		}, true, count + until - first},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			records := inOnePartition(count, 0)
			k.produce(records...)
			begun := formerOwner(k, s, records, 0, first)
			begun.arrive(t)
			f := formerOwner(k, s, records, first, until)
			if c.forget {
				k.commit(group, topics[schema.Incident], 0, first)
			}
			setup := ready(k, s)
			setup.cfg.MaxRows = 30 // cut differently than the former owner did
			g := &gatekeeper{}
			g.guard(&setup)
			r := c.arrives(f, func() *running { return setup.start(t) })
			eventually(t, "all records have landed", func() bool { return landedCount(t, s) >= count })
			r.stop()
			r.wantReconciled()
			if n := landedCount(t, s); n != c.want {
				t.Errorf("%d records are in the store, want %d", n, c.want)
			}
			if !c.forget {
				k.wantExact(s)
				k.wantNoLag(group)
			}
		})
	}
}

// TestFormerOwnerWritesOn lets another member insert what has only just been
// produced, between the new owner's questions: none of it may seem to lie
// behind Kafka's end.
func TestFormerOwnerWritesOn(t *testing.T) {
	const count = 20
	k, s := startKafka(t), storetest.Open(t)
	setup := ready(k, s)
	var once sync.Once
	wrote := make(chan struct{})
	setup.deps.Store = busyStore{s, func() {
		once.Do(func() {
			records := inOnePartition(count, 0)
			k.produce(records...)
			formerBatch(s, records, 0, count).arrive(t)
			close(wrote)
		})
	}}
	r := setup.start(t)
	<-wrote
	k.produce(inOnePartition(1, 0)...)
	eventually(t, "the new owner reads on", func() bool { return r.landed() == 1 })
	r.stop()
	k.wantExact(s)
}

// TestFormerOwnersRecordsAreGone waits for the end of a former owner's batch
// that never comes, until its insert cannot come either.
func TestFormerOwnersRecordsAreGone(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(inOnePartition(10, 0)...)
	k.commitWith(group, topics[schema.Incident], 0, 0, "firebreak/1 until=1000")
	setup := ready(k, s)
	setup.cfg.Lease = 300 * time.Millisecond
	began := time.Now()
	r := setup.start(t)
	eventually(t, "the records have come", func() bool { return r.count("records_consumed_total") == 10 })
	if r.landed() != 0 {
		t.Error("the batch was not held open")
	}
	eventually(t, "the records have landed", func() bool { return r.landed() == 10 })
	if took := time.Since(began); took < 2*setup.cfg.Lease {
		t.Errorf("they landed after %v", took)
	}
	k.produce(goodEvent(schema.Incident, 0))
	eventually(t, "the next has landed", func() bool { return r.landed() == 11 })
	r.stop()
	k.wantExact(s)
	k.wantNoLag(group)
}

// TestHandOverOfAnUnfinishedBatch stops a pipeline that waits for the end of a
// former owner's batch: the next one is told of it, too.
func TestHandOverOfAnUnfinishedBatch(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(inOnePartition(10, 0)...)
	k.commitWith(group, topics[schema.Incident], 0, 0, "firebreak/1 until=12")
	setup := ready(k, s)
	g := &gatekeeper{}
	g.guard(&setup)
	first := setup.start(t)
	eventually(t, "the records have come", func() bool { return first.count("records_consumed_total") == 10 })
	first.stop()
	first.wantReconciled()
	if n := first.count("records_released_total"); n != 10 {
		t.Errorf("%d records were released", n)
	}
	k.produce(inOnePartition(5, 0)...)
	second := setup.start(t)
	eventually(t, "all records have landed", func() bool { return second.landed() == 15 })
	second.stop()
	k.wantExact(s)
	if want := topics[schema.Incident] + "/0/0-11"; len(g.batches()[want]) != 1 {
		t.Errorf("batches %v, want one %s", g.order, want)
	}
}

// TestTokenWithoutRecords lets the store know the token of a batch that it does
// not have, as it does when it crashes between noting the token and putting the
// block in its place.
func TestTokenWithoutRecords(t *testing.T) {
	for name, replayed := range map[string]bool{"a batch of its own": false, "a former owner's batch": true} {
		t.Run(name, func(t *testing.T) {
			const first, until, count = 20, 120, 300
			k, s := startKafka(t), storetest.Open(t)
			records := inOnePartition(count, 0)
			k.produce(records...)
			formerOwner(k, s, records, 0, first).arrive(t)
			formerOwner(k, s, records, first, until).arrive(t)
			rows, err := s.Query(t.Context(), "ALTER TABLE incident_records DELETE WHERE offset >= 20 SETTINGS mutations_sync = 2", nil)
			if err != nil {
				t.Fatal(err)
			}
			rows.Close()
			setup := ready(k, s)
			setup.cfg.MaxRows, setup.cfg.MaxWait, setup.cfg.Lease = until-first, time.Minute, time.Second
			if !replayed {
				k.commit(group, topics[schema.Incident], 0, first)
			}
			r := setup.start(t)
			eventually(t, "the full batches have landed", func() bool { return r.landed() == 2*(until-first) })
			r.stop()
			k.wantExact(s)
			k.wantNoLag(group)
		})
	}
}

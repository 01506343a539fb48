package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// recreate deletes the topic of alerts and makes it anew.
func (k *kafka) recreate() {
	k.t.Helper()
	if _, err := k.admin.DeleteTopics(k.t.Context(), topics[schema.Alert]); err != nil {
		k.t.Fatal(err)
	}
	if _, err := k.admin.CreateTopics(k.t.Context(), partitions, 1, nil, topics[schema.Alert]); err != nil {
		k.t.Fatal(err)
	}
	k.client.PurgeTopicsFromClient(topics[schema.Alert]) // which takes it for the old one
}

// TestHalts brings Kafka or the store into states in which going on would lose
// records or write them twice: Run ends and says so.
func TestHalts(t *testing.T) {
	cases := []struct {
		name string
		lose func(k *kafka, s *store.Store, setup *setup)
		want string
	}{
		{"records were deleted before they were read", func(k *kafka, _ *store.Store, _ *setup) {
			k.produce(goodEvents(100, 50)...)
			k.deleteUpTo(topics[schema.Alert], 0, 25)
		}, "reading firebreak.alerts/0: Kafka begins at offset 25, but 17 is the next"},
		{"the topic was made anew", func(k *kafka, _ *store.Store, _ *setup) { k.recreate() }, "reading firebreak.alerts: the topic was deleted and made anew"},
		{"the topic was made anew and has more records", func(k *kafka, _ *store.Store, _ *setup) {
			k.recreate()
			k.produce(goodEvents(0, 200)...)
		}, "reading firebreak.alerts: the topic was deleted and made anew"},
		{"Kafka ends before what has landed", func(k *kafka, s *store.Store, _ *setup) {
			b := s.NewBatch(schema.Alert)
			b.Add(&schema.Record{Topic: topics[schema.Alert], Partition: 1, Offset: 4711}, nil, &schema.Fault{Reason: schema.ReasonEmpty})
			former{b, "ahead"}.arrive(k.t)
		}, "reading firebreak.alerts/1: Kafka ends at offset 17, but 4711 has landed"},
		{"another group feeds the database", func(_ *kafka, _ *store.Store, setup *setup) { setup.cfg.Group = "other" }, `the consumer group "firebreak" writes its records into this database`},
		{"the session is shorter than the brokers allow", func(_ *kafka, _ *store.Store, setup *setup) { setup.cfg.Session = 200 * time.Millisecond }, "--kafka-session"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			k.produce(goodEvents(0, 50)...)
			first := ready(k, s).start(t)
			eventually(t, "all records have landed", func() bool { return first.landed() == len(k.entries) })
			first.stop()
			setup := ready(k, s)
			c.lose(k, s, &setup)
			err := setup.start(t).wait()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}

// TestTopicIsMadeAnewMeanwhile is the same while the pipeline runs.
func TestTopicIsMadeAnewMeanwhile(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 50)...)
	r := ready(k, s).start(t)
	eventually(t, "all records have landed", func() bool { return r.landed() == len(k.entries) })
	k.recreate()
	k.produce(goodEvents(0, 200)...)
	if err := r.wait(); err == nil || !strings.Contains(err.Error(), "firebreak.alerts") || !strings.Contains(err.Error(), "made anew") {
		t.Errorf("Run ended with %v", err)
	}
}

// TestWaysOn takes the ways on that the messages name.
func TestWaysOn(t *testing.T) {
	cases := []struct {
		name   string
		change func(k *kafka, setup *setup)
	}{
		{"without the records that are lost", func(k *kafka, setup *setup) {
			k.deleteUpTo(topics[schema.Alert], 0, 25)
			for offset := range int64(8) {
				delete(k.entries, place{topics[schema.Alert], 0, 17 + offset})
			}
			setup.cfg.AcceptLoss = true
		}},
		{"as another group", func(_ *kafka, setup *setup) { setup.cfg.Group, setup.cfg.TakeOver = "other", true }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			k.produce(goodEvents(0, 50)...)
			first := ready(k, s).start(t)
			eventually(t, "all records have landed", func() bool { return first.landed() == len(k.entries) })
			first.stop()
			k.produce(goodEvents(100, 50)...)
			setup := ready(k, s)
			c.change(k, &setup)
			second := setup.start(t)
			eventually(t, "the rest has landed", func() bool { return landedCount(t, s) >= len(k.entries) })
			second.stop()
			k.wantExact(s)
			k.wantNoLag(setup.cfg.Group)
			third := setup
			third.cfg.TakeOver, third.cfg.AcceptLoss = false, false
			k.produce(goodEvents(200, 10)...)
			r := third.start(t)
			eventually(t, "what came later has landed", func() bool { return landedCount(t, s) >= len(k.entries) })
			r.stop()
			k.wantExact(s)
		})
	}
}

package delivery

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/ledger"
	"github.com/vividium/firebreak/schema"
)

// TestCopiesAndOrder sends the same events in other ways than once and in their
// order, and compares every state and number with those of a ledger that has
// each event once and in order.
func TestCopiesAndOrder(t *testing.T) {
	const events = 4000
	ways := []struct {
		name string
		send func(s *scene, events []*kgo.Record)
	}{
		{"each event twice in a row", func(s *scene, events []*kgo.Record) {
			for batch := range slices.Chunk(events, 200) {
				s.send(slices.Concat(copies(batch), copies(batch))...)
			}
		}},
		{"by two producers to different partitions", func(s *scene, events []*kgo.Record) {
			done := make(chan struct{})
			go func() { // behind the first, in steps of another size
				defer close(done)
				second := s.producer()
				for batch := range slices.Chunk(events, 333) {
					s.sendBy(second, elsewhere(batch)...)
				}
			}()
			for batch := range slices.Chunk(events, 200) {
				s.send(copies(batch)...)
			}
			<-done
		}},
		{"again three months later", func(s *scene, events []*kgo.Record) {
			early := copies(events)
			for _, r := range early {
				r.Timestamp = time.Now().AddDate(0, -3, 0)
			}
			s.send(early...)
			s.send(copies(events)...)
		}},
		{"out of order within batches and across them", func(s *scene, events []*kgo.Record) {
			s.send(shuffled(events)...)
		}},
		{"all of it", func(s *scene, events []*kgo.Record) {
			second := s.producer()
			s.send(shuffled(events)...)
			s.sendBy(second, shuffled(elsewhere(events))...)
			s.send(shuffled(events)...)
		}},
	}
	for _, way := range ways[effort(len(ways)-1, 0):] { // the last has all of it
		t.Run(way.name, func(t *testing.T) {
			s := newScene(t, 1)
			sent := s.events.good(events)
			once := newLedger()
			for i, r := range sent {
				rec := recordOf(r)
				rec.Offset = int64(i)
				once.Add(rec)
			}
			first := s.start(func(p *memberPlan) { p.Fail = failpoint{Point: "insert answered", Nth: 3} })
			way.send(s, sent)
			s.awaitDeath(first)
			s.start(nil)
			s.settle()
			s.wantExact(false)
			s.wantSame(once)
			s.report("Copies, order and late history", way.name, "%d events, a member killed meanwhile; every state and number as of each event once and in order", events)
		})
	}
}

// TestLateHistory holds back events of all days, corrections and endings among
// them, and sends them when the days have long been told of: the numbers of those
// days are what they would be had the events come in time.
func TestLateHistory(t *testing.T) {
	const events = 4000
	s := newScene(t, 1)
	sent := s.events.good(events)
	dice := rand.New(rand.NewPCG(8, 1))
	var inTime, late []*kgo.Record
	for _, r := range sent {
		if dice.IntN(4) == 0 {
			late = append(late, r)
		} else {
			inTime = append(inTime, r)
		}
	}
	s.start(nil)
	s.send(inTime...)
	s.drain()
	s.wantExact(false)
	before := s.lastMonth()
	s.send(shuffled(late)...)
	s.settle()
	s.wantExact(false)
	once := newLedger()
	for i, r := range sent {
		rec := recordOf(r)
		rec.Offset = int64(i)
		once.Add(rec)
	}
	s.wantSame(once)
	if after := s.lastMonth(); slices.Equal(before, after) {
		t.Errorf("the late events have changed nothing: %v", after)
	}
	s.report("Copies, order and late history", "a quarter of the events comes when their days are over", "%d late events; every state and number as had they come in time", len(late))
}

// wantSame compares what is derived with another ledger.
func (s *scene) wantSame(other *ledger.Ledger) {
	s.tb.Helper()
	differences, err := other.Check(context.Background(), s.store, ledger.Options{DerivedOnly: true})
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, d := range differences {
		s.tb.Error("against each event once and in order: ", d)
	}
}

// lastMonth are the estimates of all metrics over the month of the events.
func (s *scene) lastMonth() []float64 {
	s.tb.Helper()
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	q := aggregate.Query{From: from, To: from.AddDate(0, 1, 0), AsOf: from.AddDate(0, 2, 0)}
	var estimates []float64
	for i := range aggregate.Catalogue {
		rows, err := aggregate.Run(s.tb.Context(), s.store, &aggregate.Catalogue[i], q)
		if err != nil {
			s.tb.Fatal(err)
		}
		for _, row := range rows {
			if row.Estimate != nil {
				estimates = append(estimates, *row.Estimate)
			}
		}
	}
	return estimates
}

// copies are records of their own with the same content, as a producer that
// repeats itself sends them.
func copies(records []*kgo.Record) []*kgo.Record {
	var again []*kgo.Record
	for _, r := range records {
		again = append(again, &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value})
	}
	return again
}

// elsewhere are copies by a producer with another idea of the partitions.
func elsewhere(records []*kgo.Record) []*kgo.Record {
	again := copies(records)
	for _, r := range again {
		r.Partition = (r.Partition + 1) % partitions
	}
	return again
}

func shuffled(records []*kgo.Record) []*kgo.Record {
	again := copies(records)
	rand.New(rand.NewPCG(6, uint64(len(again)))).Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
	return again
}

func newLedger() *ledger.Ledger {
	entities := make(map[string]schema.Entity)
	for e, topic := range topics {
		entities[topic] = e
	}
	return ledger.New(ledger.Config{Topics: entities, Now: time.Now})
}

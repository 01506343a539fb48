package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/loadtest/kafkatest"
	"github.com/vividium/firebreak/loadtest/ledger"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

const (
	partitions = 3
	group      = "firebreak"
	// session is short, so that a member that was killed is missed soon.
	session = 600 * time.Millisecond
	// patience bounds every wait.
	patience = time.Minute
)

var topics = ingest.DefaultConfig().Topics

// scene is a Kafka, a database, and the ledger of what was produced.
type scene struct {
	tb     testing.TB
	kafka  *kafkatest.Cluster
	client *kgo.Client
	admin  *kadm.Client
	events *source
	ledger *ledger.Ledger

	store    *store.Store
	to       store.Config
	engine   string // where members find ClickHouse
	protocol ingest.Protocol
	lease    time.Duration

	mu      sync.Mutex
	members []*member
}

// newScene starts a Kafka with so many nodes and makes a database for one test.
func newScene(tb testing.TB, nodes int) *scene {
	tb.Helper()
	var names []string
	for _, e := range schema.Entities {
		names = append(names, topics[e])
	}
	s := &scene{tb: tb, events: newSource(1), protocol: ingest.ProtocolClassic}
	s.kafka = kafkatest.Start(tb, kafkatest.Config{Nodes: nodes, Topics: names, Partitions: partitions})
	s.newDatabase()
	s.client = s.producer()
	s.admin = kadm.NewClient(s.client)
	return s
}

// producer is a client of its own.
func (s *scene) producer() *kgo.Client {
	s.tb.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(client.Close)
	return client
}

// newDatabase begins with an empty store and an empty ledger.
func (s *scene) newDatabase() {
	s.tb.Helper()
	s.store, s.to = storetest.OpenConfig(s.tb)
	s.engine = s.to.Addr
	s.ledger = newLedger()
}

// produce sends the next so many events and enters them in the ledger.
func (s *scene) produce(n int) {
	s.tb.Helper()
	s.send(s.events.next(n)...)
}

func (s *scene) send(records ...*kgo.Record) {
	s.tb.Helper()
	s.sendBy(s.client, records...)
}

// sendBy sends records by a producer of its own.
func (s *scene) sendBy(producer *kgo.Client, records ...*kgo.Record) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, result := range producer.ProduceSync(ctx, records...) {
		if result.Err != nil {
			s.tb.Fatal(result.Err)
		}
		s.ledger.Add(recordOf(result.Record))
	}
}

func recordOf(r *kgo.Record) *schema.Record {
	rec := &schema.Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
		Timestamp: schema.MillisOf(r.Timestamp), Key: r.Key, Value: r.Value,
	}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, schema.Header{Name: h.Key, Value: h.Value})
	}
	return rec
}

// load produces at a rate until stop is called.
func (s *scene) load(perSecond int) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		const beats = 20
		ticker := time.NewTicker(time.Second / beats)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.produce(perSecond / beats)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// drain waits until the store has as many records as the ledger.
func (s *scene) drain() {
	s.tb.Helper()
	eventually(s.tb, "everything has landed", func() bool { return s.landed() >= s.ledger.Records() })
}

// landed counts the records in the store.
func (s *scene) landed() int64 {
	s.tb.Helper()
	var total uint64
	for _, e := range schema.Entities {
		rows, err := s.store.Query(context.Background(), fmt.Sprintf("SELECT count() FROM %s_records", e), nil)
		if err != nil {
			return -1 // the engine is away
		}
		for rows.Next() {
			var n uint64
			if err := rows.Scan(&n); err != nil {
				return -1
			}
			total += n
		}
		rows.Close()
	}
	return int64(total)
}

// wantExact compares what has landed with the ledger; derived tables and
// metrics as well unless raw. The metrics take most of the time.
func (s *scene) wantExact(raw bool) {
	s.tb.Helper()
	differences, err := s.ledger.Check(context.Background(), s.store, ledger.Options{RawOnly: raw, NoMetrics: testing.Short()})
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, d := range differences {
		s.tb.Error(d)
	}
}

// wantNoLag waits until the group's committed offsets have reached the end.
func (s *scene) wantNoLag() {
	s.tb.Helper()
	var lag []ledger.Difference
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if lag, err = ledger.Lag(context.Background(), s.admin, group); err == nil && len(lag) == 0 {
			return
		}
	}
	s.tb.Fatalf("the group still has a lag: %v %v", lag, err)
}

// execute carries out a statement about a table.
func (s *scene) execute(table, statement string) {
	s.tb.Helper()
	rows, err := s.store.Query(context.Background(), fmt.Sprintf(statement, table), nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	rows.Close()
}

func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			tb.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// source makes events: those of generated worlds, some of them sent again or
// broken, on partitions by their entity.
type source struct {
	mu      sync.Mutex
	dice    *rand.Rand
	events  []schema.Event
	seed    uint64
	earlier []*kgo.Record
}

func newSource(seed uint64) *source {
	return &source{dice: rand.New(rand.NewPCG(seed, 1)), seed: seed}
}

const (
	brokenShare = 0.02
	againShare  = 0.02
)

func (s *source) next(n int) []*kgo.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	records := make([]*kgo.Record, 0, n)
	for len(records) < n {
		switch x := s.dice.Float64(); {
		case x < againShare && len(s.earlier) > 0:
			old := s.earlier[s.dice.IntN(len(s.earlier))]
			records = append(records, &kgo.Record{Topic: old.Topic, Partition: old.Partition, Key: old.Key, Value: old.Value})
		case x < againShare+brokenShare:
			r := s.record()
			r.Value = r.Value[:s.dice.IntN(len(r.Value))]
			records = append(records, r)
		default:
			r := s.record()
			s.earlier = append(s.earlier, r)
			records = append(records, r)
		}
	}
	return records
}

// good are the next so many events, each once and none broken.
func (s *source) good(n int) []*kgo.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = s.record()
	}
	return records
}

func (s *source) record() *kgo.Record {
	if len(s.events) == 0 {
		w := world.Generate(world.Config{Seed: s.seed, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 60, Scale: 1})
		s.seed++
		for ev := range w.Events() {
			s.events = append(s.events, ev)
		}
	}
	ev := s.events[0]
	s.events = s.events[1:]
	id := ev.EntityID()
	sum := uint32(0)
	for i := range len(id) {
		sum = sum*31 + uint32(id[i])
	}
	return &kgo.Record{Topic: topics[ev.Entity()], Partition: int32(sum % partitions), Key: []byte(id), Value: ev.AppendJSON(nil)}
}

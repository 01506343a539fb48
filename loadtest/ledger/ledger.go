package ledger

import (
	"fmt"
	"sync"
	"time"

	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/schema"
)

// Config says how a ledger is kept.
type Config struct {
	// Topics tells the entity of each topic.
	Topics map[string]schema.Entity
	// Now is the time at which records are judged, as the ingest does.
	Now func() time.Time
	// RawOnly keeps no events: only records and dead letters can be checked.
	RawOnly bool
}

// Ledger is what was produced. It is safe for concurrent use.
type Ledger struct {
	cfg Config

	mu         sync.Mutex
	decoders   map[schema.Entity]*schema.Decoder
	partitions map[partition]map[int64]digest // by offset
	dead       map[place]verdict
	replays    map[string]fate   // of dead letters, by their place in words
	originals  map[string]string // of replays, by theirs
	fold       oracle.Fold
	records    int64
	first      schema.Millis // occurrence of the first and last event
	last       schema.Millis
	again      []place // that were entered twice
}

type partition struct {
	topic string
	id    int32
}

type place struct {
	partition
	offset int64
}

func (p place) String() string { return fmt.Sprintf("%s/%d/%d", p.topic, p.id, p.offset) }

// verdict is why a record is a dead letter.
type verdict struct {
	reason schema.Reason
	field  string
}

// fate is what became of the replays of a dead letter.
type fate struct {
	replays  uint64
	repaired bool
}

// New is an empty ledger.
func New(cfg Config) *Ledger {
	return &Ledger{
		cfg:        cfg,
		decoders:   make(map[schema.Entity]*schema.Decoder),
		partitions: make(map[partition]map[int64]digest),
		dead:       make(map[place]verdict),
		replays:    make(map[string]fate),
		originals:  make(map[string]string),
	}
}

// Add enters a record that Kafka has acknowledged. Nothing of it is kept but
// digests and, unless RawOnly, a copy of its event.
func (l *Ledger) Add(rec *schema.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in := partition{rec.Topic, rec.Partition}
	if l.partitions[in] == nil {
		l.partitions[in] = make(map[int64]digest)
	}
	if _, there := l.partitions[in][rec.Offset]; there {
		l.again = append(l.again, place{in, rec.Offset})
		return
	}
	l.partitions[in][rec.Offset] = digestOf(rec)
	l.records++
	entity := l.cfg.Topics[rec.Topic]
	if l.decoders[entity] == nil {
		l.decoders[entity] = schema.NewDecoder(entity)
	}
	ev, fault := l.decoders[entity].Decode(rec, l.cfg.Now())
	l.enterReplay(rec, fault == nil)
	if fault != nil {
		l.dead[place{in, rec.Offset}] = verdict{fault.Reason, fault.Field}
		return
	}
	if l.cfg.RawOnly {
		return
	}
	at := ev.Base().OccurredAt
	if l.last == 0 || at < l.first {
		l.first = at
	}
	l.last = max(l.last, at)
	l.fold.Add(ev, rec.Topic, rec.Partition, rec.Offset)
}

// enterReplay notes it for the dead letter of which the record is a replay, if
// it is one.
func (l *Ledger) enterReplay(rec *schema.Record, good bool) {
	original, ok := rec.ReplayOf()
	if !ok {
		return
	}
	l.originals[rec.Place()] = original
	f := l.replays[original]
	f.replays++
	f.repaired = f.repaired || good
	l.replays[original] = f
}

// Records is how many records were entered.
func (l *Ledger) Records() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.records
}

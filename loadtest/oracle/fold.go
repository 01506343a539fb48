package oracle

import (
	"cmp"
	"slices"

	"github.com/vividium/firebreak/schema"
)

// Fold holds the events of all entities. The zero value is ready for use.
type Fold struct {
	streams map[schema.Entity]*stream
	next    map[string]int64 // per topic, the offset after partition 0's last
	// clusters by incident; nil when nobody said
	clusters map[string]string
	folded   []*state // the latest answers, until an event is added
}

// stream is everything that came about one kind of entity.
type stream struct {
	places map[place]bool
	events map[identity]bool
	lives  map[string][]record // by the entity's id
}

// place is where a record lies in Kafka.
type place struct {
	topic     string
	partition int32
	offset    int64
}

// identity is what makes two records the same event.
type identity struct{ topic, source, eventID string }

// record is one event with what decides its turn in the fold.
type record struct {
	event     schema.Event
	offset    int64
	partition int32
}

func (r record) occurredAt() schema.Millis { return r.event.Base().OccurredAt }

// byTurn orders records so that a later one overrules the ones before it:
// by occurred_at, ties by offset, then by partition.
func byTurn(a, b record) int {
	return cmp.Or(
		cmp.Compare(a.occurredAt(), b.occurredAt()),
		cmp.Compare(a.offset, b.offset),
		cmp.Compare(a.partition, b.partition))
}

// Add takes one record's event. The event is copied. A record that was added
// before, known by its topic, partition and offset, is ignored.
func (f *Fold) Add(ev schema.Event, topic string, partition int32, offset int64) {
	s := f.stream(ev.Entity())
	where := place{topic, partition, offset}
	if s.places[where] {
		return
	}
	ev = copied(ev)
	s.places[where] = true
	s.events[identity{topic, ev.Base().Source, ev.Base().EventID}] = true
	s.lives[ev.EntityID()] = append(s.lives[ev.EntityID()], record{ev, offset, partition})

	if partition == 0 {
		f.next[topic] = max(f.next[topic], offset+1)
	}
	f.folded = nil
}

func (f *Fold) stream(entity schema.Entity) *stream {
	if f.streams == nil {
		f.streams = make(map[schema.Entity]*stream)
		f.next = make(map[string]int64)
	}
	s := f.streams[entity]
	if s == nil {
		s = &stream{
			places: make(map[place]bool),
			events: make(map[identity]bool),
			lives:  make(map[string][]record),
		}
		f.streams[entity] = s
	}
	return s
}

// Events counts the entity's records, and the distinct events among them: the
// same event_id from the same source on the same topic is one event, however
// often it comes.
func (f *Fold) Events(entity schema.Entity) (records, distinct int64) {
	s := f.stream(entity)
	return int64(len(s.places)), int64(len(s.events))
}

// Incidents is every incident of which an event occurred up to asOf, by
// incident_id. The result belongs to the fold: read it only.
func (f *Fold) Incidents(asOf schema.Millis) map[string]*Incident { return f.at(asOf).incidents }

// Alerts is every alert of which an event occurred up to asOf, by alert_id.
// The result belongs to the fold: read it only.
func (f *Fold) Alerts(asOf schema.Millis) map[string]*Alert { return f.at(asOf).alerts }

// Executions is every execution of which an event occurred up to asOf, by
// execution_id. The result belongs to the fold: read it only.
func (f *Fold) Executions(asOf schema.Millis) map[string]*Execution { return f.at(asOf).executions }

// Automations is every automation that an execution's event up to asOf names,
// by automation_id. The result belongs to the fold: read it only.
func (f *Fold) Automations(asOf schema.Millis) map[string]*Automation { return f.at(asOf).automations }

// state is what is known at one moment.
type state struct {
	incidents   map[string]*Incident
	alerts      map[string]*Alert
	executions  map[string]*Execution
	automations map[string]*Automation
	links       links
	clusters    map[string][]*Incident // that count; made when asked for
	credited    map[string]*Execution  // by what it is credited for; made when asked for
	withRun     map[string]bool        // incidents with a live execution; made when asked for

	asOf schema.Millis
}

func (f *Fold) at(asOf schema.Millis) *state {
	if at := slices.IndexFunc(f.folded, func(s *state) bool { return s.asOf == asOf }); at >= 0 {
		return f.folded[at]
	}
	s := &state{
		incidents:   folded(f.stream(schema.Incident), asOf, foldIncident),
		alerts:      folded(f.stream(schema.Alert), asOf, foldAlert),
		executions:  folded(f.stream(schema.Execution), asOf, foldExecution),
		automations: foldAutomations(f.stream(schema.Execution), asOf),
		asOf:        asOf,
	}
	s.links = linkAll(s)
	s.joinClusters(f.clusters)
	f.folded = append(f.folded[max(0, len(f.folded)+1-mostFolded):], s)
	return s
}

// mostFolded is how many states are kept: a change asks for two.
const mostFolded = 2

// folded folds each life of a stream, as far as it is known at asOf.
func folded[T any](s *stream, asOf schema.Millis, fold func(id string, life []record) *T) map[string]*T {
	entities := make(map[string]*T)
	for id, life := range s.lives {
		if known := knownAt(life, asOf); len(known) > 0 {
			entities[id] = fold(id, known)
		}
	}
	return entities
}

// knownAt is the records that occurred up to asOf, in their turn.
func knownAt(life []record, asOf schema.Millis) []record {
	known := slices.DeleteFunc(slices.Clone(life), func(r record) bool { return r.occurredAt() > asOf })
	slices.SortFunc(known, byTurn)
	return known
}

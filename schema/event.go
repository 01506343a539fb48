package schema

// Opt is a field that an event may carry. Not Set means absent (or JSON null):
// the event says nothing about it.
type Opt[T any] struct {
	Value T
	Set   bool
}

// Some is a field that is carried.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or is the value, or instead when the field is absent.
func (o Opt[T]) Or(instead T) T {
	if o.Set {
		return o.Value
	}
	return instead
}

// Label is one free name and value of an event.
type Label struct{ Name, Value string }

// MaxLabels is how many labels an event may carry.
const MaxLabels = 64

// Common holds the fields of every event.
type Common struct {
	// EventID is the idempotency key: the same id from the same Source on the
	// same topic is one event, however often it comes. 1 to 256 bytes.
	EventID string
	// Type is one of the entity's types, e.g. "incident.opened".
	Type string
	// OccurredAt is when it happened, in UTC, cut to the millisecond.
	OccurredAt Millis
	// Source is the sending system; empty when unknown.
	Source string
	// Labels are free; at most MaxLabels.
	Labels Opt[[]Label]
	// Extra is a JSON object of the fields that the contract does not know;
	// nil when there are none.
	Extra []byte
}

// Event is a decoded event: *IncidentEvent, *AlertEvent or *ExecutionEvent.
type Event interface {
	// Base gives the fields that every event has.
	Base() *Common
	// Entity says what the event is about.
	Entity() Entity
	// EntityID is the id of the incident, alert or execution: the record key.
	EntityID() string
	// AppendJSON appends the event as the JSON object of the contract.
	AppendJSON(b []byte) []byte

	reset()
	readField(key []byte, r *reader) (known bool)
	check(r *reader)
}

// Header is one header of a Kafka record.
type Header struct {
	Name  string
	Value []byte
}

// Record is a Kafka record as it came.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	// Timestamp is the record's own timestamp (create or append time).
	Timestamp Millis
	Key       []byte
	Value     []byte
	Headers   []Header
}

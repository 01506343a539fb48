package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// MaxRecordBytes is the largest record value that the contract takes.
	MaxRecordBytes = 1 << 20
	// MaxEventIDBytes is the longest event_id.
	MaxEventIDBytes = 256
	// MaxAhead is how far in the future an event may have occurred: clocks of
	// senders differ.
	MaxAhead = 24 * time.Hour
	// Version is the highest schema_version that is understood.
	Version = 1
)

// Decoder reads the records of one entity's topic. It reuses its buffers, so
// it is for one goroutine at a time.
type Decoder struct {
	event Event
	read  reader
	ce    envelope
}

// NewDecoder makes a decoder for the records of the entity's topic.
func NewDecoder(e Entity) *Decoder {
	switch e {
	case Incident:
		return &Decoder{event: &IncidentEvent{}}
	case Alert:
		return &Decoder{event: &AlertEvent{}}
	case Execution:
		return &Decoder{event: &ExecutionEvent{}}
	}
	panic(fmt.Sprintf("schema: there is no entity %d", e))
}

// Decode reads one record, as plain event or as CloudEvent. The event is valid
// until the next call and its strings may point into the record's bytes, which
// must not change as long as they are used; a fault holds on to nothing. now is
// what "24 hours ahead" is measured from.
func (d *Decoder) Decode(rec *Record, now time.Time) (Event, *Fault) {
	if f := checkBytes(rec.Value); f != nil {
		return nil, f
	}
	d.read.release()
	d.begin(MillisOf(now.Add(MaxAhead)))
	d.ce.readHeaders(rec.Headers)
	if err := d.readValue(rec.Value); err != nil {
		return nil, unreadable(err)
	}
	d.fillFromEnvelope()
	if f := d.firstFault(); f != nil {
		return nil, f
	}
	return d.event, nil
}

// Release lets go of the last record's bytes. Until then, or until the next call
// of Decode, they stay in memory.
func (d *Decoder) Release() {
	d.read.release()
	d.read.open(nil)
	d.begin(d.read.latest)
}

func (d *Decoder) begin(latest Millis) {
	d.event.reset()
	d.ce = envelope{}
	d.read.begin(latest)
}

// readValue reads a plain event, or an envelope and the event in it. An error
// means that there is no JSON object to weigh; what is wrong inside one is kept
// in the reader's faults.
func (d *Decoder) readValue(value []byte) error {
	if d.ce.structured {
		return d.readEnvelope(value)
	}
	if err := d.readEvent(value); err != nil || !d.isEnvelope() {
		return err
	}
	d.begin(d.read.latest)
	return d.readEnvelope(value)
}

// unreadable is the fault of a value that is not one JSON object, or of bytes
// inside it that are none.
func unreadable(err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	// The tokenizer quotes some bytes of the input, perhaps half a character.
	message := strings.ToValidUTF8(err.Error(), "")
	return &Fault{Reason: ReasonMalformedJSON, Message: strings.TrimSuffix(message, ": ")}
}

func checkBytes(value []byte) *Fault {
	switch {
	case len(value) == 0:
		return &Fault{Reason: ReasonEmpty, Message: "the record has no value; send one JSON object"}
	case len(value) > MaxRecordBytes:
		return &Fault{
			Reason:  ReasonTooLarge,
			Message: fmt.Sprintf("the value has %d bytes; at most %d are read", len(value), MaxRecordBytes),
		}
	case !utf8.Valid(value):
		return &Fault{
			Reason:  ReasonInvalidUTF8,
			Message: fmt.Sprintf("byte %d is not UTF-8", firstInvalidByte(value)),
		}
	}
	return nil
}

func firstInvalidByte(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// readEvent reads a plain event. Every value is passed over to its end, so that
// malformed JSON anywhere counts before what is wrong with a field.
func (d *Decoder) readEvent(value []byte) error {
	r := &d.read
	c := d.event.Base()
	return r.document(value, func(key []byte) error {
		if r.null() {
			return nil
		}
		r.at = place{field: viewString(key)}
		if r.common(key, c) || d.event.readField(key, r) {
			return r.err
		}
		if string(key) == "specversion" {
			d.ce.suspected = true
		}
		return r.unknown(c)
	})
}

// firstFault weighs what was found in the order that the contract gives.
func (d *Decoder) firstFault() *Fault {
	r, c := &d.read, d.event.Base()
	if r.version != nil {
		return r.version
	}
	if r.badType != nil {
		return r.badType
	}
	if r.typed {
		known, ok := knownType(d.event.Entity(), c.Type)
		if !ok {
			return &Fault{
				Reason: ReasonUnknownType, Field: "type",
				Message: fmt.Sprintf("%.80q is not a type of this topic; it takes %v", c.Type, entityTypes(d.event.Entity())),
			}
		}
		c.Type = known
	}
	if d.ce.noEvent != nil {
		return d.ce.noEvent
	}
	r.require("event_id", c.EventID != "")
	r.require("type", r.typed)
	r.require("occurred_at", r.occurred)
	d.event.check(r)
	if r.missing != nil {
		return r.missing
	}
	return r.invalid
}

func entityTypes(e Entity) []string {
	switch e {
	case Incident:
		return incidentTypes
	case Alert:
		return alertTypes
	case Execution:
		return executionTypes
	}
	return nil
}

// knownType finds the contract's own copy of a type, so that what is kept does
// not hold on to a record's bytes.
func knownType(e Entity, name string) (string, bool) {
	types := entityTypes(e)
	i := slices.Index(types, name)
	if i < 0 {
		return "", false
	}
	return types[i], true
}

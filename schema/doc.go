// Package schema is the event contract: what an incident, alert or execution
// event is, how it is read from a Kafka record's bytes, and why a record
// cannot be read. It is pure: no I/O, no clock of its own, no state between
// records but reusable buffers.
//
// It promises:
//   - A record yields either exactly one event or exactly one [Fault]; which
//     one depends on the record's bytes and headers and on the time given to
//     the decoder, on nothing else.
//   - The first fault counts, in the order bytes, JSON, version, type,
//     required fields, values, so one record always gets the same [Reason].
//   - Reading a record never costs more than a small multiple of the record's
//     own size in time and memory, whatever its bytes are.
//   - Nothing an event carries is lost: fields that the contract does not know
//     are kept as JSON in Extra.
//
// It does not fold events into the state of an entity (package store does, in
// SQL), nor does it know where events come from.
package schema

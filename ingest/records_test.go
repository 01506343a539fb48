package ingest_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
)

// goodEvent is the n-th event of an entity's topic, on a partition by n.
func goodEvent(e schema.Entity, n int) *kgo.Record {
	id := fmt.Sprintf("%s-%d", e, n/3)
	event := map[schema.Entity]string{
		schema.Incident:  `{"event_id":"%s","type":"incident.opened","occurred_at":"2026-01-31T12:00:00Z","incident_id":"%s","title":"Disk full","source":"pagerduty"}`,
		schema.Alert:     `{"event_id":"%s","type":"alert.fired","occurred_at":"2026-01-31T12:00:00Z","alert_id":"%s","name":"DiskFull"}`,
		schema.Execution: `{"event_id":"%s","type":"execution.started","occurred_at":"2026-01-31T12:00:00Z","execution_id":"%s","automation_id":"restart-pod"}`,
	}[e]
	return &kgo.Record{
		Topic: topics[e], Partition: int32(n % partitions), Key: []byte(id),
		Value: fmt.Appendf(nil, event, fmt.Sprintf("e-%d", n), id),
	}
}

// goodEvents is n events of each entity, numbered from first.
func goodEvents(first, n int) []*kgo.Record {
	var records []*kgo.Record
	for i := range n {
		for _, e := range schema.Entities {
			records = append(records, goodEvent(e, first+i))
		}
	}
	return records
}

// cloudEvents are good events in CloudEvents' two modes.
func cloudEvents(e schema.Entity) []*kgo.Record {
	plain := goodEvent(e, 0)
	structured := &kgo.Record{
		Topic: plain.Topic, Partition: 1, Key: plain.Key,
		Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json; charset=utf-8")}},
		Value:   fmt.Appendf(nil, `{"specversion":"1.0","id":"ce-1","source":"/bridge","type":"x","data":%s}`, plain.Value),
	}
	binary := &kgo.Record{
		Topic: plain.Topic, Partition: 2, Key: plain.Key,
		Headers: []kgo.RecordHeader{
			{Key: "ce_specversion", Value: []byte("1.0")},
			{Key: "ce_id", Value: []byte("ce-2")},
			{Key: "ce_source", Value: []byte("/bridge")},
			{Key: "ce_time", Value: []byte("2026-01-31T12:00:01Z")},
		},
		Value: []byte(strings.NewReplacer(`"event_id":"e-0",`, "", `"occurred_at":"2026-01-31T12:00:00Z",`, "").Replace(string(plain.Value))),
	}
	return []*kgo.Record{structured, binary}
}

// badRecord is a record that must become a dead letter.
type badRecord struct {
	name   string
	value  []byte
	reason schema.Reason
	field  string
}

// badRecords break the contract of every entity's topic, in every way.
var badRecords = []badRecord{
	{"tombstone", nil, schema.ReasonEmpty, ""},
	{"empty value", []byte{}, schema.ReasonEmpty, ""},
	{"a byte too large", []byte(strings.Repeat(" ", schema.MaxRecordBytes-1) + "{}"), schema.ReasonTooLarge, ""},
	{"invalid UTF-8", []byte("{\"title\":\"\xff\xfe\"}"), schema.ReasonInvalidUTF8, ""},
	{"binary", []byte{0, 1, 2, 0xff, 0, '\n', '\t'}, schema.ReasonInvalidUTF8, ""},
	{"no JSON", []byte("hello"), schema.ReasonMalformedJSON, ""},
	{"zero byte", []byte{0}, schema.ReasonMalformedJSON, ""},
	{"array", []byte("[]"), schema.ReasonMalformedJSON, ""},
	{"trailing data", []byte("{} {}"), schema.ReasonMalformedJSON, ""},
	{"duplicate key", []byte(`{"a":1,"a":2}`), schema.ReasonMalformedJSON, ""},
	{"deep nesting", []byte(`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`), schema.ReasonMalformedJSON, ""},
	{"version", []byte(`{"schema_version":2}`), schema.ReasonUnsupportedVersion, "schema_version"},
	{"unknown type", []byte(`{"type":"coffee.brewed"}`), schema.ReasonUnknownType, "type"},
	{"no event_id", []byte(`{}`), schema.ReasonMissingField, "event_id"},
	{"far future", nil, schema.ReasonInvalidField, "occurred_at"}, // see farFuture
}

// record puts the bad value on an entity's topic, with a key and headers that
// are worth keeping.
func (b badRecord) record(e schema.Entity, n int) *kgo.Record {
	value := b.value
	if b.reason == schema.ReasonInvalidField {
		value = farFuture(e)
	}
	return &kgo.Record{
		Topic: topics[e], Partition: int32(n % partitions), Key: []byte("key\x00\xff" + b.name), Value: value,
		Timestamp: time.UnixMilli(1_769_860_800_123),
		Headers: []kgo.RecordHeader{
			{Key: "trace", Value: []byte(b.name)}, {Key: "", Value: nil}, {Key: "trace", Value: []byte{0, 0xff}},
		},
	}
}

// farFuture is an event that cannot have occurred yet.
func farFuture(e schema.Entity) []byte {
	good := string(goodEvent(e, 0).Value)
	return []byte(strings.Replace(good, "2026-01-31", "2199-01-31", 1))
}

package store

import (
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/native"
)

// Batch holds records of one entity on their way into its table, already in
// the form in which they are sent. For one goroutine at a time.
type Batch struct {
	store  *Store
	entity schema.Entity
	block  native.Block
	rec    recordColumns
	fields fieldColumns
	blank  schema.Event // stands for the event of a dead letter
	lease  native.Fixed
}

// fieldColumns are the columns that only this entity has.
type fieldColumns interface {
	addTo(*native.Block)
	append(schema.Event) (carried uint8)
}

// NewBatch makes an empty batch for the records of an entity.
func (s *Store) NewBatch(e schema.Entity) *Batch {
	b := &Batch{store: s, entity: e}
	switch e {
	case schema.Incident:
		b.fields, b.blank = newIncidentColumns(), &schema.IncidentEvent{}
	case schema.Alert:
		b.fields, b.blank = newAlertColumns(), &schema.AlertEvent{}
	case schema.Execution:
		b.fields, b.blank = newExecutionColumns(), &schema.ExecutionEvent{}
	}
	b.rec.addTo(&b.block)
	b.fields.addTo(&b.block)
	b.lease.Width = 8
	b.block.Add("lease_until", typeInstant, &b.lease)
	return b
}

// Add takes a record with what it was read as: an event, or a fault. The
// record's bytes are copied.
func (b *Batch) Add(rec *schema.Record, ev schema.Event, fault *schema.Fault) {
	if fault != nil {
		ev = b.blank
	} else {
		fault = &noFault
	}
	b.rec.append(rec, ev.Base(), fault)
	b.rec.carried.AppendInt(int64(b.fields.append(ev)))
}

var noFault schema.Fault

// Rows is how many records the batch holds.
func (b *Batch) Rows() int { return b.rec.offset.Rows() }

// Size is about how many bytes it takes.
func (b *Batch) Size() int { return b.block.Size() }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.block.Reset() }

// stamp says until when, by ClickHouse's clock, the batch may be written.
func (b *Batch) stamp(until time.Time) {
	b.lease.Reset()
	for range b.Rows() {
		b.lease.AppendInt(int64(schema.MillisOf(until)))
	}
}

const (
	typeString     = "String"
	typeText       = "Nullable(String)"
	typeSymbol     = "LowCardinality(String)"
	typeNullSymbol = "LowCardinality(Nullable(String))"
	typeInstant    = "DateTime64(3, 'UTC')"
	typeFlag       = "Nullable(Bool)"
	typeAmount     = "Nullable(Float64)"
	typeTexts      = "Array(String)"
)

// recordColumns are the columns that every record table has.
type recordColumns struct {
	topic, reason, kind, source        native.LowCardinality
	partition, offset, recordedAt      native.Fixed
	occurredAt, carried                native.Fixed
	key, raw, faultField, faultMessage native.Strings
	eventID, extra                     native.Strings
	headerNames, headerValues          native.Strings
	labelNames, labelValues            native.Strings
	headers, labels                    native.Array
}

func (c *recordColumns) addTo(b *native.Block) {
	for _, column := range []*native.Fixed{&c.offset, &c.recordedAt, &c.occurredAt} {
		column.Width = 8
	}
	c.partition.Width, c.carried.Width = 4, 1
	c.headers.Items = []native.Column{&c.headerNames, &c.headerValues}
	c.labels.Items = []native.Column{&c.labelNames, &c.labelValues}

	b.Add("topic", typeSymbol, &c.topic)
	b.Add("partition", "Int32", &c.partition)
	b.Add("offset", "UInt64", &c.offset)
	b.Add("recorded_at", typeInstant, &c.recordedAt)
	b.Add("key", typeString, &c.key)
	b.Add("headers", "Array(Tuple(name String, value String))", &c.headers)
	b.Add("raw", typeString, &c.raw)
	b.Add("reason", typeSymbol, &c.reason)
	b.Add("fault_field", typeString, &c.faultField)
	b.Add("fault_message", typeString, &c.faultMessage)
	b.Add("event_id", typeString, &c.eventID)
	b.Add("type", typeSymbol, &c.kind)
	b.Add("occurred_at", typeInstant, &c.occurredAt)
	b.Add("source", typeSymbol, &c.source)
	b.Add("labels", "Map(String, String)", &c.labels)
	b.Add("extra", typeString, &c.extra)
	b.Add("carried", "UInt8", &c.carried)
}

func (c *recordColumns) append(rec *schema.Record, ev *schema.Common, fault *schema.Fault) {
	c.topic.Append(rec.Topic)
	c.partition.AppendInt(int64(rec.Partition))
	c.offset.AppendInt(rec.Offset)
	c.recordedAt.AppendInt(int64(rec.Timestamp))
	c.key.AppendBytes(rec.Key)
	for _, h := range rec.Headers {
		c.headerNames.Append(h.Name)
		c.headerValues.AppendBytes(h.Value)
	}
	c.headers.Close()
	c.raw.AppendBytes(rec.Value)

	c.reason.Append(string(fault.Reason))
	c.faultField.Append(fault.Field)
	c.faultMessage.Append(fault.Message)

	c.eventID.Append(ev.EventID)
	c.kind.Append(ev.Type)
	c.occurredAt.AppendInt(int64(ev.OccurredAt))
	c.source.Append(ev.Source)
	for _, l := range ev.Labels.Value {
		c.labelNames.Append(l.Name)
		c.labelValues.Append(l.Value)
	}
	c.labels.Close()
	c.extra.AppendBytes(ev.Extra)
}

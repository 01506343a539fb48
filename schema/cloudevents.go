package schema

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// envelope is what a CloudEvents 1.0 wrapper says beside the event: its
// attributes fill the fields that the event itself lacks.
//
// Structured mode is known by the content type, or, for senders that set no
// header, by a "specversion" member. Binary mode is known by its ce_ headers.
type envelope struct {
	structured bool // the content type says so
	binary     bool // attributes came in headers
	suspected  bool // the body has a specversion

	specVersion, id, kind, source, time attribute

	data    []byte
	decoded bool   // the data came in base64
	noEvent *Fault // why the envelope holds no event
}

// attribute is what the envelope says about one field. It matters, and so does
// what is wrong with it, only when the event lacks the field.
type attribute struct {
	name  string // as it came: time, or ce_time in a header
	value string
	set   bool
	wrong string // why there is no value, though the attribute came
}

const (
	structuredType = "application/cloudevents+json"
	headerPrefix   = "ce_"
	specMajor      = "1."
)

// readHeaders takes binary mode's attributes and the content type. Header
// names are compared without case, as HTTP bridges change it; of several with
// one name the last counts, as is usual in Kafka; an empty one says nothing.
func (e *envelope) readHeaders(headers []Header) {
	for _, h := range headers {
		value := viewString(h.Value)
		if strings.EqualFold(h.Name, "content-type") {
			mediaType, _, _ := strings.Cut(value, ";")
			e.structured = strings.EqualFold(strings.TrimSpace(mediaType), structuredType)
			continue
		}
		n := len(headerPrefix)
		if value == "" || len(h.Name) < n || !strings.EqualFold(h.Name[:n], headerPrefix) {
			continue
		}
		into := e.attribute(strings.ToLower(h.Name[n:]))
		if into == nil {
			continue
		}
		e.binary = true
		*into = attribute{name: h.Name, value: value, set: true}
		if !utf8.ValidString(value) {
			into.wrong = "must be UTF-8"
		}
	}
}

func (e *envelope) attribute(name string) *attribute {
	switch name {
	case "specversion":
		return &e.specVersion
	case "id":
		return &e.id
	case "type":
		return &e.kind
	case "source":
		return &e.source
	case "time":
		return &e.time
	}
	return nil
}

// isEnvelope says whether what was read as a plain event is an envelope whose
// sender set no header. An envelope has no event_id: CloudEvents allows no "_"
// in the name of an attribute. An event may well have an unknown field
// specversion.
func (d *Decoder) isEnvelope() bool {
	return d.ce.suspected && !d.ce.binary && !d.read.came("event_id", d.event.Base().EventID != "")
}

// readEnvelope reads a structured CloudEvent and the event in its data. Data
// that came in base64 has passed no check yet: it passes the same ones as a
// record's value.
func (d *Decoder) readEnvelope(value []byte) error {
	if err := d.readAttributes(value); err != nil {
		return err
	}
	e := &d.ce
	if e.data == nil && e.noEvent == nil {
		e.noEvent = &Fault{Reason: ReasonMissingField, Field: "data", Message: "the CloudEvent has no data; send the event in it"}
	}
	if e.noEvent != nil {
		return nil
	}
	if !e.decoded {
		return d.readEvent(e.data)
	}
	if f := checkBytes(e.data); f != nil {
		f.Field = "data_base64"
		return f
	}
	if err := d.readEvent(e.data); err != nil {
		return fmt.Errorf("data_base64: %w", err)
	}
	return nil
}

// readAttributes passes over every other attribute: subject, dataschema and
// extensions tell of the transport, not of the event.
func (d *Decoder) readAttributes(value []byte) error {
	r := &d.read
	return r.document(value, func(key []byte) error {
		if r.null() {
			return nil
		}
		r.at = place{field: viewString(key)}
		if into := d.ce.attribute(string(key)); into != nil {
			return d.readAttribute(into, viewString(key))
		}
		switch string(key) {
		case "data":
			return d.readData()
		case "data_base64":
			return d.readBase64()
		}
		return r.skip()
	})
}

func (d *Decoder) readAttribute(into *attribute, name string) error {
	s, ok := d.read.string()
	*into = attribute{name: name, value: s, set: true}
	if !ok {
		into.wrong = "must be a string, not " + d.read.found()
	}
	return d.read.skip()
}

func (d *Decoder) readData() error {
	if d.read.tok.Delim != '{' {
		return d.refuseData("the event as an object")
	}
	raw, err := d.read.raw()
	d.take(raw)
	return err
}

func (d *Decoder) readBase64() error {
	s, ok := d.read.string()
	data, err := base64.StdEncoding.DecodeString(s)
	if !ok || err != nil || len(data) == 0 {
		return d.refuseData("the event in base64")
	}
	d.take(data)
	d.ce.decoded = true
	return nil
}

// refuseData notes that the data holds no event. As nobody knows which fields
// the event would have had, this counts before any that are missing.
func (d *Decoder) refuseData(must string) error {
	if d.ce.noEvent == nil {
		d.ce.noEvent = d.read.notWhatItMustBe(must)
	}
	return d.read.skip()
}

func (d *Decoder) take(data []byte) {
	if d.ce.data != nil && d.ce.noEvent == nil {
		d.ce.noEvent = invalidField("data_base64", "comes beside data; send one of them")
	}
	d.ce.data = data
}

// fillFromEnvelope gives the event what it lacks from the attributes.
func (d *Decoder) fillFromEnvelope() {
	e, r, c := &d.ce, &d.read, d.event.Base()
	if r.version == nil {
		r.version = e.specVersion.versionFault()
	}
	if !r.typed && r.badType == nil {
		c.Type, r.typed = e.kind.value, e.kind.set
		r.badType = e.kind.fault("type", "")
	}
	if e.id.set && !r.came("event_id", c.EventID != "") {
		must := ""
		if c.EventID = e.id.value; !isEventID(c.EventID) {
			must = fmt.Sprintf(eventIDForm, MaxEventIDBytes)
		}
		r.fill("event_id", e.id, must)
	}
	if e.source.set && !r.came("source", c.Source != "") {
		c.Source = e.source.value
		r.fill("source", e.source, "")
	}
	if e.time.set && !r.came("occurred_at", r.occurred) {
		at, must := instantUpTo(r.latest, e.time.value)
		c.OccurredAt, r.occurred = at, must == ""
		r.fill("occurred_at", e.time, must)
	}
}

// fill notes what is wrong with an attribute that fills a field.
func (r *reader) fill(field string, a attribute, must string) {
	f := a.fault(field, must)
	if f == nil {
		return
	}
	r.refuse(field)
	if r.invalid == nil {
		r.invalid = f
	}
}

// fault is what is wrong with the attribute: that it has no value, or that its
// value is not what it must be.
func (a attribute) fault(field, must string) *Fault {
	switch {
	case a.wrong != "":
		return invalidField(field, "%.80s %s", a.name, a.wrong)
	case must != "":
		return invalidField(field, "%.80s must be %s, not %.40q", a.name, must, a.value)
	}
	return nil
}

func (a attribute) versionFault() *Fault {
	if a.set && a.wrong == "" && !strings.HasPrefix(a.value, specMajor) {
		return &Fault{
			Reason: ReasonUnsupportedVersion, Field: "specversion",
			Message: fmt.Sprintf("CloudEvents %.20q is not understood; send 1.0", a.value),
		}
	}
	return a.fault("specversion", "")
}

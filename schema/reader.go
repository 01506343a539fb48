package schema

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/segmentio/encoding/json"
)

// reader reads field values into an event and keeps the first fault of each
// class. Its methods leave the scanner on the value's last token, whatever the
// value is, so that one bad field does not hide malformed JSON behind it.
type reader struct {
	scanner

	latest   Millis // no event occurs after this
	at       place  // what is being read
	typed    bool   // type was carried
	occurred bool   // occurred_at was carried
	err      error  // malformed JSON inside the field

	// The first fault of each class, in the order in which they count.
	version, badType, missing, invalid *Fault
	// refused names the fields that came, but with a value that is none.
	refused []string

	// Storage for the event's slices, reused from record to record.
	labels     []Label
	textLists  [2][]string
	textsUsed  int
	actionList []Action
	extra      []byte
}

// release lets go of the record before: of its bytes, and of buffers that are
// greater than an ordinary record needs.
func (r *reader) release() {
	r.keys = emptied(r.keys)
	r.refused = emptied(r.refused)
	r.labels = emptied(r.labels)
	for i := range r.textLists {
		r.textLists[i] = emptied(r.textLists[i])
	}
	r.actionList = emptied(r.actionList)
	r.extra = emptied(r.extra)
}

func (r *reader) begin(latest Millis) {
	r.latest = latest
	r.at = place{}
	r.typed, r.occurred = false, false
	r.err = nil
	r.version, r.badType, r.missing, r.invalid = nil, nil, nil, nil
	r.refused = r.refused[:0]
	r.textsUsed = 0
}

// place says where in a record a value stands: severity, labels.region,
// alert_ids[3] or actions[2].kind.
type place struct {
	field   string
	element bool // of an array: the one at index
	index   int
	member  string
}

// String makes a copy, so that a fault outlives the record's bytes.
func (p place) String() string {
	s := strings.Clone(p.field)
	if p.element {
		s += fmt.Sprintf("[%d]", p.index)
	}
	if p.member != "" {
		s += fmt.Sprintf(".%.80s", p.member)
	}
	return s
}

// require notes that a field is missing. One that came with a bad value is not.
func (r *reader) require(field string, present bool) {
	if r.missing == nil && !r.came(field, present) {
		r.missing = &Fault{Reason: ReasonMissingField, Field: field, Message: "this required field is missing"}
	}
}

// came says whether the record has the field, be it with a value or with one
// that was refused.
func (r *reader) came(field string, present bool) bool {
	return present || slices.Contains(r.refused, field)
}

// reject notes that the current value is not what it must be, and passes over
// it. Only the first such value is described: the others cost nothing.
func (r *reader) reject(must string, args ...any) {
	if r.invalid == nil {
		r.invalid = r.notWhatItMustBe(must, args...)
	}
	r.refuse(r.at.field)
	if r.err == nil {
		r.err = r.skip()
	}
}

// refuse remembers a field with a bad value, once for all that is bad in it.
func (r *reader) refuse(field string) {
	if n := len(r.refused); n == 0 || r.refused[n-1] != field {
		r.refused = append(r.refused, field)
	}
}

func (r *reader) notWhatItMustBe(must string, args ...any) *Fault {
	return &Fault{
		Reason: ReasonInvalidField, Field: r.at.String(),
		Message: fmt.Sprintf("must be "+must, args...) + ", not " + r.found(),
	}
}

// found describes the current token for a message.
func (r *reader) found() string {
	switch r.tok.Delim {
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	if short := fmt.Sprintf("%.40s", r.tok.Value); len(short) < len(r.tok.Value) {
		return short + "…"
	}
	return string(r.tok.Value)
}

// common reads the fields that every event has.
func (r *reader) common(key []byte, c *Common) bool {
	switch string(key) {
	case "event_id":
		r.eventID(&c.EventID)
	case "type":
		r.eventType(&c.Type)
	case "occurred_at":
		r.occurredAt(&c.OccurredAt)
	case "source":
		r.word(&c.Source)
	case "schema_version":
		r.schemaVersion()
	case "labels":
		r.labelSet(&c.Labels)
	default:
		return false
	}
	return true
}

func (r *reader) text(into *Opt[string]) {
	s, ok := r.string()
	if !ok {
		r.reject("a string")
		return
	}
	*into = Some(s)
}

func (r *reader) id(into *string) {
	s, ok := r.string()
	if !ok || s == "" {
		r.reject("a string that is not empty")
		return
	}
	*into = s
}

func (r *reader) eventID(into *string) {
	s, ok := r.string()
	if !ok || !isEventID(s) {
		r.reject(eventIDForm, MaxEventIDBytes)
		return
	}
	*into = s
}

const eventIDForm = "a string of 1 to %d bytes"

func isEventID(s string) bool { return s != "" && len(s) <= MaxEventIDBytes }

// eventType keeps any text; whether it is a type of this topic is weighed once
// a CloudEvent's attributes are known too.
func (r *reader) eventType(into *string) {
	s, ok := r.string()
	if !ok {
		r.badType = r.notWhatItMustBe("a string")
		r.err = r.skip()
		return
	}
	*into, r.typed = s, true
}

func (r *reader) schemaVersion() {
	v, integer := r.integer()
	switch {
	case integer && v > Version:
		r.version = &Fault{
			Reason: ReasonUnsupportedVersion, Field: "schema_version",
			Message: fmt.Sprintf("version %s is newer than %d, the latest that is understood", r.found(), Version),
		}
	case !integer || v < 1:
		r.version = r.notWhatItMustBe("an integer from 1")
		r.err = r.skip()
	}
}

// integer reads the current token as a whole number, however it is written
// (1, 1.0, 1e0). One that is too great for a float64 is +Inf.
func (r *reader) integer() (float64, bool) {
	if !r.number() {
		return 0, false
	}
	v, err := strconv.ParseFloat(viewString(r.tok.Value), 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, v == math.Trunc(v)
}

func (r *reader) number() bool { return r.tok.Delim == 0 && r.tok.Kind().Class() == json.Num }

func (r *reader) occurredAt(into *Millis) {
	r.instantUpTo(r.latest, into, &r.occurred)
}

func (r *reader) instant(into *Opt[Millis]) {
	r.instantUpTo(maxInstant, &into.Value, &into.Set)
}

func (r *reader) instantUpTo(latest Millis, into *Millis, set *bool) {
	s, _ := r.string()
	at, must := instantUpTo(latest, s)
	if must != "" {
		r.reject("%s", must)
		return
	}
	*into, *set = at, true
}

func (r *reader) flag(into *Opt[bool]) {
	if r.tok.Delim != 0 || r.tok.Kind().Class() != json.Bool {
		r.reject("true or false")
		return
	}
	*into = Some(r.tok.Value.True())
}

// amount reads a number of at least zero.
func (r *reader) amount(into *Opt[float64]) {
	if !r.number() {
		r.reject("a number")
		return
	}
	v, err := strconv.ParseFloat(viewString(r.tok.Value), 64)
	if err != nil || v < 0 {
		r.reject("a number from 0 to %g", math.MaxFloat64)
		return
	}
	*into = Some(v + 0) // -0 becomes 0
}

func (r *reader) oneOf(into *Opt[string], allowed []string) {
	s, ok := r.string()
	i := -1
	if ok {
		i = slices.Index(allowed, s)
	}
	if i < 0 {
		r.reject("one of %v", allowed)
		return
	}
	*into = Some(allowed[i])
}

func (r *reader) severity(into *Opt[string]) {
	s, _ := r.string()
	name, ok := severityNames[s]
	if !ok {
		r.reject("one of sev1 to sev5, p1 to p5, critical, high, medium, low, info")
		return
	}
	*into = Some(name)
}

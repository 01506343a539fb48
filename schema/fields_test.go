package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// required holds what every event of an entity must carry, with no type.
var required = map[Entity]string{
	Incident:  `"event_id":"e1","occurred_at":"2026-01-31T12:00:00Z","incident_id":"INC-1","title":"t"`,
	Alert:     `"event_id":"e1","occurred_at":"2026-01-31T12:00:00Z","alert_id":"A-1","name":"n"`,
	Execution: `"event_id":"e1","occurred_at":"2026-01-31T12:00:00Z","execution_id":"X-1","automation_id":"a"`,
}

// valid is a complete event with more members after its own.
func valid(e Entity, more ...string) []byte {
	members := append([]string{required[e], fmt.Sprintf(`"type":%q`, entityTypes(e)[0])}, more...)
	return []byte("{" + strings.Join(members, ",") + "}")
}

func decode(t testing.TB, e Entity, value []byte) (Event, *Fault) {
	t.Helper()
	event, f := NewDecoder(e).Decode(&Record{Value: value}, now)
	if (event == nil) == (f == nil) {
		t.Fatalf("%.200s gave the event %v and the fault %v", value, event, f)
	}
	return event, f
}

// expect decodes a value that has the reason, or is accepted for "".
func expect(t testing.TB, e Entity, value []byte, want Reason) {
	t.Helper()
	var got Reason
	_, f := decode(t, e, value)
	if f != nil {
		got = f.Reason
	}
	if got != want {
		t.Errorf("%.120s: got %q (%v), want %q", value, got, f, want)
	}
}

func TestBytes(t *testing.T) {
	padded := func(size int) []byte {
		v := valid(Alert)
		return append(v, strings.Repeat(" ", size-len(v))...)
	}
	for name, c := range map[string]struct {
		value []byte
		want  Reason
	}{
		"nil":                       {nil, ReasonEmpty},
		"empty":                     {[]byte{}, ReasonEmpty},
		"1 MiB":                     {padded(MaxRecordBytes), ""},
		"1 MiB and a byte":          {padded(MaxRecordBytes + 1), ReasonTooLarge},
		"too large and not UTF-8":   {append(padded(MaxRecordBytes), 0xff), ReasonTooLarge},
		"not UTF-8 in a string":     {valid(Alert, "\"team\":\"\xff\""), ReasonInvalidUTF8},
		"not UTF-8 and not JSON":    {[]byte("{\xc3\x28"), ReasonInvalidUTF8},
		"a surrogate half as UTF-8": {valid(Alert, "\"team\":\"\xed\xa0\x80\""), ReasonInvalidUTF8},
		"overlong":                  {valid(Alert, "\"team\":\"\xc0\xaf\""), ReasonInvalidUTF8},
		"a replacement character":   {valid(Alert, "\"team\":\"\uFFFD\""), ""},
	} {
		t.Run(name, func(t *testing.T) { expect(t, Alert, c.value, c.want) })
	}
}

func nested(depth int) string {
	return strings.Repeat("[", depth) + strings.Repeat("]", depth)
}

func TestDepth(t *testing.T) {
	object := func(depth int) string {
		return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
	}
	for _, c := range []struct {
		value string
		want  Reason
	}{
		{nested(MaxDepth - 1), ""},
		{nested(MaxDepth), ReasonMalformedJSON},
		{object(MaxDepth - 1), ""},
		{object(MaxDepth), ReasonMalformedJSON},
		{nested(100_000), ReasonMalformedJSON},
		{object(100_000), ReasonMalformedJSON},
		{strings.Repeat("[", 1_000_000), ReasonMalformedJSON},
		{"[" + strings.Repeat("[],", 1000) + "[]]", ""}, // wide, not deep
		{"[" + strings.Repeat(`{"a":{}},`, 1000) + "{}]", ""},
	} {
		for _, field := range []string{"unknown", "x\\u0079"} {
			expect(t, Incident, valid(Incident, fmt.Sprintf(`"%s":%s`, field, c.value)), c.want)
		}
	}
	expect(t, Incident, valid(Incident, `"actions":[{"kind":"fix","x":`+nested(MaxDepth-3)+`}]`), "")
	expect(t, Incident, valid(Incident, `"actions":[{"kind":"fix","x":`+nested(MaxDepth-2)+`}]`), ReasonMalformedJSON)
	// A bad value does not hide what is malformed inside it.
	expect(t, Incident, valid(Incident, `"title2":1,"severity":`+nested(MaxDepth)), ReasonMalformedJSON)
}

func TestDuplicateKeysAmongMany(t *testing.T) {
	for _, n := range []int{1, 2, linearKeys - 1, linearKeys, linearKeys + 1, 5000} {
		var keys []string
		for i := range n {
			keys = append(keys, fmt.Sprintf(`"k%d":1`, i))
		}
		object := func(more ...string) []byte {
			return valid(Alert, `"x":{`+strings.Join(append(slices.Clone(keys), more...), ",")+`}`)
		}
		expect(t, Alert, object(), "")
		expect(t, Alert, object(`"k":1`), "")
		expect(t, Alert, object(`"k0":1`), ReasonMalformedJSON)
		expect(t, Alert, object(fmt.Sprintf(`"\u006b%d":1`, n-1)), ReasonMalformedJSON)
	}
	// Which key the message names does not depend on the random hashes.
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	value := "{" + b.String() + `"k300":1,` + b.String() + `"z":1}`
	if _, f := decode(t, Alert, []byte(value)); !strings.Contains(f.Message, `"k300"`) {
		t.Errorf("the first key that comes twice is k300, the message says %q", f.Message)
	}
}

func TestTypesAndTopics(t *testing.T) {
	count := 0
	for _, of := range Entities {
		for _, typ := range entityTypes(of) {
			count++
			for _, topic := range Entities {
				want := ReasonUnknownType
				if topic == of {
					want = ""
				}
				expect(t, topic, fmt.Appendf(nil, `{%s,"type":%q}`, required[topic], typ), want)
			}
			if e, ok := EntityOf(typ); !ok || e != of {
				t.Errorf("EntityOf(%q) = %v, %v", typ, e, ok)
			}
		}
	}
	if count != 7+4+12 {
		t.Errorf("there are %d types", count)
	}
	if _, ok := EntityOf("incident"); ok {
		t.Error("incident is no type")
	}
}

// TestEnumerations has the contract's own lists, not the code's.
func TestEnumerations(t *testing.T) {
	for _, c := range []struct {
		entity Entity
		field  string
		values string
	}{
		{Incident, "trigger_kind", "alert customer manual automation"},
		{Incident, "classification", "incident false_alarm drill maintenance test merged"},
		{Incident, "resolved_by", "human automation self"},
		{Alert, "verdict", "actionable noise false_positive"},
		{Execution, "pattern", "script operator self_healing"},
		{Execution, "stage", "dry_run canary full"},
		{Execution, "trigger_kind", "alert incident schedule condition manual"},
		{Execution, "verdict", "necessary unnecessary"},
	} {
		for v := range strings.FieldsSeq(c.values) {
			expect(t, c.entity, valid(c.entity, fmt.Sprintf("%q:%q", c.field, v)), "")
			expect(t, c.entity, valid(c.entity, fmt.Sprintf("%q:%q", c.field, v+"x")), ReasonInvalidField)
			expect(t, c.entity, valid(c.entity, fmt.Sprintf("%q:%q", c.field, strings.ToUpper(v))), ReasonInvalidField)
		}
		expect(t, c.entity, valid(c.entity, fmt.Sprintf("%q:%q", c.field, "")), ReasonInvalidField)
	}
}

func TestSeveritySpellings(t *testing.T) {
	for i, spellings := range []string{"sev1 critical p1", "sev2 high p2", "sev3 medium p3", "sev4 low p4", "sev5 info p5"} {
		want := Some(fmt.Sprintf("sev%d", i+1))
		for s := range strings.FieldsSeq(spellings) {
			more := fmt.Sprintf(`"severity":%q`, s)
			incident, _ := decode(t, Incident, valid(Incident, more))
			alert, _ := decode(t, Alert, valid(Alert, more))
			if a, b := incident.(*IncidentEvent).Severity, alert.(*AlertEvent).Severity; a != want || b != want {
				t.Errorf("%s became %v and %v, want %v", s, a, b, want)
			}
		}
	}
	for _, s := range []string{"", "sev0", "sev6", "p0", "P1", "Critical", "warning", "1"} {
		expect(t, Incident, valid(Incident, fmt.Sprintf(`"severity":%q`, s)), ReasonInvalidField)
	}
}

func TestNumbers(t *testing.T) {
	fields := map[Entity][]string{
		Incident:  {"responder_minutes", "users_affected", "revenue_lost", "error_budget_minutes"},
		Execution: {"manual_minutes", "residual_minutes"},
	}
	for e, names := range fields {
		for _, name := range names {
			for number, want := range map[string]Reason{
				"0": "", "-0": "", "0.5": "", "1E+2": "", "18446744073709551616": "", "1e308": "",
				"1e999": ReasonInvalidField, "-1": ReasonInvalidField, "-1e999": ReasonInvalidField, `"1"`: ReasonInvalidField,
				"true": ReasonInvalidField, "[1]": ReasonInvalidField,
				"NaN": ReasonMalformedJSON, "Infinity": ReasonMalformedJSON, "-": ReasonMalformedJSON, ".5": ReasonMalformedJSON,
				"0x10": ReasonMalformedJSON, "00": ReasonMalformedJSON, "1e": ReasonMalformedJSON, "1e+": ReasonMalformedJSON, "-01": ReasonMalformedJSON,
			} {
				expect(t, e, valid(e, fmt.Sprintf("%q:%s", name, number)), want)
			}
		}
	}
}

func TestEventIDLength(t *testing.T) {
	for _, c := range []struct {
		id   string
		want Reason
	}{
		{"", ReasonInvalidField},
		{"x", ""},
		{strings.Repeat("x", 256), ""},
		{strings.Repeat("x", 257), ReasonInvalidField},
		{strings.Repeat("ü", 128), ""},
		{strings.Repeat("ü", 128) + "x", ReasonInvalidField},
		{strings.Repeat(`\u0041`, 256), ""}, // bytes of the text, not of its spelling
	} {
		own := `{"event_id":"` + c.id + `","type":"alert.resolved","occurred_at":"2026-01-31T12:00:00Z","alert_id":"A-1"}`
		expect(t, Alert, []byte(own), c.want)
		envelope := `{"specversion":"1.0","id":"` + c.id + `","data":{"type":"alert.resolved","occurred_at":"2026-01-31T12:00:00Z","alert_id":"A-1"}}`
		expect(t, Alert, []byte(envelope), c.want)
	}
}

func TestLabelLimit(t *testing.T) {
	labels := func(n int, more string) string {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf(`"l%d":"v"`, i))
		}
		return `"labels":{` + strings.Join(members, ",") + more + `}`
	}
	expect(t, Alert, valid(Alert, labels(MaxLabels, "")), "")
	expect(t, Alert, valid(Alert, labels(MaxLabels, `,"absent":null`)), "")
	expect(t, Alert, valid(Alert, labels(MaxLabels+1, "")), ReasonInvalidField)
	expect(t, Alert, valid(Alert, labels(MaxLabels, `,"l1":"v"`)), ReasonMalformedJSON)
}

// TestBadFieldIsNotMissing: however much else is bad, a required field that
// came with a bad value is not reported as missing.
func TestBadFieldIsNotMissing(t *testing.T) {
	var labels []string
	for i := range 1000 {
		labels = append(labels, fmt.Sprintf(`"l%d":%d`, i, i))
	}
	value := `{"labels":{` + strings.Join(labels, ",") + `},"event_id":7,"occurred_at":0,"alert_id":"","name":[],"type":"alert.fired"}`
	_, f := decode(t, Alert, []byte(value))
	if f.Reason != ReasonInvalidField || f.Field != "labels.l0" {
		t.Errorf("the first bad value is labels.l0, got %v", f)
	}
}

func TestHeaderThatIsNotUTF8(t *testing.T) {
	headers := []Header{{"ce_source", []byte("\xff")}}
	d := NewDecoder(Alert)
	_, f := d.Decode(&Record{Value: valid(Alert), Headers: headers}, now)
	if f == nil || f.Reason != ReasonInvalidField || f.Field != "source" {
		t.Errorf("got %v", f)
	}
	if _, f := d.Decode(&Record{Value: valid(Alert, `"source":"own"`), Headers: headers}, now); f != nil {
		t.Errorf("the event has its own source, got %v", f)
	}
}

func TestEmptyHeaderSaysNothing(t *testing.T) {
	_, f := NewDecoder(Alert).Decode(&Record{
		Value:   []byte(`{"type":"alert.resolved","occurred_at":"2026-01-31T12:00:00Z","alert_id":"A-1"}`),
		Headers: []Header{{"ce_id", []byte{}}, {"ce_source", nil}, {"", nil}, {"ce", nil}},
	}, now)
	if f == nil || f.Reason != ReasonMissingField || f.Field != "event_id" {
		t.Errorf("got %v", f)
	}
}

func TestAheadIsMeasuredToTheMillisecond(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 1_999_999, time.UTC)
	for stamp, accepted := range map[string]bool{
		"2026-03-02T12:00:00.001Z":         true,
		"2026-03-02T12:00:00.0019999Z":     true,
		"2026-03-02T13:00:00.001+01:00":    true,
		"2026-03-02T12:00:00.002Z":         false,
		"2026-03-02T12:00:00.002000-00:00": false,
	} {
		value := []byte(`{"event_id":"e","type":"alert.resolved","alert_id":"A","occurred_at":"` + stamp + `"}`)
		if _, f := NewDecoder(Alert).Decode(&Record{Value: value}, at); (f == nil) != accepted {
			t.Errorf("%s: %v", stamp, f)
		}
	}
}

package schema

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// isOneObject is an independent judge of the bytes: whether they are one JSON
// object within the contract's size and depth, no key of which comes twice.
func isOneObject(value []byte) bool {
	if len(value) > MaxRecordBytes || !utf8.Valid(value) || !json.Valid(value) {
		return false
	}
	in := json.NewDecoder(bytes.NewReader(value))
	in.UseNumber()
	start, err := in.Token()
	return err == nil && start == json.Delim('{') && uniqueAndShallow(in, start, 1)
}

// uniqueAndShallow reads the object or array that start has opened.
func uniqueAndShallow(in *json.Decoder, start json.Token, depth int) bool {
	keys := make(map[string]bool)
	for in.More() {
		if start == json.Delim('{') {
			key, err := in.Token()
			if err != nil || keys[key.(string)] {
				return false
			}
			keys[key.(string)] = true
		}
		value, err := in.Token()
		if err != nil {
			return false
		}
		if _, opens := value.(json.Delim); opens && !uniqueAndShallow(in, value, depth+1) {
			return false
		}
	}
	_, err := in.Token()
	return depth <= MaxDepth && (err == nil || err == io.EOF)
}

func TestIsOneObject(t *testing.T) {
	for value, want := range map[string]bool{
		`{}`: true, `{"a":{"a":[1,{"a":2}]}}`: true, ` {"a":1} `: true,
		`[]`: false, `{"a":1,"\u0061":1}`: false, `{"a":[{"b":1,"b":1}]}`: false, `{} {}`: false, `{"a":NaN}`: false, "{\"\xff\":1}": false,
		`{"a":` + nested(MaxDepth-1) + `}`: true, `{"a":` + nested(MaxDepth) + `}`: false,
	} {
		if got := isOneObject([]byte(value)); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	cases := goldenCases(f)
	for _, c := range cases {
		var contentType, id, kind, at, source string
		for _, h := range c.record.Headers {
			switch strings.ToLower(h.Name) {
			case "content-type":
				contentType = string(h.Value)
			case "ce_id":
				id = string(h.Value)
			case "ce_type":
				kind = string(h.Value)
			case "ce_time":
				at = string(h.Value)
			case "ce_source":
				source = string(h.Value)
			}
		}
		f.Add(uint8(c.entity-1), c.record.Value, contentType, id, kind, at, source)
	}
	// One decoder per entity reads all inputs, so that what one leaves behind
	// would show in the next.
	used := make(map[Entity]*Decoder)
	for _, e := range Entities {
		used[e] = NewDecoder(e)
	}
	f.Fuzz(func(t *testing.T, entity uint8, value []byte, contentType, id, kind, at, source string) {
		e := Entities[int(entity)%len(Entities)]
		rec := Record{Value: value, Headers: []Header{
			{"content-type", []byte(contentType)},
			{"ce_id", []byte(id)},
			{"ce_type", []byte(kind)},
			{"ce_time", []byte(at)},
			{"ce_source", []byte(source)},
		}}
		before := bytes.Clone(value)
		event, fault := NewDecoder(e).Decode(&rec, now)
		want := outcome(event, fault)
		for range 2 {
			if got := outcome(used[e].Decode(&rec, now)); got != want {
				t.Fatalf("a decoder that has read others says\n%s\nwant\n%s", got, want)
			}
		}
		if !bytes.Equal(value, before) {
			t.Fatal("the record was changed")
		}
		checkVerdict(t, value, fault)
		if fault == nil {
			checkRoundTrip(t, e, event)
		}
	})
}

// checkVerdict compares what was found wrong with the bytes with the judge.
func checkVerdict(t *testing.T, value []byte, f *Fault) {
	t.Helper()
	ok := isOneObject(value)
	if f == nil {
		if !ok {
			t.Fatal("what is not one JSON object was accepted")
		}
		return
	}
	if !utf8.ValidString(f.Error()) || len(f.Message) > 1000 || len(f.Field) > 400 {
		t.Fatalf("unreadable fault %q", f)
	}
	inner := f.Field == "data_base64" || strings.HasPrefix(f.Message, "data_base64: ")
	bad := f.Reason == ReasonEmpty || f.Reason == ReasonTooLarge || f.Reason == ReasonInvalidUTF8 || f.Reason == ReasonMalformedJSON
	if !inner && bad == ok {
		t.Fatalf("the judge says that it is one JSON object: %v; the fault is %v", ok, f)
	}
}

// checkRoundTrip writes the event, reads it and compares.
func checkRoundTrip(t *testing.T, e Entity, event Event) {
	t.Helper()
	written := event.AppendJSON(nil)
	if !isOneObject(written) {
		if len(written) > MaxRecordBytes {
			return
		}
		t.Fatalf("the event was written as %s", written)
	}
	if extra := event.Base().Extra; extra != nil && !isOneObject(extra) {
		t.Fatalf("Extra is %s", extra)
	}
	again, f := NewDecoder(e).Decode(&Record{Value: written}, now)
	if f != nil {
		t.Fatalf("the event was written as\n%s\nwhich is refused: %v", written, f)
	}
	if !reflect.DeepEqual(event, again) {
		t.Fatalf("the event\n%+v\nwas written as\n%s\nand read as\n%+v", event, written, again)
	}
}

package schema

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// now is when every test record is read.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// goldenCase is a file of a testdata archive. Its name starts with the entity;
// its lines are the record's headers, the value, and what becomes of it:
//
//	ce_id: 7
//	{"type": "alert.fired"}
//	=> missing_field: occurred_at: this required field is missing
type goldenCase struct {
	name   string
	entity Entity
	record Record
	want   string
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	var cases []goldenCase
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			cases = append(cases, parseGolden(t, f))
		}
	}
	return cases
}

func parseGolden(t testing.TB, f txtar.File) goldenCase {
	t.Helper()
	input, want, ok := strings.Cut(string(f.Data), "\n=> ")
	if !ok {
		t.Fatalf("%s: there is no line with =>", f.Name)
	}
	c := goldenCase{name: f.Name, entity: entityNamed(t, f.Name), want: strings.TrimSpace(want)}
	for {
		line, rest, _ := strings.Cut(input, "\n")
		name, value, isHeader := strings.Cut(line, ": ")
		if !isHeader || strings.ContainsAny(name, "{\"[ ") {
			break
		}
		c.record.Headers = append(c.record.Headers, Header{name, []byte(value)})
		input = rest
	}
	c.record.Value = []byte(input)
	return c
}

func entityNamed(t testing.TB, name string) Entity {
	t.Helper()
	for _, e := range Entities {
		if strings.HasPrefix(name, e.String()+" ") {
			return e
		}
	}
	t.Fatalf("%q does not start with an entity", name)
	return 0
}

// outcome is an event as JSON, or a fault as its sender reads it.
func outcome(e Event, f *Fault) string {
	if f != nil {
		return f.Error()
	}
	return string(e.AppendJSON(nil))
}

func TestGolden(t *testing.T) {
	for _, c := range goldenCases(t) {
		t.Run(c.name, func(t *testing.T) {
			if got := outcome(NewDecoder(c.entity).Decode(&c.record, now)); got != c.want {
				t.Errorf("the value\n%s\nbecame\n%s\nwant\n%s", c.record.Value, got, c.want)
			}
		})
	}
}

func TestGoldenShowsEveryReason(t *testing.T) {
	shown := map[Reason]bool{ReasonEmpty: true, ReasonTooLarge: true, ReasonInvalidUTF8: true} // see TestBytes
	for _, c := range goldenCases(t) {
		reason, _, _ := strings.Cut(c.want, ":")
		shown[Reason(reason)] = true
	}
	for _, r := range Reasons {
		if !shown[r] {
			t.Errorf("no golden case has the reason %s", r)
		}
	}
}

// TestNoStateBetweenRecords decodes every record after every other with one
// decoder: what was read before must not matter.
func TestNoStateBetweenRecords(t *testing.T) {
	cases := goldenCases(t)
	for _, e := range Entities {
		d := NewDecoder(e)
		for _, before := range cases {
			for _, c := range cases {
				if c.entity != e {
					continue
				}
				d.Decode(&before.record, now)
				if got := outcome(d.Decode(&c.record, now)); got != c.want {
					t.Fatalf("%s after %s became\n%s\nwant\n%s", c.name, before.name, got, c.want)
				}
			}
		}
	}
}

// TestFaultHoldsOnToNothing overwrites a record after it was refused.
func TestFaultHoldsOnToNothing(t *testing.T) {
	for _, c := range goldenCases(t) {
		rec := Record{Value: bytes.Clone(c.record.Value)}
		for _, h := range c.record.Headers {
			rec.Headers = append(rec.Headers, Header{h.Name, bytes.Clone(h.Value)})
		}
		d := NewDecoder(c.entity)
		_, f := d.Decode(&rec, now)
		if f == nil {
			continue
		}
		for _, b := range append(rec.Headers, Header{Value: rec.Value}) {
			for i := range b.Value {
				b.Value[i] = '#'
			}
		}
		if got := f.Error(); got != c.want {
			t.Errorf("%s: the fault became %s\nwant %s", c.name, got, c.want)
		}
	}
}

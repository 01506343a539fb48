package world

import (
	"bufio"
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
)

// yearStart is a Monday.
var yearStart = time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)

func smallCompany() Config { return Config{Seed: 1, Start: yearStart, Days: 365, Scale: 1} }

// seen is what an observer has read of a world: each entity's distinct events
// in the order in which they occurred, and nothing of its truth.
type seen struct {
	incidents  map[string][]*schema.IncidentEvent
	alerts     map[string][]*schema.AlertEvent
	executions map[string][]*schema.ExecutionEvent
	distinct   int
	copies     int
}

// observe reads the world's NDJSON through the contract's decoder.
func observe(t *testing.T, w *World) *seen {
	t.Helper()
	o := &seen{
		incidents:  make(map[string][]*schema.IncidentEvent),
		alerts:     make(map[string][]*schema.AlertEvent),
		executions: make(map[string][]*schema.ExecutionEvent),
	}
	now, ids := w.Truth().End.Add(time.Hour), make(map[string]bool)
	lines := bufio.NewScanner(bytes.NewReader(ndjson(t, w)))
	for lines.Scan() {
		e := decode(t, bytes.Clone(lines.Bytes()), now)
		if ids[e.Base().EventID] {
			o.copies++
			continue
		}
		ids[e.Base().EventID] = true
		o.distinct++
		o.note(e)
	}
	o.sort()
	return o
}

func ndjson(t *testing.T, w *World) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := w.WriteNDJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode reads a line as a record of the topic that its type belongs to.
func decode(t *testing.T, line []byte, now time.Time) schema.Event {
	t.Helper()
	_, rest, _ := bytes.Cut(line, []byte(`"type":"`))
	kind, _, _ := bytes.Cut(rest, []byte(`"`))
	entity, ok := schema.EntityOf(string(kind))
	if !ok {
		t.Fatalf("no such type: %s", line)
	}
	e, fault := schema.NewDecoder(entity).Decode(&schema.Record{Value: line}, now)
	if fault != nil {
		t.Fatalf("%v: %s", fault, line)
	}
	if again := e.AppendJSON(nil); len(again) == 0 {
		t.Fatalf("%s is written as nothing", line)
	}
	return e
}

func (o *seen) note(e schema.Event) {
	switch e := e.(type) {
	case *schema.IncidentEvent:
		o.incidents[e.IncidentID] = append(o.incidents[e.IncidentID], e)
	case *schema.AlertEvent:
		o.alerts[e.AlertID] = append(o.alerts[e.AlertID], e)
	case *schema.ExecutionEvent:
		o.executions[e.ExecutionID] = append(o.executions[e.ExecutionID], e)
	}
}

func (o *seen) sort() {
	for _, life := range o.incidents {
		sortLife(life)
	}
	for _, life := range o.alerts {
		sortLife(life)
	}
	for _, life := range o.executions {
		sortLife(life)
	}
}

func sortLife[E schema.Event](life []E) {
	slices.SortStableFunc(life, func(a, b E) int {
		return int(a.Base().OccurredAt - b.Base().OccurredAt)
	})
}

// first and last are the instants of a type in a life, 0 if it has none.
func first[E schema.Event](life []E, kind string) schema.Millis {
	for _, e := range life {
		if e.Base().Type == kind {
			return e.Base().OccurredAt
		}
	}
	return 0
}

func last[E schema.Event](life []E, kind string) schema.Millis {
	for _, e := range slices.Backward(life) {
		if e.Base().Type == kind {
			return e.Base().OccurredAt
		}
	}
	return 0
}

// latest is a field's value in the fold of a life.
func latest[E schema.Event, T any](life []E, field func(E) schema.Opt[T]) schema.Opt[T] {
	for _, e := range slices.Backward(life) {
		if v := field(e); v.Set {
			return v
		}
	}
	return schema.Opt[T]{}
}

package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
)

// origin is 0m of every script.
var origin = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func at(after string) schema.Millis {
	d, err := time.ParseDuration(after)
	if err != nil {
		panic(err)
	}
	return schema.MillisOf(origin.Add(d))
}

// script reads events, one a line, such as
//
//	10m incident i1 opened service=web started_at=@5m alert_ids=["a1"]
//
// and gives them offsets in the order of the lines. A value that is JSON stays
// as it is, "@5m" is a time, anything else is text.
func script(t testing.TB, lines string) *Fold {
	t.Helper()
	f := &Fold{}
	for offset, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		add(t, f, line, int64(offset))
	}
	return f
}

func add(t testing.TB, f *Fold, line string, offset int64) {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 4 {
		t.Fatalf("not an event: %q", line)
	}
	kind, id := words[1], words[2]
	members := map[string]any{
		"event_id":    fmt.Sprintf("e%d", offset),
		"occurred_at": at(words[0]).Time().Format(time.RFC3339Nano),
		"type":        kind + "." + words[3],
		kind + "_id":  id,
	}
	for _, required := range []string{"title", "name", "automation_id"} {
		members[required] = "x"
	}
	for _, word := range words[4:] {
		name, value, _ := strings.Cut(word, "=")
		members[name] = scriptValue(value)
	}
	addJSON(t, f, members, offset)
}

func scriptValue(value string) any {
	if after, isTime := strings.CutPrefix(value, "@"); isTime {
		return at(after).Time().Format(time.RFC3339Nano)
	}
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	return value
}

func addJSON(t testing.TB, f *Fold, members map[string]any, offset int64) {
	t.Helper()
	value, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	entity, ok := entityOf(value)
	if !ok {
		t.Fatalf("no entity: %s", value)
	}
	ev, fault := schema.NewDecoder(entity).Decode(&schema.Record{Value: value}, origin.Add(365*24*time.Hour))
	if fault != nil {
		t.Fatalf("%s: %v", value, fault)
	}
	f.Add(ev, Topic(entity), 0, offset)
	clear(value) // decoded texts may point into it
}

// wide is the first ten days, observed after fifty.
func wide() Query { return Query{From: at("0s"), To: at("240h"), AsOf: at("1200h")} }

func one(t *testing.T, f *Fold, name string, q Query) Row {
	t.Helper()
	rows, err := f.Metric(name, q)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows[0]
}

// wantRow compares everything but the intervals' ends, which only have to be
// there or not.
type wantRow struct {
	n        int64
	estimate float64 // NaN: none
	status   string
	counts   map[string]int64
	beside   map[string]float64 // NaN: none
}

var none = math.NaN()

func (want wantRow) check(t *testing.T, name string, got Row) {
	t.Helper()
	if got.N != want.n || got.Status != want.status {
		t.Errorf("%s: n = %d, status %s; want %d, %s", name, got.N, got.Status, want.n, want.status)
	}
	wantValue(t, name+" estimate", got.Estimate, want.estimate)
	if got.Status != StatusOK && (got.Low != nil || got.High != nil) {
		t.Errorf("%s: an interval although the status is %s", name, got.Status)
	}
	counts := make(map[string]int64)
	for what, count := range map[string]*int64{
		"numerator": got.Numerator, "denominator": got.Denominator, "censored": got.Censored,
		"unknown": got.Unknown, "invalid": got.Invalid, "left_out": got.LeftOut,
	} {
		if count != nil {
			counts[what] = *count
		}
	}
	if !maps.Equal(counts, want.counts) {
		t.Errorf("%s: %v, want %v", name, counts, want.counts)
	}
	if len(got.Companions) != len(want.beside) {
		t.Errorf("%s: companions %v, want %v", name, got.Companions, want.beside)
	}
	for what, value := range want.beside {
		companion, there := got.Companions[what]
		if !there {
			t.Errorf("%s: no companion %s", name, what)
		}
		wantValue(t, name+" "+what, companion, value)
	}
}

func wantValue(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	switch {
	case math.IsNaN(want):
		if got != nil {
			t.Errorf("%s = %g, want none", what, *got)
		}
	case got == nil:
		t.Errorf("%s is missing, want %g", what, want)
	case math.Abs(*got-want) > 1e-9*max(1, math.Abs(want)):
		t.Errorf("%s = %.12g, want %.12g", what, *got, want)
	}
}

func wantBounds(t *testing.T, what string, got Row, low, high float64) {
	t.Helper()
	for _, c := range []struct {
		got  *float64
		want float64
	}{{got.Low, low}, {got.High, high}} {
		if c.got == nil || math.Abs(*c.got-c.want) > 5e-5*max(1, c.want) {
			t.Errorf("%s: bound is not %g", what, c.want)
		}
	}
}

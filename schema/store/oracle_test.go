package store_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/ledger"
	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestFoldsAgreeWithThePlainFold lands random events, many of them at the same
// moment, with empty and absent values, and compares every field of every
// entity with one slow fold in Go, now and as of moments in between.
func TestFoldsAgreeWithThePlainFold(t *testing.T) {
	const events = 3000
	s := storetest.Open(t)
	r := rand.New(rand.NewPCG(3, 5))
	var fold oracle.Fold
	for _, e := range schema.Entities {
		b, d := s.NewBatch(e), schema.NewDecoder(e)
		for i := range events {
			rec := recordAt(e, int64(i/2), randomEvent(r, e, i))
			rec.Partition = int32(i % 2) // an offset comes twice: the partition decides
			ev, fault := d.Decode(rec, written)
			if fault != nil {
				t.Fatal(fault, string(rec.Value))
			}
			b.Add(rec, ev, fault)
			fold.Add(ev, rec.Topic, rec.Partition, rec.Offset)
			if b.Rows() == 400 { // several parts
				insert(t, b, fmt.Sprint(e, i))
				b.Reset()
			}
		}
		insert(t, b, fmt.Sprint(e, " rest"))
	}
	for _, minute := range []int{0, 7, 23, 59} {
		asOf := randomStart.Add(time.Duration(minute) * time.Minute)
		at := schema.MillisOf(asOf)
		view := fmt.Sprintf("s_as_of(as_of = '%s')", asOf.Format("2006-01-02 15:04:05.000"))
		compare(t, s, "incident"+view, "incident_id", ledger.Incidents(fold.Incidents(at)))
		compare(t, s, "alert"+view, "alert_id", ledger.Alerts(fold.Alerts(at)))
		compare(t, s, "execution"+view, "execution_id", ledger.Executions(fold.Executions(at)))
	}
	end := schema.MillisOf(randomStart.Add(time.Hour))
	compare(t, s, "incidents", "incident_id", ledger.Incidents(fold.Incidents(end)))
	compare(t, s, "alerts", "alert_id", ledger.Alerts(fold.Alerts(end)))
	compare(t, s, "executions", "execution_id", ledger.Executions(fold.Executions(end)))
}

var randomStart = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// randomEvent is an event of one of a hundred entities within the hour, on a
// whole minute, so that many share it.
func randomEvent(r *rand.Rand, e schema.Entity, n int) string {
	types := map[schema.Entity]string{
		schema.Incident:  "opened acknowledged mitigated resolved reopened updated reviewed",
		schema.Alert:     "fired acknowledged resolved classified",
		schema.Execution: "requested approved rejected started started succeeded succeeded failed timed_out cancelled skipped escalated rolled_back classified",
	}[e]
	event := map[string]any{
		"event_id": fmt.Sprint(n), "type": e.String() + "." + oneOf(r, strings.Fields(types)),
		"occurred_at": randomStart.Add(time.Duration(r.IntN(60)) * time.Minute), e.IDField(): fmt.Sprint(r.IntN(100)),
		"title": oneOf(r, []string{"", "a", "b"}), "name": oneOf(r, []string{"", "a", "b"}), "automation_id": oneOf(r, []string{"A", "B"}),
	}
	fields := randomFields(r, e)
	for _, name := range slices.Sorted(maps.Keys(fields)) { // in a fixed order, for the dice's sake
		if r.IntN(3) == 0 {
			event[name] = fields[name]
		}
	}
	if e != schema.Incident {
		delete(event, "title")
	}
	if e != schema.Alert {
		delete(event, "name")
	}
	if e != schema.Execution {
		delete(event, "automation_id")
	}
	value, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	return string(value)
}

func oneOf[T any](r *rand.Rand, values []T) T { return values[r.IntN(len(values))] }

// randomFields are values for every field that an event may do without.
func randomFields(r *rand.Rand, e schema.Entity) map[string]any {
	text := func() any { return oneOf(r, []any{"", "a", "b", "ü", nil}) }
	list := func() any { return oneOf(r, []any{[]string{}, []string{""}, []string{"a", "b"}, []string{"c"}, nil}) }
	amount := func() any { return oneOf(r, []any{0, 1.5, 2, 1e6, nil}) }
	fields := map[string]any{
		"service": text(), "team": text(), "environment": text(), "source": text(),
		"labels": oneOf(r, []any{map[string]string{}, map[string]string{"a": "b", "": ""}, map[string]string{"c": "d"}}),
	}
	more := map[schema.Entity]func(){
		schema.Incident: func() {
			set(fields, text, "description", "cause", "trigger_id", "caused_by_execution_id")
			set(fields, amount, "responder_minutes", "users_affected", "revenue_lost", "error_budget_minutes")
			set(fields, list, "alert_ids", "execution_ids")
			fields["severity"] = oneOf(r, []string{"sev1", "p2", "info"})
			fields["trigger_kind"] = oneOf(r, schema.IncidentTriggers)
			fields["classification"] = oneOf(r, schema.Classifications)
			fields["resolved_by"] = oneOf(r, schema.Resolvers)
			fields["started_at"] = randomStart.Add(time.Duration(r.IntN(60)) * time.Second)
			fields["actions"] = oneOf(r, []any{[]any{}, []any{map[string]any{"id": "a", "kind": "fix", "automatable": true, "x": 1}}})
		},
		schema.Alert: func() {
			set(fields, text, "fingerprint", "summary", "incident_id")
			fields["severity"] = oneOf(r, []string{"sev1", "p2", "info"})
			fields["verdict"] = oneOf(r, schema.AlertVerdicts)
		},
		schema.Execution: func() {
			set(fields, text, "automation_name", "automation_version", "trigger_id", "incident_id", "alert_id", "decision", "command", "actor", "approver", "error")
			set(fields, amount, "manual_minutes", "residual_minutes")
			set(fields, list, "targets")
			fields["pattern"], fields["stage"] = oneOf(r, schema.Patterns), oneOf(r, schema.Stages)
			fields["trigger_kind"], fields["verdict"] = oneOf(r, schema.ExecutionTriggers), oneOf(r, schema.ExecutionVerdicts)
			fields["mutating"], fields["changed"] = oneOf(r, []any{true, false, nil}), oneOf(r, []any{true, false, nil})
		},
	}
	more[e]()
	return fields
}

func set(fields map[string]any, value func() any, names ...string) {
	for _, name := range names {
		fields[name] = value()
	}
}

// compare reads a view and compares it with the fold.
func compare(t *testing.T, s *store.Store, view, id string, want map[string]ledger.Row) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: there is nothing to compare", view)
	}
	differences, err := ledger.CompareTable(t.Context(), s, view, id, want)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Errorf("%s: %s", view, d)
	}
}

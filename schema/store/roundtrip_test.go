package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// fullEvents carry every field that the contract knows, an unknown one and,
// where members are open, an unknown member.
var fullEvents = map[schema.Entity]string{
	schema.Incident: `{"event_id":"e-1","type":"incident.opened","occurred_at":"2026-01-31T12:00:00.001Z","source":"pagerduty",
		"labels":{"region":"eu","größe":"XL"},"shoe":[1,2],"incident_id":"INC-1","title":"Disk full","description":"no \"space\"\n","service":"shop",
		"team":"core","environment":"prod","cause":"capacity","severity":"p1","started_at":"2026-01-31T11:59:00.999Z","trigger_kind":"alert",
		"trigger_id":"AL-1","alert_ids":["AL-1","AL-2"],"execution_ids":["EX-1"],"classification":"false_alarm","resolved_by":"human",
		"caused_by_execution_id":"EX-0","responder_minutes":12.5,"users_affected":1e3,"revenue_lost":0.1,"error_budget_minutes":3,
		"actions":[{"id":"A1","kind":"fix","automatable":true,"ticket":"T-1","due":"soon"},{"id":"A2","kind":"band_aid"}]}`,
	schema.Alert: `{"event_id":"e-1","type":"alert.fired","occurred_at":"2026-01-31T12:00:00.001Z","source":"prometheus","labels":{"a":"b"},"x":1,
		"alert_id":"AL-1","name":"DiskFull","fingerprint":"f00","summary":"full","service":"shop","team":"core","environment":"prod",
		"severity":"low","incident_id":"INC-1","verdict":"noise"}`,
	schema.Execution: `{"event_id":"e-1","type":"execution.started","occurred_at":"2026-01-31T12:00:00.001Z","source":"rundeck","labels":{"a":"b"},"x":1,
		"execution_id":"EX-1","automation_id":"AU-1","automation_name":"Clean","automation_version":"v2","pattern":"operator","stage":"canary",
		"trigger_kind":"schedule","trigger_id":"nightly","incident_id":"INC-1","alert_id":"AL-1","service":"shop","team":"core","environment":"prod",
		"targets":["h1","h2"],"decision":"disk > 90","command":"rm -r","actor":"bot","approver":"ann","mutating":true,"changed":false,"error":"none left",
		"verdict":"necessary","manual_minutes":30,"residual_minutes":0.25}`,
}

// fullRows are the fields of fullEvents as they are stored; numbers come as
// ClickHouse writes them.
var fullRows = map[schema.Entity]string{
	schema.Incident: `{"event_id":"e-1","type":"incident.opened","occurred_at":"2026-01-31 12:00:00.001","source":"pagerduty",` +
		`"labels":{"region":"eu","größe":"XL"},"extra":"{\"shoe\":[1,2]}","carried":15,"incident_id":"INC-1","title":"Disk full","description":"no \"space\"\n","service":"shop",` +
		`"team":"core","environment":"prod","cause":"capacity","severity":"sev1","started_at":"2026-01-31 11:59:00.999","trigger_kind":"alert",` +
		`"trigger_id":"AL-1","alert_ids":["AL-1","AL-2"],"execution_ids":["EX-1"],"classification":"false_alarm","resolved_by":"human",` +
		`"caused_by_execution_id":"EX-0","responder_minutes":12.5,"users_affected":1000,"revenue_lost":0.1,"error_budget_minutes":3,` +
		`"actions":[{"id":"A1","kind":"fix","automatable":true,"ticket":"T-1","extra":"{\"due\":\"soon\"}"},{"id":"A2","kind":"band_aid","automatable":false,"ticket":"","extra":""}]}`,
	schema.Alert: `{"event_id":"e-1","type":"alert.fired","occurred_at":"2026-01-31 12:00:00.001","source":"prometheus","labels":{"a":"b"},"extra":"{\"x\":1}","carried":1,` +
		`"alert_id":"AL-1","name":"DiskFull","fingerprint":"f00","summary":"full","service":"shop","team":"core","environment":"prod",` +
		`"severity":"sev4","incident_id":"INC-1","verdict":"noise"}`,
	schema.Execution: `{"event_id":"e-1","type":"execution.started","occurred_at":"2026-01-31 12:00:00.001","source":"rundeck","labels":{"a":"b"},"extra":"{\"x\":1}","carried":3,` +
		`"execution_id":"EX-1","automation_id":"AU-1","automation_name":"Clean","automation_version":"v2","pattern":"operator","stage":"canary",` +
		`"trigger_kind":"schedule","trigger_id":"nightly","incident_id":"INC-1","alert_id":"AL-1","service":"shop","team":"core","environment":"prod",` +
		`"targets":["h1","h2"],"decision":"disk > 90","command":"rm -r","actor":"bot","approver":"ann","mutating":true,"changed":false,"error":"none left",` +
		`"verdict":"necessary","manual_minutes":30,"residual_minutes":0.25}`,
}

const envelopeColumns = "topic, partition, offset, recorded_at, landed_at, key, headers, raw, reason, fault_field, fault_message"

// TestRoundTrip writes events with everything, with nothing and with empty
// values, beside a dead letter, and reads every column.
func TestRoundTrip(t *testing.T) {
	for _, e := range schema.Entities {
		t.Run(e.String(), func(t *testing.T) {
			s := storetest.Open(t)
			const bare = `{"event_id":"e-2","type":"%s.classified","occurred_at":"1970-01-01T00:00:00Z",%s%q:"1"}`
			kind, automation := e.String(), ""
			if e == schema.Execution {
				automation = `"automation_id":"AU-1",`
			}
			absent := fmt.Sprintf(bare, kind, automation, e.IDField())
			if e == schema.Incident {
				absent = strings.Replace(absent, "classified", "updated", 1)
			}
			land(t, s, e, fullEvents[e], absent, emptied(absent, e), "no JSON")

			columns := fmt.Sprintf("* EXCEPT (%s)", envelopeColumns)
			wantAnswer(t, s, fmt.Sprintf("SELECT %s FROM %s_records WHERE offset = 0", columns, e), fullRows[e])
			wantNothingCarried(t, s, e)
			wantEmptyCarried(t, s, e)
			wantAnswer(t, s, fmt.Sprintf(`SELECT offset, reason, fault_field, fault_message != '' AS told, raw, event_id, carried, %s AS id FROM %s_records WHERE reason != ''`, e.IDField(), e),
				`{"offset":3,"reason":"malformed_json","fault_field":"","told":1,"raw":"no JSON","event_id":"","carried":0,"id":""}`)
		})
	}
}

// emptied is an event with every optional text and list empty.
func emptied(bare string, e schema.Entity) string {
	fields := map[schema.Entity]string{
		schema.Incident: `"title":"","description":"","service":"","team":"","environment":"","cause":"","trigger_id":"","caused_by_execution_id":"","alert_ids":[],"execution_ids":[],"actions":[],"labels":{}`,
		schema.Alert:    `"name":"","fingerprint":"","summary":"","service":"","team":"","environment":"","incident_id":"","labels":{}`,
		schema.Execution: `"automation_name":"","automation_version":"","trigger_id":"","incident_id":"","alert_id":"","service":"","team":"","environment":"",` +
			`"decision":"","command":"","actor":"","approver":"","error":"","targets":[],"labels":{},"manual_minutes":0,"residual_minutes":0`,
	}[e]
	return strings.TrimSuffix(bare, "}") + "," + fields + "}"
}

// wantNothingCarried checks the row of the bare event: what can be NULL is, and
// lists are empty without being carried.
func wantNothingCarried(t *testing.T, s *store.Store, e schema.Entity) {
	t.Helper()
	nullable := columnsOf(t, s, e, "type LIKE '%Nullable%'")
	wantAnswer(t, s, fmt.Sprintf("SELECT carried, length(labels) AS labels, arrayAll(x -> x, [%s]) AS all_null FROM %s_records WHERE offset = 1",
		strings.Join(nullable, " IS NULL, ")+" IS NULL", e), `{"carried":0,"labels":0,"all_null":1}`)
}

// wantEmptyCarried checks the row of the emptied event: an empty text is no
// NULL, and an empty list was carried.
func wantEmptyCarried(t *testing.T, s *store.Store, e schema.Entity) {
	t.Helper()
	carried := map[schema.Entity]int{schema.Incident: 15, schema.Alert: 1, schema.Execution: 3}[e]
	closed := map[string]bool{ // these have words of their own, and cannot be empty
		"severity": true, "trigger_kind": true, "classification": true, "resolved_by": true, "verdict": true, "pattern": true, "stage": true,
	}
	var tests []string
	for _, c := range columnsOf(t, s, e, "type LIKE '%Nullable(String)%'") {
		if !closed[c] {
			tests = append(tests, c+" = ''")
		}
	}
	wantAnswer(t, s, fmt.Sprintf("SELECT carried, arrayAll(x -> ifNull(x, false), [%s]) AS all_empty FROM %s_records WHERE offset = 2",
		strings.Join(tests, ", "), e), fmt.Sprintf(`{"carried":%d,"all_empty":1}`, carried))
}

// columnsOf lists the columns of an entity's record table.
func columnsOf(t *testing.T, s *store.Store, e schema.Entity, condition string) []string {
	t.Helper()
	rows, err := s.Query(t.Context(), fmt.Sprintf("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '%s_records' AND default_kind = '' AND %s ORDER BY position", e, condition), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		t.Fatal("no columns")
	}
	return names
}

// TestRoundTripOfTheRecord reads what Kafka keeps with a record, bytes that are
// no text included.
func TestRoundTripOfTheRecord(t *testing.T) {
	s := storetest.Open(t)
	b := s.NewBatch(schema.Alert)
	odd := "\x00\xff'\\\n\t漢字\U0001F525"
	r := &schema.Record{
		Topic: "other topic", Partition: 2147483647, Offset: 9223372036854775807, Timestamp: 1,
		Key: []byte(odd), Value: []byte(odd),
		Headers: []schema.Header{{Name: "a", Value: []byte(odd)}, {Name: "", Value: nil}, {Name: "a", Value: []byte("again")}},
	}
	add(b, schema.Alert, r, recordAt(schema.Alert, 0, ""))
	insert(t, b, "t")
	wantAnswer(t, s, fmt.Sprintf("SELECT %s, arrayMap(h -> (h.1, hex(h.2)), headers) AS headers, hex(key) AS key, hex(raw) AS raw FROM alert_records ORDER BY offset",
		"topic, partition, offset, recorded_at, abs(dateDiff('second', landed_at, now64(3))) < 60 AS landed_now, reason"),
		`{"topic":"firebreak.alerts","partition":0,"offset":0,"recorded_at":"2026-01-31 12:00:00.005","landed_now":1,"reason":"empty","headers":[],"key":"6B6579","raw":""}`,
		fmt.Sprintf(`{"topic":"other topic","partition":2147483647,"offset":9223372036854775807,"recorded_at":"1970-01-01 00:00:00.001","landed_now":1,"reason":"invalid_utf8",`+
			`"headers":[["a","%[1]X"],["",""],["a","616761696E"]],"key":"%[1]X","raw":"%[1]X"}`, odd))
}

// TestEveryColumnIsWritten guards against a column that is in the table but
// not in the insert: it would silently take its default.
func TestEveryColumnIsWritten(t *testing.T) {
	s := storetest.Open(t)
	for _, e := range schema.Entities {
		columns := columnsOf(t, s, e, "1")
		known := strings.Split(envelopeColumns, ", ")
		for _, c := range columns {
			if !slices.Contains(known, c) && !strings.Contains(fullRows[e], `"`+c+`":`) {
				t.Errorf("%s_records.%s is tested nowhere", e, c)
			}
		}
	}
}

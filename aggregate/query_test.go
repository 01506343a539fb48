package aggregate_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

func TestAQueryReportsAllItsMistakes(t *testing.T) {
	m := find(t, "alert_count")
	q := aggregate.Query{
		From: date(2026, 3, 9), To: date(2026, 3, 9), AsOf: date(2026, 3, 16),
		By:    []aggregate.Dimension{"service", "stage", "service"},
		Where: []aggregate.Filter{aggregate.Only("trigger_kind", "alert")},
	}
	err := q.Validate(m)
	if err == nil {
		t.Fatal("it is valid")
	}
	for _, mistake := range []string{"from must be before to", `no dimension "stage"`, `no dimension "trigger_kind"`, `"service" is named twice`, "severity"} {
		if !strings.Contains(err.Error(), mistake) {
			t.Errorf("%q does not say %s", err, mistake)
		}
	}
	if _, ran := aggregate.Run(t.Context(), nil, m, q); ran == nil || ran.Error() != err.Error() {
		t.Errorf("running it: %v", ran)
	}
	q = aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9)} // AsOf forgotten
	if err := q.Validate(m); err == nil || !strings.Contains(err.Error(), "as_of is missing") {
		t.Error(err)
	}
	q = aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9), AsOf: date(2026, 3, 16), By: []aggregate.Dimension{"service", "severity"}}
	if err := q.Validate(m); err != nil {
		t.Error(err)
	}
}

// oddTexts would do harm if a value became part of the SQL, or would not be
// found if it were not sent as it is.
var oddTexts = []string{
	`'`, `"`, "`", `\`, `\'`, `\\`, `' OR 1=1 --`, `'); DROP TABLE incident_events; --`, `{from:String}`, `\N`, `NULL`, `\n`,
	"two\nlines", "a\ttab", "a\rreturn", `/* */`, ` space `, `%`, `ü→🔥`, `a=b`, `?`, `$1`, `@name`, "\x01",
}

func TestAValueIsAValue(t *testing.T) {
	l := newLoader(t)
	for i, service := range oddTexts {
		l.add(incident(t, i, map[string]any{"service": service}))
	}
	l.flush()
	q := aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9), AsOf: date(2026, 3, 16)}
	m := find(t, "incident_count")
	for _, text := range oddTexts {
		q.Where = []aggregate.Filter{aggregate.Only("service", text)}
		rows, err := aggregate.Run(t.Context(), l.store, m, q)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if rows[0].N != 1 {
			t.Errorf("%q: %d incidents, want the one of that name", text, rows[0].N)
		}
	}
	q.Where = []aggregate.Filter{aggregate.Only("service", oddTexts...)}
	rows, err := aggregate.Run(t.Context(), l.store, m, q)
	if err != nil || rows[0].N != int64(len(oddTexts)) {
		t.Errorf("all of them: %v %v", rows, err)
	}
	q.Where[0].Values, q.Where[0].Except = oddTexts[:3], true
	rows, err = aggregate.Run(t.Context(), l.store, m, q)
	if err != nil || rows[0].N != int64(len(oddTexts)-3) {
		t.Errorf("all but three: %v %v", rows, err)
	}
	q.Where, q.By = nil, []aggregate.Dimension{"service"}
	rows, err = aggregate.Run(t.Context(), l.store, m, q)
	if err != nil || len(rows) != len(oddTexts) {
		t.Fatalf("%d groups, want %d; %v", len(rows), len(oddTexts), err)
	}
	for _, row := range rows {
		if got := flatObject(t, row)["service"]; got != row.Dims[0] {
			t.Errorf("%q is %q in JSON", row.Dims[0], got)
		}
	}
}

func incident(t *testing.T, number int, fields map[string]any) []byte {
	t.Helper()
	fields["event_id"] = fmt.Sprintf("e%d", number)
	fields["incident_id"] = fmt.Sprintf("i%d", number)
	fields["type"] = "incident.opened"
	fields["title"] = "something broke"
	fields["occurred_at"] = date(2026, 3, 2).Format(time.RFC3339)
	line, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// flatObject reads a row's JSON and checks what holds for every row: one
// object on one line, its members in the order of Fields, none of them nested.
func flatObject(t *testing.T, row aggregate.Row) map[string]any {
	t.Helper()
	line, err := json.Marshal(row)
	if err != nil {
		t.Fatalf("%v of %v", err, row)
	}
	direct, err := row.MarshalJSON()
	if err != nil || strings.ContainsAny(string(direct), "\n\r") {
		t.Errorf("%v in %q", err, direct)
	}
	object := make(map[string]any)
	if err := json.Unmarshal(line, &object); err != nil {
		t.Fatal(err)
	}
	fields := row.Fields()
	if len(object) != len(fields) {
		t.Errorf("%d members for %d fields: %s", len(object), len(fields), line)
	}
	at := 0
	for _, f := range fields {
		next := strings.Index(string(line[at:]), fmt.Sprintf("%q:", f.Name))
		if next < 0 {
			t.Errorf("%s is missing or out of order in %s", f.Name, line)
			continue
		}
		at += next
		switch object[f.Name].(type) {
		case nil, string, float64, bool:
		default:
			t.Errorf("%s is nested in %s", f.Name, line)
		}
	}
	return object
}

// Sums beyond what a number can hold give no number; the JSON stays JSON.
func TestNoNumberIsInfinite(t *testing.T) {
	l := newLoader(t)
	for i := range 200 {
		l.add(incident(t, i, map[string]any{"responder_minutes": 1.7e308}))
	}
	l.flush()
	q := aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9), AsOf: date(2026, 3, 16)}
	for i := range aggregate.Catalogue {
		rows, err := aggregate.Run(t.Context(), l.store, &aggregate.Catalogue[i], q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			object := flatObject(t, row)
			if row.Metric.Name == "responder_hours" && (object["estimate"] != nil || object["status"] != "insufficient" || object["n"] != 200.) {
				t.Errorf("the sum of what cannot be added up: %v", object)
			}
		}
	}
}

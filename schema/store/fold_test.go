package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// foldCase is the events of one entity, in the order of their offsets, and what
// a query makes of their fold.
type foldCase struct {
	name   string
	events []string // "minute type fields"; each is an hour's minute
	query  string
	want   string
}

// run lands the events of the case and compares the answer.
func (c foldCase) run(t *testing.T, e schema.Entity) {
	t.Run(c.name, func(t *testing.T) {
		t.Parallel()
		s := storetest.Open(t)
		values := make([]string, len(c.events))
		for i, line := range c.events {
			values[i] = eventOf(e, i, line)
		}
		land(t, s, e, values...)
		wantAnswer(t, s, c.query, c.want)
	})
}

// eventOf writes an event of the entity 1 from a line "minute type fields".
func eventOf(e schema.Entity, n int, line string) string {
	minute, rest, _ := strings.Cut(line, " ")
	kind, fields, more := strings.Cut(rest, " ")
	if more {
		fields = "," + fields
	}
	required := map[string]string{"incident.opened": `,"title":"T"`, "alert.fired": `,"name":"N"`}[e.String()+"."+kind]
	if e == schema.Execution {
		required = `,"automation_id":"A"`
	}
	if strings.Contains(fields, strings.TrimPrefix(strings.SplitN(required+":", ":", 2)[0], ",")) {
		required = ""
	}
	return fmt.Sprintf(`{"event_id":"e-%d","type":"%s.%s","occurred_at":"2026-01-31T12:%s:00Z",%q:"1"%s%s}`, n, e, kind, minute, e.IDField(), required, fields)
}

func TestIncidentFold(t *testing.T) {
	const asOf = "FROM incidents_as_of(as_of = '2026-01-31 12:30:00')"
	cases := []foldCase{
		{
			"the latest carried value wins, whatever came first",
			[]string{`20 updated "service":"late"`, `10 updated "service":"early"`, `30 updated`},
			"SELECT service, title FROM incidents", `{"service":"late","title":""}`,
		},
		{
			"at the same time the greater offset wins",
			[]string{`10 updated "service":"first"`, `10 updated "service":"second"`},
			"SELECT service FROM incidents", `{"service":"second"}`,
		},
		{
			"an empty value is a value",
			[]string{`10 updated "service":"shop"`, `20 updated "service":""`},
			"SELECT service FROM incidents", `{"service":""}`,
		},
		{
			"null says nothing",
			[]string{`10 updated "service":"shop"`, `20 updated "service":null`},
			"SELECT service FROM incidents", `{"service":"shop"}`,
		},
		{
			"an absent list says nothing",
			[]string{`10 updated "alert_ids":["a"],"labels":{"l":"1"}`, `20 updated`},
			"SELECT alert_ids, labels FROM incidents", `{"alert_ids":["a"],"labels":{"l":"1"}}`,
		},
		{
			"an empty list is a value",
			[]string{`10 updated "alert_ids":["a"],"execution_ids":["x"],"labels":{"l":"1"}`, `20 updated "alert_ids":[],"labels":{}`},
			"SELECT alert_ids, execution_ids, labels FROM incidents", `{"alert_ids":[],"execution_ids":["x"],"labels":{}}`,
		},
		{
			"actions",
			[]string{`10 reviewed "actions":[{"id":"A","kind":"fix"}]`, `20 updated`, `05 reviewed "actions":[]`},
			"SELECT actions.id, reviewed_at FROM incidents", `{"actions.id":["A"],"reviewed_at":"2026-01-31 12:05:00.000"}`,
		},
		{
			"totals only grow",
			[]string{`10 updated "responder_minutes":9,"users_affected":5`, `20 updated "responder_minutes":3`, `05 updated "users_affected":7`},
			"SELECT responder_minutes, users_affected, revenue_lost FROM incidents", `{"responder_minutes":9,"users_affected":7,"revenue_lost":null}`,
		},
		{
			"times: the earliest, but the last resolution and reopening",
			[]string{
				`12 opened`, `10 opened`, `14 acknowledged`, `13 acknowledged`, `20 resolved`, `40 resolved`, `25 reopened`, `30 reopened`, `16 mitigated`, `15 mitigated`,
			},
			"SELECT opened_at, acknowledged_at, mitigated_at, resolved_at, reopened_at, is_open, time_to_acknowledge_seconds AS tta, time_to_resolve_seconds AS ttr FROM incidents",
			`{"opened_at":"2026-01-31 12:10:00.000","acknowledged_at":"2026-01-31 12:13:00.000","mitigated_at":"2026-01-31 12:15:00.000","resolved_at":"2026-01-31 12:40:00.000","reopened_at":"2026-01-31 12:30:00.000","is_open":false,"tta":180,"ttr":1800}`,
		},
		{"never resolved is open", []string{`10 opened`}, "SELECT is_open, time_to_resolve_seconds AS ttr FROM incidents", `{"is_open":true,"ttr":null}`},
		{"reopened is open", []string{`10 opened`, `20 resolved`, `21 reopened`}, "SELECT is_open, time_to_resolve_seconds AS ttr FROM incidents", `{"is_open":true,"ttr":null}`},
		{"reopened in the moment of the resolution is not", []string{`10 opened`, `20 resolved`, `20 reopened`}, "SELECT is_open FROM incidents", `{"is_open":false}`},
		{"not known to be opened is not open", []string{`10 acknowledged`}, "SELECT is_open, opened_at FROM incidents", `{"is_open":false,"opened_at":null}`},
		{
			"the impact began before the opening",
			[]string{`10 opened "started_at":"2026-01-31T12:00:00Z"`, `20 resolved`},
			"SELECT time_to_resolve_seconds AS ttr FROM incidents", `{"ttr":1200}`,
		},
		{
			"copies change nothing",
			[]string{`10 opened`, `20 updated "service":"shop"`, `10 opened`, `20 updated "service":"shop"`},
			"SELECT service, opened_at FROM incidents", `{"service":"shop","opened_at":"2026-01-31 12:10:00.000"}`,
		},
		{
			"as of then, what came later had not happened",
			[]string{`10 opened "service":"then"`, `30 acknowledged`, `40 resolved "service":"later","classification":"drill"`},
			"SELECT service, classification, acknowledged_at IS NULL AS silent, is_open, is_left_out " + asOf,
			`{"service":"then","classification":"incident","silent":0,"is_open":true,"is_left_out":false}`,
		},
		{"as of then, it was not there", []string{`31 opened`}, "SELECT count() AS n " + asOf, `{"n":0}`},
		{"left out", []string{`10 opened "classification":"drill"`}, "SELECT classification, is_left_out FROM incidents", `{"classification":"drill","is_left_out":true}`},
		{
			"a dead letter is no event",
			[]string{`10 opened`, `20 updated "severity":"dreadful"`},
			"SELECT count() AS n, any(severity) AS severity, max(last_event_at) AS last FROM incidents", `{"n":1,"severity":"","last":"2026-01-31 12:10:00.000"}`,
		},
		{
			"an event without a source does not take it away",
			[]string{`10 opened "source":"pagerduty"`, `20 updated`},
			"SELECT source FROM incidents", `{"source":"pagerduty"}`,
		},
	}
	for _, c := range cases {
		c.run(t, schema.Incident)
	}
}

func TestAlertFold(t *testing.T) {
	cases := []foldCase{
		{
			"fields and times",
			[]string{`12 fired "service":"a"`, `10 fired "service":"b"`, `15 acknowledged`, `14 acknowledged`, `30 classified "verdict":"noise"`, `40 classified "verdict":"actionable"`},
			"SELECT name, service, verdict, fired_at, acknowledged_at, classified_at, resolved_at FROM alerts",
			`{"name":"N","service":"a","verdict":"actionable","fired_at":"2026-01-31 12:10:00.000","acknowledged_at":"2026-01-31 12:14:00.000","classified_at":"2026-01-31 12:30:00.000","resolved_at":null}`,
		},
		{
			"the last resolution",
			[]string{`10 fired`, `40 resolved`, `30 resolved`},
			"SELECT resolved_at FROM alerts", `{"resolved_at":"2026-01-31 12:40:00.000"}`,
		},
		{
			"as of then",
			[]string{`10 fired`, `40 resolved "incident_id":"I"`},
			"SELECT incident_id, resolved_at FROM alerts_as_of(as_of = '2026-01-31 12:39:59.999')", `{"incident_id":"","resolved_at":null}`,
		},
	}
	for _, c := range cases {
		c.run(t, schema.Alert)
	}
}

func TestExecutionFold(t *testing.T) {
	const states = "SELECT is_live, is_finished, is_success FROM executions"
	state := func(live, finished, success bool) string {
		return fmt.Sprintf(`{"is_live":%v,"is_finished":%v,"is_success":%v}`, live, finished, success)
	}
	cases := []foldCase{
		{"requested only", []string{`10 requested`}, states, state(false, false, false)},
		{"started", []string{`10 started`}, states, state(true, false, false)},
		{"succeeded", []string{`10 started`, `20 succeeded`}, states, state(true, true, true)},
		{"succeeded, the start is missing", []string{`20 succeeded`}, states, state(true, true, true)},
		{"failed", []string{`10 started`, `20 failed`}, states, state(true, true, false)},
		{"timed out", []string{`10 started`, `20 timed_out`}, states, state(true, true, false)},
		{"succeeded, but a person took over", []string{`10 started`, `20 succeeded`, `30 escalated`}, states, state(true, true, false)},
		{"succeeded, but rolled back", []string{`10 started`, `20 succeeded`, `30 rolled_back`}, states, state(true, true, false)},
		{"failed, then succeeded", []string{`10 started`, `20 failed`, `30 succeeded`}, states, state(true, true, true)},
		{"dry run", []string{`10 started "stage":"dry_run"`, `20 succeeded`}, states, state(false, false, false)},
		{"canary", []string{`10 started "stage":"canary"`, `20 succeeded`}, states, state(true, true, true)},
		{"rejected", []string{`10 started`, `20 rejected`}, states, state(false, false, false)},
		{"skipped", []string{`10 started`, `20 skipped`}, states, state(false, false, false)},
		{"cancelled before it started", []string{`10 cancelled`, `20 started`}, states, state(false, false, false)},
		{"cancelled in the moment of its start", []string{`10 cancelled`, `10 started`}, states, state(true, false, false)},
		{"cancelled after it started", []string{`10 started`, `20 cancelled`}, states, state(true, false, false)},
		{"cancelled before it ended, the start is missing", []string{`10 cancelled`, `20 succeeded`}, states, state(false, false, false)},
		{"cancelled only", []string{`10 cancelled`}, states, state(false, false, false)},
		{
			"it begins with its start, and ends with the first end",
			[]string{`05 requested`, `10 started`, `30 succeeded`, `20 failed`},
			"SELECT began_at, ended_at FROM executions", `{"began_at":"2026-01-31 12:10:00.000","ended_at":"2026-01-31 12:20:00.000"}`,
		},
		{
			"without a start it begins with its first event",
			[]string{`15 approved`, `05 requested`},
			"SELECT began_at, ended_at FROM executions", `{"began_at":"2026-01-31 12:05:00.000","ended_at":null}`,
		},
		{"unless said, it could change things", []string{`10 started`}, "SELECT stage, mutating FROM executions", `{"stage":"full","mutating":true}`},
		{"a dry run could not", []string{`10 started "stage":"dry_run"`}, "SELECT mutating FROM executions", `{"mutating":false}`},
		{"unless said", []string{`10 started "stage":"dry_run","mutating":true`}, "SELECT mutating FROM executions", `{"mutating":true}`},
		{"a diagnosis", []string{`10 started "mutating":false`}, "SELECT mutating, changed FROM executions", `{"mutating":false,"changed":null}`},
		{
			"declared minutes are the latest, residual ones the most",
			[]string{`10 started "manual_minutes":9,"residual_minutes":9`, `20 succeeded "manual_minutes":3,"residual_minutes":3`},
			"SELECT manual_minutes, residual_minutes FROM executions", `{"manual_minutes":3,"residual_minutes":9}`,
		},
		{"targets", []string{`10 started "targets":["h"]`, `20 succeeded`, `05 requested "targets":[]`}, "SELECT targets FROM executions", `{"targets":["h"]}`},
		{
			"as of then",
			[]string{`10 started`, `20 succeeded`},
			"SELECT is_live, is_finished FROM executions_as_of(as_of = '2026-01-31 12:19:00')", `{"is_live":true,"is_finished":false}`,
		},
		{
			"the automation as its latest events say",
			[]string{`10 started "automation_name":"Old","team":"core"`, `20 succeeded "automation_name":"New","stage":"canary"`},
			"SELECT * EXCEPT (first_event_at, last_event_at) FROM automations",
			`{"automation_id":"A","automation_name":"New","automation_version":"","pattern":"","stage":"canary","team":"core","execution_count":1}`,
		},
	}
	for _, c := range cases {
		c.run(t, schema.Execution)
	}
}

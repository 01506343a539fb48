package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestApprovalGaps has a run for each reason to be in the list, and not to be.
func TestApprovalGaps(t *testing.T) {
	s := storetest.Open(t)
	incident := func(id, severity, rest string) string {
		return fmt.Sprintf(`{"event_id":"%[1]s","type":"incident.opened","occurred_at":"2026-01-01T00:00:00Z","incident_id":"%[1]s","title":"x","severity":"%[2]s"%[3]s}`, id, severity, rest)
	}
	land(t, s, schema.Incident,
		incident("worst", "sev1", ""), incident("bad", "sev2", `,"alert_ids":["a2"],"execution_ids":["by-incident"]`), incident("mild", "sev3", ""),
		incident("unknown", "sev1", `,"classification":"drill"`), incident("test", "sev1", ""), incident("turned", "sev4", ""), incident("graded-down", "sev1", ""),
		`{"event_id":"t1","type":"incident.resolved","occurred_at":"2026-01-03T00:00:00Z","incident_id":"test","classification":"test"}`,
		`{"event_id":"t2","type":"incident.updated","occurred_at":"2026-01-03T00:00:00Z","incident_id":"turned","severity":"sev2"}`,
		`{"event_id":"t3","type":"incident.reviewed","occurred_at":"2026-01-03T00:00:00Z","incident_id":"graded-down","severity":"sev5"}`,
		incident("tested-before", "sev1", ""), incident("test-after-all", "sev1", `,"classification":"test"`),
		`{"event_id":"t4","type":"incident.resolved","occurred_at":"2026-01-01T12:00:00Z","incident_id":"tested-before","classification":"test"}`,
		`{"event_id":"t5","type":"incident.updated","occurred_at":"2026-01-01T12:00:00Z","incident_id":"test-after-all","classification":"incident"}`,
		`{"event_id":"t6","type":"incident.resolved","occurred_at":"2026-01-03T00:00:00Z","incident_id":"test-after-all","classification":"test"}`,
		incident("emptied", "sev2", `,"alert_ids":["a5"],"execution_ids":["by-list-emptied-later"]`), incident("emptied-before", "sev2", `,"alert_ids":["a6"],"execution_ids":["by-list-emptied-before"]`),
		`{"event_id":"t7","type":"incident.updated","occurred_at":"2026-01-03T00:00:00Z","incident_id":"emptied","alert_ids":[],"execution_ids":[]}`,
		`{"event_id":"t8","type":"incident.updated","occurred_at":"2026-01-01T12:00:00Z","incident_id":"emptied-before","alert_ids":[],"execution_ids":[]}`)
	land(t, s, schema.Alert,
		`{"event_id":"a1","type":"alert.fired","occurred_at":"2026-01-01T00:00:00Z","alert_id":"a1","name":"x","incident_id":"worst"}`,
		`{"event_id":"a2","type":"alert.fired","occurred_at":"2026-01-01T00:00:00Z","alert_id":"a2","name":"x"}`,
		`{"event_id":"a3","type":"alert.fired","occurred_at":"2026-01-01T00:00:00Z","alert_id":"a3","name":"x","incident_id":"worst"}`,
		`{"event_id":"a4","type":"alert.resolved","occurred_at":"2026-01-01T00:01:00Z","alert_id":"a3","incident_id":"mild"}`,
		`{"event_id":"a7","type":"alert.fired","occurred_at":"2026-01-01T00:00:00Z","alert_id":"a7","name":"x","incident_id":"worst"}`,
		`{"event_id":"a8","type":"alert.resolved","occurred_at":"2026-01-03T00:00:00Z","alert_id":"a7","incident_id":"mild"}`)
	var events []string
	at := 0
	run := func(id, first string, rest ...string) {
		for i, event := range append([]string{first}, rest...) {
			kind, fields, _ := strings.Cut(event, " ")
			events = append(events, fmt.Sprintf(`{"event_id":"%s-%d","type":"execution.%s","occurred_at":"2026-01-02T00:%02d:%02dZ","execution_id":"%s","automation_id":"auto"%s}`, id, i, kind, at, i, id, fields))
		}
		at++
	}
	run("sev1", `started ,"incident_id":"worst","actor":"bot","automation_version":"3","trigger_kind":"condition"`, "succeeded")
	run("sev2-and-targets", `requested ,"incident_id":"bad","targets":["a","b"]`, "started", "failed", "escalated")
	run("by-incident", `started`)
	run("by-alert", `started ,"alert_id":"a1"`, "timed_out")
	run("by-trigger-alert", `started ,"trigger_kind":"alert","trigger_id":"a2"`, "cancelled")
	run("by-trigger-incident", `started ,"trigger_kind":"incident","trigger_id":"bad"`, "succeeded", "rolled_back")
	run("worst-of-two", `started ,"incident_id":"mild","alert_id":"a1"`)
	run("approved-late", `started ,"incident_id":"worst"`, `approved ,"approver":"ann"`)
	run("named-at-second-start", `started ,"incident_id":"worst"`, `started ,"approver":"ann"`)
	run("approver-of-request", `requested ,"incident_id":"worst","approver":"ann"`, "started", `succeeded ,"approver":"ann"`)
	run("rejected", `rejected ,"approver":"ann"`, `started ,"incident_id":"worst"`)
	run("approved-then-rejected", `approved`, `rejected`, `started ,"incident_id":"worst"`)
	run("rejected-late", `started ,"incident_id":"worst"`, `rejected`)
	run("ended-only", `requested ,"incident_id":"worst"`, "failed", "succeeded", `approved`)
	run("cancelled-while-running", `started ,"incident_id":"worst"`, "cancelled")
	run("graded-down", `started ,"incident_id":"graded-down"`)
	run("turned-grave-later", `started ,"incident_id":"turned"`)
	run("end-told-first", `succeeded ,"incident_id":"turned"`, "started")
	// Nor does what is said later hide one; it may add one.
	run("dry-run-said-later", `started ,"incident_id":"worst"`, `succeeded ,"stage":"dry_run"`)
	run("diagnosis-said-later", `started ,"incident_id":"worst"`, `succeeded ,"mutating":false`)
	run("mild-said-later", `started ,"incident_id":"worst"`, `succeeded ,"incident_id":"mild"`)
	run("no-alert-said-later", `started ,"alert_id":"a1"`, `succeeded ,"alert_id":"none"`)
	run("trigger-said-later", `started ,"trigger_kind":"incident","trigger_id":"bad"`, `succeeded ,"trigger_kind":"manual","trigger_id":"ann"`)
	run("skipped-later", `started ,"incident_id":"worst"`, "skipped")
	run("started-anew", `succeeded ,"incident_id":"worst"`, "approved", "started")
	run("tested-later", `started ,"incident_id":"test"`)
	run("test-after-all", `started ,"incident_id":"test-after-all"`)
	run("by-alert-moved-later", `started ,"alert_id":"a7"`)
	run("by-list-emptied-later", "started")
	run("by-alert-list-emptied-later", `started ,"alert_id":"a5"`)
	run("full-said-later", `started ,"incident_id":"worst","stage":"dry_run"`, `succeeded ,"stage":"canary","mutating":true`)
	run("changes-said-later", `started ,"incident_id":"worst","mutating":false`, `succeeded ,"mutating":true`)
	run("worst-said-later", `started ,"incident_id":"mild"`, `succeeded ,"incident_id":"worst"`)
	// Nor does what lands later and is dated before it.
	run("skipped-and-run", "skipped", `started ,"incident_id":"worst"`)
	run("cancelled-and-run", "cancelled", `succeeded ,"incident_id":"worst"`)
	run("dry-run-put-between", `requested ,"stage":"full"`, `requested ,"stage":"dry_run"`, `started ,"incident_id":"worst"`)
	run("canary-put-between", `requested ,"stage":"full"`, `requested ,"stage":"canary"`, `started ,"incident_id":"worst"`)
	run("diagnosis-put-between", `requested ,"mutating":true`, `requested ,"mutating":false`, `started ,"incident_id":"worst"`)
	run("approver-of-blanks", `started ,"incident_id":"worst","approver":" \u00a0\u200b"`)
	// None of these is one.
	run("approved", `approved`, `started ,"incident_id":"worst"`)
	run("approved-without-start", `approved`, `succeeded ,"incident_id":"worst"`)
	run("rejected-then-approved", `rejected`, `approved`, `started ,"incident_id":"worst"`)
	run("only-cancelled", `requested ,"incident_id":"worst"`, "cancelled")
	run("no-longer-of-it", `requested ,"incident_id":"worst"`, `started ,"incident_id":"mild"`)
	run("by-moved-alert", `started ,"alert_id":"a3"`)
	run("trigger-of-another-kind", `started ,"trigger_kind":"manual","trigger_id":"worst"`)
	run("tested-before", `started ,"incident_id":"tested-before"`)
	run("by-list-emptied-before", "started")
	run("by-alert-list-emptied-before", `started ,"alert_id":"a6"`)
	run("approver-at-start", `started ,"incident_id":"worst","approver":"ann"`)
	run("dry-run", `started ,"incident_id":"worst","stage":"dry_run"`)
	run("diagnosis", `started ,"incident_id":"worst","mutating":false`)
	run("only-skipped", `skipped ,"incident_id":"worst"`)
	run("dry-run-in-all", `requested ,"stage":"dry_run"`, `started ,"incident_id":"worst"`, `succeeded ,"stage":"dry_run"`)
	run("never-started", `requested ,"incident_id":"worst","targets":["a","b"]`)
	run("mild", `started ,"incident_id":"mild","targets":["a"]`)
	run("drill", `started ,"incident_id":"unknown"`)
	run("nothing", `started`)
	run("targets", `started ,"targets":["a","b","c"],"stage":"canary"`)
	land(t, s, schema.Execution, events...)

	wantAnswer(t, s, "SELECT execution_id AS id, incident_id AS i, severity AS s, targets AS t, outcome AS o, toString(rejected_at) AS r, toString(approved_at) AS a, offset FROM approval_gaps ORDER BY started_at",
		`{"id":"sev1","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":0}`,
		`{"id":"sev2-and-targets","i":"bad","s":"sev2","t":2,"o":"escalated","r":null,"a":null,"offset":3}`,
		`{"id":"by-incident","i":"bad","s":"sev2","t":0,"o":"","r":null,"a":null,"offset":6}`,
		`{"id":"by-alert","i":"worst","s":"sev1","t":0,"o":"timed_out","r":null,"a":null,"offset":7}`,
		`{"id":"by-trigger-alert","i":"bad","s":"sev2","t":0,"o":"cancelled","r":null,"a":null,"offset":9}`,
		`{"id":"by-trigger-incident","i":"bad","s":"sev2","t":0,"o":"rolled_back","r":null,"a":null,"offset":11}`,
		`{"id":"worst-of-two","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":14}`,
		`{"id":"approved-late","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":"2026-01-02 00:07:01.000","offset":15}`,
		`{"id":"named-at-second-start","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":"2026-01-02 00:08:01.000","offset":17}`,
		`{"id":"approver-of-request","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":20}`,
		`{"id":"rejected","i":"worst","s":"sev1","t":0,"o":"","r":"2026-01-02 00:10:00.000","a":null,"offset":23}`,
		`{"id":"approved-then-rejected","i":"worst","s":"sev1","t":0,"o":"","r":"2026-01-02 00:11:01.000","a":null,"offset":26}`,
		`{"id":"rejected-late","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":27}`,
		`{"id":"ended-only","i":"worst","s":"sev1","t":0,"o":"failed","r":null,"a":"2026-01-02 00:13:03.000","offset":30}`,
		`{"id":"cancelled-while-running","i":"worst","s":"sev1","t":0,"o":"cancelled","r":null,"a":null,"offset":33}`,
		`{"id":"graded-down","i":"graded-down","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":35}`,
		`{"id":"turned-grave-later","i":"turned","s":"sev2","t":0,"o":"","r":null,"a":null,"offset":36}`,
		`{"id":"end-told-first","i":"turned","s":"sev2","t":0,"o":"succeeded","r":null,"a":null,"offset":37}`,
		`{"id":"dry-run-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":39}`,
		`{"id":"diagnosis-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":41}`,
		`{"id":"mild-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":43}`,
		`{"id":"no-alert-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":45}`,
		`{"id":"trigger-said-later","i":"bad","s":"sev2","t":0,"o":"succeeded","r":null,"a":null,"offset":47}`,
		`{"id":"skipped-later","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":49}`,
		`{"id":"started-anew","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":"2026-01-02 00:24:01.000","offset":51}`,
		`{"id":"tested-later","i":"test","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":54}`,
		`{"id":"test-after-all","i":"test-after-all","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":55}`,
		`{"id":"by-alert-moved-later","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":56}`,
		`{"id":"by-list-emptied-later","i":"emptied","s":"sev2","t":0,"o":"","r":null,"a":null,"offset":57}`,
		`{"id":"by-alert-list-emptied-later","i":"emptied","s":"sev2","t":0,"o":"","r":null,"a":null,"offset":58}`,
		`{"id":"full-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":59}`,
		`{"id":"changes-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":61}`,
		`{"id":"worst-said-later","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":63}`,
		`{"id":"skipped-and-run","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":66}`,
		`{"id":"cancelled-and-run","i":"worst","s":"sev1","t":0,"o":"succeeded","r":null,"a":null,"offset":68}`,
		`{"id":"dry-run-put-between","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":71}`,
		`{"id":"canary-put-between","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":74}`,
		`{"id":"diagnosis-put-between","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":77}`,
		`{"id":"approver-of-blanks","i":"worst","s":"sev1","t":0,"o":"","r":null,"a":null,"offset":78}`,
	)
	wantAnswer(t, s, "SELECT execution_id AS id, stage FROM approval_gaps WHERE execution_id IN ('dry-run-said-later', 'full-said-later', 'dry-run-put-between', 'canary-put-between') ORDER BY id",
		`{"id":"canary-put-between","stage":"full"}`, `{"id":"dry-run-put-between","stage":"full"}`,
		`{"id":"dry-run-said-later","stage":"full"}`, `{"id":"full-said-later","stage":"canary"}`)
	wantAnswer(t, s, "SELECT automation_id, automation_version, stage, started_at, actor, trigger_kind, topic, partition FROM approval_gaps WHERE execution_id = 'sev1'",
		`{"automation_id":"auto","automation_version":"3","stage":"full","started_at":"2026-01-02 00:00:00.000","actor":"bot","trigger_kind":"condition","topic":"firebreak.executions","partition":0}`)
	wantAnswer(t, s, "SELECT count() AS n, countIf(raw_sha256 = lower(hex(SHA256(raw)))) AS same FROM audit_trail INNER JOIN execution_events USING (topic, partition, offset)",
		fmt.Sprintf(`{"n":%[1]d,"same":%[1]d}`, len(events)))
}

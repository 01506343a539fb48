package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

// tellEvents lands events of all entities, one a line as "type id fields", and tells the
// run r.
func tellEvents(t *testing.T, c *company, events string) *audit.Story {
	t.Helper()
	var list []*schema.Record
	for i, line := range strings.Split(strings.TrimSpace(events), "\n") {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, fields, _ := strings.Cut(rest, " ")
		e, ok := schema.EntityOf(kind)
		if !ok {
			t.Fatalf("%s is no type", kind)
		}
		if e == schema.Execution {
			fields += `,"automation_id":"auto"`
		}
		value := fmt.Appendf(nil, `{"event_id":"%d","type":"%s","occurred_at":"2026-01-01T00:00:%02dZ","%s":"%s"%s}`, i, kind, i, e.IDField(), id, fields)
		list = append(list, &schema.Record{Topic: topic(e), Offset: int64(i), Timestamp: schema.MillisOf(began), Key: []byte(id), Value: value})
	}
	land(t, c.store, list)
	story, err := audit.Tell(t.Context(), c.reader, nil, "r")
	must(t, err)
	return story
}

func TestTell(t *testing.T) {
	for _, tc := range []struct {
		name, events string
		want         []string
	}{
		{
			"the latest word counts, and residual minutes are a total",
			`execution.requested r ,"decision":"first","trigger_kind":"schedule","residual_minutes":9
			 execution.started r ,"decision":"second","stage":"dry_run"
			 execution.succeeded r ,"changed":false,"residual_minutes":3,"mutating":true
			 execution.classified r ,"verdict":"unnecessary"`,
			[]string{
				"automation: auto @3", "trigger: schedule @0", "decision: second @1", "approval: none", "stage: dry_run @1", "mutating: true @2",
				"started: 2026-01-01T00:00:01.000Z @1", "outcome: succeeded at 2026-01-01T00:00:02.000Z @2", "changed: false @2", "verdict: unnecessary @3", "left to people: 9 minutes @0",
			},
		},
		{
			"rejected",
			`execution.requested r ,"trigger_kind":"incident","trigger_id":"i","alert_id":"a"
			 execution.rejected r ,"approver":"ann"
			 incident.opened i ,"title":"old name"
			 incident.updated i ,"title":"new name"
			 alert.fired a ,"name":"Rule"`,
			[]string{
				"automation: auto @1", "trigger: incident i: new name @0", "alert: a: Rule @0", "approval: rejected by ann at 2026-01-01T00:00:01.000Z @1",
				"stage: full", "mutating: true", "outcome: not known",
			},
		},
		{
			"an approver without an approval; it failed, and a person took over",
			`execution.started r ,"approver":"bob","trigger_kind":"alert","trigger_id":"nobody knows"
			 execution.failed r ,"error":"boom"
			 execution.escalated r`,
			[]string{
				"automation: auto @2", "trigger: alert nobody knows @0", "approval: by bob @0", "stage: full", "mutating: true", "started: 2026-01-01T00:00:00.000Z @0",
				"outcome: failed at 2026-01-01T00:00:01.000Z @1", "outcome: escalated at 2026-01-01T00:00:02.000Z @2", "error: boom @1",
			},
		},
		{
			"who is named without approving, and too late",
			`execution.requested r ,"approver":"ann"
			 execution.approved r ,"approver":" "
			 execution.started r ,"approver":" "
			 execution.started r ,"approver":"bob"
			 execution.approved r ,"approver":"cid"
			 execution.rejected r
			 execution.succeeded r ,"approver":"dan"`,
			[]string{
				"automation: auto @6", "approval: ann is named by execution.requested, which approves nothing @0", "approval: by somebody at 2026-01-01T00:00:01.000Z @1",
				"approval: by bob, after it had started @3", "approval: by cid at 2026-01-01T00:00:04.000Z, after it had started @4",
				"approval: rejected by somebody at 2026-01-01T00:00:05.000Z, after it had started @5", "approval: dan is named by execution.succeeded, which approves nothing @6",
				"stage: full", "mutating: true", "started: 2026-01-01T00:00:02.000Z @2", "started: 2026-01-01T00:00:03.000Z @3", "outcome: succeeded at 2026-01-01T00:00:06.000Z @6",
			},
		},
		{
			"what it caused, unless that was taken back",
			`execution.skipped r ,"stage":"dry_run"
			 incident.opened i1 ,"title":"one"
			 incident.reviewed i1 ,"caused_by_execution_id":"r"
			 incident.opened i2 ,"title":"two"
			 incident.reviewed i2 ,"caused_by_execution_id":"r"
			 incident.updated i2 ,"caused_by_execution_id":"other"`,
			[]string{
				"automation: auto @0", "approval: none", "stage: dry_run @0", "mutating: false", "outcome: skipped at 2026-01-01T00:00:00.000Z @0", "caused i1: one @2",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := emptyCompany(t)
			story := tellEvents(t, c, tc.events)
			var got []string
			for _, l := range story.Lines {
				line := l.What + ": " + l.Says
				if l.From != nil {
					line += fmt.Sprintf(" @%d", l.From.Offset)
				}
				got = append(got, line)
			}
			for _, cause := range story.Caused {
				got = append(got, fmt.Sprintf("caused %s: %s @%d", cause.IncidentID, cause.Title, cause.From.Offset))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
			for _, e := range story.Events {
				if e.Checkpoint != 0 || e.Intact {
					t.Errorf("nothing is sealed, but %+v", e)
				}
			}
		})
	}
}

// It is told from the bytes: columns that say something else are not believed.
func TestTellReadsBytes(t *testing.T) {
	c := emptyCompany(t)
	tellEvents(t, c, `execution.started r ,"actor":"the bytes"`)
	c.do(t, "ALTER TABLE execution_records UPDATE actor = 'a column', type = 'execution.failed' WHERE 1 SETTINGS mutations_sync = 1")
	story, err := audit.Tell(t.Context(), c.reader, nil, "r")
	must(t, err)
	if !slices.ContainsFunc(story.Lines, func(l audit.Line) bool { return l.What == "actor" && l.Says == "the bytes" }) || story.Events[0].Type != schema.ExecutionStarted {
		t.Errorf("told %+v", story.Lines)
	}
	_, err = audit.Tell(t.Context(), c.reader, nil, "nobody")
	if _, ok := errors.AsType[*audit.NoRun](err); !ok {
		t.Errorf("of an unknown run: %v", err)
	}
	c.do(t, "ALTER TABLE execution_records UPDATE raw = 'gone' WHERE 1 SETTINGS mutations_sync = 1")
	if _, err = audit.Tell(t.Context(), c.reader, nil, "r"); err == nil || !strings.Contains(err.Error(), "cannot be read any more: run `firebreak audit verify`") {
		t.Errorf("of bytes that are no event: %v", err)
	}
}

// It is found by its key where columns hide it, and what only a column calls its own is not.
func TestTellWhatColumnsHide(t *testing.T) {
	c := emptyCompany(t)
	tellEvents(t, c, `execution.approved r
		execution.started r
		execution.started other
		incident.reviewed i ,"title":"x","caused_by_execution_id":"r"`)
	for _, statement := range []string{
		"ALTER TABLE execution_records UPDATE reason = 'empty' WHERE offset = 0 SETTINGS mutations_sync = 1",
		"INSERT INTO execution_records SELECT * REPLACE ('r' AS execution_id, toUInt64(7) AS offset) FROM execution_records AS r WHERE r.offset = 2",
		"INSERT INTO execution_records SELECT * REPLACE ('elsewhere' AS execution_id, toUInt64(8) AS offset) FROM execution_records AS r WHERE r.offset = 1",
		"ALTER TABLE incident_records UPDATE caused_by_execution_id = NULL WHERE 1 SETTINGS mutations_sync = 1",
	} {
		c.do(t, "%s", statement)
	}
	story, err := audit.Tell(t.Context(), c.reader, nil, "r")
	must(t, err)
	var got []string
	for _, e := range story.Events {
		got = append(got, fmt.Sprintf("%s@%d %t", e.Type, e.Offset, e.Misread))
	}
	if want := []string{"execution.approved@0 true", "execution.started@1 false", "execution.started@8 true"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if len(story.Caused) != 1 {
		t.Errorf("it has caused %+v", story.Caused)
	}
}

package oracle

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
)

const lifeOfAnIncident = `
10m incident i1 opened service=web severity=p1 responder_minutes=5 alert_ids=["a1","a2"] team=core
12m incident i1 opened service=late
11m incident i1 acknowledged team=
15m incident i1 acknowledged severity=sev3
20m incident i1 resolved resolved_by=self responder_minutes=30
25m incident i1 reopened responder_minutes=10
22m incident i1 resolved resolved_by=automation
40m incident i1 resolved resolved_by=human alert_ids=[]
40m incident i1 updated service=web-2
30m incident i1 updated started_at=@8m labels={"k":"v"}
35m incident i1 reviewed classification=false_alarm`

func TestFoldOfAnIncident(t *testing.T) {
	i := script(t, lifeOfAnIncident).Incidents(at("1h"))["i1"]
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"opened_at, earliest", i.OpenedAt, schema.Some(at("10m"))},
		{"acknowledged_at, earliest", i.AcknowledgedAt, schema.Some(at("11m"))},
		{"resolved_at, latest", i.ResolvedAt, schema.Some(at("40m"))},
		{"reopened_at, latest", i.ReopenedAt, schema.Some(at("25m"))},
		{"mitigated_at, never", i.MitigatedAt, schema.Opt[schema.Millis]{}},
		{"reviewed_at", i.ReviewedAt, schema.Some(at("35m"))},
		{"started_at", i.StartedAt, schema.Some(at("8m"))},
		{"service, latest by time, tie by offset", i.Service, "web-2"},
		{"severity, folded to its stored name", i.Severity, "sev3"},
		{"team, an empty text is a value", i.Team, ""},
		{"alert_ids, an empty list is a value", len(i.AlertIDs), 0},
		{"resolved_by", i.ResolvedBy, "human"},
		{"responder_minutes, greatest", i.ResponderMinutes, schema.Some(30.0)},
		{"users_affected, unknown", i.UsersAffected, schema.Opt[float64]{}},
		{"classification", i.Classification, "false_alarm"},
		{"labels", i.Labels, map[string]string{"k": "v"}},
		{"is open", i.IsOpen(), false},
		{"span", i.Span, Span{at("10m"), at("40m")}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
}

func TestFoldAtAPastMoment(t *testing.T) {
	f := script(t, lifeOfAnIncident)
	for _, c := range []struct {
		asOf, service, resolvedBy, classification string
		minutes                                   float64
		open                                      bool
	}{
		{"11m", "web", "", "incident", 5, true},
		{"12m", "late", "", "incident", 5, true},
		{"20m", "late", "self", "incident", 30, false},
		{"24m59s", "late", "automation", "incident", 30, false},
		{"25m", "late", "automation", "incident", 30, true},
		{"40m", "web-2", "human", "false_alarm", 30, false},
	} {
		i := f.Incidents(at(c.asOf))["i1"]
		if i.Service != c.service || i.ResolvedBy != c.resolvedBy || i.Classification != c.classification ||
			i.ResponderMinutes.Value != c.minutes || i.IsOpen() != c.open {
			t.Errorf("as of %s: %+v (open %v), want %+v", c.asOf, i, i.IsOpen(), c)
		}
	}
	if len(f.Incidents(at("9m"))) != 0 {
		t.Error("an incident is known before its first event")
	}
}

func TestReopenedAtItsResolutionIsNotOpen(t *testing.T) {
	i := script(t, "0m incident i1 opened\n5m incident i1 resolved\n5m incident i1 reopened").Incidents(at("1h"))["i1"]
	if i.IsOpen() {
		t.Error("open, though it was not reopened after its last resolution")
	}
	i = script(t, "5m incident i1 updated service=web").Incidents(at("1h"))["i1"]
	if i.IsOpen() || i.Service != "web" {
		t.Error("an incident that was never opened is not open, but is kept")
	}
}

func TestTiesGoToTheGreaterOffsetThenPartition(t *testing.T) {
	event := func(service string) *schema.AlertEvent {
		return &schema.AlertEvent{
			Common:  schema.Common{EventID: service, Type: schema.AlertClassified, OccurredAt: at("1m")},
			AlertID: "a1", Service: schema.Some(service),
		}
	}
	f := &Fold{}
	f.Add(event("p1 o7"), "t", 1, 7)
	f.Add(event("p9 o6"), "t", 9, 6)
	f.Add(event("p0 o7"), "t", 0, 7)
	if got := f.Alerts(at("1m"))["a1"].Service; got != "p1 o7" {
		t.Errorf("the fold took %q", got)
	}
}

func TestFoldOfAnExecution(t *testing.T) {
	f := script(t, `
1m execution x1 requested automation_id=old automation_name=Old stage=canary
2m execution x1 started automation_id=new residual_minutes=4 manual_minutes=9
5m execution x1 succeeded automation_id=new changed=false residual_minutes=2 manual_minutes=3
6m execution x2 started automation_id=new stage=dry_run
7m execution x3 started automation_id=new stage=dry_run mutating=true automation_version=v2
8m execution x4 started automation_id=new mutating=false stage=full`)
	all := f.Executions(at("1h"))
	x := all["x1"]
	if x.AutomationID != "new" || x.AutomationName != "Old" || x.Stage != "canary" || !x.Mutating ||
		x.Changed != schema.Some(false) || x.ResidualMinutes.Value != 4 || x.ManualMinutes.Value != 3 ||
		x.Start() != at("2m") || x.end() != schema.Some(at("5m")) {
		t.Errorf("x1: %+v", x)
	}
	if all["x2"].Mutating || !all["x3"].Mutating || all["x4"].Mutating {
		t.Error("mutating: absent in a dry run is false, but what is carried counts")
	}
	if f.Executions(at("1m"))["x1"].Start() != at("1m") {
		t.Error("before it started, an execution starts at its first event")
	}

	want := map[string]Automation{
		"old": {ID: "old", Span: Span{at("1m"), at("1m")}, Name: "Old", Stage: "canary", Executions: 1},
		"new": {ID: "new", Span: Span{at("2m"), at("8m")}, Version: "v2", Stage: "full", Executions: 4},
	}
	got := f.Automations(at("1h"))
	for id, w := range want {
		if len(got) != len(want) || got[id] == nil || *got[id] != w {
			t.Errorf("automation %s: %+v, want %+v", id, got[id], w)
		}
	}
}

func TestEventsCountsRecordsAndDistinctEvents(t *testing.T) {
	f := &Fold{}
	event := func(source, id string) *schema.AlertEvent {
		return &schema.AlertEvent{Common: schema.Common{EventID: id, Source: source, Type: schema.AlertFired}, AlertID: "a"}
	}
	f.Add(event("s", "1"), "t", 0, 0)
	f.Add(event("s", "1"), "t", 0, 1) // sent twice
	f.Add(event("s", "1"), "t", 0, 1) // read twice
	f.Add(event("r", "1"), "t", 3, 0) // another source
	f.Add(event("s", "1"), "u", 0, 0) // another topic
	f.Add(event("s", "2"), "t", 0, 2)
	if records, distinct := f.Events(schema.Alert); records != 5 || distinct != 4 {
		t.Errorf("%d records, %d events; want 5 and 4", records, distinct)
	}
	if records, distinct := f.Events(schema.Incident); records != 0 || distinct != 0 {
		t.Error("there are no incidents")
	}
}

func TestAddCopies(t *testing.T) {
	value := []byte(`{"event_id":"1","source":"s","type":"incident.opened","occurred_at":"2026-03-01T00:00:00Z",` +
		`"incident_id":"i1","title":"T","alert_ids":["a1"],"labels":{"k":"v"},"actions":[{"id":"z","kind":"fix"}],"other":1}`)
	decoder := schema.NewDecoder(schema.Incident)
	ev, fault := decoder.Decode(&schema.Record{Value: value}, origin)
	if fault != nil {
		t.Fatal(fault)
	}
	before := string(ev.AppendJSON(nil))
	kept := copied(ev)
	clear(value)
	if _, fault := decoder.Decode(&schema.Record{Value: []byte(`{"event_id":"2","type":"incident.opened",` +
		`"occurred_at":"2026-03-01T00:00:00Z","incident_id":"i2","title":"U","alert_ids":["b1"],` +
		`"labels":{"l":"w"},"actions":[{"id":"y","kind":"band_aid"}],"more":22}`)}, origin); fault != nil {
		t.Fatal(fault)
	}
	if after := string(kept.AppendJSON(nil)); after != before {
		t.Errorf("the copy changed from %s to %s", before, after)
	}
}

// The set of records decides, not the order in which they come, nor how often.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		lines := randomScript(r, 300)
		want := script(t, strings.Join(lines, "\n"))
		got := &Fold{}
		for _, n := range append(r.Perm(len(lines)), r.Perm(len(lines))[:50]...) {
			add(t, got, lines[n], int64(n))
		}
		for _, asOf := range []string{"4h", "1200h"} {
			if !reflect.DeepEqual(want.at(at(asOf)), got.at(at(asOf))) {
				t.Fatalf("the state as of %s differs", asOf)
			}
			for _, name := range Metrics() {
				q := Query{From: at("0s"), To: at("8h"), AsOf: at(asOf), By: []string{"service"}}
				a, errA := want.Metric(name, q)
				b, errB := got.Metric(name, q)
				if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
					t.Fatalf("%s differs", name)
				}
			}
		}
	}
}

// An event sent again, at a greater offset, changes nothing but the number of
// records.
func TestACopyOfAnEventChangesNoMetric(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	lines := randomScript(r, 300)
	once, twice := script(t, strings.Join(lines, "\n")), script(t, strings.Join(lines, "\n"))
	last := len(lines) // all occurred at different moments, so later offsets overrule nothing
	for n, line := range lines {
		add(t, twice, line, int64(last+n))
	}
	for _, name := range Metrics() {
		if a, b := one(t, once, name, wide()), one(t, twice, name, wide()); !reflect.DeepEqual(a, b) {
			t.Errorf("%s differs: %+v and %+v", name, a, b)
		}
	}
	a, _ := once.Events(schema.Execution)
	if b, _ := twice.Events(schema.Execution); b != 2*a {
		t.Errorf("%d records, want twice %d", b, a)
	}
}

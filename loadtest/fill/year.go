package fill

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/loadtest/grouping"
	"github.com/vividium/firebreak/schema"
)

// Year is what happens in the 365 days before End.
type Year struct {
	Seed      uint64
	End       time.Time
	Incidents int
	// Alerts and Executions are how many of them there are for each incident.
	Alerts, Executions int
}

const (
	days        = 365
	automations = 400
	// incidentsOfOne is about how many incidents of a year a company of package
	// grouping has.
	incidentsOfOne = 3600

	minute = schema.Millis(time.Minute / time.Millisecond)
)

var (
	stages     = []string{schema.StageDryRun, schema.StageCanary, schema.StageFull, schema.StageFull, schema.StageFull}
	outcomes   = []string{schema.ExecutionSucceeded, schema.ExecutionSucceeded, schema.ExecutionSucceeded, schema.ExecutionSucceeded, schema.ExecutionSucceeded, schema.ExecutionFailed, schema.ExecutionTimedOut}
	causes     = []string{"capacity", "change", "dependency", "hardware"}
	sideRules  = []string{"HighErrorRate", "LatencyP99High", "PodRestarting", "QueueDepthHigh", "DiskWillFillIn24h", "TargetDown"}
	severities = 5
)

// Events yields what happens, incident by incident in the order in which they
// opened; each with its alerts and executions, and others of its time. An event
// is good until the next.
func (y Year) Events() iter.Seq[schema.Event] {
	return func(yield func(schema.Event) bool) {
		t := teller{Rand: rand.New(rand.NewPCG(y.Seed, 11)), yield: yield}
		begin, told := y.End.AddDate(0, 0, -days), 0
		set, _ := grouping.Conglomerate(y.Seed, grouping.Styles[0], y.Incidents/incidentsOfOne+1)
		shift := begin.Sub(set.Incidents[0].OpenedAt)
		for _, in := range set.Incidents {
			in.OpenedAt = in.OpenedAt.Add(shift)
			if told == y.Incidents || !in.OpenedAt.Before(y.End) || !t.incident(in, y) {
				return
			}
			told++
		}
	}
}

// teller tells what happens until nobody listens.
type teller struct {
	*rand.Rand
	yield func(schema.Event) bool
	over  bool
}

func (t *teller) tell(e schema.Event) { t.over = t.over || !t.yield(e) }

func (t *teller) after(at schema.Millis, most int) schema.Millis {
	return at + schema.Millis(t.IntN(most*int(minute)))
}

func common(id string, n int, kind string, at schema.Millis) schema.Common {
	return schema.Common{EventID: id + "/" + strconv.Itoa(n), Type: kind, OccurredAt: at, Source: "fill"}
}

func team(service string) string { return "team-" + strconv.Itoa(int(service[0]+service[1])%40) }

// incident tells the life of an incident and all that goes on meanwhile.
func (t *teller) incident(in *recurrence.Incident, y Year) bool {
	opened := schema.MillisOf(in.OpenedAt)
	resolved := t.after(opened, 120)
	said := schema.Some[string]
	event := func(n int, kind string, at schema.Millis) *schema.IncidentEvent {
		return &schema.IncidentEvent{Common: common(in.ID, n, kind, at), IncidentID: in.ID}
	}

	e := event(1, schema.IncidentOpened, opened)
	e.Title, e.Service, e.Team = said(in.Title), said(in.Service), said(team(in.Service))
	e.Description, e.Environment = said(in.Description), said("production")
	e.Severity = said(schema.Severities[t.IntN(severities)])
	e.TriggerKind, e.TriggerID = said("alert"), said(in.ID+"-A0")
	t.tell(e)
	t.tell(event(2, schema.IncidentAcknowledged, t.after(opened, 10)))
	e = event(3, schema.IncidentResolved, resolved)
	e.ResolvedBy, e.ResponderMinutes = said("human"), schema.Some(float64(t.IntN(90)))
	t.tell(e)
	if t.IntN(10) == 0 {
		e = event(4, schema.IncidentReviewed, resolved+24*60*minute)
		e.Cause = said(causes[t.IntN(len(causes))])
		e.Actions = schema.Some([]schema.Action{{ID: in.ID + "-F", Kind: "fix", Automatable: true, Ticket: "OPS-" + in.ID}})
		t.tell(e)
	}
	for n := range y.Alerts {
		t.alert(in, n, opened)
	}
	for n := range y.Executions {
		t.execution(in, n, opened)
	}
	return !t.over
}

// alert tells one of an incident's alerts: the first raised it, a few more belong
// to it, the others to nothing.
func (t *teller) alert(in *recurrence.Incident, n int, opened schema.Millis) {
	said := schema.Some[string]
	id := in.ID + "-A" + strconv.Itoa(n)
	e := &schema.AlertEvent{Common: common(id, 1, schema.AlertFired, opened-minute), AlertID: id}
	e.Name = said(sideRules[t.IntN(len(sideRules))])
	if n == 0 && len(in.Rules) > 0 {
		e.Name = said(in.Rules[0])
	}
	if n > 4 {
		e.OccurredAt = t.after(opened, 60)
	} else {
		e.IncidentID = said(in.ID)
	}
	e.Fingerprint = said(fmt.Sprintf("%08x", t.Uint32N(1<<20)))
	e.Summary = said(e.Name.Value + " on " + in.Service)
	e.Service, e.Team, e.Environment = said(in.Service), said(team(in.Service)), said("production")
	e.Severity = said(schema.Severities[t.IntN(severities)])
	fired := e.OccurredAt
	t.tell(e)
	t.tell(&schema.AlertEvent{Common: common(id, 2, schema.AlertResolved, t.after(fired, 30)), AlertID: id})
	if t.IntN(10) == 0 {
		classified := &schema.AlertEvent{Common: common(id, 3, schema.AlertClassified, t.after(fired, 600)), AlertID: id}
		classified.Verdict = said([]string{"actionable", "noise", "false_positive"}[t.IntN(3)])
		t.tell(classified)
	}
}

// execution tells one run: of the first, half are about the incident, the
// others happen by routine.
func (t *teller) execution(in *recurrence.Incident, n int, opened schema.Millis) {
	said := schema.Some[string]
	id := in.ID + "-R" + strconv.Itoa(n)
	automation := t.IntN(automations)
	event := func(n int, kind string, at schema.Millis) *schema.ExecutionEvent {
		return &schema.ExecutionEvent{Common: common(id, n, kind, at), ExecutionID: id, AutomationID: "automation-" + strconv.Itoa(automation)}
	}
	at := opened + 2*minute
	e := event(1, schema.ExecutionStarted, at)
	e.AutomationName, e.AutomationVersion = said("Automation "+strconv.Itoa(automation)), said("1.0")
	e.Pattern, e.Stage = said(schema.Patterns[automation%len(schema.Patterns)]), said(stages[automation%len(stages)])
	e.Service, e.Team, e.Environment = said(in.Service), said(team(in.Service)), said("production")
	e.TriggerKind, e.TriggerID = said("schedule"), said("cron/"+strconv.Itoa(automation))
	if n == 0 && t.IntN(2) == 0 {
		e.IncidentID, e.TriggerKind, e.TriggerID = said(in.ID), said("alert"), said(in.ID+"-A0")
	} else {
		at = t.after(opened, 500)
		e.OccurredAt = at
	}
	e.Command, e.Actor, e.ManualMinutes = said("fix --service "+in.Service), said("svc-fill"), schema.Some(15.0)
	t.tell(e)
	ended := t.after(at, 8)
	e = event(2, outcomes[t.IntN(len(outcomes))], ended)
	if e.Type == schema.ExecutionSucceeded {
		e.Changed = schema.Some(t.IntN(4) != 0)
	} else {
		e.Error = said("it did not work")
	}
	t.tell(e)
	if t.IntN(20) == 0 {
		e = event(3, schema.ExecutionClassified, t.after(ended, 600))
		e.Verdict = said(schema.ExecutionVerdicts[t.IntN(len(schema.ExecutionVerdicts))])
		t.tell(e)
	}
}

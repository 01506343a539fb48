package world

import "github.com/vividium/firebreak/schema"

// runners are the systems that run each pattern.
var runners = map[string]string{"script": "rundeck", "operator": "kubernetes", "self_healing": "stackstorm"}

func (j *journal) tellRun(d dice, r *run) {
	t := runTeller{life: j.lifeOf(r.id, runners[r.automation.pattern]), dice: d, r: r}
	for n, step := range r.steps {
		e := &schema.ExecutionEvent{Common: t.common(step.kind, step.at), ExecutionID: r.id, AutomationID: r.automation.id}
		if n == 0 {
			t.introduce(e)
		}
		t.detail(e)
		j.add(e)
	}
}

// runTeller tells the life of one run.
type runTeller struct {
	*life
	dice
	r *run
}

// introduce carries what is known of a run from its first event on.
func (t *runTeller) introduce(e *schema.ExecutionEvent) {
	r, a := t.r, t.r.automation
	e.AutomationName, e.AutomationVersion = said(a.name), said(r.phase.version)
	e.Pattern, e.Stage = said(a.pattern), said(r.phase.stage)
	e.Service, e.Team, e.Environment = said(r.service.name), said(r.service.team), said("production")
	e.Decision = said(reword(t.dice, a.decision, r.scene))
	e.Targets = schema.Some(t.targets())
	t.link(e)
}

// targets are few: what differs, is full or is stuck.
func (t *runTeller) targets() []string {
	hosts := []string{t.r.host}
	for _, n := range t.Perm(instancesEach)[:t.IntN(3)] {
		if h := t.r.service.host(n); h != t.r.host {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// link says what set the run off and what it is about.
func (t *runTeller) link(e *schema.ExecutionEvent) {
	r := t.r
	switch r.link {
	case linkIncidentID:
		e.IncidentID = said(r.incident.id)
	case linkTriggerIncident:
		e.TriggerKind, e.TriggerID = said("incident"), said(r.incident.id)
		return
	case linkAlertID:
		e.AlertID = said(r.incident.alerts[0].id)
	case linkTriggerAlert:
		e.TriggerKind, e.TriggerID = said("alert"), said(r.incident.alerts[0].id)
		return
	}
	t.trigger(e)
}

// trigger says what set off a run that no incident or its alert did.
func (t *runTeller) trigger(e *schema.ExecutionEvent) {
	r := t.r
	switch {
	case r.alert != nil:
		e.TriggerKind, e.TriggerID = said("alert"), said(r.alert.id)
	case r.manual:
		e.TriggerKind, e.TriggerID = said("manual"), said(t.r.service.responder(t.dice))
	case r.incident == nil && t.chance(0.3):
		e.TriggerKind, e.TriggerID = said("schedule"), said("cron/"+r.automation.id)
	default:
		e.TriggerKind, e.TriggerID = said("condition"), said("rule/"+r.automation.id)
	}
}

// detail carries what only this type of event can tell.
func (t *runTeller) detail(e *schema.ExecutionEvent) {
	r, a := t.r, t.r.automation
	switch e.Type {
	case schema.ExecutionStarted:
		e.Command = said(reword(t.dice, a.command, r.scene))
		e.Actor = said(t.actor())
		e.ManualMinutes = tenths(a.ManualMinutes)
		if a.diagnoses {
			e.Mutating = schema.Some(false)
		}
	case schema.ExecutionApproved, schema.ExecutionRejected:
		e.Approver = said(t.r.service.responder(t.dice))
	case schema.ExecutionSkipped:
		e.Decision = said("pre-check: condition cleared or cool-down active")
	case schema.ExecutionSucceeded:
		e.Changed = r.changed
	case schema.ExecutionFailed, schema.ExecutionTimedOut, schema.ExecutionEscalated:
		e.Error = said(r.cause)
	case schema.ExecutionClassified:
		e.Verdict = said(r.verdict)
	}
	if r.residual > 0 && e.OccurredAt >= r.last() {
		e.ResidualMinutes = tenths(r.residual)
	}
}

func (t *runTeller) actor() string {
	if t.r.manual {
		return t.r.service.responder(t.dice)
	}
	return "svc-" + t.source
}

package world

import (
	"fmt"

	"github.com/vividium/firebreak/schema"
)

const (
	earlierImpactShare = 0.3  // of incidents whose impact began before they were opened
	reopenedShare      = 0.03 // of those that people resolved and that took a while
	unreportedShare    = 0.1  // of those of which nobody wrote down the hands-on time
)

// reviewShare is how many incidents are reviewed, by severity.
var reviewShare = []float64{0.95, 0.75, 0.25, 0.04, 0}

// impact is how much an incident hurts: users at the median and share of the
// error budget's minutes, by severity.
var (
	usersHit    = []float64{18000, 3500, 400, 30, 2}
	budgetShare = []float64{1, 0.6, 0.2, 0.04, 0}
	tierShare   = []float64{1, 0.4, 0.1}
)

// customerSpelling is how the customer desk writes severities.
var customerSpelling = []string{"p1", "p2", "p3", "p4", "p5"}

func (j *journal) tellIncident(d dice, i *incident) {
	t := incidentTeller{life: j.lifeOf(i.id, "pagerduty"), dice: d, i: i}
	if i.trigger == "customer" {
		t.source = "zendesk"
	}
	t.users = d.around(usersHit[i.severity-1], 0.7) * tierShare[i.service.tier-1]
	t.counted = !d.chance(unreportedShare)
	t.tellOpened()
	t.tellCorrected()
	t.tellAcknowledged()
	t.tellLinked()
	t.tellResolved()
	t.tellReviewed()
}

// incidentTeller tells the life of one incident.
type incidentTeller struct {
	*life
	dice
	i       *incident
	users   float64 // affected in the end
	counted bool    // people wrote down their hands-on time
}

func (t *incidentTeller) event(kind string, at schema.Millis) *schema.IncidentEvent {
	return &schema.IncidentEvent{Common: t.common(kind, at), IncidentID: t.i.id}
}

func (t *incidentTeller) tellOpened() {
	i := t.i
	e := t.event(schema.IncidentOpened, i.opened)
	e.Title, e.Service, e.Team, e.Environment = said(i.title), said(i.service.name), said(i.service.team), said("production")
	if t.chance(0.85) {
		e.Description = said(i.description)
	}
	e.Severity = said(t.spell(i.firstSeverity))
	e.TriggerKind = said(i.trigger)
	if i.trigger == "alert" && len(i.alerts) > 0 {
		e.TriggerID = said(i.alerts[0].id)
	}
	if i.class != "false_alarm" && i.class != "merged" {
		e.Classification = said(i.class)
	}
	if t.chance(earlierImpactShare) {
		e.StartedAt = schema.Some(max(t.start, after(i.opened, -t.around(4, 0.7))))
	}
	t.add(e)
}

func (t *incidentTeller) spell(severity int) string {
	if t.source == "zendesk" {
		return customerSpelling[severity-1]
	}
	return schema.Severities[severity-1]
}

// tellCorrected tells what people found to be otherwise than it was opened.
func (t *incidentTeller) tellCorrected() {
	i := t.i
	wrongClass := i.class == "false_alarm" || i.class == "merged"
	if i.severity == i.firstSeverity && !wrongClass {
		return
	}
	e := t.event(schema.IncidentUpdated, after(i.opened, 0.6*i.minutes))
	e.Severity = said(t.spell(i.severity))
	if wrongClass {
		e.Classification = said(i.class)
	}
	if i.mergedInto != nil {
		e.Extra = fmt.Appendf(nil, `{"merged_into":%q}`, i.mergedInto.id)
	}
	t.add(e)
}

func (t *incidentTeller) tellAcknowledged() {
	i := t.i
	if i.acknowledged != 0 {
		t.add(t.event(schema.IncidentAcknowledged, i.acknowledged))
		e := t.event(schema.IncidentUpdated, i.acknowledged+(after(i.opened, i.minutes)-i.acknowledged)/2)
		t.totals(e, 0.45)
		t.add(e)
	}
	if i.mitigated != 0 {
		t.add(t.event(schema.IncidentMitigated, i.mitigated))
	}
}

// totals carries the running totals, of which a share has come together.
func (t *incidentTeller) totals(e *schema.IncidentEvent, share float64) {
	i := t.i
	if t.counted {
		e.ResponderMinutes = tenths(share * i.handsOn)
	}
	if i.class == "" {
		e.UsersAffected = whole(share * t.users)
		e.ErrorBudgetMinutes = tenths(share * i.minutes * budgetShare[i.severity-1])
		if i.severity <= 2 && i.service.tier == 1 {
			e.RevenueLost = whole(share * i.minutes * t.users / 400)
		}
	}
}

// tellLinked tells which alerts and runs belong to the incident, once all of them
// are there.
func (t *incidentTeller) tellLinked() {
	i := t.i
	at := i.opened
	var alerts, runs []string
	for _, a := range i.alerts {
		if i.alertsInList {
			alerts = append(alerts, a.id)
			at = max(at, a.fired)
		}
	}
	for _, r := range i.runs {
		if r.link == linkExecutionIDs && r.began() < t.end {
			runs = append(runs, r.id)
			at = max(at, r.began())
		}
	}
	if len(alerts)+len(runs) == 0 {
		return
	}
	e := t.event(schema.IncidentUpdated, after(at, 0.3))
	e.AlertIDs = schema.Opt[[]string]{Value: alerts, Set: len(alerts) > 0}
	e.ExecutionIDs = schema.Opt[[]string]{Value: runs, Set: len(runs) > 0}
	t.add(e)
}

func (t *incidentTeller) tellResolved() {
	i := t.i
	if i.resolved == 0 {
		return
	}
	if i.resolvedBy == "human" && i.class == "" && i.minutes > 20 && t.chance(reopenedShare) {
		t.add(t.event(schema.IncidentResolved, after(i.opened, 0.9*i.minutes)))
		t.add(t.event(schema.IncidentReopened, after(i.opened, 0.95*i.minutes)))
	}
	e := t.event(schema.IncidentResolved, i.resolved)
	e.ResolvedBy = said(i.resolvedBy)
	t.totals(e, 1)
	t.add(e)
}

// tellReviewed tells the outcome of the review some days later. People know by
// then which run caused the incident, if they ever find out.
func (t *incidentTeller) tellReviewed() {
	i := t.i
	if i.class != "" || i.resolved == 0 || !(i.confirmed || t.chance(reviewShare[i.severity-1])) {
		return
	}
	e := t.event(schema.IncidentReviewed, after(i.resolved, t.between(1, 8)*24*60))
	e.Cause = said(i.trouble.cause)
	if i.confirmed {
		e.CausedByExecutionID = said(i.causedBy.id)
	}
	actions := make([]schema.Action, 1+t.IntN(3))
	for n := range actions {
		actions[n] = t.action(n)
	}
	e.Actions = schema.Some(actions)
	t.add(e)
}

func (t *incidentTeller) action(n int) schema.Action {
	a := schema.Action{
		ID: fmt.Sprintf("%s-A%d", t.i.id, n+1), Kind: "band_aid",
		Automatable: t.chance(0.35), Ticket: fmt.Sprintf("OPS-%d", 1000+t.IntN(9000)),
	}
	if t.chance(orUsual(t.i.trouble.fixes, usualFixes)) {
		a.Kind = "fix"
	}
	return a
}

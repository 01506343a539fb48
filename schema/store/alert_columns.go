package store

import (
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/native"
)

type alertColumns struct {
	alertID                          native.Strings
	fingerprint, summary, incidentID text
	name, service, team, environment symbol
	severity, verdict                symbol
}

func newAlertColumns() *alertColumns {
	return &alertColumns{
		fingerprint: newText(), summary: newText(), incidentID: newText(),
		name: newSymbol(), service: newSymbol(), team: newSymbol(), environment: newSymbol(),
		severity: newSymbol(), verdict: newSymbol(),
	}
}

func (c *alertColumns) addTo(b *native.Block) {
	b.Add("alert_id", typeString, &c.alertID)
	b.Add("name", typeNullSymbol, &c.name)
	b.Add("fingerprint", typeText, &c.fingerprint)
	b.Add("summary", typeText, &c.summary)
	b.Add("service", typeNullSymbol, &c.service)
	b.Add("team", typeNullSymbol, &c.team)
	b.Add("environment", typeNullSymbol, &c.environment)
	b.Add("severity", typeNullSymbol, &c.severity)
	b.Add("incident_id", typeText, &c.incidentID)
	b.Add("verdict", typeNullSymbol, &c.verdict)
}

func (c *alertColumns) append(event schema.Event) uint8 {
	ev := event.(*schema.AlertEvent)
	c.alertID.Append(ev.AlertID)
	c.name.add(ev.Name)
	c.fingerprint.add(ev.Fingerprint)
	c.summary.add(ev.Summary)
	c.service.add(ev.Service)
	c.team.add(ev.Team)
	c.environment.add(ev.Environment)
	c.severity.add(ev.Severity)
	c.incidentID.add(ev.IncidentID)
	c.verdict.add(ev.Verdict)
	return bit(ev.Labels.Set, carriesLabels)
}

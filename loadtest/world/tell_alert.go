package world

import "github.com/vividium/firebreak/schema"

// alertSeverities are the words that the alerting rules use.
var alertSeverities = []string{"critical", "high", "medium", "low", "info"}

func (j *journal) tellAlert(a *alert) {
	l := j.lifeOf(a.id, "alertmanager")
	fired := &schema.AlertEvent{
		Common: l.common(schema.AlertFired, a.fired), AlertID: a.id,
		Name: said(a.rule), Fingerprint: said(a.fingerprint()), Summary: said(a.summary),
		Service: said(a.service.name), Team: said(a.service.team), Environment: said("production"),
		Severity: said(alertSeverities[a.severity-1]),
	}
	fired.Labels = schema.Some([]schema.Label{{Name: "instance", Value: a.host}, {Name: "zone", Value: a.zone}})
	fired.Extra = []byte(`{"runbook":"https://runbooks.example.com/` + a.rule + `"}`)
	if a.test {
		fired.Environment = said("staging")
	}
	if a.incident != nil && !a.incident.alertsInList {
		fired.IncidentID = said(a.incident.id)
	}
	j.add(fired)
	l.tellAlertStep(a, schema.AlertAcknowledged, a.acknowledged)
	l.tellAlertStep(a, schema.AlertResolved, a.resolved)
	l.tellAlertStep(a, schema.AlertClassified, a.classified)
}

// tellAlertStep tells a later event, if it ever happens.
func (l *life) tellAlertStep(a *alert, kind string, at schema.Millis) {
	if at == 0 {
		return
	}
	e := &schema.AlertEvent{Common: l.common(kind, at), AlertID: a.id}
	if kind == schema.AlertClassified {
		e.Verdict = said(a.verdict)
	}
	l.add(e)
}

package oracle

import "github.com/vividium/firebreak/schema"

// Alert is the fold of one alert's events. Texts are empty when no event
// carried them.
type Alert struct {
	ID string
	Span

	FiredAt, AcknowledgedAt, ClassifiedAt schema.Opt[schema.Millis] // the earliest
	ResolvedAt                            schema.Opt[schema.Millis] // the latest

	Name, Fingerprint, Summary, Service, Team, Environment, Severity string

	IncidentID string
	Verdict    string
	Labels     map[string]string
}

func foldAlert(id string, life []record) *Alert {
	a := &Alert{ID: id, Span: spanOf(life)}
	for _, r := range life {
		a.take(r.event.(*schema.AlertEvent))
	}
	return a
}

func (a *Alert) take(e *schema.AlertEvent) {
	switch e.Type {
	case schema.AlertFired:
		earliest(&a.FiredAt, e.OccurredAt)
	case schema.AlertAcknowledged:
		earliest(&a.AcknowledgedAt, e.OccurredAt)
	case schema.AlertClassified:
		earliest(&a.ClassifiedAt, e.OccurredAt)
	case schema.AlertResolved:
		latest(&a.ResolvedAt, e.OccurredAt)
	}
	replace(&a.Name, e.Name)
	replace(&a.Fingerprint, e.Fingerprint)
	replace(&a.Summary, e.Summary)
	replace(&a.Service, e.Service)
	replace(&a.Team, e.Team)
	replace(&a.Environment, e.Environment)
	replace(&a.Severity, e.Severity)
	replace(&a.IncidentID, e.IncidentID)
	replace(&a.Verdict, e.Verdict)
	replace(&a.Labels, labelsOf(e.Labels))
}

// Noise says that people called the alert noise or a false positive.
func (a *Alert) Noise() bool { return a.Verdict == "noise" || a.Verdict == "false_positive" }

func (a *Alert) resolvedBefore(t schema.Millis) bool {
	return a.ResolvedAt.Set && a.ResolvedAt.Value < t
}

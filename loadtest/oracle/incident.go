package oracle

import "github.com/vividium/firebreak/schema"

// Incident is the fold of one incident's events. Texts are empty and lists nil
// when no event carried them.
type Incident struct {
	ID string
	Span

	Cluster string // "" until somebody says; see SetClusters

	OpenedAt, AcknowledgedAt, MitigatedAt, ReviewedAt schema.Opt[schema.Millis] // the earliest
	ResolvedAt, ReopenedAt                            schema.Opt[schema.Millis] // the latest

	Title, Description, Service, Team, Environment, Cause, Severity string

	StartedAt              schema.Opt[schema.Millis]
	TriggerKind, TriggerID string
	AlertIDs, ExecutionIDs []string
	Classification         string // schema.ClassIncident when absent
	ResolvedBy             string
	CausedByExecutionID    string
	Actions                []schema.Action
	Labels                 map[string]string

	ResponderMinutes, UsersAffected, RevenueLost, ErrorBudgetMinutes schema.Opt[float64]
}

func foldIncident(id string, life []record) *Incident {
	i := &Incident{ID: id, Span: spanOf(life), Classification: schema.ClassIncident}
	for _, r := range life {
		i.take(r.event.(*schema.IncidentEvent))
	}
	return i
}

func (i *Incident) take(e *schema.IncidentEvent) {
	switch e.Type {
	case schema.IncidentOpened:
		earliest(&i.OpenedAt, e.OccurredAt)
	case schema.IncidentAcknowledged:
		earliest(&i.AcknowledgedAt, e.OccurredAt)
	case schema.IncidentMitigated:
		earliest(&i.MitigatedAt, e.OccurredAt)
	case schema.IncidentReviewed:
		earliest(&i.ReviewedAt, e.OccurredAt)
	case schema.IncidentResolved:
		latest(&i.ResolvedAt, e.OccurredAt)
	case schema.IncidentReopened:
		latest(&i.ReopenedAt, e.OccurredAt)
	}
	replace(&i.Title, e.Title)
	replace(&i.Description, e.Description)
	replace(&i.Service, e.Service)
	replace(&i.Team, e.Team)
	replace(&i.Environment, e.Environment)
	replace(&i.Cause, e.Cause)
	replace(&i.Severity, e.Severity)
	replaceKnown(&i.StartedAt, e.StartedAt)
	replace(&i.TriggerKind, e.TriggerKind)
	replace(&i.TriggerID, e.TriggerID)
	replace(&i.AlertIDs, e.AlertIDs)
	replace(&i.ExecutionIDs, e.ExecutionIDs)
	replace(&i.Classification, e.Classification)
	replace(&i.ResolvedBy, e.ResolvedBy)
	replace(&i.CausedByExecutionID, e.CausedByExecutionID)
	replace(&i.Actions, e.Actions)
	replace(&i.Labels, labelsOf(e.Labels))
	greatest(&i.ResponderMinutes, e.ResponderMinutes)
	greatest(&i.UsersAffected, e.UsersAffected)
	greatest(&i.RevenueLost, e.RevenueLost)
	greatest(&i.ErrorBudgetMinutes, e.ErrorBudgetMinutes)
}

// IsOpen says that the incident was opened and never resolved, or reopened
// after its last resolution.
func (i *Incident) IsOpen() bool {
	if !i.OpenedAt.Set {
		return false
	}
	return !i.ResolvedAt.Set || i.reopenedAfterResolution()
}

func (i *Incident) reopenedAfterResolution() bool {
	return i.ReopenedAt.Set && i.ResolvedAt.Set && i.ReopenedAt.Value > i.ResolvedAt.Value
}

// LeftOut says that the incident is left out everywhere.
func (i *Incident) LeftOut() bool {
	switch i.Classification {
	case "drill", "maintenance", "test", "merged":
		return true
	}
	return false
}

// FalseAlarm says that the incident is left out of times and impact.
func (i *Incident) FalseAlarm() bool { return i.Classification == "false_alarm" }

// resolvedBefore says that the incident had been resolved before t and was not
// open again at t.
func (i *Incident) resolvedBefore(t schema.Millis) bool {
	if !i.ResolvedAt.Set || i.ResolvedAt.Value >= t {
		return false
	}
	return !(i.reopenedAfterResolution() && i.ReopenedAt.Value <= t)
}

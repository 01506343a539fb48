package recurrence

import (
	"time"

	"github.com/vividium/firebreak/schema"
)

// Incident is what is known of an incident when it is matched. What is empty is
// unknown.
type Incident struct {
	ID          string
	OpenedAt    time.Time
	Title       string
	Description string
	Service     string
	Cause       string // category that a review found
	Source      string // sending system; each has its own way of writing
	// Rules are the names of the alert rules that raised it or belong to it. An
	// id that never comes again does no harm.
	Rules []string
	// Labels are free. One that is called alertname, rule, monitor or check, or
	// nearly so, names an alert rule.
	Labels map[string]string
}

// FromOpened takes an incident from its opening.
func FromOpened(e *schema.IncidentEvent) *Incident {
	in := &Incident{
		ID: e.IncidentID, OpenedAt: e.OccurredAt.Time(), Source: e.Source,
		Title: e.Title.Value, Description: e.Description.Value, Service: e.Service.Value, Cause: e.Cause.Value,
	}
	if e.TriggerKind.Value == "alert" && e.TriggerID.Value != "" {
		in.Rules = []string{e.TriggerID.Value}
	}
	if len(e.Labels.Value) > 0 {
		in.Labels = make(map[string]string, len(e.Labels.Value))
		for _, l := range e.Labels.Value {
			in.Labels[l.Name] = l.Value
		}
	}
	return in
}

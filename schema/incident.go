package schema

// The types of an incident's events.
const (
	IncidentOpened       = "incident.opened"
	IncidentAcknowledged = "incident.acknowledged"
	IncidentMitigated    = "incident.mitigated"
	IncidentResolved     = "incident.resolved"
	IncidentReopened     = "incident.reopened"
	IncidentUpdated      = "incident.updated"
	IncidentReviewed     = "incident.reviewed"
)

var incidentTypes = []string{
	IncidentOpened, IncidentAcknowledged, IncidentMitigated, IncidentResolved,
	IncidentReopened, IncidentUpdated, IncidentReviewed,
}

var (
	// Severities from worst to least, as stored.
	Severities = []string{"sev1", "sev2", "sev3", "sev4", "sev5"}
	// IncidentTriggers are what can raise an incident.
	IncidentTriggers = []string{"alert", "customer", "manual", "automation"}
	// Classifications of an incident; ClassIncident when absent.
	Classifications = []string{ClassIncident, "false_alarm", "drill", "maintenance", "test", "merged"}
	// Resolvers are who or what can resolve an incident.
	Resolvers = []string{"human", "automation", "self"}
	// ActionKinds are the kinds of action that a review can decide on.
	ActionKinds = []string{"fix", "band_aid"}
)

// ClassIncident is the classification of an incident that nobody classified.
const ClassIncident = "incident"

// severityNames maps every accepted spelling to the stored one.
var severityNames = spellings(Severities,
	[]string{"critical", "high", "medium", "low", "info"},
	[]string{"p1", "p2", "p3", "p4", "p5"})

func spellings(canonical []string, others ...[]string) map[string]string {
	m := make(map[string]string)
	for i, name := range canonical {
		m[name] = name
		for _, other := range others {
			m[other[i]] = name
		}
	}
	return m
}

// Action is what a post-incident review decided to do.
type Action struct {
	ID          string
	Kind        string // fix or band_aid
	Automatable bool
	Ticket      string
	Extra       []byte // a JSON object of the members that the contract does not know; nil when none
}

// IncidentEvent is one event in the life of an incident.
type IncidentEvent struct {
	Common

	IncidentID  string
	Title       Opt[string] // set on incident.opened
	Description Opt[string]
	Service     Opt[string]
	Team        Opt[string]
	Environment Opt[string]
	Cause       Opt[string] // root-cause category that the review found
	Severity    Opt[string] // one of Severities
	StartedAt   Opt[Millis] // when the impact began, if not at opening
	TriggerKind Opt[string] // one of IncidentTriggers
	TriggerID   Opt[string]

	AlertIDs     Opt[[]string]
	ExecutionIDs Opt[[]string]

	Classification      Opt[string] // one of Classifications
	ResolvedBy          Opt[string] // one of Resolvers
	CausedByExecutionID Opt[string] // confirmed by a person

	ResponderMinutes   Opt[float64] // hands-on minutes of people so far
	UsersAffected      Opt[float64]
	RevenueLost        Opt[float64]
	ErrorBudgetMinutes Opt[float64]

	Actions Opt[[]Action]
}

// Base implements Event.
func (e *IncidentEvent) Base() *Common { return &e.Common }

// Entity implements Event.
func (e *IncidentEvent) Entity() Entity { return Incident }

// EntityID implements Event.
func (e *IncidentEvent) EntityID() string { return e.IncidentID }

func (e *IncidentEvent) reset() { *e = IncidentEvent{} }

func (e *IncidentEvent) readField(key []byte, r *reader) bool {
	switch string(key) {
	case "incident_id":
		r.id(&e.IncidentID)
	case "title":
		r.text(&e.Title)
	case "description":
		r.text(&e.Description)
	case "service":
		r.text(&e.Service)
	case "team":
		r.text(&e.Team)
	case "environment":
		r.text(&e.Environment)
	case "cause":
		r.text(&e.Cause)
	case "severity":
		r.severity(&e.Severity)
	case "started_at":
		r.instant(&e.StartedAt)
	case "trigger_kind":
		r.oneOf(&e.TriggerKind, IncidentTriggers)
	case "trigger_id":
		r.text(&e.TriggerID)
	case "alert_ids":
		r.texts(&e.AlertIDs)
	case "execution_ids":
		r.texts(&e.ExecutionIDs)
	case "classification":
		r.oneOf(&e.Classification, Classifications)
	case "resolved_by":
		r.oneOf(&e.ResolvedBy, Resolvers)
	case "caused_by_execution_id":
		r.text(&e.CausedByExecutionID)
	case "responder_minutes":
		r.amount(&e.ResponderMinutes)
	case "users_affected":
		r.amount(&e.UsersAffected)
	case "revenue_lost":
		r.amount(&e.RevenueLost)
	case "error_budget_minutes":
		r.amount(&e.ErrorBudgetMinutes)
	case "actions":
		r.actions(&e.Actions)
	default:
		return false
	}
	return true
}

func (e *IncidentEvent) check(r *reader) {
	r.require("incident_id", e.IncidentID != "")
	if e.Type == IncidentOpened {
		r.require("title", e.Title.Set)
	}
}

// AppendJSON implements Event.
func (e *IncidentEvent) AppendJSON(b []byte) []byte {
	w := newWriter(b, &e.Common)
	w.text("incident_id", e.IncidentID)
	w.optText("title", e.Title)
	w.optText("description", e.Description)
	w.optText("service", e.Service)
	w.optText("team", e.Team)
	w.optText("environment", e.Environment)
	w.optText("cause", e.Cause)
	w.optText("severity", e.Severity)
	w.optInstant("started_at", e.StartedAt)
	w.optText("trigger_kind", e.TriggerKind)
	w.optText("trigger_id", e.TriggerID)
	w.optTexts("alert_ids", e.AlertIDs)
	w.optTexts("execution_ids", e.ExecutionIDs)
	w.optText("classification", e.Classification)
	w.optText("resolved_by", e.ResolvedBy)
	w.optText("caused_by_execution_id", e.CausedByExecutionID)
	w.optAmount("responder_minutes", e.ResponderMinutes)
	w.optAmount("users_affected", e.UsersAffected)
	w.optAmount("revenue_lost", e.RevenueLost)
	w.optAmount("error_budget_minutes", e.ErrorBudgetMinutes)
	w.optActions("actions", e.Actions)
	return w.end()
}

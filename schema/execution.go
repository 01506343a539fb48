package schema

// The types of an execution's events.
const (
	ExecutionRequested  = "execution.requested"
	ExecutionApproved   = "execution.approved"
	ExecutionRejected   = "execution.rejected"
	ExecutionStarted    = "execution.started"
	ExecutionSucceeded  = "execution.succeeded"
	ExecutionFailed     = "execution.failed"
	ExecutionTimedOut   = "execution.timed_out"
	ExecutionCancelled  = "execution.cancelled"
	ExecutionSkipped    = "execution.skipped"
	ExecutionEscalated  = "execution.escalated" // a person had to take over
	ExecutionRolledBack = "execution.rolled_back"
	ExecutionClassified = "execution.classified"
)

var executionTypes = []string{
	ExecutionRequested, ExecutionApproved, ExecutionRejected, ExecutionStarted,
	ExecutionSucceeded, ExecutionFailed, ExecutionTimedOut, ExecutionCancelled,
	ExecutionSkipped, ExecutionEscalated, ExecutionRolledBack, ExecutionClassified,
}

var (
	// Patterns of automation, from the simplest to the broadest.
	Patterns = []string{"script", "operator", "self_healing"}
	// Stages of a rollout in order; StageFull when absent.
	Stages = []string{StageDryRun, StageCanary, StageFull}
	// ExecutionTriggers are what can set an execution off.
	ExecutionTriggers = []string{"alert", "incident", "schedule", "condition", "manual"}
	// ExecutionVerdicts say whether the action was needed.
	ExecutionVerdicts = []string{"necessary", "unnecessary"}
)

// The stages of a rollout.
const (
	StageDryRun = "dry_run"
	StageCanary = "canary"
	StageFull   = "full"
)

// ExecutionEvent is one event in the life of one run of an automation.
type ExecutionEvent struct {
	Common

	ExecutionID       string
	AutomationID      string
	AutomationName    Opt[string]
	AutomationVersion Opt[string]
	Pattern           Opt[string] // one of Patterns
	Stage             Opt[string] // one of Stages
	TriggerKind       Opt[string] // one of ExecutionTriggers
	TriggerID         Opt[string]
	IncidentID        Opt[string]
	AlertID           Opt[string]
	Service           Opt[string]
	Team              Opt[string]
	Environment       Opt[string]
	Targets           Opt[[]string] // what it acted on
	Decision          Opt[string]   // the rule and the inputs that made it act
	Command           Opt[string]   // what was executed
	Actor             Opt[string]
	Approver          Opt[string]
	Mutating          Opt[bool] // false for a diagnosis that changes nothing
	Changed           Opt[bool] // false: it ran and found nothing to do
	Error             Opt[string]
	Verdict           Opt[string]  // one of ExecutionVerdicts
	ManualMinutes     Opt[float64] // declared: what a person would have needed
	ResidualMinutes   Opt[float64] // hands-on minutes still spent on this run
}

// Base implements Event.
func (e *ExecutionEvent) Base() *Common { return &e.Common }

// Entity implements Event.
func (e *ExecutionEvent) Entity() Entity { return Execution }

// EntityID implements Event.
func (e *ExecutionEvent) EntityID() string { return e.ExecutionID }

func (e *ExecutionEvent) reset() { *e = ExecutionEvent{} }

func (e *ExecutionEvent) readField(key []byte, r *reader) bool {
	switch string(key) {
	case "execution_id":
		r.id(&e.ExecutionID)
	case "automation_id":
		r.id(&e.AutomationID)
	case "automation_name":
		r.text(&e.AutomationName)
	case "automation_version":
		r.text(&e.AutomationVersion)
	case "pattern":
		r.oneOf(&e.Pattern, Patterns)
	case "stage":
		r.oneOf(&e.Stage, Stages)
	case "trigger_kind":
		r.oneOf(&e.TriggerKind, ExecutionTriggers)
	case "trigger_id":
		r.text(&e.TriggerID)
	case "incident_id":
		r.text(&e.IncidentID)
	case "alert_id":
		r.text(&e.AlertID)
	case "service":
		r.text(&e.Service)
	case "team":
		r.text(&e.Team)
	case "environment":
		r.text(&e.Environment)
	case "targets":
		r.texts(&e.Targets)
	case "decision":
		r.text(&e.Decision)
	case "command":
		r.text(&e.Command)
	case "actor":
		r.text(&e.Actor)
	case "approver":
		r.text(&e.Approver)
	case "mutating":
		r.flag(&e.Mutating)
	case "changed":
		r.flag(&e.Changed)
	case "error":
		r.text(&e.Error)
	case "verdict":
		r.oneOf(&e.Verdict, ExecutionVerdicts)
	case "manual_minutes":
		r.amount(&e.ManualMinutes)
	case "residual_minutes":
		r.amount(&e.ResidualMinutes)
	default:
		return false
	}
	return true
}

func (e *ExecutionEvent) check(r *reader) {
	r.require("execution_id", e.ExecutionID != "")
	r.require("automation_id", e.AutomationID != "")
}

// AppendJSON implements Event.
func (e *ExecutionEvent) AppendJSON(b []byte) []byte {
	w := newWriter(b, &e.Common)
	w.text("execution_id", e.ExecutionID)
	w.text("automation_id", e.AutomationID)
	w.optText("automation_name", e.AutomationName)
	w.optText("automation_version", e.AutomationVersion)
	w.optText("pattern", e.Pattern)
	w.optText("stage", e.Stage)
	w.optText("trigger_kind", e.TriggerKind)
	w.optText("trigger_id", e.TriggerID)
	w.optText("incident_id", e.IncidentID)
	w.optText("alert_id", e.AlertID)
	w.optText("service", e.Service)
	w.optText("team", e.Team)
	w.optText("environment", e.Environment)
	w.optTexts("targets", e.Targets)
	w.optText("decision", e.Decision)
	w.optText("command", e.Command)
	w.optText("actor", e.Actor)
	w.optText("approver", e.Approver)
	w.optFlag("mutating", e.Mutating)
	w.optFlag("changed", e.Changed)
	w.optText("error", e.Error)
	w.optText("verdict", e.Verdict)
	w.optAmount("manual_minutes", e.ManualMinutes)
	w.optAmount("residual_minutes", e.ResidualMinutes)
	return w.end()
}

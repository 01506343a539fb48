package schema

// The types of an alert's events.
const (
	AlertFired        = "alert.fired"
	AlertAcknowledged = "alert.acknowledged"
	AlertResolved     = "alert.resolved"
	AlertClassified   = "alert.classified"
)

var alertTypes = []string{AlertFired, AlertAcknowledged, AlertResolved, AlertClassified}

// AlertVerdicts are what people can say of an alert.
var AlertVerdicts = []string{"actionable", "noise", "false_positive"}

// AlertEvent is one event in the life of one firing of an alert.
type AlertEvent struct {
	Common

	AlertID     string
	Name        Opt[string] // the rule; set on alert.fired
	Fingerprint Opt[string] // the same over every firing on the same target
	Summary     Opt[string]
	Service     Opt[string]
	Team        Opt[string]
	Environment Opt[string]
	Severity    Opt[string] // one of Severities
	IncidentID  Opt[string]
	Verdict     Opt[string] // one of AlertVerdicts
}

// Base implements Event.
func (e *AlertEvent) Base() *Common { return &e.Common }

// Entity implements Event.
func (e *AlertEvent) Entity() Entity { return Alert }

// EntityID implements Event.
func (e *AlertEvent) EntityID() string { return e.AlertID }

func (e *AlertEvent) reset() { *e = AlertEvent{} }

func (e *AlertEvent) readField(key []byte, r *reader) bool {
	switch string(key) {
	case "alert_id":
		r.id(&e.AlertID)
	case "name":
		r.text(&e.Name)
	case "fingerprint":
		r.text(&e.Fingerprint)
	case "summary":
		r.text(&e.Summary)
	case "service":
		r.text(&e.Service)
	case "team":
		r.text(&e.Team)
	case "environment":
		r.text(&e.Environment)
	case "severity":
		r.severity(&e.Severity)
	case "incident_id":
		r.text(&e.IncidentID)
	case "verdict":
		r.oneOf(&e.Verdict, AlertVerdicts)
	default:
		return false
	}
	return true
}

func (e *AlertEvent) check(r *reader) {
	r.require("alert_id", e.AlertID != "")
	if e.Type == AlertFired {
		r.require("name", e.Name.Set)
	}
}

// AppendJSON implements Event.
func (e *AlertEvent) AppendJSON(b []byte) []byte {
	w := newWriter(b, &e.Common)
	w.text("alert_id", e.AlertID)
	w.optText("name", e.Name)
	w.optText("fingerprint", e.Fingerprint)
	w.optText("summary", e.Summary)
	w.optText("service", e.Service)
	w.optText("team", e.Team)
	w.optText("environment", e.Environment)
	w.optText("severity", e.Severity)
	w.optText("incident_id", e.IncidentID)
	w.optText("verdict", e.Verdict)
	return w.end()
}

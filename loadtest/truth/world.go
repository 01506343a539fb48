package truth

import (
	"fmt"
	"strconv"
	"time"

	"github.com/vividium/firebreak/schema"
)

// Seconds.
const (
	minute = 60.0
	hour   = 60 * minute
	day    = 24 * hour
	// length of the window, at whose end the outcome is observed.
	length = 90 * day
)

var (
	from = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	to   = from.Add(90 * 24 * time.Hour)
)

// world is one environment. Moments in it are seconds since the window began.
type world struct {
	dice
	environment string
	truth       map[Truth]float64
	// conduct is what runs linked to incidents do.
	conduct conduct
	// isBursty: incidents linked to runs come in bursts.
	isBursty bool

	tell   func(schema.Event)
	place  func(incident, cluster string)
	things int
}

func newWorld(seed uint64, scenario string, n int) *world {
	return &world{dice: newDice(seed, scenario, n), environment: fmt.Sprintf("world-%05d", n), truth: make(map[Truth]float64), conduct: conduct{success: 0.9}}
}

// name is the id of the next thing of a kind.
func (w *world) name(kind string) string {
	w.things++
	return w.environment + "/" + kind + strconv.Itoa(w.things)
}

func millis(at float64) schema.Millis { return schema.MillisOf(from) + schema.Millis(at*1000) }

func common(id, kind string, at float64) schema.Common {
	return schema.Common{EventID: id + "/" + kind, Type: kind, OccurredAt: millis(at), Source: "truth"}
}

func (w *world) incidentEvent(id, kind string, at float64) *schema.IncidentEvent {
	return &schema.IncidentEvent{Common: common(id, kind, at), IncidentID: id}
}

func (w *world) alertEvent(id, kind string, at float64) *schema.AlertEvent {
	return &schema.AlertEvent{Common: common(id, kind, at), AlertID: id}
}

func (w *world) runEvent(id, kind string, at float64) *schema.ExecutionEvent {
	return &schema.ExecutionEvent{Common: common(id, kind, at), ExecutionID: id, AutomationID: "automation"}
}

// opened is the first event of an incident.
func (w *world) opened(at float64) *schema.IncidentEvent {
	e := w.incidentEvent(w.name("incident-"), schema.IncidentOpened, at)
	e.Title, e.Environment = schema.Some("Something is wrong"), schema.Some(w.environment)
	return e
}

// started is the first event of a run.
func (w *world) started(at float64) *schema.ExecutionEvent {
	e := w.runEvent(w.name("run-"), schema.ExecutionStarted, at)
	e.Environment = schema.Some(w.environment)
	return e
}

// fired tells an alert and gives its id.
func (w *world) fired(at float64, incident schema.Opt[string]) string {
	e := w.alertEvent(w.name("alert-"), schema.AlertFired, at)
	e.Name, e.Environment, e.IncidentID = schema.Some("SomethingIsWrong"), schema.Some(w.environment), incident
	w.tell(e)
	return e.AlertID
}

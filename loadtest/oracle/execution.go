package oracle

import "github.com/vividium/firebreak/schema"

// Execution is the fold of one execution's events. Texts are empty and lists
// nil when no event carried them.
type Execution struct {
	ID string
	Span

	Cluster string // of the incident that it is linked to

	// The earliest event of each type.
	RequestedAt, ApprovedAt, RejectedAt, StartedAt, CancelledAt, SkippedAt, ClassifiedAt schema.Opt[schema.Millis]
	SucceededAt, FailedAt, TimedOutAt, EscalatedAt, RolledBackAt                         schema.Opt[schema.Millis]

	AutomationID, AutomationName, AutomationVersion, Pattern string

	Stage                      string // schema.StageFull when absent
	TriggerKind, TriggerID     string
	IncidentID, AlertID        string
	Service, Team, Environment string
	Targets                    []string
	Decision, Command          string
	Actor, Approver, Error     string
	Mutating                   bool // true when absent, but false for a dry run
	Changed                    schema.Opt[bool]
	Verdict                    string
	Labels                     map[string]string

	ManualMinutes, ResidualMinutes schema.Opt[float64]
}

func foldExecution(id string, life []record) *Execution {
	x := &Execution{ID: id, Span: spanOf(life), Stage: schema.StageFull}
	var mutating schema.Opt[bool]
	for _, r := range life {
		e := r.event.(*schema.ExecutionEvent)
		x.takeTime(e.Type, e.OccurredAt)
		x.take(e)
		replaceKnown(&mutating, e.Mutating)
	}
	x.Mutating = mutating.Or(!x.DryRun())
	return x
}

func (x *Execution) takeTime(eventType string, at schema.Millis) {
	switch eventType {
	case schema.ExecutionRequested:
		earliest(&x.RequestedAt, at)
	case schema.ExecutionApproved:
		earliest(&x.ApprovedAt, at)
	case schema.ExecutionRejected:
		earliest(&x.RejectedAt, at)
	case schema.ExecutionStarted:
		earliest(&x.StartedAt, at)
	case schema.ExecutionCancelled:
		earliest(&x.CancelledAt, at)
	case schema.ExecutionSkipped:
		earliest(&x.SkippedAt, at)
	case schema.ExecutionClassified:
		earliest(&x.ClassifiedAt, at)
	case schema.ExecutionSucceeded:
		earliest(&x.SucceededAt, at)
	case schema.ExecutionFailed:
		earliest(&x.FailedAt, at)
	case schema.ExecutionTimedOut:
		earliest(&x.TimedOutAt, at)
	case schema.ExecutionEscalated:
		earliest(&x.EscalatedAt, at)
	case schema.ExecutionRolledBack:
		earliest(&x.RolledBackAt, at)
	}
}

func (x *Execution) take(e *schema.ExecutionEvent) {
	x.AutomationID = e.AutomationID
	replace(&x.AutomationName, e.AutomationName)
	replace(&x.AutomationVersion, e.AutomationVersion)
	replace(&x.Pattern, e.Pattern)
	replace(&x.Stage, e.Stage)
	replace(&x.TriggerKind, e.TriggerKind)
	replace(&x.TriggerID, e.TriggerID)
	replace(&x.IncidentID, e.IncidentID)
	replace(&x.AlertID, e.AlertID)
	replace(&x.Service, e.Service)
	replace(&x.Team, e.Team)
	replace(&x.Environment, e.Environment)
	replace(&x.Targets, e.Targets)
	replace(&x.Decision, e.Decision)
	replace(&x.Command, e.Command)
	replace(&x.Actor, e.Actor)
	replace(&x.Approver, e.Approver)
	replace(&x.Error, e.Error)
	replaceKnown(&x.Changed, e.Changed)
	replace(&x.Verdict, e.Verdict)
	replaceKnown(&x.ManualMinutes, e.ManualMinutes)
	replace(&x.Labels, labelsOf(e.Labels))
	greatest(&x.ResidualMinutes, e.ResidualMinutes)
}

// DryRun says that the execution only pretended to act.
func (x *Execution) DryRun() bool { return x.Stage == schema.StageDryRun }

// Start is started_at, else the first event.
func (x *Execution) Start() schema.Millis { return x.StartedAt.Or(x.FirstEventAt) }

// end is the earliest of the events that end an execution.
func (x *Execution) end() schema.Opt[schema.Millis] {
	var end schema.Opt[schema.Millis]
	for _, at := range []schema.Opt[schema.Millis]{
		x.SucceededAt, x.FailedAt, x.TimedOutAt, x.EscalatedAt, x.RolledBackAt,
	} {
		if at.Set {
			earliest(&end, at.Value)
		}
	}
	return end
}

// Live says that the execution ran and was not a dry run.
func (x *Execution) Live() bool { return x.Ran() && !x.DryRun() }

// Ran says that the execution started or ended, and was not rejected, not
// cancelled before it started, and not skipped.
func (x *Execution) Ran() bool {
	began := x.StartedAt
	if !began.Set {
		began = x.end()
	}
	if !began.Set || x.RejectedAt.Set || x.SkippedAt.Set {
		return false
	}
	cancelledBefore := x.CancelledAt.Set && x.CancelledAt.Value < began.Value
	return !cancelledBefore
}

// Finished says that the execution is live and ended.
func (x *Execution) Finished() bool { return x.Live() && x.end().Set }

// Success says that the execution succeeded and was neither escalated nor
// rolled back.
func (x *Execution) Success() bool {
	return x.SucceededAt.Set && !x.EscalatedAt.Set && !x.RolledBackAt.Set
}

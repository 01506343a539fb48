package ledger

import (
	"github.com/vividium/firebreak/loadtest/oracle"
	"github.com/vividium/firebreak/schema"
)

// Row is an entity's state by column, in the form in which JSON has it.
type Row map[string]any

// Incidents are the rows that the view of this name must have, by id.
func Incidents(entities map[string]*oracle.Incident) map[string]Row {
	return rowsOf(entities, incidentRow)
}

// Alerts are like Incidents.
func Alerts(entities map[string]*oracle.Alert) map[string]Row { return rowsOf(entities, alertRow) }

// Executions are like Incidents.
func Executions(entities map[string]*oracle.Execution) map[string]Row {
	return rowsOf(entities, executionRow)
}

func rowsOf[T any](entities map[string]*T, form func(*T) Row) map[string]Row {
	rows := make(map[string]Row)
	for id, entity := range entities {
		rows[id] = form(entity)
	}
	return rows
}

func incidentRow(i *oracle.Incident) Row {
	actions := make([]Row, len(i.Actions))
	for n, a := range i.Actions {
		actions[n] = Row{"id": a.ID, "kind": a.Kind, "automatable": a.Automatable, "ticket": a.Ticket, "extra": string(a.Extra)}
	}
	began := i.StartedAt
	if !began.Set {
		began = i.OpenedAt
	}
	toResolve := seconds(began, i.ResolvedAt)
	if i.IsOpen() {
		toResolve = nil
	}
	return Row{
		"incident_id": i.ID, "title": i.Title, "description": i.Description, "service": i.Service, "team": i.Team,
		"environment": i.Environment, "cause": i.Cause, "severity": i.Severity, "classification": i.Classification,
		"trigger_kind": i.TriggerKind, "trigger_id": i.TriggerID, "resolved_by": i.ResolvedBy, "caused_by_execution_id": i.CausedByExecutionID,
		"alert_ids": notNil(i.AlertIDs), "execution_ids": notNil(i.ExecutionIDs), "actions": actions, "labels": labels(i.Labels),
		"started_at": instant(i.StartedAt), "opened_at": instant(i.OpenedAt), "acknowledged_at": instant(i.AcknowledgedAt),
		"mitigated_at": instant(i.MitigatedAt), "resolved_at": instant(i.ResolvedAt), "reopened_at": instant(i.ReopenedAt), "reviewed_at": instant(i.ReviewedAt),
		"responder_minutes": optional(i.ResponderMinutes), "users_affected": optional(i.UsersAffected),
		"revenue_lost": optional(i.RevenueLost), "error_budget_minutes": optional(i.ErrorBudgetMinutes),
		"first_event_at": instant(schema.Some(i.FirstEventAt)), "last_event_at": instant(schema.Some(i.LastEventAt)),
		"is_open": i.IsOpen(), "is_left_out": i.LeftOut(),
		"time_to_acknowledge_seconds": seconds(i.OpenedAt, i.AcknowledgedAt), "time_to_resolve_seconds": toResolve,
	}
}

func alertRow(a *oracle.Alert) Row {
	return Row{
		"alert_id": a.ID, "name": a.Name, "fingerprint": a.Fingerprint, "summary": a.Summary, "service": a.Service, "team": a.Team,
		"environment": a.Environment, "severity": a.Severity, "incident_id": a.IncidentID, "verdict": a.Verdict, "labels": labels(a.Labels),
		"fired_at": instant(a.FiredAt), "acknowledged_at": instant(a.AcknowledgedAt), "resolved_at": instant(a.ResolvedAt), "classified_at": instant(a.ClassifiedAt),
		"first_event_at": instant(schema.Some(a.FirstEventAt)), "last_event_at": instant(schema.Some(a.LastEventAt)),
	}
}

func executionRow(x *oracle.Execution) Row {
	return Row{
		"execution_id": x.ID, "automation_id": x.AutomationID, "automation_name": x.AutomationName, "automation_version": x.AutomationVersion,
		"pattern": x.Pattern, "stage": x.Stage, "trigger_kind": x.TriggerKind, "trigger_id": x.TriggerID, "incident_id": x.IncidentID,
		"alert_id": x.AlertID, "service": x.Service, "team": x.Team, "environment": x.Environment, "targets": notNil(x.Targets),
		"decision": x.Decision, "command": x.Command, "actor": x.Actor, "approver": x.Approver, "error": x.Error, "verdict": x.Verdict,
		"mutating": x.Mutating, "changed": optional(x.Changed), "labels": labels(x.Labels),
		"manual_minutes": optional(x.ManualMinutes), "residual_minutes": optional(x.ResidualMinutes),
		"requested_at": instant(x.RequestedAt), "approved_at": instant(x.ApprovedAt), "rejected_at": instant(x.RejectedAt), "started_at": instant(x.StartedAt),
		"succeeded_at": instant(x.SucceededAt), "failed_at": instant(x.FailedAt), "timed_out_at": instant(x.TimedOutAt), "cancelled_at": instant(x.CancelledAt),
		"skipped_at": instant(x.SkippedAt), "escalated_at": instant(x.EscalatedAt), "rolled_back_at": instant(x.RolledBackAt), "classified_at": instant(x.ClassifiedAt),
		"first_event_at": instant(schema.Some(x.FirstEventAt)), "last_event_at": instant(schema.Some(x.LastEventAt)),
		"began_at": instant(schema.Some(x.Start())), "ended_at": instant(earliest(x.SucceededAt, x.FailedAt, x.TimedOutAt, x.EscalatedAt, x.RolledBackAt)),
		"is_live": x.Live(), "is_finished": x.Finished(), "is_success": x.Finished() && x.Success(),
	}
}

func automationRow(a *oracle.Automation) Row {
	return Row{
		"automation_id": a.ID, "automation_name": a.Name, "automation_version": a.Version, "pattern": a.Pattern, "stage": a.Stage, "team": a.Team,
		"execution_count": a.Executions, "first_event_at": instant(schema.Some(a.FirstEventAt)), "last_event_at": instant(schema.Some(a.LastEventAt)),
	}
}

func earliest(times ...schema.Opt[schema.Millis]) (first schema.Opt[schema.Millis]) {
	for _, at := range times {
		if at.Set && (!first.Set || at.Value < first.Value) {
			first = at
		}
	}
	return first
}

func optional[T any](v schema.Opt[T]) any {
	if !v.Set {
		return nil
	}
	return v.Value
}

func instant(at schema.Opt[schema.Millis]) any {
	if !at.Set {
		return nil
	}
	return at.Value.Time().Format("2006-01-02 15:04:05.000")
}

func seconds(from, to schema.Opt[schema.Millis]) any {
	if !from.Set || !to.Set {
		return nil
	}
	return float64(to.Value-from.Value) / 1000
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func labels(l map[string]string) map[string]string {
	if l == nil {
		return map[string]string{}
	}
	return l
}

package store

import (
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/native"
)

type incidentColumns struct {
	incidentID                                      native.Strings
	title, description, triggerID, causedBy         text
	service, team, environment, cause, severity     symbol
	triggerKind, classification, resolvedBy         symbol
	startedAt, minutes, users, revenue, errorBudget number
	alertIDs, executionIDs                          *texts
	actions                                         native.Array
	actionID, actionKind, actionTicket, actionExtra native.Strings
	actionAutomatable                               native.Fixed
}

func newIncidentColumns() *incidentColumns {
	c := &incidentColumns{
		title: newText(), description: newText(), triggerID: newText(), causedBy: newText(),
		service: newSymbol(), team: newSymbol(), environment: newSymbol(), cause: newSymbol(), severity: newSymbol(),
		triggerKind: newSymbol(), classification: newSymbol(), resolvedBy: newSymbol(),
		startedAt: newNumber(8), minutes: newNumber(8), users: newNumber(8), revenue: newNumber(8), errorBudget: newNumber(8),
		alertIDs: newTexts(), executionIDs: newTexts(),
		actionAutomatable: native.Fixed{Width: 1},
	}
	c.actions.Items = []native.Column{&c.actionID, &c.actionKind, &c.actionAutomatable, &c.actionTicket, &c.actionExtra}
	return c
}

func (c *incidentColumns) addTo(b *native.Block) {
	b.Add("incident_id", typeString, &c.incidentID)
	b.Add("title", typeText, &c.title)
	b.Add("description", typeText, &c.description)
	b.Add("service", typeNullSymbol, &c.service)
	b.Add("team", typeNullSymbol, &c.team)
	b.Add("environment", typeNullSymbol, &c.environment)
	b.Add("cause", typeNullSymbol, &c.cause)
	b.Add("severity", typeNullSymbol, &c.severity)
	b.Add("started_at", "Nullable("+typeInstant+")", &c.startedAt)
	b.Add("trigger_kind", typeNullSymbol, &c.triggerKind)
	b.Add("trigger_id", typeText, &c.triggerID)
	b.Add("alert_ids", typeTexts, c.alertIDs)
	b.Add("execution_ids", typeTexts, c.executionIDs)
	b.Add("classification", typeNullSymbol, &c.classification)
	b.Add("resolved_by", typeNullSymbol, &c.resolvedBy)
	b.Add("caused_by_execution_id", typeText, &c.causedBy)
	b.Add("responder_minutes", typeAmount, &c.minutes)
	b.Add("users_affected", typeAmount, &c.users)
	b.Add("revenue_lost", typeAmount, &c.revenue)
	b.Add("error_budget_minutes", typeAmount, &c.errorBudget)
	b.Add("actions", "Array(Tuple(id String, kind String, automatable Bool, ticket String, extra String))", &c.actions)
}

func (c *incidentColumns) append(event schema.Event) uint8 {
	ev := event.(*schema.IncidentEvent)
	c.incidentID.Append(ev.IncidentID)
	c.title.add(ev.Title)
	c.description.add(ev.Description)
	c.service.add(ev.Service)
	c.team.add(ev.Team)
	c.environment.add(ev.Environment)
	c.cause.add(ev.Cause)
	c.severity.add(ev.Severity)
	c.startedAt.addInstant(ev.StartedAt)
	c.triggerKind.add(ev.TriggerKind)
	c.triggerID.add(ev.TriggerID)
	c.alertIDs.add(ev.AlertIDs)
	c.executionIDs.add(ev.ExecutionIDs)
	c.classification.add(ev.Classification)
	c.resolvedBy.add(ev.ResolvedBy)
	c.causedBy.add(ev.CausedByExecutionID)
	c.minutes.addAmount(ev.ResponderMinutes)
	c.users.addAmount(ev.UsersAffected)
	c.revenue.addAmount(ev.RevenueLost)
	c.errorBudget.addAmount(ev.ErrorBudgetMinutes)
	for _, a := range ev.Actions.Value {
		c.actionID.Append(a.ID)
		c.actionKind.Append(a.Kind)
		c.actionAutomatable.AppendInt(flagInt(a.Automatable))
		c.actionTicket.Append(a.Ticket)
		c.actionExtra.AppendBytes(a.Extra)
	}
	c.actions.Close()
	return bit(ev.Labels.Set, carriesLabels) | bit(ev.AlertIDs.Set, carriesAlertIDs) |
		bit(ev.ExecutionIDs.Set, carriesExecutionIDs) | bit(ev.Actions.Set, carriesActions)
}

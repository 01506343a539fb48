package store

import (
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/native"
)

type executionColumns struct {
	executionID                                 native.Strings
	automationID                                native.LowCardinality
	name, version, pattern, stage, triggerKind  symbol
	service, team, environment, actor, approver symbol
	verdict                                     symbol
	triggerID, incidentID, alertID              text
	decision, command, failure                  text
	targets                                     *texts
	mutating, changed, manual, residual         number
}

func newExecutionColumns() *executionColumns {
	return &executionColumns{
		name: newSymbol(), version: newSymbol(), pattern: newSymbol(), stage: newSymbol(), triggerKind: newSymbol(),
		service: newSymbol(), team: newSymbol(), environment: newSymbol(), actor: newSymbol(), approver: newSymbol(),
		verdict:   newSymbol(),
		triggerID: newText(), incidentID: newText(), alertID: newText(),
		decision: newText(), command: newText(), failure: newText(),
		targets:  newTexts(),
		mutating: newNumber(1), changed: newNumber(1), manual: newNumber(8), residual: newNumber(8),
	}
}

func (c *executionColumns) addTo(b *native.Block) {
	b.Add("execution_id", typeString, &c.executionID)
	b.Add("automation_id", typeSymbol, &c.automationID)
	b.Add("automation_name", typeNullSymbol, &c.name)
	b.Add("automation_version", typeNullSymbol, &c.version)
	b.Add("pattern", typeNullSymbol, &c.pattern)
	b.Add("stage", typeNullSymbol, &c.stage)
	b.Add("trigger_kind", typeNullSymbol, &c.triggerKind)
	b.Add("trigger_id", typeText, &c.triggerID)
	b.Add("incident_id", typeText, &c.incidentID)
	b.Add("alert_id", typeText, &c.alertID)
	b.Add("service", typeNullSymbol, &c.service)
	b.Add("team", typeNullSymbol, &c.team)
	b.Add("environment", typeNullSymbol, &c.environment)
	b.Add("targets", typeTexts, c.targets)
	b.Add("decision", typeText, &c.decision)
	b.Add("command", typeText, &c.command)
	b.Add("actor", typeNullSymbol, &c.actor)
	b.Add("approver", typeNullSymbol, &c.approver)
	b.Add("mutating", typeFlag, &c.mutating)
	b.Add("changed", typeFlag, &c.changed)
	b.Add("error", typeText, &c.failure)
	b.Add("verdict", typeNullSymbol, &c.verdict)
	b.Add("manual_minutes", typeAmount, &c.manual)
	b.Add("residual_minutes", typeAmount, &c.residual)
}

func (c *executionColumns) append(event schema.Event) uint8 {
	ev := event.(*schema.ExecutionEvent)
	c.executionID.Append(ev.ExecutionID)
	c.automationID.Append(ev.AutomationID)
	c.name.add(ev.AutomationName)
	c.version.add(ev.AutomationVersion)
	c.pattern.add(ev.Pattern)
	c.stage.add(ev.Stage)
	c.triggerKind.add(ev.TriggerKind)
	c.triggerID.add(ev.TriggerID)
	c.incidentID.add(ev.IncidentID)
	c.alertID.add(ev.AlertID)
	c.service.add(ev.Service)
	c.team.add(ev.Team)
	c.environment.add(ev.Environment)
	c.targets.add(ev.Targets)
	c.decision.add(ev.Decision)
	c.command.add(ev.Command)
	c.actor.add(ev.Actor)
	c.approver.add(ev.Approver)
	c.mutating.addFlag(ev.Mutating)
	c.changed.addFlag(ev.Changed)
	c.failure.add(ev.Error)
	c.verdict.add(ev.Verdict)
	c.manual.addAmount(ev.ManualMinutes)
	c.residual.addAmount(ev.ResidualMinutes)
	return bit(ev.Labels.Set, carriesLabels) | bit(ev.Targets.Set, carriesTargets)
}

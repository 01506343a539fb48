package oracle

import (
	"slices"

	"github.com/vividium/firebreak/schema"
)

// Automation is the fold of all execution events that name one automation:
// of each field the latest carried value, whichever execution carried it.
type Automation struct {
	ID string
	Span

	Name, Version, Pattern, Team string

	Stage      string // schema.StageFull when absent
	Executions int64  // distinct executions whose events name it
}

func foldAutomations(s *stream, asOf schema.Millis) map[string]*Automation {
	lives := make(map[string][]record)
	executions := make(map[string]int64)
	for _, life := range s.lives {
		named := make(map[string]bool)
		for _, r := range knownAt(life, asOf) {
			id := r.event.(*schema.ExecutionEvent).AutomationID
			lives[id] = append(lives[id], r)
			named[id] = true
		}
		for id := range named {
			executions[id]++
		}
	}
	automations := make(map[string]*Automation)
	for id, life := range lives {
		slices.SortFunc(life, byTurn)
		automations[id] = foldAutomation(id, life)
		automations[id].Executions = executions[id]
	}
	return automations
}

func foldAutomation(id string, life []record) *Automation {
	a := &Automation{ID: id, Span: spanOf(life), Stage: schema.StageFull}
	for _, r := range life {
		e := r.event.(*schema.ExecutionEvent)
		replace(&a.Name, e.AutomationName)
		replace(&a.Version, e.AutomationVersion)
		replace(&a.Pattern, e.Pattern)
		replace(&a.Team, e.Team)
		replace(&a.Stage, e.Stage)
	}
	return a
}

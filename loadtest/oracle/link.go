package oracle

import "cmp"

// links is the incidents that each execution is linked to, by execution_id.
// Incidents that are left out are not among them.
type links map[string]map[string]*Incident

// linkAll applies the contract's link rule to every execution.
func linkAll(s *state) links {
	ofExecution, ofAlert := make(links), make(links)
	for _, i := range s.incidents {
		for _, id := range i.ExecutionIDs {
			ofExecution.add(id, i)
		}
		for _, id := range i.AlertIDs {
			ofAlert.add(id, i)
		}
	}
	for _, a := range s.alerts {
		ofAlert.add(a.ID, s.incidents[a.IncidentID])
	}

	all := make(links)
	for _, x := range s.executions {
		all.add(x.ID, s.incidents[x.IncidentID])
		for _, i := range ofExecution[x.ID] {
			all.add(x.ID, i)
		}
		for _, alertID := range x.alertIDs() {
			for _, i := range ofAlert[alertID] {
				all.add(x.ID, i)
			}
		}
		if x.TriggerKind == "incident" {
			all.add(x.ID, s.incidents[x.TriggerID])
		}
	}
	return all
}

// add links an incident; nil, of which nothing is known, is no link.
func (l links) add(id string, i *Incident) {
	if i == nil || i.LeftOut() {
		return
	}
	if l[id] == nil {
		l[id] = make(map[string]*Incident)
	}
	l[id][i.ID] = i
}

// alertIDs is the execution's alerts: its alert_id, and its trigger_id when an
// alert set it off.
func (x *Execution) alertIDs() []string {
	var ids []string
	if x.AlertID != "" {
		ids = append(ids, x.AlertID)
	}
	if x.TriggerKind == "alert" && x.TriggerID != "" {
		ids = append(ids, x.TriggerID)
	}
	return ids
}

// incidentOf is the execution's incident: of those it is linked to the one
// that opened first, nil without any.
func (s *state) incidentOf(x *Execution) *Incident {
	var its *Incident
	for _, i := range s.links[x.ID] {
		if its == nil || byOpening(i, its) < 0 {
			its = i
		}
	}
	return its
}

// byOpening orders incidents by opened_at, then by id; those that were never
// opened come last.
func byOpening(a, b *Incident) int {
	if a.OpenedAt.Set != b.OpenedAt.Set {
		if a.OpenedAt.Set {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.OpenedAt.Value, b.OpenedAt.Value), cmp.Compare(a.ID, b.ID))
}

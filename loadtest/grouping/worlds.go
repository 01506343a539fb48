package grouping

import (
	"cmp"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
)

// World takes the incidents of a year of a company of package world as they
// opened. With rules, the names of the alerts that belong to them are known.
func World(seed uint64, rules bool) Set {
	w := world.Generate(world.Config{Seed: seed, Start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Days: 365, Scale: 1})
	set := Set{Name: "world: descriptions"}
	names, alerts := make(map[string]string), make(map[string][]string)
	for event := range w.Events() {
		switch e := event.(type) {
		case *schema.AlertEvent:
			names[e.AlertID] = cmp.Or(names[e.AlertID], e.Name.Value)
			alerts[e.IncidentID.Value] = append(alerts[e.IncidentID.Value], e.AlertID)
		case *schema.IncidentEvent:
			if e.Type == schema.IncidentOpened {
				set.Incidents = append(set.Incidents, recurrence.FromOpened(e))
			}
			alerts[e.IncidentID] = append(alerts[e.IncidentID], e.AlertIDs.Value...)
		}
	}
	set.inOrder()
	truth := make(map[string]string)
	for _, i := range w.Truth().Incidents {
		truth[i.ID] = i.Cluster
	}
	for _, in := range set.Incidents {
		set.Truth = append(set.Truth, truth[in.ID])
	}
	if rules {
		set.Name = "world: descriptions and rules"
		set.nameRules(names, alerts)
	}
	return set
}

// inOrder sorts incidents by when they opened and drops copies.
func (s *Set) inOrder() {
	slices.SortStableFunc(s.Incidents, func(a, b *recurrence.Incident) int { return a.OpenedAt.Compare(b.OpenedAt) })
	seen := make(map[string]bool)
	s.Incidents = slices.DeleteFunc(s.Incidents, func(in *recurrence.Incident) bool {
		copied := seen[in.ID]
		seen[in.ID] = true
		return copied
	})
}

func (s *Set) nameRules(names map[string]string, alerts map[string][]string) {
	for _, in := range s.Incidents {
		in.Rules = nil
		for _, alert := range alerts[in.ID] {
			if name := names[alert]; name != "" && !slices.Contains(in.Rules, name) {
				in.Rules = append(in.Rules, name)
			}
		}
	}
}

package world

import (
	"time"

	"github.com/vividium/firebreak/schema"
)

// Truth is what is really true of a world, for holding against what is
// reported of it. Its times are those of the world; counts see only what
// occurred before the end.
type Truth struct {
	Config      Config            `json:"config"`
	End         time.Time         `json:"end"`
	Events      EventCounts       `json:"events"`
	Stories     Stories           `json:"stories"`
	Troubles    []TroubleTruth    `json:"troubles"`
	Automations []AutomationTruth `json:"automations"`
	Incidents   []IncidentTruth   `json:"incidents"`
	Executions  []ExecutionTruth  `json:"executions"`
}

// EventCounts says how many events there are.
type EventCounts struct {
	Count
	ByEntity map[string]Count `json:"by_entity"`
	ByType   map[string]Count `json:"by_type"`
	// Entities is how many incidents, alerts and executions the events are about.
	Entities map[string]int `json:"entities"`
}

// Count is how many events there are and how many more came a second time.
type Count struct {
	Distinct   int `json:"distinct"`
	Duplicates int `json:"duplicates"`
}

// Total is how many records they make.
func (c Count) Total() int { return c.Distinct + c.Duplicates }

// Stories are the dates of the four stories.
type Stories struct {
	StampedeEnds     time.Time `json:"stampede_ends"`
	DriftOperatorAt  time.Time `json:"drift_operator_full"`
	CleanupStarts    time.Time `json:"cleanup_starts"`
	CleanupWithdrawn time.Time `json:"cleanup_withdrawn"`
	PoolScriptFull   time.Time `json:"pool_script_full"`
	PoolBreakerFull  time.Time `json:"pool_breaker_full"`
}

// TroubleTruth is a recurring trouble: a true cluster.
type TroubleTruth struct {
	ID       string   `json:"id"`
	Summary  string   `json:"summary"`
	Cause    string   `json:"cause"`
	Services []string `json:"services"`
	// Class is set when these are no incidents but drills, maintenance or tests.
	Class     string `json:"class,omitempty"`
	Episodic  bool   `json:"episodic,omitempty"`
	Incidents int    `json:"incidents"`
	// EndedAt is when its frequency fell to nothing for good.
	EndedAt *time.Time `json:"ended_at,omitempty"`
	EndedBy string     `json:"ended_by,omitempty"`
	First   *time.Time `json:"first,omitempty"`
	Last    *time.Time `json:"last,omitempty"`
}

// IncidentTruth is what is true of one incident.
type IncidentTruth struct {
	ID string `json:"id"`
	// Cluster is the trouble's id; of a one-off its own id.
	Cluster  string `json:"cluster"`
	Class    string `json:"class"`
	Severity string `json:"severity"`
	// VagueTitle: the title says nothing and is shared with unrelated incidents.
	VagueTitle bool `json:"vague_title,omitempty"`
	// Previous is the incident of the cluster that opened last before it,
	// among those that metrics count: incidents and false alarms.
	Previous string `json:"previous,omitempty"`
	// FamiliarStranger: Previous opened 60 to 180 days before, in another
	// service or under another wording.
	FamiliarStranger bool `json:"familiar_stranger,omitempty"`
	// CausedBy is the execution that really caused it; Confirmed when people
	// found that out and the events say so.
	CausedBy  string `json:"caused_by,omitempty"`
	Confirmed bool   `json:"confirmed,omitempty"`
	// TreatedBy is the automation of which a live run took part.
	TreatedBy string `json:"treated_by,omitempty"`
	// Minutes is the time from opening to the last resolution, had the world
	// gone on; MinutesAlone is what it would have been without automation. Both
	// are 0 when it was never closed.
	Minutes      float64 `json:"minutes"`
	MinutesAlone float64 `json:"minutes_alone"`
}

// ExecutionTruth is what is true of one run.
type ExecutionTruth struct {
	ID         string `json:"id"`
	Automation string `json:"automation"`
	Stage      string `json:"stage"`
	Live       bool   `json:"live"`
	Needed     bool   `json:"needed"`
	Incident   string `json:"incident,omitempty"` // which it is linked to
	Link       string `json:"link,omitempty"`     // how
	Caused     string `json:"caused,omitempty"`   // the incident that it caused
}

func (s *simulation) truth(deliveries []delivery) Truth {
	return Truth{
		Config: s.cfg, End: s.end.Time(), Events: s.countEvents(deliveries),
		Stories: s.storyDates(), Troubles: s.troubleTruths(), Automations: s.automationTruths(),
		Incidents: s.incidentTruths(), Executions: s.executionTruths(),
	}
}

func (s *simulation) countEvents(deliveries []delivery) EventCounts {
	c := EventCounts{ByEntity: make(map[string]Count), ByType: make(map[string]Count), Entities: map[string]int{
		schema.Incident.String(): len(s.incidents), schema.Alert.String(): len(s.alerts), schema.Execution.String(): len(s.runs),
	}}
	for _, d := range deliveries {
		entity, kind := d.event.Entity().String(), d.event.Base().Type
		c.Count = c.Count.and(d)
		c.ByEntity[entity] = c.ByEntity[entity].and(d)
		c.ByType[kind] = c.ByType[kind].and(d)
	}
	return c
}

func (c Count) and(d delivery) Count {
	if d.duplicate {
		c.Duplicates++
	} else {
		c.Distinct++
	}
	return c
}

func (s *simulation) storyDates() Stories {
	at := func(share float64) time.Time { return s.at(share).Time() }
	return Stories{
		StampedeEnds: at(stampedeEnds), DriftOperatorAt: at(driftFull),
		CleanupStarts: at(cleanupStarts), CleanupWithdrawn: at(cleanupWithdrawn),
		PoolScriptFull: at(poolScriptFull), PoolBreakerFull: at(breakerFull),
	}
}

func (s *simulation) troubleTruths() []TroubleTruth {
	list := make([]TroubleTruth, len(troubles))
	index := make(map[*trouble]*TroubleTruth)
	for n, t := range troubles {
		list[n] = TroubleTruth{
			ID: t.id, Summary: t.summary, Cause: t.cause, Services: t.services,
			Class: t.class, Episodic: t.episodic, EndedAt: s.endOf(t), EndedBy: t.endedBy,
		}
		index[t] = &list[n]
	}
	for _, i := range s.incidents {
		if truth := index[i.trouble]; truth != nil {
			truth.note(i)
		}
	}
	return list
}

func (t *TroubleTruth) note(i *incident) {
	at := i.opened.Time()
	t.Incidents++
	t.Last = &at
	if t.First == nil {
		t.First = &at
	}
}

func (s *simulation) endOf(t *trouble) *time.Time {
	if t.endedBy == "" {
		return nil
	}
	at := s.at(t.turns[len(t.turns)-1].at).Time()
	return &at
}

func (s *simulation) incidentTruths() []IncidentTruth {
	list := make([]IncidentTruth, len(s.incidents))
	previous := make(map[*trouble]*incident)
	for n, i := range s.incidents {
		list[n] = i.truth(s.end)
		if i.class != "" && i.class != "false_alarm" {
			continue
		}
		if p := previous[i.trouble]; p != nil {
			list[n].Previous, list[n].FamiliarStranger = p.id, i.isStranger(p)
		}
		previous[i.trouble] = i
	}
	return list
}

// isStranger follows the catalogue of metrics.
func (i *incident) isStranger(previous *incident) bool {
	away := i.opened - previous.opened
	return away >= 60*day && away <= 180*day && (i.wording != previous.wording || i.service != previous.service)
}

func (i *incident) truth(end schema.Millis) IncidentTruth {
	t := IncidentTruth{
		ID: i.id, Cluster: i.trouble.id, Class: i.class, Severity: schema.Severities[i.severity-1],
		VagueTitle: i.vague, Confirmed: i.confirmed,
	}
	if i.trouble.oneOff {
		t.Cluster = i.id
	}
	if i.mergedInto != nil && i.trouble.oneOff {
		t.Cluster = i.mergedInto.id
	}
	if i.class == "" {
		t.Class = schema.ClassIncident
	}
	if i.causedBy != nil {
		t.CausedBy = i.causedBy.id
	}
	if i.isTreated(end) {
		t.TreatedBy = i.treatment.automation.id
	}
	if !i.forgotten {
		t.Minutes, t.MinutesAlone = i.minutes, i.alone
	}
	return t
}

// isTreated says whether a live run was seen to take part.
func (i *incident) isTreated(end schema.Millis) bool {
	return i.treatment != nil && i.treatment.isLive(end)
}

var linkNames = []string{"", "incident_id", "trigger_incident", "execution_ids", "alert_id", "trigger_alert"}

func (s *simulation) executionTruths() []ExecutionTruth {
	list := make([]ExecutionTruth, len(s.runs))
	for n, r := range s.runs {
		list[n] = ExecutionTruth{
			ID: r.id, Automation: r.automation.id, Stage: r.phase.stage,
			Live: r.isLive(s.end), Needed: r.needed, Link: linkNames[r.link],
		}
		if r.incident != nil {
			list[n].Incident = r.incident.id
		}
		if r.induced != nil {
			list[n].Caused = r.induced.id
		}
	}
	return list
}

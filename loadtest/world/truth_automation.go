package world

import (
	"math"
	"time"

	"github.com/vividium/firebreak/schema"
)

// AutomationTruth is what is true of one automation: by design, and as it came
// about.
type AutomationTruth struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Pattern      string         `json:"pattern"`
	Treats       []string       `json:"treats"` // troubles
	Rollouts     []RolloutTruth `json:"rollouts"`
	WithdrawnFor string         `json:"withdrawn_for,omitempty"`
	Parameters   Parameters     `json:"parameters"`
	Realised     Realised       `json:"realised"`
}

// RolloutTruth is a version at a stage.
type RolloutTruth struct {
	Version string    `json:"version"`
	Stage   string    `json:"stage"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	// Executions is how many began in it, Needed how many of them were needed.
	Executions int `json:"executions"`
	Needed     int `json:"needed"`
}

// Realised is what came of an automation's parameters. Live and finished are
// meant as in the catalogue of metrics.
type Realised struct {
	Executions int `json:"executions"`
	DryRuns    int `json:"dry_runs"`
	Live       int `json:"live"`
	Finished   int `json:"finished"`
	WentWell   int `json:"went_well"` // neither escalated nor rolled back
	Unneeded   int `json:"unneeded"`  // of the live ones
	// Unnoticed is how many of the unneeded look needed or unknown in the events.
	Unnoticed int `json:"unnoticed"`
	Induced   int `json:"induced"`   // incidents that it caused
	Confirmed int `json:"confirmed"` // of them: as the events say
	// Treated is how many incidents a live run took part in, whatever came of it.
	Treated int `json:"treated"`
	// TimeRatio is the geometric mean, over the treated, of the time to resolve
	// ÷ what it would have been without: the true effect, failed runs included.
	TimeRatio float64 `json:"time_ratio,omitempty"`
	// HandsOnMinutesSaved is the people's time saved on treated incidents.
	HandsOnMinutesSaved float64 `json:"hands_on_minutes_saved"`
}

func (s *simulation) automationTruths() []AutomationTruth {
	list := make([]AutomationTruth, len(automations))
	index := make(map[*automation]*AutomationTruth)
	for n, a := range automations {
		list[n] = AutomationTruth{
			ID: a.id, Name: a.name, Pattern: a.pattern, Treats: a.treats,
			WithdrawnFor: a.withdrawnFor, Parameters: a.Parameters,
		}
		for _, p := range a.phases(s.at) {
			list[n].Rollouts = append(list[n].Rollouts,
				RolloutTruth{Version: p.version, Stage: p.stage, From: p.from.Time(), Until: p.until.Time()})
		}
		index[a] = &list[n]
	}
	for _, r := range s.runs {
		index[r.automation].note(r, s.end)
	}
	s.noteTreated(index)
	return list
}

func (t *AutomationTruth) note(r *run, end schema.Millis) {
	for n := range t.Rollouts {
		if t.Rollouts[n].From.Equal(r.phase.from.Time()) {
			t.Rollouts[n].Executions++
			t.Rollouts[n].Needed += one(r.needed)
		}
	}
	c := &t.Realised
	live := r.isLive(end)
	c.Executions++
	c.DryRuns += one(r.phase.stage == schema.StageDryRun)
	c.Live += one(live)
	c.Finished += one(r.isFinished(end))
	c.WentWell += one(r.wentWell(end))
	c.Unneeded += one(live && !r.needed)
	c.Unnoticed += one(live && r.needless == unnoticed && r.when(schema.ExecutionClassified, end) == 0)
	if r.induced != nil && r.induced.opened < end {
		c.Induced++
		c.Confirmed += one(r.induced.confirmed)
	}
}

func (s *simulation) noteTreated(index map[*automation]*AutomationTruth) {
	logs := make(map[*AutomationTruth]float64)
	for _, i := range s.incidents {
		if !i.isTreated(s.end) {
			continue
		}
		t := index[i.treatment.automation]
		t.Realised.Treated++
		t.Realised.HandsOnMinutesSaved += i.saved
		logs[t] += math.Log(i.minutes / i.alone)
	}
	for t, sum := range logs {
		t.Realised.TimeRatio = math.Exp(sum / float64(t.Realised.Treated))
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

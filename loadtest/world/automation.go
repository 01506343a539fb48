package world

import "github.com/vividium/firebreak/schema"

// automation is something that acts by itself on troubles.
type automation struct {
	id, name, pattern string
	treats            []string // ids of troubles
	harm              string   // id of the trouble that it causes, if it causes any
	diagnoses         bool     // it only looks
	when              rhythm   // of its routine runs
	services          []string // of its routine runs; those of its troubles when empty
	rollouts          []rollout
	Parameters

	decision, command string
	errors            []string // the commonest first
	withdrawnFor      string   // why it was taken out of service, if it was
}

// Parameters are what is true of an automation by design. What came of them by
// chance is in [Realised].
type Parameters struct {
	// Success is the chance that a finished run succeeds and is neither
	// escalated nor rolled back.
	Success float64 `json:"success"`
	// Unneeded is the chance that a run was not needed.
	Unneeded float64 `json:"unneeded"`
	// Effect is the time to resolve with a successful run ÷ without: below 1 is
	// faster. Failed runs change nothing.
	Effect float64 `json:"effect"`
	// Uptake is the chance, by severity from sev1, that the automation at full
	// stage takes part in an incident of its troubles.
	Uptake [5]float64 `json:"uptake"`
	// Induces is the chance that a live run causes an incident.
	Induces float64 `json:"induces"`
	// Approval is the share of runs that wait for a person's word.
	Approval float64 `json:"approval"`
	// Closes is the chance that a successful run closes its incident without
	// anyone's help.
	Closes float64 `json:"closes"`
	// RoutinePerDay is how many needed runs without an incident there are at
	// full stage and Scale 1: prevention.
	RoutinePerDay float64 `json:"routine_per_day"`
	// DelayMinutes is the median from opening to start, RunMinutes that of a run.
	DelayMinutes float64 `json:"delay_minutes"`
	RunMinutes   float64 `json:"run_minutes"`
	// ManualMinutes is what the automation declares that a person would need.
	ManualMinutes float64 `json:"manual_minutes"`
}

// rollout is a version at a stage, from a share of the world's span until the
// next rollout. Stage withdrawn ends it.
type rollout struct {
	version, stage string
	from           float64
}

const withdrawn = ""

// Shares of its uptake and routine that an automation has before full stage. A
// dry run watches nearly everything, a canary acts on a part.
var stageShare = map[string]float64{
	withdrawn:          0,
	schema.StageDryRun: 0.7,
	schema.StageCanary: 0.35,
	schema.StageFull:   1,
}

// phase is a rollout with its dates.
type phase struct {
	version, stage string
	from, until    schema.Millis
}

func (p phase) live() bool { return p.stage == schema.StageCanary || p.stage == schema.StageFull }

// phases gives the rollouts their dates; the withdrawal is the last one's end.
func (a *automation) phases(at func(share float64) schema.Millis) []phase {
	var list []phase
	for i, r := range a.rollouts {
		if r.stage == withdrawn {
			break
		}
		until := 1.0
		if i+1 < len(a.rollouts) {
			until = a.rollouts[i+1].from
		}
		list = append(list, phase{r.version, r.stage, at(r.from), at(until)})
	}
	return list
}

// actsOn lists the services of the automation's routine runs.
func (a *automation) actsOn() []string {
	if len(a.services) > 0 {
		return a.services
	}
	return troubleByID[a.treats[0]].services
}

// automations lists every automation in a fixed order: of two that treat the
// same trouble the earlier comes first. An incident gets one live run at most.
var automations = concat(storyAutomations, otherAutomations)

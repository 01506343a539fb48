package world

import (
	"slices"

	"github.com/vividium/firebreak/schema"
)

// run is one run of an automation as it really was.
type run struct {
	id         string
	automation *automation
	phase      phase
	scene
	incident *incident // what it was about, if anything
	alert    *alert    // what set it off, when that was an alert without an incident
	link     link      // how its incident can be found
	needed   bool
	changed  schema.Opt[bool]
	needless needless // why it was not needed
	verdict  string   // what people said, on a part
	cause    string   // the error
	manual   bool     // a person pressed the button
	residual float64  // hands-on minutes spent on it
	induced  *incident
	steps    []step
}

// step is one event in the life of a run.
type step struct {
	kind string
	at   schema.Millis
}

// link is one of the contract's ways to tie a run to its incident.
type link uint8

const (
	linkNone            link = iota
	linkIncidentID           // the run names the incident
	linkTriggerIncident      // the incident set it off
	linkExecutionIDs         // the incident lists the run
	linkAlertID              // the run names an alert of the incident
	linkTriggerAlert         // an alert of the incident set it off
)

// needless is why a run was not needed, and so what can be seen of it.
type needless uint8

const (
	notNeedless       needless = iota
	foundNothing               // it changed nothing
	actedOnNoise               // its alert was noise
	cameTooLate                // its alert had cleared already
	actedOnFalseAlarm          // its incident was a false alarm
	unnoticed                  // only a person's verdict could tell
)

var needlessWeights = []float64{foundNothing: 0.45, actedOnNoise: 0.2, cameTooLate: 0.1, actedOnFalseAlarm: 0.1, unnoticed: 0.15}

const (
	rejectedShare    = 0.07 // of runs that need approval
	skippedShare     = 0.03
	cancelledShare   = 0.01 // before, and as many after the start
	liveVerdictShare = 0.25
	dryVerdictShare  = 0.8
	manualShare      = 0.2
)

// failures are the ways in which a run does not end well.
var failures = []struct {
	weight float64
	steps  []string
}{
	{0.50, []string{schema.ExecutionFailed}},
	{0.18, []string{schema.ExecutionFailed, schema.ExecutionEscalated}},
	{0.14, []string{schema.ExecutionTimedOut}},
	{0.05, []string{schema.ExecutionTimedOut, schema.ExecutionEscalated}},
	{0.08, []string{schema.ExecutionSucceeded, schema.ExecutionRolledBack}},
	{0.05, []string{schema.ExecutionEscalated}},
}

func (r *run) add(kind string, at schema.Millis) { r.steps = append(r.steps, step{kind, at}) }

// when is the instant of the first step of a kind that occurs before the end;
// 0 when there is none.
func (r *run) when(kind string, end schema.Millis) schema.Millis {
	i := slices.IndexFunc(r.steps, func(s step) bool { return s.kind == kind && s.at < end })
	if i < 0 {
		return 0
	}
	return r.steps[i].at
}

func (r *run) began() schema.Millis { return r.steps[0].at }

func (r *run) last() schema.Millis { return r.steps[len(r.steps)-1].at }

// play lets the run happen: asked for, perhaps approved, started, ended.
// A reason not to start skips it.
func (r *run) play(d dice, asked, start schema.Millis, resolvedAlready bool) {
	if !r.isAllowed(d, asked, start) {
		return
	}
	switch {
	case resolvedAlready || d.chance(skippedShare):
		r.add(schema.ExecutionSkipped, start)
		return
	case d.chance(cancelledShare):
		r.add(schema.ExecutionCancelled, start)
		return
	}
	r.add(schema.ExecutionStarted, start)
	r.finish(d, start)
	r.judge(d)
}

// isAllowed asks for approval where the automation needs it.
func (r *run) isAllowed(d dice, asked, start schema.Millis) bool {
	needsApproval := r.phase.live() && d.chance(r.automation.Approval)
	if needsApproval || d.chance(0.25) {
		r.add(schema.ExecutionRequested, asked)
	}
	if !needsApproval {
		return true
	}
	answered := asked + schema.Millis(d.between(0.5, 0.95)*float64(start-asked))
	if d.chance(rejectedShare) {
		r.add(schema.ExecutionRejected, answered)
		return false
	}
	r.add(schema.ExecutionApproved, answered)
	return true
}

func (r *run) finish(d dice, start schema.Millis) {
	end := after(start, d.around(r.automation.RunMinutes, 0.4))
	switch {
	case !r.phase.live():
		r.add(schema.ExecutionSucceeded, after(start, d.between(0.02, 0.2)))
	case d.chance(cancelledShare):
		r.add(schema.ExecutionCancelled, end)
	case d.chance(r.automation.Success):
		r.succeed(d, end)
	default:
		r.fail(d, end)
	}
}

func (r *run) succeed(d dice, end schema.Millis) {
	r.add(schema.ExecutionSucceeded, end)
	// Of a diagnosis "changed" says nothing, unless there was nothing to see.
	if !r.automation.diagnoses || r.needless == foundNothing {
		r.changed = schema.Some(r.needless != foundNothing)
	}
	if d.chance(0.2) {
		r.residual = d.around(2, 0.5)
	}
}

func (r *run) fail(d dice, end schema.Millis) {
	weights := make([]float64, len(failures))
	for i, f := range failures {
		weights[i] = f.weight
	}
	for _, kind := range failures[d.weighted(weights)].steps {
		if kind == schema.ExecutionTimedOut {
			end = after(end, 5*r.automation.RunMinutes)
		}
		r.add(kind, end)
		end = after(end, d.between(1, 5))
	}
	r.cause = reword(d, mostlyFirst(d, r.automation.errors), r.scene)
	r.residual = d.around(9, 0.6)
	if r.needless == foundNothing {
		r.needless = unnoticed
	}
}

// judge has people say of a part of the runs whether they were needed, whether
// or not they were: verdicts are not given to the bad ones only.
func (r *run) judge(d dice) {
	share := liveVerdictShare
	if !r.phase.live() {
		share = dryVerdictShare
	}
	if !d.chance(share) {
		return
	}
	r.verdict = "unnecessary"
	if r.needed {
		r.verdict = "necessary"
	}
	r.add(schema.ExecutionClassified, after(r.last(), d.around(8*60, 0.8)))
}

// isLive follows the contract: started, and not a dry run.
func (r *run) isLive(end schema.Millis) bool {
	return r.phase.live() && r.when(schema.ExecutionStarted, end) != 0
}

func (r *run) isFinished(end schema.Millis) bool {
	return r.isLive(end) && slices.ContainsFunc(ends, func(kind string) bool { return r.when(kind, end) != 0 })
}

var ends = []string{
	schema.ExecutionSucceeded, schema.ExecutionFailed, schema.ExecutionTimedOut,
	schema.ExecutionEscalated, schema.ExecutionRolledBack,
}

// wentWell says whether the run succeeded and stayed so.
func (r *run) wentWell(end schema.Millis) bool {
	return r.isLive(end) && r.when(schema.ExecutionSucceeded, end) != 0 &&
		r.when(schema.ExecutionEscalated, end) == 0 && r.when(schema.ExecutionRolledBack, end) == 0
}

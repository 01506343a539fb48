package world

import (
	"math"

	"github.com/vividium/firebreak/schema"
)

// confirmedShare is the share of induced incidents of which people find out
// which run caused them.
const confirmedShare = 0.78

// forever is an end that cuts nothing off: what a run really came to, even if
// the world ends before it is seen.
const forever = schema.Millis(math.MaxInt64)

// automate lets one automation act: on the incidents of its troubles, by
// routine, and now and then for nothing.
func (s *simulation) automate(a *automation) {
	d := s.dice("automation " + a.id)
	phases := a.phases(s.at)
	for _, i := range s.of(a.treats) {
		if p, ok := phaseAt(phases, i.opened); ok {
			s.meet(d, a, p, i)
		}
	}
	if a.RoutinePerDay == 0 {
		return
	}
	for _, at := range s.times(d, a.RoutinePerDay, a.when, always) {
		if p, ok := phaseAt(phases, at); ok && d.chance(stageShare[p.stage]) {
			s.runByRoutine(d, a, p, at)
			s.runNeedlessly(d, a, p, at)
		}
	}
}

func phaseAt(phases []phase, at schema.Millis) (phase, bool) {
	for _, p := range phases {
		if at >= p.from && at < p.until {
			return p, true
		}
	}
	return phase{}, false
}

// meet has the automation take part in the incident, if it is up to it and no
// other has. Whether it does never depends on how long the incident lasts.
func (s *simulation) meet(d dice, a *automation, p phase, i *incident) {
	if !d.chance(a.Uptake[i.severity-1] * stageShare[p.stage]) {
		return
	}
	if p.live() && i.treatment != nil {
		return
	}
	s.repair(d, a, p, i)
	s.runNeedlessly(d, a, p, i.opened)
}

func (s *simulation) repair(d dice, a *automation, p phase, i *incident) {
	r := s.newRun(a, p, i.scene)
	r.needed = p.live() || !d.chance(a.Unneeded)
	r.incident, r.link, r.manual = i, linkFor(d, i), p.live() && d.chance(manualShare)
	i.runs = append(i.runs, r)
	delay := d.around(a.DelayMinutes, 0.5)
	r.play(d, after(i.opened, delay*d.between(0.1, 0.5)), after(i.opened, delay), i.alone <= delay)
	if r.isLive(forever) {
		i.treatment = r
		s.mayHarm(d, r)
	}
	if r.wentWell(forever) {
		i.heal(d, r)
	}
}

func linkFor(d dice, i *incident) link {
	if i.trigger == "alert" {
		return 1 + link(d.IntN(int(linkTriggerAlert)))
	}
	return 1 + link(d.IntN(int(linkExecutionIDs)))
}

// heal changes the incident as a successful run does. What a run shortens is
// not over before the run is.
func (i *incident) heal(d dice, r *run) {
	a := r.automation
	i.minutes = i.alone * a.Effect
	if a.Effect < 1 {
		i.minutes = min(i.alone, max(i.minutes, r.endedAfter(i)))
	}
	before := i.handsOn
	i.handsOn *= i.minutes / i.alone
	if !a.diagnoses && d.chance(a.Closes) {
		i.resolvedBy = "automation"
		i.handsOn *= closedHandsOn(d)
	}
	i.saved = before - i.handsOn
}

// closedHandsOn is what people still do on an incident that automation closed:
// mostly nothing.
func closedHandsOn(d dice) float64 {
	if d.chance(0.8) {
		return 0
	}
	return 0.15
}

// endedAfter is how many minutes after the incident's opening the run ended.
func (r *run) endedAfter(i *incident) float64 {
	return float64(r.when(schema.ExecutionSucceeded, forever)-i.opened) / float64(minute)
}

func (s *simulation) runByRoutine(d dice, a *automation, p phase, at schema.Millis) {
	r := s.newRun(a, p, serviceByName[pick(d, a.actsOn())].somewhere(d))
	r.needed = p.live() || !d.chance(a.Unneeded)
	r.play(d, max(s.start, after(at, -d.between(0.1, 2))), at, false)
	s.mayHarm(d, r)
}

// runNeedlessly adds the runs for nothing that go with a needed one, so that
// of all live runs the share a.Unneeded was not needed. Dry runs have theirs
// among the rest.
func (s *simulation) runNeedlessly(d dice, a *automation, p phase, near schema.Millis) {
	for p.live() && d.chance(a.Unneeded) {
		at := min(max(after(near, d.between(-2880, 2880)), p.from+10*minute), p.until-1)
		r := s.newRun(a, p, serviceByName[pick(d, a.actsOn())].somewhere(d))
		r.needless = needless(d.weighted(needlessWeights))
		s.misfire(d, r, at)
		r.play(d, after(at, -d.between(0.1, 0.2)), at, false)
		s.mayHarm(d, r)
	}
}

// misfire sets up what the run acted on, though it need not have.
func (s *simulation) misfire(d dice, r *run, at schema.Millis) {
	switch r.needless {
	case actedOnNoise:
		r.alert = s.setOff(d, r, after(at, -d.between(0.2, 1)), pick(d, []string{"noise", "noise", "false_positive"}))
	case cameTooLate:
		r.alert = s.setOff(d, r, after(at, -d.between(4, 9)), "")
		r.alert.resolved = after(at, -d.between(1, 3))
	case actedOnFalseAlarm:
		delay := d.around(r.automation.DelayMinutes, 0.3)
		i := s.open(d, troubleByID[r.automation.treats[0]], r.service, after(at, -delay))
		i.trigger = "alert"
		i.raiseFalsely(d)
		i.minutes = max(i.minutes, 2*delay)
		i.runs = append(i.runs, r)
		r.incident, r.link = i, linkFor(d, i)
	}
}

func (s *simulation) newRun(a *automation, p phase, on scene) *run {
	r := &run{automation: a, phase: p, scene: on}
	s.runs = append(s.runs, r)
	return r
}

// mayHarm lets a live run cause an incident a few minutes later.
func (s *simulation) mayHarm(d dice, r *run) {
	a := r.automation
	if !r.isLive(forever) || !d.chance(a.Induces) {
		return
	}
	i := s.open(d, troubleByID[a.harm], r.service, after(r.when(schema.ExecutionStarted, forever), d.between(4, 25)))
	i.causedBy, i.confirmed = r, d.chance(confirmedShare)
	r.induced = i
}

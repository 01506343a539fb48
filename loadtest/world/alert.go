package world

import (
	"fmt"

	"github.com/vividium/firebreak/schema"
)

// alert is one firing of an alert.
type alert struct {
	id            string
	rule, summary string
	scene
	severity int
	incident *incident
	verdict  string // of people, on a part
	test     bool   // from the test environment

	fired, acknowledged, resolved, classified schema.Millis
}

const (
	alertVerdictShare = 0.35
	sideNoiseShare    = 0.1 // of an incident's further alerts
	noisePerDay       = 25.0
	flappingShare     = 0.03
)

// alertsPerIncident is the mean by severity, beside the one that raised it.
var alertsPerIncident = []float64{10, 7, 4, 2.2, 1}

// sideRules fire wherever something is wrong.
var sideRules = []string{"HighErrorRate", "LatencyP99High", "PodRestarting", "QueueDepthHigh", "HealthCheckFailing", "SLOBurnRateFast", "UpstreamTimeouts"}

// noisyRules fire when nothing is wrong; the first the most.
var noisyRules = []string{
	"HighCPU", "HighCPU", "HighCPU", "DiskWillFillIn24h", "DiskWillFillIn24h", "LatencyP99High", "LatencyP99High",
	"PodRestarting", "HealthCheckFailing", "NetworkErrors", "LoadAverageHigh", "SwapUsed", "JobRunningLong", "TargetDown",
}

// raiseAlerts adds what the monitoring said: about the incidents, and about
// nothing.
func (s *simulation) raiseAlerts() {
	d := s.dice("alerts")
	for _, i := range s.incidents {
		if i.class != "merged" {
			s.alertsOf(d, i)
		}
	}
	for _, at := range s.times(d, noisePerDay, traffic, always) {
		s.makeNoise(d, at)
	}
}

// alertsOf gives an incident the alert that raised it, and further ones while
// it lasts. Incidents that people raise may have none.
func (s *simulation) alertsOf(d dice, i *incident) {
	if i.trigger == "alert" {
		first := s.fire(d, i.trouble.alert, i.scene, max(s.start, after(i.opened, -d.between(0.2, 2))))
		s.join(d, first, i)
	}
	for range d.count(alertsPerIncident[i.severity-1]) {
		within := min(i.minutes, 90)
		side := s.fire(d, pick(d, sideRules), i.service.somewhere(d), after(i.opened, d.between(0, within)))
		s.join(d, side, i)
		if side.verdict == "actionable" && d.chance(sideNoiseShare) {
			side.verdict = "noise"
		}
	}
}

// join makes the alert the incident's: it clears when that is over.
func (s *simulation) join(d dice, a *alert, i *incident) {
	a.incident = i
	a.severity = i.firstSeverity
	a.resolved = 0
	if i.resolved != 0 {
		a.resolved = after(i.resolved, d.between(0, 5))
	}
	if d.chance(alertVerdictShare) {
		a.verdict = "actionable"
		if i.class == "false_alarm" {
			a.verdict = "false_positive"
		}
		a.classified = after(a.fired, d.around(6*60, 0.8))
	}
	i.alerts = append(i.alerts, a)
}

// fire adds an alert that clears by itself after some minutes.
func (s *simulation) fire(d dice, rule string, on scene, at schema.Millis) *alert {
	a := &alert{rule: rule, scene: on, severity: 3 + d.IntN(3), fired: at}
	a.summary = reword(d, rule+" on {host} for {min} min", on)
	a.resolved = after(at, d.around(6, 0.8))
	if d.chance(0.2) {
		a.acknowledged = after(at, d.around(5, 0.6))
	}
	s.alerts = append(s.alerts, a)
	return a
}

// makeNoise fires an alert that means nothing. Some flap: they fire again and
// again on the same target.
func (s *simulation) makeNoise(d dice, at schema.Millis) {
	first := s.fire(d, pick(d, noisyRules), pick(d, services).somewhere(d), at)
	first.test = d.chance(0.15)
	s.judgeNoise(d, first)
	if !d.chance(flappingShare) {
		return
	}
	for range 5 + d.IntN(20) {
		at = after(at, d.between(3, 9))
		again := *first
		again.fired, again.resolved, again.acknowledged = at, after(at, d.between(1, 3)), 0
		s.judgeNoise(d, &again)
		s.alerts = append(s.alerts, &again)
	}
}

func (s *simulation) judgeNoise(d dice, a *alert) {
	a.verdict, a.classified = "", 0
	if d.chance(alertVerdictShare) {
		a.verdict = pick(d, []string{"noise", "noise", "noise", "noise", "noise", "noise", "false_positive", "false_positive", "false_positive", "actionable"})
		a.classified = after(a.fired, d.around(12*60, 0.8))
	}
}

// setOff fires the alert that set off a run though nothing was wrong.
func (s *simulation) setOff(d dice, r *run, at schema.Millis, verdict string) *alert {
	rule := troubleByID[r.automation.treats[0]].alert
	a := s.fire(d, rule, r.scene, at)
	if verdict != "" {
		a.verdict, a.classified = verdict, after(at, d.around(12*60, 0.8))
	}
	return a
}

// fingerprint is the same over every firing of the rule on the target.
func (a *alert) fingerprint() string { return fmt.Sprintf("%016x", hash(a.rule+"|"+a.host)) }

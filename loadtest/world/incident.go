package world

import (
	"slices"

	"github.com/vividium/firebreak/schema"
)

// incident is one incident as it really was.
type incident struct {
	id      string
	trouble *trouble
	scene
	wording            string // of the title, before its blanks were filled
	title, description string
	severity           int // the true one, 1 to 5
	firstSeverity      int // what it was opened with
	trigger            string
	class              string // empty: an incident
	vague              bool   // the title says nothing
	forgotten          bool   // never closed

	alone   float64 // minutes to resolve, had no automation taken part
	minutes float64 // minutes to resolve as it went
	handsOn float64 // of people, as it went
	saved   float64 // hands-on minutes that automation saved

	// Set by settle.
	opened, acknowledged, mitigated, resolved schema.Millis
	resolvedBy                                string

	treatment *run // the live run that took part, if any
	causedBy  *run // the run that caused it, if any
	confirmed bool // people found out which run caused it

	mergedInto   *incident
	runs         []*run // all that are about it, dry runs too
	alerts       []*alert
	alertsInList bool // the incident lists its alerts; else they name the incident
}

// How much longer than sev3 the other severities last, and how many people
// work on them.
var (
	severityTime = []float64{4, 2.5, 1, 0.55, 0.4}
	severityCrew = []float64{3.5, 2.2, 1.2, 1, 0.7}
	severityAck  = []float64{1.5, 3, 7, 20, 60} // minutes
)

const (
	handsOnShare  = 0.6 // of the time to resolve
	handsOnAtMost = 600 // minutes: then the shift ends

	falseAlarmShare = 0.025
	vagueShare      = 0.015 // of recurring troubles' incidents
	mergedShare     = 0.02
	forgottenShare  = 0.015 // of sev4 and sev5 that no automation met
	misjudgedShare  = 0.05  // opened one severity off

	episodeHours = 48
)

// letTroublesHappen opens every incident that would happen without automation.
func (s *simulation) letTroublesHappen() {
	for _, t := range troubles {
		d := s.dice("trouble " + t.id)
		if t.episodic {
			s.comeAndGo(d, t)
			continue
		}
		for _, at := range s.times(d, t.perDay, t.when, t.factorAt) {
			if t.onTheHour {
				at = after(at-at%hour, min(d.around(6, 0.8), 59))
			}
			s.report(d, t, at)
		}
	}
	s.happenOnce("one-offs", oneOffsPerDay, false)
	s.happenOnce("vague one-offs", vaguePerDay, true)
}

func (s *simulation) happenOnce(purpose string, perDay float64, vague bool) {
	d := s.dice(purpose)
	times := s.times(d, perDay, officeHours, always)
	for i, t := range oneOffTroubles(d, len(times), vague) {
		s.report(d, t, times[i]).vague = vague
	}
}

// comeAndGo lets an episodic trouble come for two days and return 62 to 130
// days later in the next service under the next wording.
func (s *simulation) comeAndGo(d dice, t *trouble) {
	days := d.between(1, 60)
	for episode := 0; ; episode++ {
		from := after(s.start, days*24*60)
		if from >= s.end {
			return
		}
		where := serviceByName[t.services[episode%len(t.services)]]
		for range d.count(t.perDay * episodeHours / 24 * s.cfg.Scale) {
			i := s.open(d, t, where, after(from, d.between(0, episodeHours*60)))
			i.say(d, t.wordings[episode%len(t.wordings)])
		}
		days += d.between(62, 130)
	}
}

// report opens an incident as it happens in life: the alarm may be false, the
// title may say nothing, a customer may open it a second time.
func (s *simulation) report(d dice, t *trouble, at schema.Millis) *incident {
	i := s.open(d, t, serviceByName[pick(d, t.services)], at)
	if i.class != "" {
		return i
	}
	if !t.oneOff && d.chance(vagueShare) {
		i.vague = true
		i.say(d, pick(d, vagueTitles))
	}
	switch {
	case i.trigger == "alert" && d.chance(falseAlarmShare):
		i.raiseFalsely(d)
	case d.chance(mergedShare):
		s.openTwin(d, i)
	}
	return i
}

// open adds an incident of the trouble on a service.
func (s *simulation) open(d dice, t *trouble, on *service, at schema.Millis) *incident {
	i := &incident{trouble: t, opened: at, class: t.class, scene: on.somewhere(d)}
	i.say(d, mostlyFirst(d, t.wordings))
	i.description = reword(d, pick(d, t.details), i.scene)
	i.severity = 1 + d.weighted(t.severities)
	i.firstSeverity = i.severity
	if d.chance(misjudgedShare) {
		i.firstSeverity = min(5, max(1, i.severity+1-2*d.IntN(2)))
	}
	i.trigger = trigger(d, t)
	i.alertsInList = d.chance(0.4)
	i.last(d.around(t.minutes*severityTime[i.severity-1], orUsual(t.spread, usualSpread)))
	s.incidents = append(s.incidents, i)
	return i
}

// say gives the incident its title.
func (i *incident) say(d dice, wording string) {
	i.wording, i.title = wording, reword(d, wording, i.scene)
}

func trigger(d dice, t *trouble) string {
	switch {
	case t.class != "" && t.class != "test":
		return "manual"
	case d.chance(t.customers):
		return "customer"
	case d.chance(0.05):
		return "manual"
	}
	return "alert"
}

func (i *incident) raiseFalsely(d dice) {
	i.class = "false_alarm"
	i.last(d.around(7, 0.5))
}

// last sets how long the incident takes when people do everything.
func (i *incident) last(minutes float64) {
	i.alone, i.minutes = minutes, minutes
	i.handsOn = min(minutes, handsOnAtMost) * handsOnShare * severityCrew[i.severity-1]
}

// openTwin opens the same trouble a second time by a customer's report; people
// merge it into the first.
func (s *simulation) openTwin(d dice, of *incident) {
	twin := *of
	twin.opened = after(of.opened, d.between(1, 10))
	twin.trigger, twin.class, twin.mergedInto = "customer", "merged", of
	twin.say(d, pick(d, of.trouble.wordings))
	twin.last(d.between(4, 20))
	s.incidents = append(s.incidents, &twin)
}

// settle sets when each incident was acknowledged, mitigated and resolved, now
// that it is known how long it took.
func (s *simulation) settle() {
	d := s.dice("incident times")
	for _, i := range s.incidents {
		if ack := d.around(severityAck[i.severity-1], 0.8); ack < 0.8*i.minutes {
			i.acknowledged = after(i.opened, ack)
			if i.severity <= 3 && d.chance(0.6) {
				i.mitigated = after(i.opened, ack+(i.minutes-ack)*d.between(0.5, 0.95))
			}
		}
		i.forgotten = i.class == "" && i.severity >= 4 && i.treatment == nil && d.chance(forgottenShare)
		if !i.forgotten {
			i.resolved = after(i.opened, i.minutes)
		}
		if i.resolvedBy == "" {
			i.resolvedBy = people(d, i)
		}
	}
}

// people says who resolved an incident that no automation closed.
func people(d dice, i *incident) string {
	if i.severity >= 4 && d.chance(0.1) {
		i.handsOn *= 0.2
		return "self"
	}
	return "human"
}

// of lists the real incidents of the troubles.
func (s *simulation) of(troubles []string) []*incident {
	var list []*incident
	for _, i := range s.incidents {
		if i.class == "" && slices.Contains(troubles, i.trouble.id) {
			list = append(list, i)
		}
	}
	return list
}

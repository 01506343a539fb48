package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vividium/firebreak/aggregate"
)

// Sentence is text with numbers in it.
type Sentence []Figure

// String is the sentence as text.
func (s Sentence) String() string {
	var b strings.Builder
	for _, f := range s {
		b.WriteString(f.Text)
	}
	return b.String()
}

func (s *Sentence) say(format string, args ...any) {
	*s = append(*s, Figure{Text: fmt.Sprintf(format, args...)})
}

func (s *Sentence) show(f Figure) {
	f.Text = shortened(f.Text, mostName)
	*s = append(*s, f)
}

// plural follows a number: "1 incident", "2 incidents".
func plural(n float64, one, many string) string {
	if n == 1 {
		return " " + one
	}
	return " " + many
}

// meaningOf reads the change of frequency and that of the time to resolve together: faster
// repair without fewer incidents is firefighting.
func meaningOf(frequency, resolveTime *Line) Meaning {
	fewer, more, known := direction(frequency)
	faster, slower, timed := direction(resolveTime)
	switch {
	case !known && !timed:
		return NoMeaning
	case fewer && faster:
		return Both
	case fewer && slower:
		return Rarer
	case fewer:
		return Prevented
	case more:
		return MoreFires
	case faster:
		return Firefighting
	case slower:
		return SlowerRepair
	}
	return Unchanged
}

// direction says on which side of 1 the interval of a ratio lies.
func direction(ratio *Line) (below, above, known bool) {
	_, interval, known := ratio.estimate()
	return known && interval.High < 1, known && interval.Low > 1, known
}

// judge makes the verdict from the numbers.
func (r *Report) judge() {
	v := &r.Verdict
	if r.IsEmpty() {
		v.Tone = NoTone
		v.Fires.say("No incident opened, no alert fired and no automation ran in this week%s.", r.soFar())
		v.Automation.say("So there is nothing to judge automation by.")
		v.Next.say("If that is a surprise, look at the data quality: perhaps nothing arrived.")
		return
	}
	v.Fires = append(r.silence(), r.fires()...)
	v.Automation = r.didAutomation()
	v.Next = r.next()
	v.Tone = r.tone()
}

// tone is bad where automation did harm; to be watched where something must be taken back,
// what weighs got worse, or fires are not fewer but last longer or are only put out faster;
// and good where something that weighs got better or a trouble has ended.
func (r *Report) tone() Tone {
	meaning := r.Prevention.Quarter.Meaning
	switch {
	case len(r.Caused) > 0:
		return Bad
	case len(r.silence()) > 0, r.takesBackLive(), r.anyWeighty(Worse), slices.Contains([]Meaning{MoreFires, SlowerRepair, Rarer, Firefighting}, meaning):
		return Watch
	case meaning == Prevented, meaning == Both, r.anyWeighty(Better), len(lasting(r.Troubles.Ended)) > 0:
		return Good
	}
	return Unclear
}

// silence warns of what had not landed for a day when the week ended: fewer fires may be
// fewer reports.
func (r *Report) silence() (s Sentence) {
	var silent []*Line
	all := true
	for i := range r.Quality.Freshness {
		f := &r.Quality.Freshness[i]
		switch last := f.Time("last_landed_at"); {
		case last.IsZero():
		case !last.Before(r.endOfWeek().Add(-day)):
			all = false
		default:
			silent = append(silent, f)
		}
	}
	if !all {
		silent = slices.DeleteFunc(silent, func(f *Line) bool { return !r.isUnusual(f) })
	}
	for _, f := range silent {
		if len(s) > 0 {
			s.say(", ")
		} else {
			s.say("Nothing landed ")
		}
		s.say("about %ss since ", f.Text("entity"))
		s.show(f.moment("last_landed_at"))
	}
	if len(s) > 0 {
		s.say(", so that what happened until the week ended may be missing. ")
	}
	return s
}

// silentFrom is how many are usual in the time of a silence that can be no chance: none
// comes where 10 are expected once in 20,000 times, and bursts make that more.
const silentFrom = 10

// isUnusual says whether the silence of one kind, while others land, is more than chance.
func (r *Report) isUnusual(f *Line) bool {
	usual := &r.of(f.Text("entity") + "_count").Quarter
	silent := float64(r.endOfWeek().Sub(f.Time("last_landed_at"))) / float64(day)
	return usual.Metric() != nil && usual.days() > 0 && usual.number("n")/usual.days()*silent >= silentFrom
}

// weighty are the headlines of which a change sets the tone. They are few, since of many
// one would change by chance every other week.
var weighty = []string{"incident_count", "time_to_resolve", "automation_success_rate", "false_positive_rate"}

// anyWeighty says whether one of them changed so against the quarter before.
func (r *Report) anyWeighty(so Shown) bool {
	return slices.ContainsFunc(weighty, func(name string) bool { return r.of(name).SinceQuarter.Verdict == so })
}

// takesBackLive says whether something must be taken back that acts: a dry run harms nobody.
func (r *Report) takesBackLive() bool {
	d := r.mustTakeBack()
	return d != nil && d.Promotion.Text("stage") != dryRun
}

// mustTakeBack is what ran in the week and must be taken back, the worst of it.
func (r *Report) mustTakeBack() *Decision {
	for i := range r.Decisions {
		if d := &r.Decisions[i]; d.isDemotion() && !d.Promotion.Time("last_run_at").Before(r.From) {
			return d
		}
	}
	return nil
}

// fires says how many there were, whether that is a change, and what kind of one.
func (r *Report) fires() (s Sentence) {
	h := r.of("incident_count")
	n := h.Week.number("n")
	if n == 0 {
		s.say("No incident opened")
	} else {
		s.show(h.Week.Figure("n"))
		s.say("%s", plural(n, "incident opened", "incidents opened"))
	}
	s.say("%s", r.soFar())
	s.sayChange(r)
	if m := r.Prevention.Quarter.Meaning; m != NoMeaning {
		s.say("; over %d weeks, %s", WeeksOfQuarter, wordsOf[m])
	}
	s.sayEnded(lasting(r.Troubles.Ended))
	s.say(".")
	return s
}

// soFar is said of a week that is not over.
func (r *Report) soFar() string {
	if r.IsOver() {
		return ""
	}
	return " so far"
}

// quarterUnit is for how long the counts of the quarter are shown: as long as is known of the
// week.
func (r *Report) quarterUnit() string {
	if r.IsOver() {
		return "a week"
	}
	return "in as many days"
}

// wordsOf are the meanings as part of a sentence.
var wordsOf = map[Meaning]string{
	Prevented:    "there are fewer of them, and how long they take shows no change: prevention, not firefighting",
	Both:         "there are fewer of them and they are resolved faster: prevention, and faster repair",
	Rarer:        "there are fewer of them, but each takes longer",
	Firefighting: "they are resolved faster, and their number shows no change: firefighting, not prevention",
	MoreFires:    "there are more of them",
	SlowerRepair: "they take longer, and their number shows no change",
	Unchanged:    "neither their number nor the time to resolve shows a change",
}

// sayChange sets the week against the mean week of the quarter before.
func (s *Sentence) sayChange(r *Report) {
	if !r.knowsAll() {
		s.say(", but not all of the week is known, nor a whole week before it")
		return
	}
	if r.WeeksBefore() == 0 {
		s.say(", and no whole week is known before it")
		return
	}
	const name = "incident_count since_quarter"
	h := r.of("incident_count")
	c, usual := &h.SinceQuarter, h.Quarter.inAsManyDays("n", h.Week.days())
	before := r.quarterUnit() + " in the quarter before"
	switch {
	case c.Estimate == nil:
		s.say(", against ")
		s.show(usual)
		s.say(" %s", before)
	case c.Verdict == NoneSo:
		s.say(", no detectable change from ")
		s.show(usual)
		s.say(" %s", before)
		s.sayDetectable(c, name)
	default:
		s.say(" against ")
		s.show(usual)
		s.say(" %s, ", before)
		s.show(c.figure(name, "estimate", c.Estimate))
		s.say(" [")
		s.show(c.figure(name, "low", c.Low))
		s.say(", ")
		s.show(c.figure(name, "high", c.High))
		s.say("]")
	}
}

// sayDetectable says which changes would have shown.
func (s *Sentence) sayDetectable(c *Change, name string) {
	if c.DetectableLow == nil && c.DetectableHigh == nil {
		s.say(" (with so few, none would have shown)")
		return
	}
	s.say(" (")
	if c.DetectableLow != nil {
		s.show(c.figure(name, "detectable_low", c.DetectableLow))
	}
	if c.DetectableLow != nil && c.DetectableHigh != nil {
		s.say(" or ")
	}
	if c.DetectableHigh != nil {
		s.show(c.figure(name, "detectable_high", c.DetectableHigh))
	}
	s.say(" would have shown)")
}

// inAsManyDays is a count of a longer time for as many days.
func (l *Line) inAsManyDays(field string, days float64) Figure {
	f := l.Figure(field)
	if f.Value != nil && days > 0 {
		f.Per = l.days() / days
		v := *f.Value / f.Per
		f.Value, f.Text = &v, perWeek(l.Metric().Unit, v)
	}
	return f
}

// sayEnded names what has come to an end.
func (s *Sentence) sayEnded(ended []Trouble) {
	switch len(ended) {
	case 0:
		return
	case 1:
		s.say("; a recurring trouble has stopped, “")
	default:
		s.say("; several recurring troubles have stopped, among them “")
	}
	c := &ended[0].Cluster
	s.show(titleFigure(c))
	s.say("” (silent since ")
	s.show(c.moment("ended_at"))
	s.say(", ")
	s.show(c.naming("ended_by", c.Text("ended_by")))
	s.say("; by chance in ")
	s.show(c.chance("silence_p"))
	s.say(" of cases)")
}

// lasting are the troubles that have not come back since they ended.
func lasting(ended []Trouble) []Trouble {
	return slices.DeleteFunc(slices.Clone(ended), func(t Trouble) bool { return t.CameBack })
}

// didAutomation says what it broke, how often it succeeded, and what it saved.
func (r *Report) didAutomation() (s Sentence) {
	runs := r.of("execution_count")
	if runs.Week.number("n") == 0 {
		s.say("No automation ran%s.", r.soFar())
		return s
	}
	s.sayHarm(r)
	if success := &r.of("automation_success_rate").Week; success.OK() {
		s.say("; ")
		s.show(success.Figure("estimate"))
		s.say(" of ")
		s.show(success.Figure("n"))
		s.say(" finished runs succeeded")
	} else {
		s.say("; too few runs finished to say how many succeed")
	}
	if toil := &r.of("toil_hours_saved").Week; toil.OK() {
		hours := toil.Figure("estimate")
		if toil.number("estimate") < 0 {
			s.say(", and net of what it cost it saved people nothing: ")
		} else {
			s.say(", and net of what it cost it saved people ")
		}
		s.show(hours)
	}
	s.say(".")
	return s
}

// sayHarm tells the incidents that runs of the week are confirmed to have caused.
func (s *Sentence) sayHarm(r *Report) {
	induced := &r.of("induced_incident_rate").Week
	n := induced.number("numerator")
	switch {
	case n > 0:
		s.say("Automation did harm: ")
		s.show(induced.Figure("numerator"))
		s.say("%s confirmed to have been caused by its ", plural(n, "incident is", "incidents are"))
		s.show(induced.Figure("denominator"))
		s.say(" runs that could change something%s", culprits(r.Caused))
	case induced.number("denominator") > 0:
		s.say("No incident is confirmed to have been caused by the ")
		s.show(induced.Figure("denominator"))
		s.say("%s that could change something", plural(induced.number("denominator"), "run", "runs"))
		s.sayBound(induced, r.isMature())
	default:
		s.say("Automation ran, but nothing that could change anything")
	}
	if r.isSuspicious() {
		s.say("; besides, ")
		s.show(r.Suspected.Figure("observed"))
		s.say(" incidents opened soon after runs on their services, where ")
		s.show(r.Suspected.Figure("expected"))
		s.say(" are usual")
	}
}

// isSuspicious says whether more incidents opened soon after runs than chance explains.
func (r *Report) isSuspicious() bool {
	p, known := r.Suspected.Number("p")
	return known && p < 1-confidence && r.Suspected.number("estimate") > 0
}

// fewRuns is from which bound on, in 1,000 runs, so few ran that it says nothing.
const fewRuns = 100

// sayBound says how often it may happen although none was seen. Of a week that has just
// ended most has not been confirmed yet, so that there is no bound.
func (s *Sentence) sayBound(induced *Line, mature bool) {
	if !mature {
		s.say(" so far (people confirm it weeks later)")
		return
	}
	if high := induced.number("high"); high > fewRuns {
		s.say(" (too few to say how many would be)")
		return
	}
	s.say(" (at most ")
	s.show(induced.Figure("high"))
	s.say(" in 1,000 would fit that)")
}

// culprits names the automations that did it.
func culprits(caused []Line) string {
	var names []string
	for i := range caused {
		if name := caused[i].Text("automation_id"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return ", by " + names[0]
	}
	return ", by " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// next is what to do first: take back what does harm, mend what fails, promote what has
// shown that it can, automate what is worth most.
func (r *Report) next() (s Sentence) {
	if d := r.mustTakeBack(); d != nil {
		s.say("%s ", takeBack(&d.Promotion))
		s.show(nameOf(&d.Promotion))
		s.say(": as of the end of the week ")
		s.show(reasonOf(&d.Promotion))
		if d.Since != r.Week {
			s.say("; that has been due since %s", d.Since)
		}
	} else if len(r.Caused) > 0 {
		s.say("Find out why %s caused ", r.Caused[0].Text("automation_id"))
		s.show(r.Caused[0].naming("incident_id", r.Caused[0].Text("incident_id")))
	} else if f := r.worstBug(); f != nil {
		s.say("Mend %s, which %s ", f.Text("automation_id"), strings.Join(f.List("outcomes"), " or "))
		s.show(f.figure("runs", aggregate.Count))
		s.say("%s with “", plural(f.number("runs"), "time", "times"))
		s.show(f.naming("cause", f.Text("cause")))
		s.say("”")
	} else if p := r.promotable(); p != nil {
		s.say("Promote ")
		s.show(nameOf(p))
	}
	if len(r.Backlog) > 0 && r.Backlog[0].number("days_observed") >= leastObserved {
		b := &r.Backlog[0]
		if len(s) > 0 {
			s.say(". Then automate “")
		} else {
			s.say("Automate “")
		}
		s.show(titleFigure(b))
		s.say("” with %s, which would give people back ", patternName(b.Text("pattern")))
		s.show(b.figure("hours_per_quarter", aggregate.Hours))
		s.say(" a quarter (")
		s.show(b.figure("incidents_now", aggregate.Count))
		s.say(" incidents in 90 days)")
		if b.Yes("approval") {
			s.say("; each run of it needs a person's approval")
		}
	}
	if len(s) == 0 {
		s.say("Nothing calls for a decision")
	}
	s.say(".")
	return s
}

// leastObserved is how many days must have been observed before hours are promised.
const leastObserved = 28

// bugFrom is how often a run must have failed in one way to be named first.
const bugFrom = 3

func (r *Report) worstBug() *Line {
	if len(r.Failures) > 0 && r.Failures[0].number("runs") >= bugFrom {
		return &r.Failures[0]
	}
	return nil
}

// promotable is the first that may go on to the next stage.
func (r *Report) promotable() *Line {
	for i := range r.Decisions {
		if !r.Decisions[i].isDemotion() {
			return &r.Decisions[i].Promotion
		}
	}
	return nil
}

func (d *Decision) isDemotion() bool { return d.Promotion.Text("verdict") == string(aggregate.Demote) }

// takeBack is what it means for a stage: nothing comes before a dry run.
func takeBack(p *Line) string {
	if p.Text("stage") == dryRun {
		return "Withdraw"
	}
	return "Take back"
}

// reasonOf is why, without the words that begin it.
func reasonOf(p *Line) Figure {
	_, why, found := strings.Cut(strings.TrimSuffix(p.Text("reason"), "."), ": ")
	if !found {
		why = p.Text("reason")
	}
	return p.naming("reason", why)
}

// naming is a column that is text.
func (l *Line) naming(field, text string) Figure {
	return Figure{Text: text, Source: l.Source, Which: l.Which(), Field: field}
}

// nameOf is a version of an automation in a stage.
func nameOf(p *Line) Figure {
	name := strings.TrimSpace(p.Text("automation_id") + " " + p.Text("automation_version"))
	return p.naming("automation_id automation_version stage", name+" ("+stageName(p.Text("stage"))+")")
}

func stageName(stage string) string { return strings.ReplaceAll(stage, "_", " ") }

func patternName(pattern string) string {
	switch pattern {
	case string(aggregate.Script):
		return "a script"
	case string(aggregate.Operator):
		return "an operator"
	case string(aggregate.SelfHealing):
		return "self-healing"
	}
	return pattern
}

package truth

import "github.com/vividium/firebreak/schema"

// conduct is what becomes of the live runs of a world.
type conduct struct {
	// unneeded is the chance that a run was not needed.
	unneeded float64
	// success is the chance that a needed run succeeds; of one that was not
	// needed it is easier.
	success, easier float64
	// induced is how many incidents 1,000 runs cause.
	induced float64
}

// runs tells so many executions: most of them live, about one of seven not.
func (w *world) runs(many int, c conduct) {
	w.conduct = c
	for range many {
		at := w.between(0, length)
		switch x := w.Float64(); {
		case x < 0.08:
			w.dryRun(at)
		case x < 0.14:
			e := w.runEvent(w.name("run-"), pick(w.dice, schema.ExecutionRejected, schema.ExecutionSkipped, schema.ExecutionCancelled), at)
			e.Environment = schema.Some(w.environment)
			w.tell(e)
		default:
			w.live(at)
		}
	}
	w.truth[Succeeds] = (1-c.unneeded)*c.success + c.unneeded*c.easier
	w.truth[Unneeded] = c.unneeded
	w.truth[Induced] = c.induced
}

// dryRun tells one that would have done nothing: it must not count.
func (w *world) dryRun(at float64) {
	e := w.started(at)
	e.Stage = schema.Some(schema.StageDryRun)
	w.tell(e)
	e = w.runEvent(e.ExecutionID, schema.ExecutionSucceeded, at+20)
	e.Changed = schema.Some(false)
	w.tell(e)
}

// live tells a live run, what is known of its need, and what it broke.
func (w *world) live(at float64) {
	needed := !w.chance(w.conduct.unneeded)
	succeeds := w.chance(w.conduct.easier)
	if needed {
		succeeds = w.chance(w.conduct.success)
	}
	e := w.started(at)
	isDiagnosis := w.chance(0.1)
	if isDiagnosis {
		e.Mutating = schema.Some(false)
	}
	signs := &schema.ExecutionEvent{}
	if needed {
		w.signsOfNeed(signs, succeeds)
	} else {
		w.signsAgainst(signs, e, at, succeeds)
	}
	w.tell(e)
	if w.chance(0.03) {
		return // nobody knows how it ended
	}
	w.end(e.ExecutionID, at+20, succeeds, signs)
	if w.chance(verdictChance(needed, succeeds)) && !signs.Verdict.Set {
		e := w.runEvent(e.ExecutionID, schema.ExecutionClassified, at+hour)
		e.Verdict = schema.Some("unnecessary")
		if needed {
			e.Verdict = schema.Some("necessary")
		}
		w.tell(e)
	}
	if isDiagnosis {
		return
	}
	for range w.count(w.conduct.induced / 1000) {
		w.induce(&kind{cluster: "induced", severity: "sev3", median: hour, spread: 0.5}, e.ExecutionID, at+10*minute)
	}
}

// verdictChance is where people look: at runs that did nothing of use and at those
// that failed, so that their verdicts are no fair sample.
func verdictChance(needed, succeeds bool) float64 {
	switch {
	case !needed:
		return 0.3
	case !succeeds:
		return 0.25
	}
	return 0.05
}

// end tells how a run ended; signs, if any, are said with it.
func (w *world) end(run string, at float64, succeeds bool, signs *schema.ExecutionEvent) {
	ends := []string{schema.ExecutionSucceeded}
	if !succeeds {
		ends = pick(w.dice, []string{schema.ExecutionFailed}, []string{schema.ExecutionTimedOut},
			[]string{schema.ExecutionSucceeded, schema.ExecutionEscalated}, []string{schema.ExecutionSucceeded, schema.ExecutionRolledBack})
	}
	for i, kind := range ends {
		e := w.runEvent(run, kind, at+float64(i)*minute)
		if i == 0 && signs != nil {
			e.Changed, e.Verdict = signs.Changed, signs.Verdict
		}
		w.tell(e)
	}
}

// signsOfNeed are what shows that a run was needed: what it changed. A few changed
// nothing but say themselves that they were needed.
func (w *world) signsOfNeed(signs *schema.ExecutionEvent, succeeds bool) {
	switch x := w.Float64(); {
	case x < 0.02:
		signs.Changed, signs.Verdict = schema.Some(false), schema.Some("necessary")
	case succeeds && x < 0.85:
		signs.Changed = schema.Some(true)
	}
}

// signsAgainst are what shows that a run was not needed. Where its alert or
// incident shows it, it may well have changed something.
func (w *world) signsAgainst(signs, e *schema.ExecutionEvent, at float64, succeeds bool) {
	x := w.Float64()
	if !succeeds {
		x = w.between(0.4, 1.6) // what did not succeed cannot say that nothing was to be done
	}
	switch {
	case x < 0.4:
		signs.Changed = schema.Some(false)
		return
	case x < 0.6:
		e.AlertID = schema.Some(w.fired(at-minute, schema.Opt[string]{}))
		said := w.alertEvent(e.AlertID.Value, schema.AlertClassified, at+minute)
		said.Verdict = schema.Some(pick(w.dice, "noise", "false_positive"))
		w.tell(said)
	case x < 0.7:
		e.TriggerKind, e.TriggerID = schema.Some("alert"), schema.Some(w.fired(at-10*minute, schema.Opt[string]{}))
		w.tell(w.alertEvent(e.TriggerID.Value, schema.AlertResolved, at-minute))
	case x < 0.8:
		e.IncidentID = schema.Some(w.over(at-5*minute, at+minute, "false_alarm"))
	case x < 0.9:
		e.IncidentID = schema.Some(w.over(at-hour, at-minute, schema.ClassIncident))
	default:
		return
	}
	if w.chance(0.7) {
		signs.Changed = schema.Some(true)
	}
}

// over tells an incident from beginning to end.
func (w *world) over(opened, resolved float64, classification string) string {
	e := w.opened(opened)
	w.tell(e)
	end := w.incidentEvent(e.IncidentID, schema.IncidentResolved, resolved)
	end.Classification = schema.Some(classification)
	w.tell(end)
	return e.IncidentID
}

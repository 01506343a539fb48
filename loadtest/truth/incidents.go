package truth

import (
	"math"

	"github.com/vividium/firebreak/schema"
)

// kind is what the incidents of one stratum have in common.
type kind struct {
	cluster, severity string
	// Without automation the time to resolve is log-normal.
	median, spread float64
	// asked is the chance that automation is asked for.
	asked float64
	// effect of a run: the time that is left when it starts is multiplied by it.
	effect float64
}

// The range of the medians of the kinds, in seconds.
const easiest, hardest = 10 * minute, 5 * hour

// hardness is 0 for the easiest kinds and 1 for the hardest.
func (k *kind) hardness() float64 { return math.Log(k.median/easiest) / math.Log(hardest/easiest) }

// soon is by when a run must have started to count as treatment.
const soon = 15 * minute

// kinds of a world: two severities a cluster, each with a law of its own, which
// adjust may change.
func (w *world) kinds(clusters int, adjust func(*kind)) []kind {
	var kinds []kind
	for range clusters {
		cluster := w.name("cluster-")
		for _, severity := range []string{"sev2", "sev4"} {
			k := kind{
				cluster: cluster, severity: severity,
				median: w.evenly(easiest, hardest), spread: w.between(0.4, 1),
				asked: w.between(0.3, 0.7), effect: 1,
			}
			adjust(&k)
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// promptly is when a trigger that works starts a run, after the opening or, where
// the alert that opens the incident starts it, before.
func promptly(w *world) float64 {
	if w.chance(0.1) {
		return -w.between(0, minute)
	}
	return w.around(45, 0.7)
}

// lately is when a run starts that waits for something: about one of seven comes
// after more than a quarter of an hour.
func lately(w *world) float64 { return w.around(6*minute, 0.9) }

// incidents tells so many incidents of the kinds, each as likely as the others, and
// beside them what must not count.
func (w *world) incidents(many int, kinds []kind, wait func(*world) float64) {
	var untreated, notSoon mean // logarithms of what a run changed, of those treated soon
	var b *burst
	for range many {
		b = w.another(b, kinds)
		k, alone, c := b.kind, w.around(b.median, b.spread), course{b.asked, wait(w)}
		took := k.takes(alone, c)
		if c.treats(alone) && c.wait <= soon {
			untreated.add(math.Log(took / alone))
			notSoon.add(math.Log(took) - w.otherwise(k, alone, wait))
		}
		w.incident(k, b.at+w.between(0, hour), alone, took, c)
		if w.chance(0.05) {
			w.leftOut(k)
		}
	}
	w.truth[Untreated] = math.Exp(untreated.value())
	w.truth[NotSoon] = math.Exp(notSoon.value())
	w.truth[Succeeds] = w.conduct.success
	w.truth[Induced] = w.conduct.induced
}

// burst is what the incidents of one hour have in common: whether automation is asked
// for, and how hard they are. It is one incident where they do not come in bursts.
type burst struct {
	kind           *kind
	at             float64
	median, spread float64
	asked          bool
}

// another is the burst of the next incident: where they come in bursts, half of the
// time the last one, and half of the variance is that of bursts.
func (w *world) another(last *burst, kinds []kind) *burst {
	if last != nil && w.isBursty && w.chance(0.5) {
		return last
	}
	k := &kinds[w.IntN(len(kinds))]
	b := &burst{k, w.between(0, length-hour), k.median, k.spread, w.chance(k.asked)}
	if w.isBursty {
		b.spread = k.spread / math.Sqrt2
		b.median = w.around(k.median, b.spread)
	}
	return b
}

// course is what automation is about to do in an incident: whether it is asked for,
// and how many seconds after the opening its run starts, below 0 before it.
type course struct {
	asked bool
	wait  float64
}

// treats says whether there is a run: not when the incident is over before.
func (c course) treats(alone float64) bool { return c.asked && c.wait < alone }

// takes is how long an incident takes that would take so long alone.
func (k *kind) takes(alone float64, c course) float64 {
	if !c.treats(alone) {
		return alone
	}
	delay := max(0, c.wait)
	return delay + k.effect*(alone-delay)
}

// otherwise is the mean logarithm of what an incident takes when no run comes
// soon, over some courses that could have been.
func (w *world) otherwise(k *kind, alone float64, wait func(*world) float64) float64 {
	const enough = 10
	var logs mean
	for logs.n < enough {
		if c := (course{w.chance(k.asked), wait(w)}); !c.treats(alone) || c.wait > soon {
			logs.add(math.Log(k.takes(alone, c)))
		}
	}
	return logs.value()
}

// incident tells one.
func (w *world) incident(k *kind, opened, alone, took float64, c course) {
	incident := w.open(k, opened)
	end := w.incidentEvent(incident, schema.IncidentResolved, opened+took)
	switch {
	case c.treats(alone):
		w.treat(k, incident, end, opened+c.wait)
	case w.chance(0.2):
		// A dry run changes nothing and is no treatment.
		e := w.started(opened + max(0, c.wait))
		e.Stage, e.IncidentID = schema.Some(schema.StageDryRun), schema.Some(incident)
		w.tell(e)
	}
	w.tell(end)
}

func (w *world) open(k *kind, at float64) string {
	e := w.opened(at)
	e.Severity = schema.Some(k.severity)
	w.tell(e)
	w.place(e.IncidentID, k.cluster)
	return e.IncidentID
}

// treat tells a run on an incident, linked in one of the ways in which it can be;
// end is the event with which the incident will end.
func (w *world) treat(k *kind, incident string, end *schema.IncidentEvent, at float64) {
	e := w.started(at)
	switch w.IntN(4) {
	case 0:
		e.IncidentID = schema.Some(incident)
	case 1:
		e.TriggerKind, e.TriggerID = schema.Some("incident"), schema.Some(incident)
	case 2:
		e.TriggerKind, e.TriggerID = schema.Some("alert"), schema.Some(w.fired(at-1, schema.Some(incident)))
	case 3:
		end.ExecutionIDs = schema.Some([]string{e.ExecutionID})
	}
	w.tell(e)
	w.end(e.ExecutionID, at+20, w.chance(w.conduct.success), nil)
	for range w.count(w.conduct.induced / 1000) {
		w.induce(k, e.ExecutionID, at+10*minute)
	}
}

// induce tells an incident that a run caused. People note the run on it, which
// makes it no treatment.
func (w *world) induce(k *kind, run string, at float64) {
	incident := w.open(k, at)
	e := w.incidentEvent(incident, schema.IncidentResolved, at+w.around(k.median, k.spread))
	w.tell(e)
	e = w.incidentEvent(incident, schema.IncidentReviewed, at+minute)
	e.CausedByExecutionID, e.ExecutionIDs = schema.Some(run), schema.Some([]string{run})
	w.tell(e)
}

// leftOut tells an incident of a classification that does not count, over in no
// time after a run.
func (w *world) leftOut(k *kind) {
	at := w.between(0, length)
	incident := w.open(k, at)
	end := w.incidentEvent(incident, schema.IncidentResolved, at+90)
	end.Classification = schema.Some(pick(w.dice, "drill", "maintenance", "test", "merged", "false_alarm"))
	w.treat(k, incident, end, at+30)
	w.tell(end)
}

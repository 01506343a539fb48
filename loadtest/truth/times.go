package truth

import "github.com/vividium/firebreak/schema"

// times tells incidents that take a log-normal time from the beginning of the
// impact, which for a third of them came before the opening. Those that are not
// over when the window ends are open as far as the metric can know.
func (w *world) times(many int, median, spread float64) {
	for range many {
		w.incidentOf(w.between(0, length), w.around(median, spread))
	}
	w.truth[Median] = median
}

// bursts is times where incidents come in bursts of one trouble, which is easy
// or hard for all of a burst.
func (w *world) bursts(many int, median, spread float64) {
	for told := 0; told < many; {
		at, hardness := w.between(0, length), w.around(1, spread)
		for range 1 + w.count(1) {
			w.incidentOf(at+w.between(0, hour), median*w.around(hardness, spread))
			told++
		}
	}
	w.truth[Median] = median
}

// incidentOf tells one that takes so long.
func (w *world) incidentOf(opened, took float64) {
	began := opened
	e := w.opened(opened)
	if w.chance(1.0 / 3) {
		began -= min(w.between(0, 10*minute), took/2)
		e.StartedAt = schema.Some(millis(began))
	}
	w.tell(e)
	if began+took < 2*length { // a resolution years ahead is not told
		w.tell(w.incidentEvent(e.IncidentID, schema.IncidentResolved, began+took))
	}
}

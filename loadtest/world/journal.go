package world

import (
	"math"
	"strconv"

	"github.com/vividium/firebreak/schema"
)

// journal collects the events of a world in the order in which they are told,
// which is entity by entity.
type journal struct {
	start, end schema.Millis // of the world
	events     []schema.Event
}

// life tells the events of one entity and numbers them.
type life struct {
	*journal
	id, source string
	told       int
}

func (j *journal) lifeOf(id, source string) *life { return &life{journal: j, id: id, source: source} }

// common gives the fields that the life's next event shares with all others.
func (l *life) common(kind string, at schema.Millis) schema.Common {
	l.told++
	return schema.Common{
		EventID: l.id + "/" + strconv.Itoa(l.told), Type: kind,
		OccurredAt: at, Source: l.source,
	}
}

// add keeps the event if it occurs before the end.
func (j *journal) add(e schema.Event) {
	if e.Base().OccurredAt < j.end {
		j.events = append(j.events, e)
	}
}

// tell tells every entity's life.
func (s *simulation) tell() []schema.Event {
	j := &journal{start: s.start, end: s.end}
	d := s.dice("telling")
	for _, i := range s.incidents {
		j.tellIncident(d, i)
	}
	for _, a := range s.alerts {
		j.tellAlert(a)
	}
	for _, r := range s.runs {
		j.tellRun(d, r)
	}
	return j.events
}

// said is a field that is carried unless it is empty.
func said(text string) schema.Opt[string] {
	return schema.Opt[string]{Value: text, Set: text != ""}
}

// tenths rounds as people and dashboards do.
func tenths(x float64) schema.Opt[float64] { return schema.Some(math.Round(10*x) / 10) }

func whole(x float64) schema.Opt[float64] { return schema.Some(math.Round(x)) }

package world

import (
	"cmp"
	"slices"

	"github.com/vividium/firebreak/schema"
)

// delivery is an event's arrival on Kafka.
type delivery struct {
	event     schema.Event
	at        schema.Millis
	duplicate bool
}

const (
	duplicateShare = 0.015 // sent again by a sender that saw no answer
	lateShare      = 0.02  // held up for minutes to hours in some queue
	veryLateShare  = 0.002 // held up for days: a site without network
)

// deliver brings the events in the order of their arrival: by when they
// occurred, but for delays. So the events of one entity, too, may change places.
func deliver(d dice, events []schema.Event) []delivery {
	list := make([]delivery, 0, len(events)+len(events)/50)
	for _, e := range events {
		at := after(e.Base().OccurredAt, delayMinutes(d))
		list = append(list, delivery{event: e, at: at})
		if d.chance(duplicateShare) {
			list = append(list, delivery{event: e, at: after(at, d.around(2, 1.5)), duplicate: true})
		}
	}
	slices.SortStableFunc(list, func(a, b delivery) int { return cmp.Compare(a.at, b.at) })
	return list
}

func delayMinutes(d dice) float64 {
	switch x := d.Float64(); {
	case x < veryLateShare:
		return d.between(24*60, 72*60)
	case x < veryLateShare+lateShare:
		return d.around(30, 1)
	}
	return d.around(0.03, 0.7)
}

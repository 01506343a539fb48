package world

import (
	"iter"
	"time"

	"github.com/vividium/firebreak/schema"
)

// Config says which world to make.
type Config struct {
	Seed uint64 `json:"seed"`
	// Start is cut to the full hour in UTC.
	Start time.Time `json:"start"`
	// Days is how long it lasts. The stories are told in full however short
	// that is: their dates are shares of the span.
	Days int `json:"days"`
	// Scale is how much happens: 1 is a small company. It multiplies incidents,
	// alerts and runs, not services, troubles or automations.
	Scale float64 `json:"scale"`
}

// End is when the world ends; nothing occurs at or after it.
func (c Config) End() time.Time { return c.Start.Add(time.Duration(c.Days) * 24 * time.Hour) }

// World is a company's incidents, alerts and automation runs over some time.
type World struct {
	deliveries []delivery
	truth      Truth
}

// Generate makes the world; the same configuration gives the same world.
func Generate(cfg Config) *World {
	cfg.Start = cfg.Start.UTC().Truncate(time.Hour)
	s := newSimulation(cfg)
	s.letTroublesHappen()
	for _, a := range automations {
		s.automate(a)
	}
	s.settle()
	s.raiseAlerts()
	s.nameEverything()

	deliveries := deliver(newDice(cfg.Seed, "delivery"), s.tell())
	return &World{deliveries: deliveries, truth: s.truth(deliveries)}
}

// Events yields the events in the order in which they arrive on Kafka. A
// duplicate is the same event again. Events are shared: do not change them.
func (w *World) Events() iter.Seq[schema.Event] {
	return func(yield func(schema.Event) bool) {
		for _, d := range w.deliveries {
			if !yield(d.event) {
				return
			}
		}
	}
}

// Truth is what is really true of the world.
func (w *World) Truth() Truth { return w.truth }

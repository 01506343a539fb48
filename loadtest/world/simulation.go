package world

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vividium/firebreak/schema"
)

// simulation is a world in the making: its entities, before they are told as
// events. An instant of 0 means never.
type simulation struct {
	cfg        Config
	start, end schema.Millis
	badDays    map[schema.Millis]bool // days on which everything fails more

	incidents []*incident
	alerts    []*alert
	runs      []*run
}

const (
	minute = schema.Millis(time.Minute / time.Millisecond)
	hour   = 60 * minute
	day    = 24 * hour

	badDayChance = 0.03
	badDayFactor = 2.5
)

func newSimulation(cfg Config) *simulation {
	s := &simulation{
		cfg: cfg, start: schema.MillisOf(cfg.Start), end: schema.MillisOf(cfg.End()),
		badDays: make(map[schema.Millis]bool),
	}
	d := newDice(cfg.Seed, "bad days")
	for at := s.start; at < s.end; at += day {
		s.badDays[at] = d.chance(badDayChance)
	}
	return s
}

func (s *simulation) dice(purpose string) dice { return newDice(s.cfg.Seed, purpose) }

// at is the instant when a share of the span has passed.
func (s *simulation) at(share float64) schema.Millis {
	return s.start + schema.Millis(share*float64(s.end-s.start))
}

func (s *simulation) share(at schema.Millis) float64 {
	return float64(at-s.start) / float64(s.end-s.start)
}

// after is so many minutes later.
func after(at schema.Millis, minutes float64) schema.Millis {
	return at + schema.Millis(minutes*float64(minute))
}

// times gives the instants at which something happens: a Poisson process
// whose rate follows the rhythm, the bad days and the factor.
func (s *simulation) times(d dice, perDay float64, when rhythm, factor func(share float64) float64) []schema.Millis {
	var list []schema.Millis
	for at := s.start; at < s.end; at += hour {
		mean := s.cfg.Scale * perDay / 24 * when(at.Time()) * factor(s.share(at))
		if s.badDays[at-(at-s.start)%day] {
			mean *= badDayFactor
		}
		for range d.count(mean) {
			list = append(list, after(at, d.between(0, 60)))
		}
	}
	slices.Sort(list)
	return list
}

func always(float64) float64 { return 1 }

// nameEverything drops what would only begin after the end, sorts the rest by
// time and numbers it, as the systems that open incidents and start runs do.
func (s *simulation) nameEverything() {
	s.incidents = inTime(s.incidents, s.end, func(i *incident) schema.Millis { return i.opened })
	s.runs = inTime(s.runs, s.end, (*run).began)
	s.alerts = inTime(s.alerts, s.end, func(a *alert) schema.Millis { return a.fired })
	for n, i := range s.incidents {
		i.id = fmt.Sprintf("INC-%05d", 10001+n)
	}
	for n, r := range s.runs {
		r.id = fmt.Sprintf("run-%06d", 100001+n)
	}
	for n, a := range s.alerts {
		a.id = fmt.Sprintf("alt-%07d", 1000001+n)
	}
}

func inTime[T any](list []*T, end schema.Millis, began func(*T) schema.Millis) []*T {
	list = slices.DeleteFunc(list, func(item *T) bool { return began(item) >= end })
	slices.SortStableFunc(list, func(a, b *T) int { return cmp.Compare(began(a), began(b)) })
	return list
}

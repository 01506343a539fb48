package settings

import (
	"maps"
	"slices"
	"time"
)

// Settings are one version of what was declared. The zero value is version 0:
// nothing was.
type Settings struct {
	Import

	tiers       map[string]float64
	alignments  map[string]float64
	automations map[string]cost
}

// Import says where a version comes from.
type Import struct {
	// Version counts from 1; 0 is that nothing was imported.
	Version    int
	ImportedAt time.Time
	ImportedBy string
	// SHA256 of the file, in hexadecimal digits.
	SHA256 string
}

// cost is what an automation was declared to cost.
type cost struct {
	build  []build
	upkeep []upkeep
}

// build are hours of work that were done by a date.
type build struct {
	hours float64
	date  time.Time
}

// upkeep are hours of work a month, from since until until; without end when
// that is zero.
type upkeep struct {
	perMonth     float64
	since, until time.Time
}

// month is the length of a mean one, 365.25 ÷ 12 days.
const month = 730*time.Hour + 30*time.Minute

// TierWeight is how much a service matters, as a factor; 1 unless set.
func (s *Settings) TierWeight(service string) float64 { return valueOr1(s.tiers, service) }

// Alignment is how well the end of a cluster would fit what the company is after,
// as a factor from 0.8 to 1.25; 1 unless set.
func (s *Settings) Alignment(cluster string) float64 { return valueOr1(s.alignments, cluster) }

func valueOr1(of map[string]float64, name string) float64 {
	if v, ok := of[name]; ok {
		return v
	}
	return 1
}

// DeclaredHours are the hours of work that an automation was declared to have
// cost in [from, to): build hours dated within it, and upkeep for the part of
// months (of 30.4375 days) in which it was kept. 0 when nothing was declared.
func (s *Settings) DeclaredHours(automation string, from, to time.Time) float64 {
	hours := 0.0
	c := s.automations[automation]
	for _, b := range c.build {
		if !b.date.Before(from) && b.date.Before(to) {
			hours += b.hours
		}
	}
	for _, u := range c.upkeep {
		hours += u.hours(from, to)
	}
	return hours
}

func (u upkeep) hours(from, to time.Time) float64 {
	if u.since.After(from) {
		from = u.since
	}
	if !u.until.IsZero() && u.until.Before(to) {
		to = u.until
	}
	if !from.Before(to) {
		return 0
	}
	return u.perMonth * float64(to.Sub(from)) / float64(month)
}

// AllDeclaredHours are the declared hours of all automations in [from, to).
func (s *Settings) AllDeclaredHours(from, to time.Time) float64 {
	hours := 0.0
	for _, automation := range s.Automations() {
		hours += s.DeclaredHours(automation, from, to)
	}
	return hours
}

// Automations names those with declared costs, in alphabetical order.
func (s *Settings) Automations() []string {
	return slices.Sorted(maps.Keys(s.automations))
}

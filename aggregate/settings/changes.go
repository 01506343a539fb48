package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Changes says in one line each what differs from an earlier version, in the
// order of the names.
func (s *Settings) Changes(before *Settings) []string {
	was, is := before.said(), s.said()
	names := slices.Sorted(maps.Keys(was))
	for name := range is {
		if _, ok := was[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var changes []string
	for _, name := range names {
		if was[name] != is[name] {
			changes = append(changes, fmt.Sprintf("%s: %s, was %s", name, orNone(is[name]), orNone(was[name])))
		}
	}
	return changes
}

func orNone(text string) string {
	if text == "" {
		return "not set"
	}
	return text
}

// said is everything that is declared, by name.
func (s *Settings) said() map[string]string {
	said := make(map[string]string)
	for service, weight := range s.tiers {
		said["tier_weight of "+service] = number(weight)
	}
	for cluster, alignment := range s.alignments {
		said["alignment of "+cluster] = number(alignment)
	}
	for automation, c := range s.automations {
		var parts []string
		for _, b := range c.build {
			parts = append(parts, fmt.Sprintf("built in %s h by %s", number(b.hours), day(b.date)))
		}
		for _, u := range c.upkeep {
			part := fmt.Sprintf("kept with %s h a month since %s", number(u.perMonth), day(u.since))
			if !u.until.IsZero() {
				part += " until " + day(u.until)
			}
			parts = append(parts, part)
		}
		said["automation "+automation] = strings.Join(parts, "; ")
	}
	return said
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func day(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

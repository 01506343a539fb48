package aggregate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Pattern is a kind of automation.
type Pattern string

// The patterns.
const (
	// Script: one clear trigger and one low-risk action.
	Script Pattern = "script"
	// Operator: keeps a state at what was declared.
	Operator Pattern = "operator"
	// SelfHealing: detects and repairs a whole class of failure.
	SelfHealing Pattern = "self_healing"
)

// trait is what the texts of incidents say about the nature of a trouble.
type trait string

const (
	drift    trait = "state that drifts from what was declared"
	capacity trait = "capacity"
	failover trait = "failover"
	expiry   trait = "expiry"
)

// traits are the words by which each is known, in causes and titles. A word of
// two traits, such as expired certificates are described by, speaks for both.
var traits = map[trait][]string{
	drift: {
		"config", "configs", "configuration", "configurations", "misconfigured", "misconfiguration", "drift", "drifted", "drifts",
		"declared", "desired", "checksum", "certificate", "certificates", "cert", "certs", "x509", "version", "versions",
		"mismatch", "outdated", "deprecated", "lifecycle", "eol", "licence", "licences", "license", "licenses", "credential", "credentials", "rotation",
	},
	capacity: {
		"capacity", "disk", "space", "volume", "filesystem", "inodes", "memory", "oom", "oomkilled", "cpu", "saturated", "saturation",
		"exhausted", "exhaustion", "pool", "quota", "throttled", "throttling", "overload", "overloaded", "evicted", "pressure", "backlog", "lag",
	},
	failover: {"failover", "switchover", "replica", "replicas", "replication", "primary", "standby", "leader", "quorum", "redundancy"},
	expiry:   {"expiry", "expire", "expires", "expired", "expiring", "expiration", "ttl", "renewal", "renew", "stampede"},
}

// traitsOf is traits by word.
var traitsOf = func() map[string][]trait {
	of := make(map[string][]trait)
	for t, words := range traits {
		for _, word := range words {
			of[word] = append(of[word], t)
		}
	}
	return of
}()

// sign is how many incidents speak of a trait, and in which words.
type sign struct {
	incidents int
	words     map[string]int
}

// look reads what incidents say. The cause that a review found goes before the
// title, which tells symptoms.
func (w *workload) look(incidents []*ClusterMember) {
	w.looked, w.signs, w.triggers = len(incidents), make(map[trait]sign), make(map[string]int)
	said := make(map[string]map[trait]string) // of each text, so that it is read once
	speaks := func(text string) map[trait]string {
		if _, read := said[text]; !read {
			said[text] = traitsIn(text)
		}
		return said[text]
	}
	for _, m := range incidents {
		w.triggers[m.TriggerKind]++
		found := speaks(m.Cause)
		if len(found) == 0 {
			found = speaks(m.Title)
		}
		for t, word := range found {
			s := w.signs[t]
			if s.words == nil {
				s.words = make(map[string]int)
			}
			s.incidents++
			s.words[word]++
			w.signs[t] = s
		}
	}
}

// traitsIn finds the traits of a text, each with the first word that names it.
func traitsIn(text string) map[trait]string {
	found := make(map[trait]string)
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		for _, t := range traitsOf[word] {
			if _, named := found[t]; !named {
				found[t] = word
			}
		}
	}
	return found
}

const (
	// spoken is the part of incidents that must speak of a trait: people put the
	// same into many words, of which only some are known here.
	spoken = 1.0 / 3
	// several services make a trouble a whole class of failure.
	several = 3
	// clearly is the part of incidents that one kind of trigger must have raised
	// for a script to know when to run.
	clearly = 0.8
)

func (w *workload) has(t trait) bool {
	return w.looked > 0 && float64(w.signs[t].incidents) >= spoken*float64(w.looked)
}

// recommend says which pattern fits, and why in a sentence. State that drifts goes
// first, for an operator ends what a healer would repair again and again.
func (w *workload) recommend(f *ClusterFacts) (pattern Pattern, reason string) {
	schedule := cmp.Or(f.TimeOfDay, f.DayOfWeek)
	switch {
	case w.has(drift):
		return Operator, fmt.Sprintf("It is %s: %s.", drift, w.evidence(drift))
	case w.has(expiry) && schedule != "":
		return SelfHealing, fmt.Sprintf("It is expiry that comes on schedule, %s: %s.", schedule, w.evidence(expiry))
	case w.has(capacity):
		return SelfHealing, fmt.Sprintf("It is a whole class of failure, %s: %s.", capacity, w.evidence(capacity))
	case w.has(failover):
		return SelfHealing, fmt.Sprintf("It is a whole class of failure, %s: %s.", failover, w.evidence(failover))
	case len(f.Services) >= several:
		return SelfHealing, fmt.Sprintf("It is a whole class of failure: it hits %d services.", len(f.Services))
	case w.reach.Services >= several:
		return SelfHealing, fmt.Sprintf("It is a whole class of failure: %s changes %d services because of it.", w.reach.Automation, w.reach.Services)
	}
	return Script, w.scriptReason(f)
}

// blame says which automations caused a trouble.
func (w *workload) blame(f *ClusterFacts) string {
	return fmt.Sprintf("Mend %s first: automation is confirmed to have caused %d of %s.", strings.Join(w.caused.By, " and "), w.caused.Incidents, countIncidents(f.Incidents))
}

// evidence says how many incidents speak of a trait, and how.
func (w *workload) evidence(t trait) string {
	s := w.signs[t]
	return fmt.Sprintf("%d of %s (%s)", s.incidents, countIncidents(w.looked), strings.Join(mostFrequent(s.words, examples), ", "))
}

func (w *workload) scriptReason(f *ClusterFacts) string {
	where := "on an unknown service"
	if len(f.Services) > 0 {
		where = "on " + strings.Join(f.Services, " and ")
	}
	if w.looked == 0 {
		return fmt.Sprintf("Nothing but false alarms, %s: mend the alert before anything is automated.", where)
	}
	kind := mostFrequent(w.triggers, 1)[0]
	raised := fmt.Sprintf("%s raised %d of %s", kind, w.triggers[kind], countIncidents(w.looked))
	if kind != "" && float64(w.triggers[kind]) >= clearly*float64(w.looked) {
		return fmt.Sprintf("One trigger and one action: %s, all %s.", raised, where)
	}
	if kind == "" {
		raised = "of most incidents nobody said what raised them"
	}
	return fmt.Sprintf("It stays %s and shows neither drift nor a whole class of failure; find one trigger for it first: %s.", where, raised)
}

// mostFrequent names at most so many, the most frequent first.
func mostFrequent(counts map[string]int, most int) []string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	return names[:min(most, len(names))]
}

func countIncidents(n int) string {
	if n == 1 {
		return "1 incident"
	}
	return fmt.Sprintf("%d incidents", n)
}

// needsApproval says whether a person should approve what an automation would do,
// and why in a sentence.
func (w *workload) needsApproval() (approval bool, reason string) {
	var risks []string
	if w.grave > 0 {
		risks = append(risks, fmt.Sprintf("%d of %s had sev1 or sev2", w.grave, countIncidents(w.incidents)))
	}
	if w.reach.Services > 1 {
		risks = append(risks, fmt.Sprintf("%s changes %d services", w.reach.Automation, w.reach.Services))
	}
	if len(risks) == 0 {
		return false, "No incident had sev1 or sev2, and no automation changes several services because of it."
	}
	reason = strings.Join(risks, ", and ") + "."
	return true, strings.ToUpper(reason[:1]) + reason[1:]
}

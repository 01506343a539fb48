package aggregate

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/aggregate/stats"
)

// BacklogItem is a recurrence cluster as work that may be automated: how often it
// comes, how bad it is, what it costs people, and what would help.
type BacklogItem struct {
	// Rank counts from 1, the highest priority.
	Rank      int
	ClusterID string
	// Title is what its titles have in common, or when they say nothing, the most
	// frequent one.
	Title           string
	Services, Teams []string // the most frequent first
	State           ClusterState
	// Incidents in the last 90 days, of which Days are known.
	Incidents int
	Days      float64
	// Frequency is incidents per 30 days, the posterior mean.
	Frequency float64
	// Impact is the mean of severity × tier weight.
	Impact float64
	// Toil is the median hands-on hours of an incident; when no incident of the
	// cluster says, ToilAssumed, and the median over all incidents, else 1.
	Toil        float64
	ToilAssumed bool
	// Score is Frequency × Impact × Toil.
	Score float64
	// Leverage is above 1 for what hits several services.
	Leverage float64
	// Alignment is declared by people.
	Alignment float64
	// Priority is Frequency × Impact^1.5 × Toil × Leverage × Alignment.
	Priority float64
	// EasyWin: frequent and harmless.
	EasyWin bool
	// SelfInflicted: automation is confirmed to have caused at least half of its
	// incidents, so that more of it is not what helps.
	SelfInflicted bool
	// HoursPerIncident is the mean hands-on hours of the incidents that say, false alarms
	// included as they are in Frequency, for totals; Toil when assumed.
	HoursPerIncident float64
	// HoursPerQuarter is what people would have back in 90 days without it.
	HoursPerQuarter float64
	Pattern         Pattern
	PatternReason   string
	Approval        bool
	ApprovalReason  string
	Automations     []string
	SettingsVersion int
	ComputedAt      time.Time
}

const (
	// impactPower puts, of two with the same score, the one with the higher impact
	// first, so that easy wins do not crowd out the rare, expensive outage.
	impactPower = 1.5
	// leverageShare is how much more a trouble of very many services is worth.
	leverageShare = 0.25
	// easyImpact is the impact up to which an incident is harmless.
	easyImpact = 1
	// easyShare is the part of clusters that come most often.
	easyShare = 0.25
	// quarter is what HoursPerQuarter is over.
	quarter = 90 * day
)

// Backlog ranks clusters by what ending them is worth: one item for each that is
// not eliminated, highest priority first. facts must be those of all clusters, as
// of one moment, because the others say what is usual.
func Backlog(facts []ClusterFacts, declared *settings.Settings) []BacklogItem {
	frequency, usual := frequencies(facts), usualToil(facts)
	var items []BacklogItem
	for i := range facts {
		if facts[i].State != Eliminated {
			items = append(items, backlogItem(&facts[i], frequency[i], usual, declared))
		}
	}
	markEasyWins(items)
	slices.SortFunc(items, func(a, b BacklogItem) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(b.Impact, a.Impact), strings.Compare(a.ClusterID, b.ClusterID))
	})
	for i := range items {
		items[i].Rank = i + 1
	}
	return items
}

func backlogItem(f *ClusterFacts, frequency, usualToil float64, declared *settings.Settings) BacklogItem {
	w := &f.load
	b := BacklogItem{
		ClusterID: f.ClusterID, Title: cmp.Or(f.Template, f.title), Services: f.Services, Teams: f.Teams, State: f.State,
		Incidents: f.Now.Incidents, Days: f.Now.Days, Frequency: frequency, Impact: w.impact(declared.TierWeight),
		Leverage: 1 + leverageShare*(1-1/float64(max(1, len(f.Services)))), Alignment: declared.Alignment(f.ClusterID),
		Automations: f.Automations, SettingsVersion: declared.Version, ComputedAt: f.ComputedAt,
	}
	var known bool
	if b.Toil, known = stats.MiddleOf(w.hours); known {
		b.HoursPerIncident = mean(w.allHours)
	} else {
		b.Toil, b.HoursPerIncident, b.ToilAssumed = usualToil, usualToil, true
	}
	b.Score = b.Frequency * b.Impact * b.Toil
	b.Priority = b.Frequency * math.Pow(b.Impact, impactPower) * b.Toil * b.Leverage * b.Alignment
	b.HoursPerQuarter = b.Frequency * b.HoursPerIncident * float64(quarter/month)
	b.SelfInflicted = w.caused.Incidents > 0 && 2*w.caused.Incidents >= f.Incidents
	b.Pattern, b.PatternReason = w.recommend(f)
	if b.SelfInflicted {
		b.PatternReason = w.blame(f) + " " + b.PatternReason
	}
	b.Approval, b.ApprovalReason = w.needsApproval()
	return b
}

// markEasyWins marks what is harmless and in the top quarter of frequencies; those that
// come as often as each other share the middle of their ranks.
func markEasyWins(items []BacklogItem) {
	often := make([]float64, len(items))
	for i := range items {
		often[i] = items[i].Frequency
	}
	slices.Sort(often)
	for i := range items {
		first, _ := slices.BinarySearch(often, items[i].Frequency)
		behind, _ := slices.BinarySearch(often, math.Nextafter(items[i].Frequency, math.Inf(1)))
		middle := float64(len(often)-behind) + float64(behind-first)/2
		items[i].EasyWin = middle <= easyShare*float64(len(often)) && items[i].Impact <= easyImpact
	}
}

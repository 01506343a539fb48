package aggregate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/aggregate/stats"
)

// ClusterMember is an incident of a recurrence cluster as it enters the
// cluster's facts. Incidents that are left out of metrics are no members.
type ClusterMember struct {
	IncidentID    string
	OpenedAt      time.Time
	Title         string
	Service, Team string
	Severity      string // "" when nobody said, as are Cause and TriggerKind
	Cause         string
	TriggerKind   string
	FalseAlarm    bool
	Open          bool
	// ResolveSeconds is the time to resolve, up to as_of of open ones; below 0
	// it is bad data.
	ResolveSeconds float64
	// ResponderMinutes is nil when nobody said.
	ResponderMinutes *float64
}

// Cure is something that may have ended a trouble: an automation went live, or a
// review decided on a fix.
type Cure struct {
	At   time.Time
	Name string
	// Automation and its Version, of those that went live; "" of a fix.
	Automation, Version string
}

// ClusterState says how a recurrence cluster is doing.
type ClusterState string

// The states, in the order in which they are tried.
const (
	// Eliminated: nothing since a cure, and so long a silence had less than 5 %
	// chance under the rate before the cure, of three episodes or more.
	Eliminated ClusterState = "eliminated"
	// Emerging: first seen within 30 days, and three episodes or more.
	Emerging ClusterState = "emerging"
	// Fading: the interval of the rate ratio lies below 1.
	Fading ClusterState = "fading"
	// Chronic: three episodes or more in 180 days.
	Chronic ClusterState = "chronic"
	// Quiet is the rest.
	Quiet ClusterState = "quiet"
)

// ClusterFacts is what is known of a recurrence cluster as of a moment.
type ClusterFacts struct {
	ClusterID, Template   string
	State                 ClusterState
	Incidents, Episodes   int
	Services, Teams       []string // the most frequent first
	FirstSeen, LastSeen   time.Time
	Now, Before           ClusterRate
	RateRatio             *float64
	RateRatioInterval     stats.Interval
	MedianDaysBetween     *float64
	TimeOfDay             string // "" when episodes are spread over the day
	Day, Week             *stats.Concentration
	DayOfWeek             string
	TimeToResolve         stats.Median
	TimeToResolveStatus   Status
	Open                  int
	ResponderHours        *float64
	ResponderHoursUnknown int
	Automations           []string
	EndedBy               string
	EndedAt               time.Time // zero unless eliminated
	SilenceP              *float64
	Varies                []string
	ComputedAt            time.Time

	title string   // the most frequent one
	load  workload // for the backlog
}

// ClusterRate is how often a trouble came in a window.
type ClusterRate struct {
	// Days of the window for which there are incidents of any kind.
	Days                float64
	Incidents, Episodes int
	// PerMonth is the episodes per 30 days; nil when Days are fewer than 14.
	PerMonth *float64
	Interval stats.Interval
}

const (
	day = 24 * time.Hour
	// rateWindow is over what the rates are, month their unit.
	rateWindow = 90 * day
	// leastWatched is how long there must have been incidents of any kind: a
	// rate of a few days, or of minutes, says nothing of a month.
	leastWatched = 14 * day
	month        = 30 * day
	// emergingWithin and emergingFrom say which clusters are new.
	emergingWithin = 30 * day
	emergingFrom   = 3
	chronicFrom    = 3
	// endedFrom is how often a trouble must have come before it can be said to
	// have ended: one that came once or twice would hardly have come again.
	endedFrom = 3
	// silenceChance is how unlikely a silence must be to be held for the end.
	silenceChance = 0.05
	// concentrated is the level of Rayleigh's test. It is strict, because a test
	// is made for every cluster.
	concentrated = 0.001
	// gathered is how strong a concentration must be to name a time: with many
	// episodes Rayleigh's test finds the hours of business in everything.
	gathered = 0.7
)

// ClusterData is what the facts of a cluster are computed from.
type ClusterData struct {
	ID, Template string
	// Members that opened by AsOf, in the order in which they did.
	Members     []ClusterMember
	Automations []string
	Cures       []Cure // in the order in which they went live
	Reach       Reach
	Caused      Caused
	// DataSince is when the first incident of any kind opened.
	DataSince, AsOf time.Time
}

// FactsOf computes the facts of a cluster with at least one member.
func FactsOf(d *ClusterData) ClusterFacts {
	opened := make([]time.Time, len(d.Members))
	for i, m := range d.Members {
		opened[i] = m.OpenedAt
	}
	episodes := recurrence.Episodes(opened)
	f := ClusterFacts{
		ClusterID: d.ID, Template: d.Template, ComputedAt: d.AsOf,
		Incidents: len(opened), Episodes: len(episodes), FirstSeen: opened[0], LastSeen: opened[len(opened)-1],
		Services:    byFrequency(d.Members, func(m *ClusterMember) string { return m.Service }),
		Teams:       byFrequency(d.Members, func(m *ClusterMember) string { return m.Team }),
		Automations: d.Automations, MedianDaysBetween: medianDays(episodes),
		Now:    rateIn(opened, episodes, d.AsOf.Add(-rateWindow), d.AsOf, d.DataSince),
		Before: rateIn(opened, episodes, d.AsOf.Add(-2*rateWindow), d.AsOf.Add(-rateWindow), d.DataSince),
		Varies: varies(d.Members),
	}
	f.compareRates()
	f.rhythm(episodes)
	f.resolving(d.Members)
	f.effort(d.Members)
	f.findEnd(d)
	f.State = f.state(d.AsOf)
	f.load = workloadOf(d)
	f.title = byFrequency(d.Members, func(m *ClusterMember) string { return m.Title })[0]
	return f
}

// byFrequency lists the values of a field, the most frequent first.
func byFrequency(members []ClusterMember, field func(*ClusterMember) string) []string {
	counts := make(map[string]int)
	for i := range members {
		if v := field(&members[i]); v != "" {
			counts[v]++
		}
	}
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// rateIn counts what began in [from, to). The days before the first incident of
// any kind are not counted: nobody was looking.
func rateIn(opened, episodes []time.Time, from, to, since time.Time) ClusterRate {
	within := func(list []time.Time) int {
		first, _ := slices.BinarySearchFunc(list, from, time.Time.Compare)
		last, _ := slices.BinarySearchFunc(list, to, time.Time.Compare)
		return last - first
	}
	r := ClusterRate{Incidents: within(opened), Episodes: within(episodes)}
	if since.After(from) {
		from = since
	}
	if !from.Before(to) {
		return r
	}
	months := float64(to.Sub(from)) / float64(month)
	if r.Days = months * 30; to.Sub(from) < leastWatched {
		return r
	}
	rate := float64(r.Episodes) / months
	r.PerMonth, r.Interval = &rate, stats.PoissonExact(int64(r.Episodes), confidence).Scaled(1/months)
	return r
}

func medianDays(episodes []time.Time) *float64 {
	if len(episodes) < 2 {
		return nil
	}
	gaps := make([]float64, len(episodes)-1)
	for i := range gaps {
		gaps[i] = float64(episodes[i+1].Sub(episodes[i])) / float64(day)
	}
	slices.Sort(gaps)
	median := (gaps[(len(gaps)-1)/2] + gaps[len(gaps)/2]) / 2
	return &median
}

func (f *ClusterFacts) compareRates() {
	if f.Now.PerMonth == nil || f.Before.PerMonth == nil || f.Before.Episodes == 0 {
		return
	}
	ratio, interval := stats.RateRatio(float64(f.Now.Episodes), f.Now.Days, float64(f.Before.Episodes), f.Before.Days, confidence)
	f.RateRatio, f.RateRatioInterval = &ratio, interval
}

// rhythm says whether episodes gather around a time of the day or a day of the
// week.
func (f *ClusterFacts) rhythm(episodes []time.Time) {
	if len(episodes) < minCases {
		return
	}
	phases := func(cycle time.Duration, since time.Time) *stats.Concentration {
		list := make([]float64, len(episodes))
		for i, at := range episodes {
			list[i] = float64(at.Sub(since)%cycle) / float64(cycle)
		}
		c := stats.Rayleigh(list)
		return &c
	}
	monday := time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC)
	f.Day, f.Week = phases(day, monday), phases(7*day, monday)
	if f.Day.P < concentrated && f.Day.Strength >= gathered {
		quarters := int(math.Round(f.Day.Mean*96)) % 96
		f.TimeOfDay = fmt.Sprintf("around %02d:%02d UTC", quarters/4, quarters%4*15)
	}
	if f.Week.P < concentrated && f.Week.Strength >= gathered {
		weekday := time.Weekday((1 + int(f.Week.Mean*7)) % 7)
		f.DayOfWeek = "around " + weekday.String()
	}
}

func (f *ClusterFacts) resolving(members []ClusterMember) {
	var seconds []float64
	var observed []bool
	for _, m := range members {
		if m.Open {
			f.Open++
		}
		if !m.FalseAlarm && m.ResolveSeconds >= 0 {
			seconds = append(seconds, m.ResolveSeconds)
			observed = append(observed, !m.Open)
		}
	}
	switch {
	case len(seconds) < minCases:
		f.TimeToResolveStatus = StatusInsufficient
		return
	default:
		f.TimeToResolve = stats.MedianSurvival(stats.Ties(seconds, observed), confidence)
		f.TimeToResolveStatus = StatusOK
		if f.TimeToResolve.NotReached() {
			f.TimeToResolveStatus = StatusNotReached
		}
	}
}

func (f *ClusterFacts) effort(members []ClusterMember) {
	minutes := 0.0
	for _, m := range members {
		if m.ResponderMinutes == nil {
			f.ResponderHoursUnknown++
		} else {
			minutes += *m.ResponderMinutes
		}
	}
	if f.ResponderHoursUnknown < len(members) {
		hours := minutes / 60
		f.ResponderHours = &hours
	}
}

// findEnd looks for a cure since which the trouble did not come back. A false
// alarm is not the trouble.
func (f *ClusterFacts) findEnd(d *ClusterData) {
	real := realTroubles(d.Members)
	if len(real) == 0 {
		return
	}
	last, episodes := real[len(real)-1], recurrence.Episodes(real)
	for _, cure := range d.Cures {
		if cure.At.Before(last) || cure.At.After(d.AsOf) {
			continue
		}
		before := rateIn(nil, episodes, cure.At.Add(-2*rateWindow), cure.At, d.DataSince)
		if before.PerMonth == nil || before.Episodes < endedFrom {
			return
		}
		chance := math.Exp(-*before.PerMonth * float64(d.AsOf.Sub(cure.At)) / float64(month))
		f.SilenceP = &chance
		if chance < silenceChance {
			f.EndedBy, f.EndedAt = cure.Name, cure.At
		}
		return
	}
}

// realTroubles are when members opened that were no false alarms.
func realTroubles(members []ClusterMember) []time.Time {
	var opened []time.Time
	for i := range members {
		if !members[i].FalseAlarm {
			opened = append(opened, members[i].OpenedAt)
		}
	}
	return opened
}

func (f *ClusterFacts) state(asOf time.Time) ClusterState {
	switch {
	case f.EndedBy != "":
		return Eliminated
	case f.FirstSeen.After(asOf.Add(-emergingWithin)) && f.Episodes >= emergingFrom:
		return Emerging
	case f.RateRatio != nil && f.RateRatioInterval.High < 1:
		return Fading
	case f.Now.Episodes+f.Before.Episodes >= chronicFrom:
		return Chronic
	}
	return Quiet
}

// examples is how many values of what varies are shown.
const examples = 3

// varies says what is not the same in all members, with the most frequent
// values.
func varies(members []ClusterMember) []string {
	var list []string
	for _, field := range []struct {
		name string
		of   func(*ClusterMember) string
	}{
		{"title", func(m *ClusterMember) string { return m.Title }},
		{"service", func(m *ClusterMember) string { return m.Service }},
		{"team", func(m *ClusterMember) string { return m.Team }},
	} {
		if values := byFrequency(members, field.of); len(values) > 1 {
			shown := values[:min(examples, len(values))]
			list = append(list, fmt.Sprintf("%s (%d): %s", field.name, len(values), quoted(shown)))
		}
	}
	return list
}

func quoted(values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strconv.Quote(v)
	}
	return strings.Join(list, ", ")
}

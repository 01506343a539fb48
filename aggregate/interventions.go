package aggregate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/aggregate/stats"
)

// Interventions are compared as in an interrupted time series: how often a trouble
// came after something was done about it, against how often it came before.
//
// The time before begins at most 180 days earlier, not before the first incident of
// any kind, and not before the trouble's own first episode, which is not counted:
// without it there would be no cluster. What follows that episode is a fair sample
// of the rate, however long the trouble has been there; with it the rate would be
// too high, with the silence before it too low.
//
// Another automation that went live ends the time after and begins the time before,
// so that none is credited with what another did. Three things do not, and are named
// in Also: what went live within 14 days, for the two cannot be told apart; further
// versions of an automation, which belong to its being live; and fixes, for these are
// decided because of an episode: a window that ends with one has too many.
//
// What acted already before the first incident that is known seems to go live with its
// first run after it.
//
// Something is done about a trouble when it has just been bad, and then its rate
// falls by itself (regression to the mean). So the 30 days before, the run-up, are
// told from the time earlier: the guarded ratio compares with that. It does not guard
// against a choice by more than the run-up, such as by a bad quarter.
//
// Source: J. Lopez Bernal, S. Cummins and A. Gasparrini, Int. J. Epidemiology 46
// (2017) 348–355; A. G. Barnett, J. C. van der Pols and A. J. Dobson, Int. J.
// Epidemiology 34 (2005) 215–220, who choose subjects on one measurement and take
// their baseline from another.

// InterventionKind says what was done.
type InterventionKind string

// The kinds.
const (
	// AutomationLive: a version of an automation acted for the first time, as a
	// canary or in full.
	AutomationLive InterventionKind = "automation"
	// FixDecided: a review decided on a fix. When it was made, nobody says.
	FixDecided InterventionKind = "fix"
)

const (
	// runUp is how long before an intervention the episodes may be why it was made.
	runUp = 30 * day
	// longestBefore is how long the time before an intervention may be.
	longestBefore = 180 * day
	// toldApart is how long after another an intervention must come for the two to
	// be told apart.
	toldApart = leastWatched
)

// Intervention is what was done about the trouble of a cluster, with how often that
// came before and after. Episodes of false alarms are not counted.
type Intervention struct {
	ClusterID, Template string
	Name                string
	Kind                InterventionKind
	LiveAt              time.Time
	// From and To are where the time before begins and the time after ends; From
	// lies after LiveAt when the trouble came up only later.
	From, To time.Time
	// BeganBy and EndedBy are the automations that went live then; "" when none did.
	BeganBy, EndedBy string
	// Also names what else was done between From and To.
	Also []string
	// Before is RunUp, the last 30 days of it, and Earlier.
	Before, RunUp, Earlier, After ClusterRate
	// Plain is after ÷ before, Guarded after ÷ earlier.
	Plain, Guarded RateComparison
	// Chosen says how the rate was when the intervention was made.
	Chosen string
	// RegressionToMean is true when the plain ratio says that episodes became fewer
	// and the guarded one does not, or has no estimate; nil when the plain one has
	// none.
	RegressionToMean *bool
	ComputedAt       time.Time
}

// RateComparison is the ratio of two rates of episodes. Ratio is nil unless Status is
// ok: immature below 14 days after, no_baseline below 14 days before or without an
// episode in them, insufficient below 5 episodes together, in this order.
type RateComparison struct {
	Ratio *float64
	// Interval is the exact conditional one, wider for bursts as that of the
	// metric frequency_change is.
	Interval stats.Interval
	// Dispersion of daily episodes within both times; nil when there are none.
	Dispersion *float64
	Status     Status
}

// InterventionsOf compares what came before and after each intervention of a
// cluster, in the order in which they went live.
func InterventionsOf(d *ClusterData) []Intervention {
	episodes := recurrence.Episodes(realTroubles(d.Members))
	if len(episodes) == 0 {
		return nil
	}
	made := interventionsMade(d)
	list := make([]Intervention, len(made))
	for n := range made {
		list[n] = compareAround(d, episodes, made, n)
	}
	return list
}

// interventionsMade are the cures of a cluster without the further stages of the same
// version: it was live already.
func interventionsMade(d *ClusterData) []Cure {
	var made []Cure
	for _, cure := range d.Cures {
		known := cure.Automation != "" && slices.ContainsFunc(made, func(c Cure) bool {
			return c.Automation == cure.Automation && c.Version == cure.Version
		})
		if !known && !cure.At.After(d.AsOf) {
			made = append(made, cure)
		}
	}
	return made
}

// compareAround compares the times around the nth intervention.
func compareAround(d *ClusterData, episodes []time.Time, made []Cure, n int) Intervention {
	i := Intervention{
		ClusterID: d.ID, Template: d.Template, Name: made[n].Name, Kind: AutomationLive, LiveAt: made[n].At,
		From: latest(made[n].At.Add(-longestBefore), d.DataSince), To: d.AsOf, ComputedAt: d.AsOf,
	}
	if made[n].Automation == "" {
		i.Kind = FixDecided
	}
	i.bound(made)
	if !episodes[0].Before(i.From) {
		if episodes[0].After(i.From) {
			i.From, i.BeganBy = episodes[0], ""
		}
		episodes = episodes[1:]
	}
	for k, other := range made {
		if k != n && other.At.After(i.From) && other.At.Before(i.To) {
			i.Also = append(i.Also, other.Name)
		}
	}
	before, after := span{i.From, i.LiveAt}, span{latest(i.LiveAt, i.From), i.To}
	recent := span{latest(i.From, i.LiveAt.Add(-runUp)), i.LiveAt}
	earlier := span{i.From, recent.from}
	i.Before, i.After = before.rate(episodes), after.rate(episodes)
	i.RunUp, i.Earlier = recent.rate(episodes), earlier.rate(episodes)
	i.Plain, i.Guarded = compareSpans(episodes, before, after), compareSpans(episodes, earlier, after)
	i.Chosen = i.chosen()
	if i.Plain.Ratio != nil {
		only := i.Plain.saysFewer() && !i.Guarded.saysFewer()
		i.RegressionToMean = &only
	}
	return i
}

// bound ends the times before and after where another automation went live.
func (i *Intervention) bound(made []Cure) {
	var seen []string
	for _, other := range made {
		if other.Automation == "" || slices.Contains(seen, other.Automation) {
			continue
		}
		seen = append(seen, other.Automation)
		if apart := i.LiveAt.Sub(other.At); apart >= toldApart && other.At.After(i.From) {
			i.From, i.BeganBy = other.At, other.Name
		} else if -apart >= toldApart && other.At.Before(i.To) {
			i.To, i.EndedBy = other.At, other.Name
		}
	}
}

// span is the time [from, to); there is none when from is not before to.
type span struct{ from, to time.Time }

func (s span) rate(episodes []time.Time) ClusterRate {
	if !s.from.Before(s.to) {
		return ClusterRate{}
	}
	return rateIn(nil, episodes, s.from, s.to, s.from)
}

// daily counts the episodes in each whole 24 hours.
func (s span) daily(episodes []time.Time) []int64 {
	days := make([]int64, max(0, s.to.Sub(s.from)/day))
	for _, at := range episodes {
		if n := at.Sub(s.from) / day; !at.Before(s.from) && int(n) < len(days) {
			days[n]++
		}
	}
	return days
}

func compareSpans(episodes []time.Time, before, after span) RateComparison {
	was, is := before.rate(episodes), after.rate(episodes)
	c := RateComparison{Status: StatusOK}
	dispersion, known := stats.DispersionWithin(before.daily(episodes), after.daily(episodes))
	if known {
		c.Dispersion = &dispersion
	}
	switch {
	case is.PerMonth == nil:
		c.Status = StatusImmature
	case was.PerMonth == nil || was.Episodes == 0:
		c.Status = StatusNoBaseline
	case was.Episodes+is.Episodes < minCases:
		c.Status = StatusInsufficient
	default:
		ratio, interval := ratioInBursts(float64(is.Episodes), is.Days, float64(was.Episodes), was.Days, widening(dispersion, known))
		c.Ratio, c.Interval = &ratio, interval
	}
	return c
}

// saysFewer tells whether the interval lies below 1.
func (c *RateComparison) saysFewer() bool { return c.Ratio != nil && c.Interval.High < 1 }

// chosen puts the run-up against the time earlier into a sentence.
func (i *Intervention) chosen() string {
	made := "went live"
	if i.Kind == FixDecided {
		made = "was decided"
	}
	switch {
	case i.Before.Days == 0:
		return made + " before the trouble was known"
	case i.Before.Days < 1:
		return made + " less than a day after the trouble was first seen"
	}
	after := fmt.Sprintf("%s after %d episodes in %.0f days", made, i.RunUp.Episodes, i.RunUp.Days)
	if i.RunUp.Episodes == 1 {
		after = fmt.Sprintf("%s after 1 episode in %.0f days", made, i.RunUp.Days)
	}
	switch {
	case i.Earlier.PerMonth == nil:
		return after + ": too little is known of the time before these to say how much of a fall would have come by itself"
	case i.Earlier.Episodes == 0:
		return fmt.Sprintf("%s and none in the %.0f days before these: how much of a fall would have come by itself cannot be said", after, i.Earlier.Days)
	}
	times := math.Round(10*(*i.RunUp.PerMonth / *i.Earlier.PerMonth)) / 10
	if times <= 1 {
		return fmt.Sprintf("%s, %.1f times its rate before: not because of a bad month", after, times)
	}
	return fmt.Sprintf("%s, %.1f times its rate before: part of a fall would have come by itself (back at that rate, the ratio is %.2f)",
		after, times, *i.Earlier.PerMonth / *i.Before.PerMonth)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Fields lists what is known of the intervention in the order in which every output
// shows it.
func (i *Intervention) Fields() []Field {
	fields := []Field{
		{"cluster_id", i.ClusterID},
		{"template", i.Template},
		{"intervention", i.Name},
		{"kind", string(i.Kind)},
		{"live_at", i.LiveAt},
		{"before_from", i.From},
		{"began_by", i.BeganBy},
		{"after_to", i.To},
		{"ended_by", i.EndedBy},
		{"also", known(i.Also)},
	}
	fields = append(fields, i.Before.fields("before")...)
	fields = append(fields, i.After.fields("after")...)
	fields = append(fields, i.Plain.fields("")...)
	fields = append(fields, Field{"chosen", i.Chosen})
	fields = append(fields, i.RunUp.fields("run_up")...)
	fields = append(fields, i.Earlier.fields("earlier")...)
	fields = append(fields, i.Guarded.fields("guarded_")...)
	return append(fields, Field{"regression_to_mean", i.RegressionToMean}, Field{"computed_at", i.ComputedAt})
}

func (r *ClusterRate) fields(window string) []Field {
	return append([]Field{
		{"days_" + window, r.Days},
		{"episodes_" + window, uint64(r.Episodes)},
	}, estimated("rate_"+window, r.PerMonth, r.Interval)...)
}

func (c *RateComparison) fields(prefix string) []Field {
	return append(
		estimated(prefix+"ratio", c.Ratio, c.Interval),
		Field{prefix + "status", string(c.Status)}, Field{prefix + "dispersion", c.Dispersion},
	)
}

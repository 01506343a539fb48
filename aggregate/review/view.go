package review

import (
	"slices"
	"strings"

	"github.com/vividium/firebreak/aggregate"
)

// What templates ask of a report: how it is coloured, and what stands where.

// Class is how a tone is coloured.
func (t Tone) Class() string {
	switch t {
	case Good:
		return "good"
	case Watch:
		return "watch"
	case Bad:
		return "bad"
	}
	return "plain"
}

// Class is how the verdict is coloured.
func (v *Verdict) Class() string { return v.Tone.Class() }

// Class is how the week is coloured.
func (p *Past) Class() string { return p.Tone.Class() }

// Class is how a meaning is coloured.
func (m Meaning) Class() string {
	switch m {
	case Prevented, Both:
		return "good"
	case Firefighting, Rarer, SlowerRepair:
		return "watch"
	case MoreFires:
		return "bad"
	}
	return "plain"
}

// Compared is one row of prevention or firefighting.
type Compared struct {
	Pair

	What string
	// Why it comes to nothing that can be said.
	Why string
}

// Class is how it is coloured.
func (c *Compared) Class() string { return c.Meaning.Class() }

// Pairs are the rows of prevention or firefighting, the weightier first.
func (r *Report) Pairs() []*Compared {
	quarter := &Compared{Pair: r.Prevention.Quarter, What: "13 weeks to the end of the week, against the 13 before"}
	if r.lacksHistory() {
		quarter.Why = "incidents are not known for so long"
	}
	last := &Compared{Pair: r.Prevention.Week, What: "The week, against the week before"}
	if !r.knowsBefore(catalogued("frequency_change")) {
		last.Why = "not all of the week before is known"
	}
	return []*Compared{quarter, last}
}

// knowsAll says whether incidents are known for the whole week.
func (r *Report) knowsAll() bool {
	return r.Since.Incidents.IsZero() || !r.Since.Incidents.After(r.From)
}

// BeforeName is what the week before is called: of a running week only the same part of it.
func (r *Report) BeforeName() string {
	if r.IsOver() {
		return "Week before"
	}
	return "Week before, to the same moment"
}

// QuarterUnit is for how long counts of the quarter are.
func (r *Report) QuarterUnit() string { return r.quarterUnit() }

// IsKnownLong says whether runs are known for the whole quarter before.
func (r *Report) IsKnownLong() bool {
	known := r.Since.Executions
	return !known.IsZero() && !known.After(r.From.Add(-WeeksOfQuarter*week))
}

// lacksHistory says whether nobody was looking in a part of the 26 weeks to the end of the
// week.
func (r *Report) lacksHistory() bool {
	return r.Since.Incidents.IsZero() || r.Since.Incidents.After(r.To.Add(-2*WeeksOfQuarter*week))
}

// Class is how a cluster's state is coloured.
func (t *Trouble) Class() string {
	switch aggregate.ClusterState(t.Cluster.Text("state")) {
	case aggregate.Eliminated, aggregate.Fading:
		return "good"
	case aggregate.Emerging:
		return "bad"
	case aggregate.Chronic:
		return "watch"
	}
	return "plain"
}

// HasRate says whether there is a rate over the last 90 days.
func (t *Trouble) HasRate() bool { _, known := t.Cluster.Number("rate"); return known }

// HasRateBefore says whether there is one over the 90 before.
func (t *Trouble) HasRateBefore() bool { _, known := t.Cluster.Number("rate_before"); return known }

// HasAny says whether there is a number of any week.
func (t Trend) HasAny() bool {
	return slices.ContainsFunc(t.Points, func(l Line) bool { return l.OK() })
}

// IsShortBefore says whether of the 90 days before not all are known.
func (t *Trouble) IsShortBefore() bool { return t.Cluster.number("days_observed_before") < 89 }

// HasAny says whether a count is known and not 0.
func (l *Line) HasAny(field string) bool { return l.number(field) > 0 }

// HasCost says whether an automation took people's time for nothing.
func (l *Line) HasCost() bool { return l.HasAny("wasted") }

// earning says why an automation has saved no hours that could be told.
func earning(l *Line) string {
	if l.HasAny("unpriced") {
		return "could not be priced"
	}
	return "no run to credit"
}

// Counted is a number with what it counts.
type Counted struct {
	Figure Figure
	Word   string
}

// unknowns are what a metric's line does not rest on.
func unknowns(l *Line) []Counted {
	var list []Counted
	censored := [2]string{"is open", "are open"}
	if l.Text("metric") == "time_to_acknowledge" {
		censored = [2]string{"was resolved without, or is waiting", "were resolved without, or are waiting"}
	}
	for _, c := range []struct {
		field string
		words [2]string
	}{
		{"unknown", [2]string{"is not known", "are not known"}},
		{"unpriced", [2]string{"could not be priced", "could not be priced"}},
		{"censored", censored},
		{"invalid", [2]string{"has a negative duration", "have a negative duration"}},
	} {
		if n := l.number(c.field); n > 0 {
			list = append(list, Counted{l.figure(c.field, aggregate.Count), strings.TrimSpace(plural(n, c.words[0], c.words[1]))})
		}
	}
	return list
}

// Fact is something that the events of a run say.
type Fact struct {
	Name  string
	Value Figure
}

// Facts are what its events say, each by the last that says it.
func (run *Run) Facts() []Fact {
	var facts []Fact
	for _, column := range [][2]string{
		{"Automation", "automation_id"},
		{"Version", "automation_version"},
		{"Stage", "stage"},
		{"Service", "service"},
		{"Incident", "incident_id"},
		{"Triggered by", "trigger_kind"},
		{"Trigger", "trigger_id"},
		{"Decision", "decision"},
		{"Command", "command"},
		{"Actor", "actor"},
		{"Approver", "approver"},
		{"Error", "error"},
		{"Verdict", "verdict"},
	} {
		for i := range slices.Backward(run.Events) {
			if said := run.Events[i].Text(column[1]); said != "" {
				facts = append(facts, Fact{column[0], run.Events[i].naming(column[1], said)})
				break
			}
		}
	}
	return facts
}

// IsNone says whether no change shows.
func (c *Change) IsNone() bool { return c.Verdict == NoneSo }

// Bounded is a rate of unneeded runs between its bounds, as people read it.
func (l *Line) Bounded() string {
	if why := statusText(l); why != "" {
		return why
	}
	return l.Figure("estimate").Text + ", between " + l.Figure("bound_low").Text + " and " + l.Figure("bound_high").Text
}

// Beside is an impact with the crude ratio, as people read it.
func (l *Line) Beside() string {
	text := l.reading()
	if l.OK() {
		text += " (" + l.Figure("crude").Text + ")"
	}
	if l.Yes("reversal") {
		text += ", crude points the other way"
	}
	return text
}

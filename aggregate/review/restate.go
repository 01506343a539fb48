package review

import (
	"strings"

	"github.com/vividium/firebreak/aggregate"
)

// Difference is something that a report says and an earlier one on the week did not, or
// said otherwise. Was or Is is "" where only one says it.
type Difference struct {
	What string `json:"what"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// Differences tells what changed from one report on a week to a later one, as people read
// it: the verdict, every number and every change of the week, and what is listed. Numbers
// that read the same are the same. What is as of now by its nature does not count: when
// something last landed, and what is open.
func Differences(was, is *Report) []Difference {
	before, after := was.statements(), is.statements()
	var list []Difference
	for _, s := range after {
		if old, said := find(before, s.What); !said || old != s.Is {
			list = append(list, Difference{What: s.What, Was: old, Is: s.Is})
		}
	}
	for _, s := range before {
		if _, said := find(after, s.What); !said {
			list = append(list, Difference{What: s.What, Was: s.Is})
		}
	}
	return list
}

func find(list []Difference, what string) (is string, said bool) {
	for _, s := range list {
		if s.What == what {
			return s.Is, true
		}
	}
	return "", false
}

// statements are what a report says, each under a name of its own.
func (r *Report) statements() []Difference {
	var list []Difference
	say := func(what, is string) { list = append(list, Difference{What: what, Is: is}) }
	say("Verdict", string(r.Verdict.Tone))
	say("On the fires", r.Verdict.Fires.String())
	say("On automation", r.Verdict.Automation.String())
	say("To do first", r.Verdict.Next.String())
	for i := range r.Headlines {
		h := &r.Headlines[i]
		title := h.Week.Metric().Title
		say(title, h.Week.reading())
		say(title+", against the week before", string(h.SinceBefore.Verdict))
		say(title+", against the quarter before", string(h.SinceQuarter.Verdict))
	}
	say("Over 13 weeks", string(r.Prevention.Quarter.Meaning))
	say("Against the week before", string(r.Prevention.Week.Meaning))
	for _, reviews := range []struct {
		of    string
		lines []*Line
	}{
		{"of the week", []*Line{&r.Reviewed.Week.Fixes, &r.Reviewed.Week.BandAids}},
		{"of 13 weeks", []*Line{&r.Reviewed.Quarter.Fixes, &r.Reviewed.Quarter.BandAids}},
	} {
		for _, l := range reviews.lines {
			if m := l.Metric(); m != nil {
				say(m.Title+", "+reviews.of, l.reading())
			}
		}
	}
	for i := range r.Failures {
		f := &r.Failures[i]
		say("Failure: "+f.Text("automation_id")+", "+f.Text("cause"), strings.Join(f.List("outcomes"), ", ")+": "+f.figure("runs", aggregate.Count).Text)
	}
	for i := range r.Backlog {
		b := &r.Backlog[i]
		say("To automate: "+b.Text("cluster_id"), b.figure("hours_per_quarter", aggregate.Hours).Text+" a quarter, "+b.Text("pattern"))
	}
	for i := range r.SelfInflicted {
		b := &r.SelfInflicted[i]
		say("To mend, not to automate: "+b.Text("cluster_id"), b.Text("pattern_reason"))
	}
	if r.isSuspicious() {
		say("Incidents soon after runs", r.Suspected.Figure("observed").Text)
	}
	for i := range r.Caused {
		c := &r.Caused[i]
		say("Caused by automation: "+c.Text("incident_id"), c.Text("automation_id"))
	}
	for i := range r.Decisions {
		p := &r.Decisions[i].Promotion
		say("Due: "+nameOf(p).Text, p.Text("verdict")+" since "+r.Decisions[i].Since)
	}
	for _, troubles := range []struct {
		what string
		list []Trouble
	}{{"New trouble", r.Troubles.New}, {"Worst trouble", r.Troubles.Worst}, {"Ended trouble", r.Troubles.Ended}} {
		for i := range troubles.list {
			c := &troubles.list[i].Cluster
			text := titleFigure(c).Text
			if troubles.list[i].CameBack {
				text += " (came back)"
			}
			say(troubles.what+": "+c.Text("cluster_id"), text)
		}
	}
	for i := range r.Automations {
		list = append(list, r.Automations[i].statements()...)
	}
	return list
}

func (a *Automation) statements() []Difference {
	var list []Difference
	for _, l := range []*Line{a.Success, a.FalsePositives, a.Induced, a.Impact, a.Toil} {
		if l != nil {
			list = append(list, Difference{What: a.ID + ", 13 weeks: " + strings.ToLower(l.Metric().Title), Is: l.reading()})
		}
	}
	return list
}

// reading is a metric's number as people read it.
func (l *Line) reading() string {
	if why := statusText(l); why != "" {
		return why
	}
	text := l.Figure("estimate").Text
	if _, _, ok := l.estimate(); ok {
		text += " [" + l.Figure("low").Text + ", " + l.Figure("high").Text + "]"
	}
	if l.Metric().Estimator != aggregate.EventCount {
		text += ", n = " + l.Figure("n").Text
	}
	return text
}

package review

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// Options say which week to review.
type Options struct {
	// WeekEnd is the Monday, 00:00 UTC, after the week.
	WeekEnd time.Time
	// AsOf is how far outcomes are observed.
	AsOf time.Time
	// Kept is what a worker keeps of incidents and executions; the zero value folds them.
	Kept aggregate.Fold
	// Until is up to when what has landed is in it for sure; the zero value is now.
	Until time.Time
	// Progress is called when one of the Parts is done; it may be nil.
	Progress func()
}

// Parts is how many parts a report is read in.
const Parts = 10

// headlines are the metrics of what changed, in the order in which they are shown.
var headlines = []string{
	"incident_count", "recurrence_rate", "time_to_acknowledge", "time_to_resolve", "responder_hours",
	"alert_count", "alert_noise_rate",
	"execution_count", "automation_coverage", "automated_resolution_rate", "automation_success_rate", "escalation_rate",
	"false_positive_rate", "induced_incident_rate", "toil_hours_saved",
}

// Read makes the report of a week, which must have begun.
func Read(ctx context.Context, s *store.Store, o Options) (*Report, error) {
	r := &reader{store: s, kept: o.Kept, asOf: o.AsOf}
	report := &Report{Week: aggregate.WeekName(o.WeekEnd), From: o.WeekEnd.AddDate(0, 0, -7), To: o.WeekEnd, AsOf: o.AsOf, Until: o.Until}
	if !report.AsOf.After(report.From) {
		return nil, fmt.Errorf("the week %s had not begun by %s", report.Week, report.AsOf.Format(time.RFC3339))
	}
	var err error
	if report.Since, err = r.since(ctx); err != nil {
		return nil, err
	}
	report.QuarterFrom = report.quarterFrom(catalogued("incident_count"))
	for _, part := range [Parts]func(context.Context, *Report) error{
		r.headlines, r.prevention, r.clusters, r.automations, r.bugs, r.decisions, r.reviewed, r.quality, r.trends, r.runs,
	} {
		if err := part(ctx, report); err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress()
		}
	}
	for i := range report.Headlines {
		report.compare(&report.Headlines[i])
	}
	report.judge()
	report.Sources = r.sources
	return report, nil
}

// ofWeek is the week.
func (r *Report) ofWeek() window { return window{r.From, r.To, r.AsOf} }

// toItsEnd are 13 weeks, the last of which is the week.
func (r *Report) toItsEnd() window { return window{r.To.Add(-WeeksOfQuarter * week), r.To, r.AsOf} }

// ofBefore is the week before, as long after its end.
func (r *Report) ofBefore() window {
	return window{r.From.Add(-week), r.From, r.AsOf.Add(-week)}
}

// ofQuarter is the quarter before, as far as a metric is known of it, as long after its end.
func (r *Report) ofQuarter(m *aggregate.Metric) window {
	return window{r.quarterFrom(m), r.From, r.AsOf.Add(-week)}
}

// endOfWeek is as of when clusters and the backlog are shown.
func (r *Report) endOfWeek() time.Time {
	if r.IsOver() {
		return r.To
	}
	return r.AsOf
}

func (r *reader) headlines(ctx context.Context, report *Report) error {
	for _, name := range headlines {
		var h Headline
		for _, side := range []struct {
			line *Line
			w    window
		}{{&h.Week, report.ofWeek()}, {&h.Before, report.ofBefore()}, {&h.Quarter, report.ofQuarter(catalogued(name))}} {
			if !side.w.from.Before(side.w.to) {
				continue
			}
			line, err := r.one(ctx, name, side.w)
			if err != nil {
				return err
			}
			*side.line = line
		}
		report.Headlines = append(report.Headlines, h)
	}
	return nil
}

// knownLate are the metrics that rest on what people find out later. Of the weeks of a
// quarter more has been found out than of a week that has just ended.
var knownLate = []string{"alert_noise_rate", "automated_resolution_rate", "false_positive_rate", "induced_incident_rate"}

// matured is how long after its end a week is as well known as those before.
const matured = 28 * day

// isMature says whether the week is known so well.
func (r *Report) isMature() bool { return !r.AsOf.Before(r.To.Add(matured)) }

// compare tells the changes, where what is compared is known alike.
func (r *Report) compare(h *Headline) {
	m := h.Week.Metric()
	h.SinceBefore = CompareInBursts(&h.Week, &h.Before, r.Prevention.Week.Dispersion(m))
	if !r.knowsBefore(m) {
		h.SinceBefore = Change{Verdict: Unknown, Why: "not all of the week before is known"}
	}
	switch {
	case h.Quarter.Metric() == nil:
		h.SinceQuarter = Change{Verdict: Unknown, Why: "no whole week is known before it"}
	case slices.Contains(knownLate, m.Name) && !r.isMature():
		h.SinceQuarter = Change{Verdict: Unknown, Why: "much of it becomes known weeks later, and is not yet known of the week"}
	default:
		h.SinceQuarter = CompareInBursts(&h.Week, &h.Quarter, r.Prevention.Week.Dispersion(m))
	}
}

func (r *reader) prevention(ctx context.Context, report *Report) error {
	for _, side := range []struct {
		pair *Pair
		w    window
	}{{&report.Prevention.Week, report.ofWeek()}, {&report.Prevention.Quarter, report.toItsEnd()}} {
		var err error
		if side.pair.Frequency, err = r.one(ctx, "frequency_change", side.w); err != nil {
			return err
		}
		if side.pair.ResolveTime, err = r.one(ctx, "resolve_time_change", side.w); err != nil {
			return err
		}
		side.pair.Meaning = meaningOf(&side.pair.Frequency, &side.pair.ResolveTime)
	}
	if report.lacksHistory() {
		report.Prevention.Quarter.Meaning = NoMeaning
	}
	if !report.knowsBefore(catalogued("frequency_change")) {
		report.Prevention.Week.Meaning = NoMeaning
	}
	return nil
}

// automationsShown is how many are shown from each end of the league table.
const automationsShown = 20

// automations makes the league table: the most hours saved first, and what could not be
// priced last.
func (r *reader) automations(ctx context.Context, report *Report) error {
	const id = aggregate.Dimension("automation_id")
	rows := make(map[string]*Automation)
	for _, column := range []struct {
		metric string
		w      window
		cell   func(*Automation) **Line
	}{
		{"execution_count", report.ofWeek(), func(a *Automation) **Line { return &a.Runs }},
		{"execution_count", report.toItsEnd(), func(a *Automation) **Line { return &a.Executions }},
		{"automation_success_rate", report.toItsEnd(), func(a *Automation) **Line { return &a.Success }},
		{"false_positive_rate", report.toItsEnd(), func(a *Automation) **Line { return &a.FalsePositives }},
		{"induced_incident_rate", report.toItsEnd(), func(a *Automation) **Line { return &a.Induced }},
		{"mttr_impact", report.toItsEnd(), func(a *Automation) **Line { return &a.Impact }},
		{"toil_hours_saved", report.toItsEnd(), func(a *Automation) **Line { return &a.Toil }},
	} {
		lines, err := r.by(ctx, column.metric, column.w, id)
		if err != nil {
			return err
		}
		for automation, line := range lines {
			if rows[automation] == nil {
				rows[automation] = &Automation{ID: automation}
			}
			*column.cell(rows[automation]) = line
		}
	}
	for _, a := range rows {
		report.Automations = append(report.Automations, *a)
	}
	slices.SortFunc(report.Automations, byHours)
	report.AutomationsInAll = len(report.Automations)
	if n := len(report.Automations); n > 2*automationsShown {
		report.Automations = slices.Concat(report.Automations[:automationsShown], report.Automations[n-automationsShown:])
	}
	return nil
}

// bugs are the failures to fix, and the harm that was done.
func (r *reader) bugs(ctx context.Context, report *Report) (err error) {
	values := report.moments()
	if report.Failures, err = r.sql(ctx, "failures", []string{"automation_id", "cause"}, values); err != nil {
		return err
	}
	if report.Caused, err = r.sql(ctx, "caused", []string{"incident_id"}, values); err != nil {
		return err
	}
	report.Suspected, err = r.one(ctx, "suspected_induced_incidents", report.ofWeek())
	return err
}

func (r *Report) moments() map[string]string {
	return map[string]string{
		"from": sqlTime(r.From), "to": sqlTime(r.To), "as_of": sqlTime(r.AsOf), "quarter_from": sqlTime(r.QuarterFrom),
	}
}

func (r *reader) reviewed(ctx context.Context, report *Report) (err error) {
	v := &report.Reviewed
	for _, cell := range []struct {
		line   *Line
		metric string
		w      window
	}{
		{&v.Week.Fixes, "review_fix_rate", report.ofWeek()},
		{&v.Week.BandAids, "band_aid_rate", report.ofWeek()},
		{&v.Quarter.Fixes, "review_fix_rate", report.toItsEnd()},
		{&v.Quarter.BandAids, "band_aid_rate", report.toItsEnd()},
	} {
		if *cell.line, err = r.one(ctx, cell.metric, cell.w); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) quality(ctx context.Context, report *Report) (err error) {
	q, values := &report.Quality, report.moments()
	if q.Freshness, err = r.sql(ctx, "freshness", []string{"entity"}, values); err != nil {
		return err
	}
	if q.Dead, err = r.sql(ctx, "dead", []string{"topic", "reason"}, values); err != nil {
		return err
	}
	open, err := r.sql(ctx, "open", nil, values)
	if err != nil {
		return err
	}
	q.Open = open[0]
	if q.Excluded, err = r.one(ctx, "excluded_incidents", report.ofWeek()); err != nil {
		return err
	}
	for _, h := range report.Headlines {
		if h.Week.number("unknown") > 0 || h.Week.number("unpriced") > 0 || h.Week.number("censored") > 0 || h.Week.number("invalid") > 0 {
			q.Unknown = append(q.Unknown, h.Week)
		}
	}
	return nil
}

// mostRuns is how many runs are shown event by event.
const mostRuns = 60

// runs are those that harm and failures name, of very many those that did harm first.
func (r *reader) runs(ctx context.Context, report *Report) error {
	var ids []string
	add := func(id string) {
		if len(ids) < mostRuns && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for i := range report.Caused {
		add(report.Caused[i].Text("execution_id"))
	}
	for i := range report.Failures {
		for _, id := range report.Failures[i].List("examples") {
			add(id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	values := report.moments()
	values["ids"] = sqlTexts(ids)
	lines, err := r.sql(ctx, "runs", []string{"topic", "partition", "offset"}, values)
	for _, l := range lines {
		if n := len(report.Runs); n == 0 || report.Runs[n-1].ID != l.Text("execution_id") {
			report.Runs = append(report.Runs, Run{ID: l.Text("execution_id")})
		}
		run := &report.Runs[len(report.Runs)-1]
		run.Events = append(run.Events, l)
	}
	return err
}

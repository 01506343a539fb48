package review

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// decisionsShown is how many decisions a meeting can look at.
const decisionsShown = 25

// decisions finds the verdicts of the week by which people have something to do. What must
// be taken back comes first: what ran in the week, and what is the latest of its automation
// that ran and may run again; of it, what did harm in the week and what acts most widely. Of
// what may go on, only what ran in the week is shown.
func (r *reader) decisions(ctx context.Context, report *Report) error {
	if !report.IsOver() {
		return nil // verdicts are formed at the end
	}
	verdicts, err := r.verdicts(ctx, report)
	if err != nil {
		return err
	}
	history, err := aggregate.KeptPromotions(ctx, r.store, report.To, true)
	if err != nil {
		return err
	}
	id := r.source("promotions", "--as-of", stamp(report.To))
	key := []string{"automation_id", "automation_version", "stage"}
	for i := range verdicts {
		p := &verdicts[i]
		if !isDue(p, verdicts, report.From) {
			continue
		}
		report.Decisions = append(report.Decisions, Decision{Promotion: newLine(id, key, p.Fields()), Since: sameSince(p, history)})
	}
	slices.SortStableFunc(report.Decisions, report.moreUrgent)
	report.DecisionsInAll = len(report.Decisions)
	report.Decisions = slices.Clip(report.Decisions[:min(decisionsShown, len(report.Decisions))])
	return nil
}

// moreUrgent puts demotions first; of them what did harm in the week, then what acts most
// widely, then what ran last.
func (r *Report) moreUrgent(a, b Decision) int {
	of := func(d *Decision, name string) string { return d.Promotion.Text(name) }
	return cmp.Or(strings.Compare(of(&a, "verdict"), of(&b, "verdict")), // demote, promote
		cmp.Compare(r.harmBy(of(&b, "automation_id")), r.harmBy(of(&a, "automation_id"))),
		cmp.Compare(reach[of(&b, "stage")], reach[of(&a, "stage")]),
		strings.Compare(of(&b, "last_run_at"), of(&a, "last_run_at")),
		strings.Compare(of(&a, "automation_id"), of(&b, "automation_id")))
}

const dryRun = "dry_run"

// reach is how far a stage acts.
var reach = map[string]int{dryRun: 0, "canary": 1, "full": 2}

// harmBy is how many incidents of the week an automation is confirmed to have caused.
func (r *Report) harmBy(automation string) (n int) {
	for i := range r.Caused {
		if r.Caused[i].Text("automation_id") == automation {
			n++
		}
	}
	return n
}

// isDue says whether people have something to do about a verdict.
func isDue(p *aggregate.Promotion, all []aggregate.Promotion, from time.Time) bool {
	ran := !p.LastRun.Before(from)
	if p.Verdict == aggregate.Promote {
		return ran
	}
	isLatest := !slices.ContainsFunc(all, func(other aggregate.Promotion) bool {
		return other.AutomationID == p.AutomationID && other.LastRun.After(p.LastRun)
	})
	return p.Verdict == aggregate.Demote && (ran || isLatest && p.LastRun.After(from.Add(-WeeksOfQuarter*week)))
}

// verdicts are those of the week: as the worker kept them, else formed now.
func (r *reader) verdicts(ctx context.Context, report *Report) ([]aggregate.Promotion, error) {
	kept, err := aggregate.KeptPromotions(ctx, r.store, report.To, false)
	if err != nil || len(kept) > 0 && kept[0].WeekEnd.Equal(report.To) {
		return kept, err
	}
	return aggregate.Reading(ctx, r.store, r.kept, func(kept aggregate.Fold) ([]aggregate.Promotion, error) {
		return aggregate.JudgeWeek(ctx, r.store, report.To, kept)
	})
}

// sameSince is the first of the weeks in a row in which the verdict was the same. history
// has the latest week first.
func sameSince(p *aggregate.Promotion, history []aggregate.Promotion) string {
	since := p.WeekEnd
	for i := range history {
		h := &history[i]
		if h.AutomationID != p.AutomationID || h.Version != p.Version || h.Stage != p.Stage || h.WeekEnd.After(since) {
			continue
		}
		if h.Verdict != p.Verdict || since.Sub(h.WeekEnd) > week {
			break
		}
		since = h.WeekEnd
	}
	return aggregate.WeekName(since)
}

// byHours orders automations by what they saved.
func byHours(a, b Automation) int {
	hours := func(l *Line) (known int, value float64) {
		if l == nil || !l.OK() {
			return 1, 0
		}
		return 0, l.number("estimate")
	}
	unknownA, ofA := hours(a.Toil)
	unknownB, ofB := hours(b.Toil)
	return cmp.Or(cmp.Compare(unknownA, unknownB), cmp.Compare(ofB, ofA), strings.Compare(a.ID, b.ID))
}

package aggregate

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
)

// Verdict says what should become of a version of an automation.
type Verdict string

// The verdicts.
const (
	// Promote: it may go on to the next stage.
	Promote Verdict = "promote"
	// Keep is what Promote reads at full, beyond which there is no stage.
	Keep Verdict = "keep"
	// Hold: the evidence does not suffice yet.
	Hold Verdict = "hold"
	// Demote: the evidence suffices to take it back.
	Demote Verdict = "demote"
)

// What the evidence must show. Bounds are one-sided with 95 % confidence.
const (
	// PromoteExecutions is how many executions there must have been at least.
	PromoteExecutions = 30
	// PromoteDays is over how many days they must have been spread at least.
	PromoteDays = 7
	// PromoteSuccess is what the lower bound of success, of dry runs of agreement,
	// must reach.
	PromoteSuccess = 0.90
	// PromoteFalsePositives is what the upper bound of the false positive rate must
	// not exceed.
	PromoteFalsePositives = 0.20
	// DemoteInduced is the rate of induced incidents, per 1,000 executions, that
	// its lower bound must not exceed.
	DemoteInduced = 1.0
	// DemoteSuccess is what the upper bound of success must not fall below, once
	// DemoteFinished runs have finished.
	DemoteSuccess = 0.80
	// DemoteFinished is how many finished runs demoting for want of success needs.
	DemoteFinished = 10
)

// oneSided is the two-sided confidence whose ends are the one-sided 95 % bounds.
const oneSided = 0.90

// dryRun and full are stages.
const (
	dryRun = "dry_run"
	full   = "full"
)

// Evidence is what a version of an automation did in a stage up to a moment.
type Evidence struct {
	AutomationID, Version, Stage string
	// Executions started and were not rejected, skipped or cancelled before.
	Executions        int64
	FirstRun, LastRun time.Time
	// Finished have an end; of dry runs, their need is known. Succeeded are those
	// of them that succeeded and were neither escalated nor rolled back; of dry
	// runs, those that were needed.
	Finished, Succeeded int64
	// NeedKnown and Unneeded count live executions.
	NeedKnown, Unneeded int64
	// Mutating are live executions that could change something.
	Mutating int64
	// InducedByMutating are the confirmed incidents that those caused, Induced
	// those that any execution did.
	InducedByMutating, Induced int64
}

// Promotion is a verdict with its evidence.
type Promotion struct {
	Evidence

	// WeekEnd is the Monday, 00:00 UTC, up to which the evidence reaches.
	WeekEnd time.Time
	// Success, False (false positives) and InducedRate (per 1,000 mutating
	// executions) are nil when there is nothing to estimate them from; then their
	// bounds say nothing. False is always nil of dry runs, whose Success says it.
	Success, False, InducedRate                 *float64
	SuccessBounds, FalseBounds, InducedInterval stats.Interval
	Verdict                                     Verdict
	Reason                                      string
	ComputedAt                                  time.Time
}

// Days is from the first start to the last.
func (e *Evidence) Days() float64 { return float64(e.LastRun.Sub(e.FirstRun)) / float64(day) }

// Judge forms the verdict on what is known at a week's end.
func Judge(e Evidence, weekEnd time.Time) Promotion {
	p := Promotion{Evidence: e, WeekEnd: weekEnd}
	p.Success, p.SuccessBounds = proportion(e.Succeeded, e.Finished)
	if e.Stage != dryRun {
		p.False, p.FalseBounds = proportion(e.Unneeded, e.NeedKnown)
	}
	if e.Mutating > 0 {
		scale := 1000 / float64(e.Mutating)
		rate := float64(e.InducedByMutating) * scale
		p.InducedRate, p.InducedInterval = &rate, stats.PoissonExact(e.InducedByMutating, oneSided).Scaled(scale)
	}
	p.decide()
	return p
}

func proportion(yes, n int64) (*float64, stats.Interval) {
	bounds := stats.Wilson(yes, n, oneSided)
	if n == 0 {
		return nil, bounds
	}
	share := float64(yes) / float64(n)
	return &share, bounds
}

// decide says what the evidence suffices for: first to take it back, then to let
// it go on.
func (p *Promotion) decide() {
	if harm := p.harm(); len(harm) > 0 {
		p.Verdict, p.Reason = Demote, sentence("To be taken back: ", harm)
		return
	}
	if lacks := p.lacks(); len(lacks) > 0 {
		p.Verdict, p.Reason = Hold, sentence("Not shown yet: ", lacks)
		return
	}
	p.Verdict = Promote
	if p.Stage == full {
		p.Verdict = Keep
	}
	p.Reason = sentence("All is shown: ", p.shown())
}

func sentence(begin string, parts []string) string { return begin + strings.Join(parts, "; ") + "." }

// successName is what success is called in a stage.
func (p *Promotion) successName() string {
	if p.Stage == dryRun {
		return "agreement"
	}
	return "success"
}

// successCounts tells what the bounds of success rest on.
func (p *Promotion) successCounts() string {
	if p.Stage == dryRun {
		return fmt.Sprintf("%d of %d judged dry runs were right", p.Succeeded, p.Finished)
	}
	return fmt.Sprintf("%d of %d finished runs succeeded", p.Succeeded, p.Finished)
}

// harm lists why it must be taken back.
func (p *Promotion) harm() []string {
	var list []string
	if p.InducedRate != nil && p.InducedInterval.Low > DemoteInduced {
		list = append(list, fmt.Sprintf("it causes at least %s incidents per 1,000 runs, more than %g (%d confirmed in %d mutating runs)",
			above(p.InducedInterval.Low), DemoteInduced, p.InducedByMutating, p.Mutating))
	}
	if p.Finished >= DemoteFinished && p.SuccessBounds.High < DemoteSuccess {
		list = append(list, fmt.Sprintf("%s is at most %s %%, below %g %% (%s)",
			p.successName(), below(100*p.SuccessBounds.High), 100*DemoteSuccess, p.successCounts()))
	}
	return list
}

// lacks lists what is missing for it to go on.
func (p *Promotion) lacks() []string {
	var list []string
	if p.Executions < PromoteExecutions {
		list = append(list, fmt.Sprintf("%d of %d runs", p.Executions, PromoteExecutions))
	}
	if p.Days() < PromoteDays {
		list = append(list, fmt.Sprintf("%s of %d days", below(p.Days()), PromoteDays))
	}
	if p.SuccessBounds.Low < PromoteSuccess {
		list = append(list, fmt.Sprintf("%s is at least %s %%, not %g %% (%s)",
			p.successName(), below(100*p.SuccessBounds.Low), 100*PromoteSuccess, p.successCounts()))
	}
	if p.Stage != dryRun && p.FalseBounds.High > PromoteFalsePositives {
		list = append(list, fmt.Sprintf("up to %s %% may not be needed, more than %g %% (%d of %d runs whose need is known)",
			above(100*p.FalseBounds.High), 100*PromoteFalsePositives, p.Unneeded, p.NeedKnown))
	}
	if p.Induced > 0 {
		list = append(list, fmt.Sprintf("%s confirmed to be caused by it", countIncidents(int(p.Induced))))
	}
	return list
}

// shown lists what suffices.
func (p *Promotion) shown() []string {
	list := []string{
		fmt.Sprintf("%d runs over %s days", p.Executions, below(p.Days())),
		fmt.Sprintf("%s is at least %s %% (%s)", p.successName(), below(100*p.SuccessBounds.Low), p.successCounts()),
	}
	if p.Stage != dryRun {
		list = append(list, fmt.Sprintf("at most %s %% are not needed (%d of %d)", above(100*p.FalseBounds.High), p.Unneeded, p.NeedKnown))
	}
	return append(list, "no incident is confirmed to be caused by it")
}

// below and above round to a tenth, so that a number does not seem to reach a
// threshold which it misses.
func below(v float64) string { return fmt.Sprintf("%.1f", math.Floor(v*10)/10) }
func above(v float64) string { return fmt.Sprintf("%.1f", math.Ceil(v*10)/10) }

// WeekEnd is the end of the ISO week in which a moment lies: the Monday after it,
// 00:00 UTC.
func WeekEnd(t time.Time) time.Time {
	t = t.UTC().Truncate(day) // in UTC, days begin where the zero time does
	return t.AddDate(0, 0, 7-(int(t.Weekday())+6)%7)
}

// WeekName is how ISO 8601 calls the week that ended then.
func WeekName(weekEnd time.Time) string {
	year, week := weekEnd.AddDate(0, 0, -1).ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}

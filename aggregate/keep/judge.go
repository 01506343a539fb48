package keep

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-faster/city"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// judging is how far verdicts on automations have got.
type judging struct {
	pace

	// weeks in which events occurred, by their ends; true when judged by all that
	// has landed. Nil when nothing is known yet.
	weeks map[time.Time]bool
	// firstRun is when the first event of any run occurred; zero when nothing ran.
	firstRun time.Time
	// landed is up to when everything that landed has been looked at.
	landed time.Time
	// unsaid: something landed since progress was last written.
	unsaid bool
}

const (
	// verdictsWorker is under which name progress is written.
	verdictsWorker = "verdicts"
	// judgeAtOnce is how long a pass judges weeks, of which it judges one at least:
	// after the first start there may be years of them.
	judgeAtOnce = 2 * time.Second
)

// judge forms the verdicts of the weeks that are over and were not judged yet, or
// in which late events have landed since. A week without any event changes
// nothing, so there is none of it.
func (k *Keeper) judge(ctx context.Context, did *Pass) error {
	j, began := &k.judging, k.cfg.Now()
	if !j.ready(began) {
		return nil
	}
	left, err := k.judgeDue(ctx, judgeAtOnce, did)
	now := k.cfg.Now()
	j.done(began, now, k.cfg.Every, err)
	if left && err == nil {
		j.due = now.Add(now.Sub(began)) // the rest soon
	}
	return err
}

// judgeDue judges what is due, for about as long as it may; left says that there is
// more.
func (k *Keeper) judgeDue(ctx context.Context, most time.Duration, did *Pass) (left bool, err error) {
	j, began := &k.judging, k.cfg.Now()
	now, err := k.serverTime(ctx)
	if err != nil {
		return false, err
	}
	if err := k.lookForWeeks(ctx, now); err != nil {
		return false, err
	}
	for i, week := range j.pending(now) {
		if i > 0 && k.cfg.Now().Sub(began) >= most {
			return true, nil
		}
		if err := k.judgeWeek(ctx, week, now, did); err != nil {
			return false, err
		}
		j.weeks[week] = true
	}
	if !j.unsaid {
		return false, nil
	}
	j.unsaid = false
	return false, progressTo(ctx, k.store, verdictsWorker, j.landed)
}

// lookForWeeks finds out which weeks there are, and which have to be judged (again)
// for what has landed: that in which the earliest of it occurred and all after it.
func (k *Keeper) lookForWeeks(ctx context.Context, now time.Time) error {
	j := &k.judging
	if j.weeks == nil {
		if err := k.loadWeeks(ctx); err != nil {
			return err
		}
	}
	touched, err := aggregate.ActiveWeeks(ctx, k.store, j.landed)
	if err != nil {
		return err
	}
	for week := range touched {
		if _, known := j.weeks[week]; !known {
			j.weeks[week] = false
		}
		for later := range j.weeks {
			if !later.Before(week) {
				j.weeks[later] = false
			}
		}
	}
	if err := k.each(ctx, "firstrun", nil, func(rows store.Rows) error { return rows.Scan(&j.firstRun) }); err != nil {
		return err
	}
	j.landed, j.unsaid = now.Add(-lateness), j.unsaid || len(touched) > 0
	return nil
}

// loadWeeks begins from what the tables hold: what was over when progress was last
// written had been judged.
func (k *Keeper) loadWeeks(ctx context.Context) (err error) {
	j := &k.judging
	if j.landed, err = progress(ctx, k.store, verdictsWorker); err != nil {
		return err
	}
	weeks, err := aggregate.ActiveWeeks(ctx, k.store, time.Time{})
	if err != nil {
		return err
	}
	j.weeks = make(map[time.Time]bool, len(weeks))
	for week := range weeks {
		j.weeks[week] = !week.After(j.landed)
	}
	return nil
}

// pending lists the weeks that are over and not judged, the latest first. Before
// anything ran there is nothing to judge.
func (j *judging) pending(now time.Time) []time.Time {
	var list []time.Time
	for week, judged := range j.weeks {
		if !judged && !week.After(now) && !j.firstRun.IsZero() && week.After(j.firstRun) {
			list = append(list, week)
		}
	}
	slices.SortFunc(list, func(a, b time.Time) int { return b.Compare(a) })
	return list
}

// judgeWeek writes the verdicts of a week that are not there yet as they are.
func (k *Keeper) judgeWeek(ctx context.Context, weekEnd, now time.Time, did *Pass) error {
	verdicts, err := aggregate.JudgeWeek(ctx, k.store, weekEnd, aggregate.Fold{})
	if err != nil {
		return err
	}
	kept, err := k.keptVerdicts(ctx, weekEnd)
	if err != nil {
		return err
	}
	var columns []string
	var rows [][]any
	add := func(p *aggregate.Promotion, digest uint64, gone bool) {
		p.ComputedAt = now
		fields := append(p.Fields(), aggregate.Field{Name: "digest", Value: digest})
		var row []any
		columns, row = columnsAndRow(fields, "is_gone", gone)
		rows = append(rows, row)
	}
	for i := range verdicts {
		p := &verdicts[i]
		who, digest := verdictKey{p.AutomationID, p.Version, p.Stage}, digestOf(p)
		if was, known := kept[who]; !known || was != digest {
			add(p, digest, false)
		}
		delete(kept, who)
	}
	for _, who := range slices.SortedFunc(maps.Keys(kept), verdictKey.compare) {
		gone := aggregate.Evidence{AutomationID: who.automation, Version: who.version, Stage: who.stage, FirstRun: weekEnd, LastRun: weekEnd}
		add(&aggregate.Promotion{Evidence: gone, WeekEnd: weekEnd}, 0, true)
	}
	did.Judged += len(rows)
	return k.insert(ctx, "promotion_verdicts", columns, rows)
}

// verdictKey is what a verdict of a week is about.
type verdictKey struct{ automation, version, stage string }

func (v verdictKey) compare(other verdictKey) int {
	return slices.Compare([]string{v.automation, v.version, v.stage}, []string{other.automation, other.version, other.stage})
}

// keptVerdicts reads the digests of the verdicts of a week.
func (k *Keeper) keptVerdicts(ctx context.Context, weekEnd time.Time) (map[verdictKey]uint64, error) {
	kept := make(map[verdictKey]uint64)
	err := k.each(ctx, "verdicts", map[string]string{"week_end": store.TimeParameter(weekEnd)}, func(rows store.Rows) error {
		var who verdictKey
		var digest uint64
		err := rows.Scan(&who.automation, &who.version, &who.stage, &digest)
		kept[who] = digest
		return err
	})
	return kept, err
}

// digestOf is a hash of a verdict and what it rests on.
func digestOf(p *aggregate.Promotion) uint64 {
	return city.CH64([]byte(fmt.Sprint(p.Evidence, p.Verdict, p.Reason)))
}

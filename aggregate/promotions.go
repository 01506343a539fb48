package aggregate

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

//go:embed promotions/*.sql
var promotionFiles embed.FS

func eachOfPromotions(ctx context.Context, s *store.Store, fill func(sql string) string, name string, params map[string]string, do func(store.Rows) error) error {
	sql, err := promotionFiles.ReadFile("promotions/" + name + ".sql")
	if err != nil {
		return err
	}
	if err := s.Each(ctx, fill(string(sql)), params, do); err != nil {
		return fmt.Errorf("promotions (%s): %w", name, err)
	}
	return nil
}

// asItIs is of SQL that is about neither executions nor incidents.
func asItIs(sql string) string { return sql }

// JudgeWeek forms the verdicts of a week, by automation, then by when each version
// and stage first ran, with what is kept of executions.
func JudgeWeek(ctx context.Context, s *store.Store, weekEnd time.Time, kept Fold) ([]Promotion, error) {
	var list []Promotion
	last := weekEnd.Add(-time.Millisecond)
	fill := func(sql string) string { return kept.asOf(last, sql) }
	err := eachOfPromotions(ctx, s, fill, "evidence", map[string]string{"as_of": store.TimeParameter(last), "kept": store.TimeParameter(kept.At)}, func(rows store.Rows) error {
		var e evidenceRow
		if err := rows.Scan(e.targets()...); err != nil {
			return err
		}
		list = append(list, Judge(e.evidence(), weekEnd))
		return nil
	})
	return list, err
}

// KeptPromotions reads the verdicts that were kept of the latest week that was
// over by a moment; with history, of all weeks until then, the latest first.
func KeptPromotions(ctx context.Context, s *store.Store, asOf time.Time, history bool) ([]Promotion, error) {
	var list []Promotion
	params := map[string]string{"as_of": store.TimeParameter(asOf), "history": strconv.FormatBool(history)}
	err := eachOfPromotions(ctx, s, asItIs, "kept", params, func(rows store.Rows) error {
		var e evidenceRow
		var kept Promotion
		var verdict string
		if err := rows.Scan(append(e.targets(), &kept.WeekEnd, &verdict, &kept.Reason, &kept.ComputedAt)...); err != nil {
			return err
		}
		p := Judge(e.evidence(), kept.WeekEnd)
		p.Verdict, p.Reason, p.ComputedAt = Verdict(verdict), kept.Reason, kept.ComputedAt
		list = append(list, p)
		return nil
	})
	return list, err
}

// evidenceRow is evidence as the store gives it.
type evidenceRow struct {
	Evidence

	executions, finished, succeeded, needKnown, unneeded, mutating, inducedByMutating, induced uint64
}

func (e *evidenceRow) targets() []any {
	return []any{
		&e.AutomationID, &e.Version, &e.Stage, &e.executions, &e.FirstRun, &e.LastRun, &e.finished, &e.succeeded,
		&e.needKnown, &e.unneeded, &e.mutating, &e.inducedByMutating, &e.induced,
	}
}

func (e *evidenceRow) evidence() Evidence {
	got := e.Evidence
	got.Executions, got.Finished, got.Succeeded = int64(e.executions), int64(e.finished), int64(e.succeeded)
	got.NeedKnown, got.Unneeded = int64(e.needKnown), int64(e.unneeded)
	got.Mutating, got.InducedByMutating, got.Induced = int64(e.mutating), int64(e.inducedByMutating), int64(e.induced)
	return got
}

// ActiveWeeks gives the ends of the weeks in which events occurred that landed
// since a moment, in no order.
func ActiveWeeks(ctx context.Context, s *store.Store, since time.Time) (map[time.Time]bool, error) {
	weeks := make(map[time.Time]bool)
	err := eachOfPromotions(ctx, s, asItIs, "days", map[string]string{"since": store.TimeParameter(since)}, func(rows store.Rows) error {
		var on time.Time
		err := rows.Scan(&on)
		weeks[WeekEnd(on)] = true
		return err
	})
	return weeks, err
}

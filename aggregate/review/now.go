package review

import (
	"context"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

const (
	// foldedAnew is up to how many records a review folds them anew when something has
	// landed since a worker did. Of more, it shows what the worker has, and says so.
	foldedAnew = 3_000_000
	// settling is how long after its landed_at a record may become visible.
	settling = 3 * time.Minute
)

// ReadNow makes the report of a week as of now; see [At].
func ReadNow(ctx context.Context, s *store.Store, weekEnd, now time.Time) (*Report, error) {
	o, err := At(ctx, s, weekEnd, time.Time{}, now)
	if err != nil {
		return nil, err
	}
	return Read(ctx, s, o)
}

// At says how to read a week as of a moment or, without one, of now: from what a worker
// keeps where nothing has landed since, or where folding everything would take long. Then
// now is when the worker last looked.
func At(ctx context.Context, s *store.Store, weekEnd, asOf, now time.Time) (Options, error) {
	o := Options{WeekEnd: weekEnd, AsOf: asOf}
	if asOf.IsZero() {
		o.AsOf = now.UTC().Truncate(time.Millisecond)
	}
	kept, err := aggregate.LastKept(ctx, s)
	if err != nil || kept == (aggregate.Fold{}) {
		return o, err
	}
	landed, records, err := lastLanded(ctx, s)
	if err != nil {
		return o, err
	}
	isCurrent := landed.Before(kept.At.Add(-settling))
	if !isCurrent && records <= foldedAnew {
		return o, nil
	}
	o.Kept = kept
	if !isCurrent {
		o.Until = kept.At
	}
	if asOf.IsZero() && kept.Until.After(weekEnd) && kept.Until.Before(o.AsOf) {
		o.AsOf = kept.Until
	}
	return o, nil
}

// lastLanded is when the last record landed, and how many there are.
func lastLanded(ctx context.Context, s *store.Store) (last time.Time, records uint64, err error) {
	const all = `SELECT max(at), sum(n)
FROM
(
    SELECT max(landed_at) AS at, count() AS n FROM incident_records
    UNION ALL
    SELECT max(landed_at), count() FROM alert_records
    UNION ALL
    SELECT max(landed_at), count() FROM execution_records
)`
	err = s.Each(ctx, all, nil, func(rows store.Rows) error { return rows.Scan(&last, &records) })
	return last, records, err
}

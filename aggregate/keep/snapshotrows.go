package keep

import (
	"context"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// snapshotColumns are the columns of metric_snapshots; those from numerator to
// coverage are filled from what stands beside the estimate.
var snapshotColumns = []string{
	"period", "starts", "metric", "dimension", "value", "n", "estimate", "low", "high", "unit", "status",
	"numerator", "denominator", "censored", "unknown", "coverage", "beside", "is_gone", "computed_at",
}

// snapshotRows writes results as rows.
func snapshotRows(p period, computed []aggregate.Row) [][]any {
	rows := make([][]any, len(computed))
	for i := range computed {
		r := &computed[i]
		key := snapshotKey{starts: r.Query.From}
		if len(r.Query.By) > 0 {
			key.dimension, key.value = string(r.Query.By[0]), r.Dims[0]
		}
		counts := map[string]*int64{"numerator": nil, "denominator": nil, "censored": nil, "unknown": nil}
		var coverage *float64
		beside := make(map[string]*float64)
		for _, f := range r.Beside {
			value, count := numberOf(f.Value)
			if _, column := counts[f.Name]; column {
				counts[f.Name] = count
			} else if f.Name == "coverage" {
				coverage = value
			} else {
				beside[f.Name] = value
			}
		}
		rows[i] = []any{
			p.name, key.starts, r.Metric.Name, key.dimension, key.value, r.N, r.Estimate, r.Low, r.High, string(r.Metric.Unit), string(r.Status),
			counts["numerator"], counts["denominator"], counts["censored"], counts["unknown"], coverage, beside, false, r.Query.AsOf,
		}
	}
	return rows
}

// numberOf is what stands beside an estimate as a number, and if it is whole as a
// count.
func numberOf(value any) (number *float64, count *int64) {
	switch v := value.(type) {
	case int64:
		return new(float64(v)), &v
	case *float64:
		return v, nil
	case *bool:
		if v == nil {
			return nil, nil
		}
		if *v {
			return new(1.0), nil
		}
		return new(0.0), nil
	}
	return nil, nil
}

// snapshotKey tells the rows of a metric and kind of period apart.
type snapshotKey struct {
	starts           time.Time
	dimension, value string
}

// withGone adds rows that say which values are shown in these periods and do not
// occur any more.
func (k *Snapshots) withGone(ctx context.Context, p period, m *aggregate.Metric, q aggregate.Query, rows [][]any) ([][]any, error) {
	there := make(map[snapshotKey]bool)
	for _, row := range rows {
		there[snapshotKey{row[1].(time.Time).UTC(), row[3].(string), row[4].(string)}] = true
	}
	params := map[string]string{"period": p.name, "metric": m.Name, "from": store.TimeParameter(q.From), "to": store.TimeParameter(q.To)}
	err := k.store.Each(ctx, query("snapshots_shown"), params, func(shown store.Rows) error {
		var key snapshotKey
		if err := shown.Scan(&key.starts, &key.dimension, &key.value); err != nil {
			return err
		}
		key.starts = key.starts.UTC()
		if !there[key] {
			rows = append(rows, []any{
				p.name, key.starts, m.Name, key.dimension, key.value, int64(0), nil, nil, nil, string(m.Unit), string(aggregate.StatusInsufficient),
				nil, nil, nil, nil, nil,
				map[string]*float64{},
				true, q.AsOf,
			})
		}
		return nil
	})
	return rows, err
}

package datasource

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// metricAnswer are the rows of a metric and how they came about.
type metricAnswer struct {
	rows []aggregate.Row
	// kept is when what the worker kept was computed; zero when it was computed now.
	kept time.Time
}

// The formats of a metric over the whole range.
const (
	formatTable   = "table"
	formatNumbers = "numbers"
	formatStat    = "stat"
)

// metric answers for a metric over the range, or in steps of it.
func (d *Datasource) metric(ctx context.Context, q *query) (data.Frames, error) {
	m, err := findMetric(q.Metric)
	if err != nil {
		return nil, err
	}
	kept, err := d.lastKept(ctx)
	if err != nil {
		return nil, err
	}
	w, ignored, err := q.window(m, d.now(), kept)
	if err != nil {
		return nil, err
	}
	if err := checkShow(m, q.Show); err != nil {
		return nil, err
	}
	var frame *data.Frame
	if q.Step != "" {
		frame, err = d.series(ctx, q, m, w)
	} else {
		frame, err = d.wholeRange(ctx, q, m, w)
	}
	if err != nil {
		return nil, err
	}
	noticeIgnored(frame, ignored)
	if late := d.now().Sub(w.AsOf); q.AsOf == "" && late > lateAfter && q.to.After(w.AsOf) {
		notice(frame, data.NoticeSeverityInfo, "as of %s: what has landed since is not in it", w.AsOf.Format(time.RFC3339))
	}
	return q.frames(frame), nil
}

// lateAfter is how old a number may be without a notice.
const lateAfter = 10 * time.Minute

// lastKept is what is kept of incidents and executions.
func (d *Datasource) lastKept(ctx context.Context) (aggregate.Fold, error) {
	return d.folds.get(ctx, "last", func(ctx context.Context) (aggregate.Fold, error) { return aggregate.LastKept(ctx, d.store) })
}

// reading computes with what is kept, which may be let go meanwhile.
func (d *Datasource) reading(ctx context.Context, w aggregate.Query, compute func(aggregate.Query) ([]aggregate.Row, error)) ([]aggregate.Row, error) {
	return aggregate.Reading(ctx, d.store, w.Kept, func(kept aggregate.Fold) ([]aggregate.Row, error) {
		w.Kept = kept
		return compute(w)
	})
}

// frames are what is sent: to an alert rule, for which nothing is no data, a frame only
// if there is a number in it.
func (q *query) frames(frame *data.Frame) data.Frames {
	isNumber := func(f *data.Field) bool { return f.Type().Numeric() }
	if q.forAlert && (frame.Rows() == 0 || !slices.ContainsFunc(frame.Fields, isNumber)) {
		return nil
	}
	return data.Frames{frame}
}

func findMetric(name string) (*aggregate.Metric, error) {
	if name == "" {
		return nil, mistakef("choose a metric")
	}
	m, err := aggregate.Find(name)
	if err != nil {
		return nil, mistakef("there is no metric %q; the editor lists them all", name)
	}
	return m, nil
}

// standard are the numbers that every metric has.
var standard = []string{"estimate", "low", "high", "n"}

// checkShow refuses numbers that the metric does not have.
func checkShow(m *aggregate.Metric, show []string) error {
	has := slices.Concat(standard, m.Beside())
	for _, name := range show {
		if !slices.Contains(has, name) {
			return mistakef("%s has no number %q; it has %s", m.Name, name, strings.Join(has, ", "))
		}
	}
	return nil
}

// wholeRange makes one window of the range.
func (d *Datasource) wholeRange(ctx context.Context, q *query, m *aggregate.Metric, w aggregate.Query) (*data.Frame, error) {
	now, err := d.run(ctx, m, w)
	if err != nil {
		return nil, err
	}
	rows, cut := d.largest(q, now.rows)
	names, err := d.groupNames(ctx, rows)
	if err != nil {
		return nil, err
	}
	var before []aggregate.Row
	if q.Compare {
		earlier, err := d.run(ctx, m, w.Earlier())
		if err != nil {
			return nil, err
		}
		before = earlier.rows
	}
	var frame *data.Frame
	switch {
	case q.forAlert || q.Format == formatNumbers:
		frame = numbersFrame(m, rows, q.shown("estimate"), names)
	case q.Format == formatStat:
		frame = statFrame(m, rows, before, names)
	case q.Format == "" || q.Format == formatTable:
		frame = tableFrame(q, m, w, rows, before, names)
	default:
		return nil, mistakef("there is no format %q; there are %s, %s and %s", q.Format, formatTable, formatNumbers, formatStat)
	}
	frame.Meta.ExecutedQueryString = withParameters(aggregate.Statement(m, w))
	noticeCut(frame, cut)
	noticeMissing(frame, m, rows)
	return frame, nil
}

// run computes a metric over one window.
func (d *Datasource) run(ctx context.Context, m *aggregate.Metric, w aggregate.Query) (metricAnswer, error) {
	return d.metrics.get(ctx, keyOf(m, w), func(ctx context.Context) (metricAnswer, error) {
		rows, err := d.reading(ctx, w, func(w aggregate.Query) ([]aggregate.Row, error) { return aggregate.Run(ctx, d.store, m, w) })
		return metricAnswer{rows: rows}, err
	})
}

// keyOf tells every two questions apart.
func keyOf(m *aggregate.Metric, w aggregate.Query, more ...any) string {
	return fmt.Sprintf("%s %d %d %d %d %#v %#v %v", m.Name, w.From.UnixMilli(), w.To.UnixMilli(), w.AsOf.UnixMilli(), w.Kept.At.UnixMilli(), w.By, w.Where, more)
}

// shown are the numbers that the query asks for.
func (q *query) shown(otherwise ...string) []string {
	if len(q.Show) > 0 {
		return q.Show
	}
	return otherwise
}

// groupOf tells groups apart.
func groupOf(r *aggregate.Row) string { return strings.Join(r.Dims, "\x00") }

// largest keeps the groups that rest on the most cases when there are more than the
// limit, all rows of each, in their order. It says of how many groups they are; 0 when
// they are all there.
func (d *Datasource) largest(q *query, rows []aggregate.Row) ([]aggregate.Row, cut) {
	limit, chosen := d.limit(q)
	cases := make(map[string]int64)
	for i := range rows {
		cases[groupOf(&rows[i])] += rows[i].N
	}
	if len(cases) <= limit {
		return rows, cut{}
	}
	groups := make([]string, 0, len(cases))
	for g := range cases {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b string) int {
		if cases[a] != cases[b] {
			return int(min(max(cases[b]-cases[a], -1), 1))
		}
		return strings.Compare(a, b)
	})
	keep := make(map[string]bool)
	for _, g := range groups[:limit] {
		keep[g] = true
	}
	var kept []aggregate.Row
	for i := range rows {
		if keep[groupOf(&rows[i])] {
			kept = append(kept, rows[i])
		}
	}
	return kept, cut{what: "groups", shown: limit, of: len(groups), chosen: chosen, order: "those with the most cases"}
}

// namesAtOnce is how many clusters are named in one request: ClickHouse takes no longer
// parameters.
const namesAtOnce = 1000

// groupNames are the names of groups to read; clusters have their template instead of
// their id.
func (d *Datasource) groupNames(ctx context.Context, rows []aggregate.Row) (*groupNames, error) {
	names := &groupNames{clusters: make(map[string]string)}
	for i := range rows {
		if at := slices.Index(rows[i].Query.By, aggregate.ClusterID); at >= 0 {
			names.clusters[rows[i].Dims[at]] = ""
		}
	}
	if len(names.clusters) == 0 {
		return names, nil
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(names.clusters)), namesAtOnce) {
		list, err := d.readValues(ctx, "SELECT cluster_id, "+clusterText+" FROM clusters WHERE has({ids:Array(String)}, cluster_id)", map[string]string{"ids": store.TextsParameter(ids)})
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			names.clusters[c.Value] = c.Text
		}
	}
	return names, nil
}

// groupNames says what groups are called.
type groupNames struct{ clusters map[string]string }

// unknownValue is shown for a dimension of which the value is not known.
const unknownValue = "(unknown)"

func (g *groupNames) of(by []aggregate.Dimension, dims []string) string {
	parts := make([]string, len(dims))
	for i, v := range dims {
		parts[i] = g.one(by[i], v)
	}
	return strings.Join(parts, ", ")
}

func (g *groupNames) one(d aggregate.Dimension, v string) string {
	switch {
	case v == "":
		return unknownValue
	case d == aggregate.ClusterID && g.clusters[v] != "":
		return g.clusters[v]
	}
	return v
}

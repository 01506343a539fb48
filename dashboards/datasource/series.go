package datasource

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
)

// steps are the lengths of windows, the shortest first.
var steps = []struct {
	name   string
	length time.Duration
}{
	{"hour", time.Hour},
	{"day", 24 * time.Hour},
	{"week", 7 * 24 * time.Hour},
	{"4 weeks", 28 * 24 * time.Hour},
}

const stepAuto = "auto"

// fewestPoints is how many windows a series should have; with fewer the step is
// shorter.
const fewestPoints = 8

// mostWindows is how many a series may have: each rests on cases of its own. mostNumbers
// is how many all series of a query have together.
const (
	mostWindows = 1000
	mostNumbers = 1_000_000
)

// stepLength is how long a window is. Automatically it is the longest that gives
// enough of them.
func (q *query) stepLength() (time.Duration, error) {
	var names []string
	for _, s := range steps {
		if q.Step == s.name {
			return s.length, nil
		}
		names = append(names, s.name)
	}
	if q.Step != stepAuto {
		return 0, mistakef("there is no step %q; there are %s and %s", q.Step, stepAuto, strings.Join(names, ", "))
	}
	for _, s := range slices.Backward(steps[:3]) {
		if q.to.Sub(q.from) >= fewestPoints*s.length {
			return s.length, nil
		}
	}
	return time.Hour, nil
}

// monday is one from which weeks are counted.
var monday = time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC)

// floor is when the window began in which t lies: UTC days, ISO weeks, and fours of
// them.
func floor(t time.Time, length time.Duration) time.Time {
	return monday.Add(t.Sub(monday) / length * length)
}

// wholeWindows are those that lie wholly in the range and are over; with the one that is
// not over yet if that is wanted.
func (q *query) wholeWindows(length time.Duration, now time.Time) (from, to time.Time, unfinished bool) {
	end := q.to
	if now.Before(end) {
		end = now
	}
	from, to = floor(q.from, length), floor(end, length)
	if from.Before(q.from) {
		from = from.Add(length)
	}
	unfinished = to.Before(end) && to.Add(length).After(now) && !to.Before(from)
	if unfinished && q.Unfinished {
		to = to.Add(length)
	}
	return from, to, unfinished
}

// series computes a metric over each of the windows that lie in the range.
func (d *Datasource) series(ctx context.Context, q *query, m *aggregate.Metric, w aggregate.Query) (*data.Frame, error) {
	length, err := q.stepLength()
	if err != nil {
		return nil, err
	}
	now := d.now()
	if w.AsOf.Before(now) {
		now = w.AsOf // what is not known is not over
	}
	from, to, unfinished := q.wholeWindows(length, now)
	if !from.Before(to) {
		frame := seriesFrame(m, w, nil, length, q.shown("estimate"), &groupNames{})
		notice(frame, data.NoticeSeverityInfo, "no whole %s lies in the range: choose a longer range or a shorter step", stepName(length))
		return frame, nil
	}
	if n := to.Sub(from) / length; n > mostWindows {
		return nil, mistakef("the range has %d windows of one %s, more than %d: choose a longer step", n, stepName(length), mostWindows)
	}
	w.From, w.To = from, to
	answer, err := d.runSteps(ctx, m, w, length, q.mayKeep())
	if err != nil {
		return nil, err
	}
	rows, cut := d.largest(q, answer.rows)
	names, err := d.groupNames(ctx, rows)
	if err != nil {
		return nil, err
	}
	show := q.shown("estimate")
	if len(q.Show) == 0 && len(w.By) == 0 && !q.forAlert {
		show = []string{"estimate", "low", "high"}
	}
	if n := countGroups(rows) * int(to.Sub(from)/length) * len(show); n > mostNumbers {
		return nil, mistakef("the groups in each %s have %d numbers together, more than %d: choose a longer step, a limit, or filters", stepName(length), n, mostNumbers)
	}
	frame := seriesFrame(m, w, rows, length, show, names)
	frame.Meta.ExecutedQueryString = withParameters(aggregate.WindowsStatement(m, w, length))
	if q.Compare && !q.forAlert && frame.Rows() > 0 {
		if err := d.addBefore(ctx, q, m, w, length, frame, names); err != nil {
			return nil, err
		}
	}
	noticeCut(frame, cut)
	noticeMissing(frame, m, rows)
	if !answer.kept.IsZero() {
		sql, params, _ := aggregate.KeptStatement(m, w, length)
		frame.Meta.ExecutedQueryString = withParameters(sql, params)
		notice(frame, data.NoticeSeverityInfo, "as the worker computed it, the oldest at %s", answer.kept.Format(time.RFC3339))
	}
	if unfinished {
		text := "the last %s is not over and left out"
		if q.Unfinished {
			text = "the last %s is not over: its number is what is known so far"
		}
		notice(frame, data.NoticeSeverityInfo, text, stepName(length))
	}
	return frame, nil
}

func countGroups(rows []aggregate.Row) int {
	groups := make(map[string]bool)
	for i := range rows {
		groups[groupOf(&rows[i])] = true
	}
	return len(groups)
}

// mayKeep says whether the worker may have kept the answer: of what stands beside the
// estimate nothing is.
func (q *query) mayKeep() bool {
	return q.AsOf == "" && !slices.ContainsFunc(q.Show, func(name string) bool { return !slices.Contains(standard, name) })
}

// stepsSQL is the SQL that a series is made of.
func (q *query) stepsSQL(m *aggregate.Metric, w aggregate.Query, now time.Time) (string, error) {
	length, err := q.stepLength()
	if err != nil {
		return "", err
	}
	if w.AsOf.Before(now) {
		now = w.AsOf
	}
	w.From, w.To, _ = q.wholeWindows(length, now)
	sql := withParameters(aggregate.WindowsStatement(m, w, length))
	if kept, params, ok := aggregate.KeptStatement(m, w, length); ok && q.mayKeep() {
		return "-- What the worker keeps, where that is fresh and whole:\n" + withParameters(kept, params) + ";\n\n-- Otherwise:\n" + sql, nil
	}
	return sql, nil
}

// runSteps takes what the worker keeps where that is allowed, and computes it
// otherwise.
func (d *Datasource) runSteps(ctx context.Context, m *aggregate.Metric, w aggregate.Query, length time.Duration, mayKeep bool) (metricAnswer, error) {
	return d.metrics.get(ctx, keyOf(m, w, length, mayKeep), func(ctx context.Context) (metricAnswer, error) {
		if mayKeep {
			kept, err := aggregate.ReadKept(ctx, d.store, m, w, length)
			if err != nil {
				return metricAnswer{}, err
			}
			if kept != nil {
				return metricAnswer{kept.Rows, kept.Oldest}, nil
			}
		}
		by := [][]aggregate.Dimension{w.By}
		whole := w
		whole.By = nil
		rows, err := d.reading(ctx, whole, func(w aggregate.Query) ([]aggregate.Row, error) {
			return aggregate.RunWindows(ctx, d.store, m, w, length, by)
		})
		return metricAnswer{rows: rows}, err
	})
}

// addBefore adds the estimates of the windows before, as many, at the times of these.
func (d *Datasource) addBefore(ctx context.Context, q *query, m *aggregate.Metric, w aggregate.Query, length time.Duration, frame *data.Frame, names *groupNames) error {
	away := w.To.Sub(w.From)
	earlier := w
	earlier.From, earlier.To, earlier.AsOf = w.From.Add(-away), w.From, w.AsOf.Add(-away)
	answer, err := d.runSteps(ctx, m, earlier, length, false)
	if err != nil {
		return err
	}
	moved := slices.Clone(answer.rows) // others are given the same ones
	for i := range moved {
		r := &moved[i]
		r.Query.From, r.Query.To = r.Query.From.Add(away), r.Query.To.Add(away)
	}
	rows, _ := d.largest(q, moved)
	before := seriesFrame(m, w, rows, length, []string{"estimate"}, names)
	for _, f := range before.Fields[1:] {
		f.Config.DisplayNameFromDS += " (before)"
		f.Name = "before"
		frame.Fields = append(frame.Fields, f)
	}
	return nil
}

func stepName(length time.Duration) string {
	for _, s := range steps {
		if s.length == length {
			return s.name
		}
	}
	return length.String()
}

package oracle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vividium/firebreak/schema"
)

// Query says over what a metric is computed.
type Query struct {
	// From and To are the window [From, To) in which the cohort started.
	From, To schema.Millis
	// AsOf is how far the outcome is observed: events that occurred after it
	// are ignored. It has no default.
	AsOf schema.Millis
	// By groups the cohort by dimensions; one row for each combination that
	// occurs, and without By always exactly one row.
	By []string
	// Where keeps the members of the cohort whose dimension has the value. An
	// absent dimension has the value "".
	Where map[string]string
}

func (q Query) inWindow(t schema.Opt[schema.Millis]) bool {
	return t.Set && q.From <= t.Value && t.Value < q.To
}

// Statuses of a row.
const (
	StatusOK           = "ok"
	StatusInsufficient = "insufficient" // below the metric's minimum sample
	StatusNotReached   = "not_reached"  // the median lies beyond what was observed
	StatusImmature     = "immature"     // too many are still open to say
	StatusNoBaseline   = "no_baseline"  // there is nothing before to compare with
)

// Row is one result. What does not apply or is not known is nil.
type Row struct {
	Dims map[string]string // by the names in Query.By

	N                   int64 // what the estimate rests on
	Estimate, Low, High *float64
	Status              string

	// Numerator and Denominator of a proportion or rate; Censored and Invalid
	// durations; cases whose answer is Unknown; executions LeftOut of the
	// cohort because they are not live.
	Numerator, Denominator, Censored, Unknown, Invalid, LeftOut *int64

	// Of toil: executions that are Credited, and of these those that are Unpriced.
	Credited, Unpriced *int64

	// Of a comparison: how many were treated and untreated in it, and whether the
	// crude one points the other way.
	Treated, Untreated *int64
	Reversal           *bool

	// Companions stand beside the estimate, e.g. "dispersion" or "p90".
	Companions map[string]*float64
}

// dimensions are what a kind of entity can be filtered and grouped by.
type dimensions[T any] map[string]func(*T) string

var incidentDimensions = dimensions[Incident]{
	"service":      func(i *Incident) string { return i.Service },
	"team":         func(i *Incident) string { return i.Team },
	"environment":  func(i *Incident) string { return i.Environment },
	"severity":     func(i *Incident) string { return i.Severity },
	"trigger_kind": func(i *Incident) string { return i.TriggerKind },
	"resolved_by":  func(i *Incident) string { return i.ResolvedBy },
	"cluster_id":   func(i *Incident) string { return i.Cluster },
}

var alertDimensions = dimensions[Alert]{
	"service":     func(a *Alert) string { return a.Service },
	"team":        func(a *Alert) string { return a.Team },
	"environment": func(a *Alert) string { return a.Environment },
	"severity":    func(a *Alert) string { return a.Severity },
}

var executionDimensions = dimensions[Execution]{
	"service":            func(x *Execution) string { return x.Service },
	"team":               func(x *Execution) string { return x.Team },
	"environment":        func(x *Execution) string { return x.Environment },
	"automation_id":      func(x *Execution) string { return x.AutomationID },
	"automation_version": func(x *Execution) string { return x.AutomationVersion },
	"pattern":            func(x *Execution) string { return x.Pattern },
	"stage":              func(x *Execution) string { return x.Stage },
	"trigger_kind":       func(x *Execution) string { return x.TriggerKind },
	"cluster_id":         func(x *Execution) string { return x.Cluster },
}

func (d dimensions[T]) check(q Query) error {
	for _, name := range slices.Concat(q.By, slices.Collect(maps.Keys(q.Where))) {
		if d[name] == nil {
			return fmt.Errorf("there is no dimension %q here; there are %v", name, slices.Sorted(maps.Keys(d)))
		}
	}
	return nil
}

func (d dimensions[T]) matches(member *T, where map[string]string) bool {
	for name, value := range where {
		if d[name](member) != value {
			return false
		}
	}
	return true
}

func (d dimensions[T]) values(member *T, by []string) []string {
	values := make([]string, len(by))
	for n, name := range by {
		values[n] = d[name](member)
	}
	return values
}

// group is the members of a cohort that agree in the dimensions asked for.
type group[T any] struct {
	values  []string // of the dimensions, in the order of Query.By
	members []*T
}

// groups splits a cohort, in the order of the dimensions' values.
func (d dimensions[T]) groups(cohort []*T, by []string) []group[T] {
	if len(by) == 0 {
		return []group[T]{{members: cohort}}
	}
	byKey := make(map[string]*group[T])
	for _, member := range cohort {
		values := d.values(member, by)
		key := fmt.Sprintf("%q", values)
		if byKey[key] == nil {
			byKey[key] = &group[T]{values: values}
		}
		byKey[key].members = append(byKey[key].members, member)
	}
	var groups []group[T]
	for _, g := range byKey {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b group[T]) int { return slices.Compare(a.values, b.values) })
	return groups
}

// metric is the definition of one number over entities of one kind.
type metric[T any] struct {
	// cohort says whether an entity is of the query's cohort.
	cohort func(q Query, member *T) bool
	// among narrows the cohort by what an entity is linked to; nil does not.
	among func(s *state, member *T) bool
	// row computes the result over one group of the cohort.
	row func(s *state, q Query, members []*T) Row
}

func (m metric[T]) rows(s *state, q Query, entities map[string]*T, d dimensions[T]) ([]Row, error) {
	if err := d.check(q); err != nil {
		return nil, err
	}
	var cohort []*T
	for _, id := range slices.Sorted(maps.Keys(entities)) {
		if member := entities[id]; m.cohort(q, member) && (m.among == nil || m.among(s, member)) && d.matches(member, q.Where) {
			cohort = append(cohort, member)
		}
	}
	var rows []Row
	for _, g := range d.groups(cohort, q.By) {
		row := m.row(s, q, g.members)
		row.Dims = make(map[string]string)
		for n, name := range q.By {
			row.Dims[name] = g.values[n]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Metric computes a metric of [Metrics]: one row per group of the cohort, in
// ascending order of the dimensions' values. It fails for a name or a
// dimension that the metric does not have.
func (f *Fold) Metric(name string, q Query) ([]Row, error) {
	var rows []Row
	var err error
	s := f.at(q.AsOf)
	if m, ok := incidentMetrics[name]; ok {
		rows, err = m.rows(s, q, s.incidents, incidentDimensions)
	} else if m, ok := alertMetrics[name]; ok {
		rows, err = m.rows(s, q, s.alerts, alertDimensions)
	} else if m, ok := executionMetrics[name]; ok {
		rows, err = m.rows(s, q, s.executions, executionDimensions)
	} else if m, ok := changeMetrics[name]; ok {
		rows, err = m.rows(s, q, f.visits(q), visitDimensions)
	} else if name == impactMetric {
		rows, err = s.impactRows(q)
	} else {
		err = fmt.Errorf("the oracle does not know it; it knows %v", Metrics())
	}
	if err != nil {
		return nil, fmt.Errorf("metric %q: %w", name, err)
	}
	return rows, nil
}

// Metrics is the names that [Fold.Metric] knows, in alphabetical order.
func Metrics() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, names := range [][]string{
			slices.Collect(maps.Keys(incidentMetrics)),
			slices.Collect(maps.Keys(alertMetrics)),
			slices.Collect(maps.Keys(executionMetrics)),
			slices.Collect(maps.Keys(changeMetrics)),
			{impactMetric},
		} {
			for _, name := range names {
				if !yield(name) {
					return
				}
			}
		}
	})
}

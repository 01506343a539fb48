package aggregate

import "time"

// Statement is the SELECT that [Run] sends, with the values of its parameters, for
// people to read. Some estimators read further tables and finish the work themselves.
func Statement(m *Metric, q Query) (sql string, params map[string]string) {
	return compose(m, q)
}

// WindowsStatement is the SELECT that [RunWindows] sends for one grouping; the same holds
// of it. Metrics that compare groups with each other send one for each window; it is the
// one over all of them.
func WindowsStatement(m *Metric, q Query, length time.Duration) (sql string, params map[string]string) {
	if m.groupsItself() {
		return compose(m, q)
	}
	groupings := [][]Dimension{q.By}
	q.By = nil
	return composeWindows(m, q, length, m.dimensionsOfMembers(groupings), groupings)
}

package aggregate

// Statement is the SELECT that [Run] sends, with the values of its parameters, for
// people to read. Some estimators read further tables and finish the work themselves.
func Statement(m *Metric, q Query) (sql string, params map[string]string) {
	return compose(m, q)
}

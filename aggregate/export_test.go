package aggregate

import "time"

// FillMembers is a SELECT with the executions of a query in their places.
func FillMembers(sql string, q Query) (string, map[string]string) {
	_, params := composeMembers(&Catalogue[0], q, time.Hour)
	return q.fill(sql, time.Hour), params
}

// Together is together.
var Together = together

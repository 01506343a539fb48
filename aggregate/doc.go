// Package aggregate turns what rests in the store into numbers that people act
// on.
//
// One catalogue ([Catalogue]) defines every metric once: what it is called and
// means, its unit, which direction is better, by what it can be grouped, how
// many cases it needs, and the SELECT (metrics/NAME.sql) that gives one row for
// each member of its cohort. Everything that shows a metric reads it there.
//
// It promises:
//   - A number comes with how many cases it rests on and, where that can be
//     said, with its 95 % interval; below the metric's minimum sample there is
//     no number but a status that says so.
//   - A metric over a window is computed over the window's members, never
//     averaged from parts.
//   - As of a past moment, a number is what it would have been if only the
//     events that occurred until then were known.
//   - Values come from the store as server-side parameters, never pasted into
//     SQL.
//
// Clusters.go and its neighbours compute the facts of recurrence clusters,
// interventions.go what came of what was done about them, backlog.go and its
// neighbours rank them by what ending them is worth, and promotion.go judges by
// evidence whether an automation may leave its stage.
//
// The estimators are in package stats, the clustering is in package recurrence.
// Nothing here writes; package keep does.
package aggregate

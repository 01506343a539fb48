// Package datasource is the backend of the Grafana datasource plugin.
//
// Grafana starts it as a process and asks it over gRPC. A query is one of five kinds: a
// metric of the catalogue over the dashboard's range or in steps of it (metric.go,
// series.go), a table of what the workers keep (table.go), SQL of the user's own
// (sql.go, macros.go), annotations (annotation.go), or the values of a dimension
// (values.go). All SQL is made here, so that an alert rule sees what a panel shows.
//
// It promises:
//   - A metric's numbers are those of package aggregate, with their interval, n and
//     status; a number that is not known is null, and its frame says why.
//   - An answer is never cut short without a notice on the frame, and never larger than
//     the row limit.
//   - What the user can mend is a downstream error that says what to do, and fails its
//     own query only.
//   - A query ends when Grafana cancels it, and after the configured timeout.
//   - What is remembered between requests is bounded in number and in age.
//
// Whatever SQL may do is up to the ClickHouse user: give it one that only reads.
package datasource

// Package fill makes up the year of a very large company and puts it into a
// store by the ingest's own insert path, without Kafka, so that what is built on
// the store can be measured at a size that no test waits for.
//
// company.go brings the small company of the demo in, with all that workers keep of it.
// year.go says what happens, fill.go brings it into the store. The same Year
// gives the same events. Their troubles are those of package grouping, so that
// there are tens of thousands of clusters; times, outcomes and links are
// made to be plausible, and nothing is to be concluded from them.
//
// `go run ./loadtest/fill/run` fills an embedded ClickHouse and measures.
package fill

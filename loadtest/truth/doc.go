// Package truth measures whether the intervals of the metrics hold what they
// promise. It makes up many small worlds whose truth is known, because the chances
// in them are, or because what an incident would have taken without automation
// is; brings their events into a store by the ingest's own insert path; asks the
// real metrics; and counts how often a 95 % interval covers the truth.
//
// scenario.go lists the kinds of world, world.go, incidents.go, times.go and runs.go
// say what happens in them, by chance.go; claim.go says what is asked of which
// interval; measure.go asks, tally.go counts, table.go shows.
//
// All worlds of a scenario are in one store, each an environment of its own, so that
// one query answers for all of them. Incidents are put into their recurrence
// clusters as they are told: how well those are found is measured by package
// grouping. The same seed gives the same worlds.
//
// `go run ./loadtest/truth/run` prints the table.
package truth

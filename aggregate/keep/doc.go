// Package keep keeps the tables that are derived from events by a program:
// which recurrence cluster each incident belongs to, and what is known of each
// cluster.
//
// A pass looks at what has landed since the last one (history.go, touched.go),
// matches new incidents (assign.go), carries out what people asked for
// (changes.go), and computes anew the facts of the clusters that changed
// (facts.go). Passes follow each other every few seconds.
//
// It promises:
//   - A pass that was cut off does no harm: what it wrote stays right, and the
//     next one does the rest. Rows are written before they are relied on.
//   - Restarted, it goes on where it was: incidents stay in their clusters, and
//     clusters keep their ids.
//   - Of several processes that run, one does the work; another goes on when it
//     ends, half a minute later when it was killed (lease.go).
//   - What people decided (merge, split, pin) is never undone by evidence.
//   - Nothing is read from Kafka; the records in ClickHouse are all it knows.
//
// It does not promise that two calls of Pass at a time do no harm: Run sees to that.
package keep

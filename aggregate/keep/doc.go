// Package keep keeps the tables that are derived from events by a program:
// which recurrence cluster each incident belongs to, what is known of each cluster,
// the backlog, the verdicts on automations, and the metrics of whole days and weeks.
//
// Three workers keep them, each under a lease of its own: Keeper all but the last;
// Snapshots these, in passes that may take long; and Members the scratch pad from which
// others compute in less time than it takes to fold all events (members.go).
//
// A pass of Keeper carries out what people asked for (changes.go, anew.go), looks at what
// has landed since the last one and matches it (assign.go), looks again at clusters
// that came into doubt (reconsider.go), and computes anew the facts of the clusters
// that changed (facts.go). Every minute or so it ranks the backlog anew when
// clusters or settings changed (rank.go), and judges the weeks that are over and
// were not judged, or in which late events have landed since (judge.go). Passes follow
// each other every few seconds; the first begins from what the tables hold (history.go,
// decided.go).
//
// A pass of Snapshots finds which periods something landed in, or in what these depend
// on (due.go), computes them as of one moment, the latest first (snapshots.go), and
// writes them (snapshotrows.go).
//
// It promises:
//   - A pass that was cut off does no harm: what it wrote stays right, and the
//     next one does the rest. Merges are written down before anything that rests
//     on them, and up to when everything was looked at comes last.
//   - Restarted, it goes on where it was: incidents stay in their clusters,
//     clusters keep their ids, and what landed meanwhile is looked at however
//     long that was.
//   - The id of a cluster that was merged into another leads to that, and is
//     never given to a new one.
//   - Of several processes that run, one does the work: that which has the lease
//     (lease.go), which it renews during passes and pauses, however long they
//     are. One that can no longer renew it stops its pass before another begins,
//     and begins again from the tables when it has it again. Another goes on at
//     once when the one ends, half a minute later when it was killed; the one
//     itself, started again under the same name, at once.
//   - What people decided (merge, split, pin) is never undone by evidence.
//   - A verdict is written once, however often its week is looked at, and again
//     only when late events changed it or what it rests on. Weeks that passed while
//     no process ran are judged as of their ends.
//   - A snapshot is what the metric gives as of computed_at, but for what lands while
//     the pass runs: that is in the next. One that is older than what landed in its
//     period, than what that is linked to, or than the period's end is computed again.
//   - Nothing is read from Kafka; the records in ClickHouse are all it knows.
//
// Where the backlog or verdicts fail, clusters are kept all the same.
//
// It does not promise that two calls of Pass at a time do no harm: Run and Once
// see to that. Nor that clusters in doubt are looked at again when the process is
// killed before it has: clustering anew finds what is wrong with them.
package keep

// Package ingest brings events from Kafka into the store.
//
// One consumer group reads the three topics. Every partition has a worker of
// its own, which reads records into a batch while the batch before it is being
// inserted:
//
//	poll ──► queue ──► decode ──► batch ──► insert ──► commit
//	         (one worker a partition)      (one at a time a partition)
//
// It promises, for every topic and partition:
//   - Each record is in the store once: as an event, or as a dead letter with
//     its bytes and the reason. A dead letter lands in the same insert as its
//     neighbours.
//   - A batch is inserted before its offsets are committed, never after. What
//     has landed in the store decides where reading goes on; the offset that is
//     committed to Kafka serves the monitoring of lag only.
//   - An insert whose outcome is unknown is tried again as the same block under
//     the same token until it is known.
//   - While the store is away or overloaded, workers wait and their partitions
//     are paused; memory stays bounded and nothing becomes a dead letter for it.
//   - What the store refuses for good (a missing table, a wrong login) and
//     offsets that Kafka no longer has stop the whole pipeline with an error
//     that says so; nothing is skipped.
//
// Invariants that are not obvious:
//   - A token names the range of offsets of its block, so it protects only a
//     retry of exactly that block. After a restart the ranges are cut afresh,
//     which is why reading must go on after what has landed and not after what
//     was committed.
//   - A partition's worker is stopped and joined before the partition is given
//     up, so two workers of one process never write the same partition. That a
//     process which the group has given up for dead may still have an insert on
//     its way is not covered yet.
//   - Counters reconcile: consumed = written + dead + duplicate + released,
//     once everything is drained. Released are records that were read but not
//     written when their partition was handed over; the next owner reads them.
//
// It does not create topics, and it does not interpret events.
package ingest

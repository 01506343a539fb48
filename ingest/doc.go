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
//     the same token until it is known, as long as the worker has its partition.
//   - While the store is away or overloaded, workers wait and their partitions
//     are paused; nothing becomes a dead letter for it, and what queues and
//     batches hold stays bounded. On top come what Kafka's client unpacks of one
//     compressed fetch, and what waits in partitions that were set aside because
//     their inserts failed: a quarter of the memory each at most.
//   - What the store refuses for good (a missing table, a wrong login) and
//     offsets that Kafka no longer has stop the whole pipeline with an error
//     that says so; nothing is skipped.
//
// Invariants that are not obvious:
//   - A token names the range of offsets of its block, so it protects only a
//     retry of exactly that block, and the store forgets it after a while: a
//     retry first asks whether the block has arrived. After a restart the ranges
//     are cut afresh, which is why reading goes on after what has landed and not
//     after what was committed.
//   - A partition's worker is stopped and joined before the partition is given
//     up, so two workers of one process never write the same partition.
//   - Counters reconcile: consumed = written + dead + duplicate + released,
//     once everything is drained. Released are records that were read but not
//     written when their partition was handed over; the next owner reads them.
//
// What is not covered yet:
//   - An insert that a server still carries out after its sender has given it up
//     (the process was killed, the partition was lost, StopTimeout ran out) may
//     land after the next owner has asked what has landed; its records are then
//     there twice. The embedded engine ends with its process and is safe.
//   - A topic that was deleted and made anew under its name is not noticed while
//     it has at least as many records as have landed.
//
// It does not create topics, and it does not interpret events.
package ingest

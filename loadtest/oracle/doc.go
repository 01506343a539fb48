// Package oracle says what every derived number must be: it folds decoded
// events into entities and metrics by one plain, slow, single-threaded walk,
// written from the contract and from nothing else. Load tests and benchmarks
// compare the product's tables and metrics with it.
//
// It promises:
//   - The result depends on the set of records alone, not on the order in
//     which they were added, nor on how often a record was added.
//   - A past as-of is answered from the events: those that occurred after it
//     are left out before anything is folded.
//   - What is added is copied, so decoders may reuse their buffers.
//   - Each definition stands in one place, in the contract's words, so that it
//     can be checked by reading.
//
// It keeps every event in memory and is not safe for concurrent use. Intervals
// and medians come from package stats, which has tests of its own.
package oracle

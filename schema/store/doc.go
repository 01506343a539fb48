// Package store keeps events in ClickHouse and reads them back. It is the only
// importer of clickhouse-go.
//
// It promises:
//   - A [Batch] lands wholly or not at all: it is one insert of one block into
//     one unpartitioned table, which ClickHouse writes as one part.
//   - A batch that is inserted again with the same token, because the answer to
//     the first attempt was lost, is there once, as long as the table remembers
//     the token (its latest 10,000 blocks).
//   - An insert says until when it may be carried out; the server refuses one that
//     it gets to later, by its own clock ([Batch.Insert]).
//   - What was answered with success is on the disk.
//   - Every error says whether trying again can help ([Retryable]).
//   - The schema only moves forward, and bringing it up to date twice does
//     nothing the second time.
//
// It does not read Kafka and knows no metrics: what came is kept, what it means
// for an entity is a fold in SQL (migrations/0002_state.sql), what it means for
// the organisation is package aggregate's.
package store

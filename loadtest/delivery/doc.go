// Package delivery proves the promise of package ingest: every record exactly
// once and every number exact, whatever fails meanwhile.
//
// Members of the consumer group run as processes of their own, on the embedded
// Kafka or on Apache Kafka, and are killed or paused at named points and at
// random moments; Kafka, ClickHouse and the network between fail in turn. After
// each case the store is compared with the producer's own ledger (package
// ledger).
//
// `make delivery` runs it all on both and writes down what it saw in
// ingest/DELIVERY.md; `make test` runs a short form on the embedded Kafka, and
// `make test-kafka` the whole on Apache Kafka.
package delivery

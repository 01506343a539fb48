// Package throughput measures the whole way of an event, from Kafka to its
// entity's state in ClickHouse, beside the plain way that a first version
// would take: one consumer that unmarshals each record into a struct, appends
// it to a clickhouse-go batch row by row, sends and commits.
//
// Both run as processes of their own against the same broker and engine, which
// share a third process, and take turns within one run, so that their ratio
// means something on a noisy machine. Both fill tables with the same columns.
// Only ours is charged with folding the state of every entity at the end.
//
// `make bench` runs it.
package throughput

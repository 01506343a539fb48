// Package embedded runs ClickHouse in this process, behind ClickHouse's own
// HTTP interface on loopback.
//
// The engine is libchdb, one shared library that npm installs (see Locate).
// Whatever speaks HTTP to a ClickHouse server speaks to this endpoint as well:
// clickhouse-go with Protocol: clickhouse.HTTP, curl, DBeaver, Grafana. The
// product knows that one client, and a real server can take the engine's place.
//
// # What is like ClickHouse
//
// Statements in the query parameter, the body or both; rows in any input
// format, after the statement or as the body; server-side parameters; settings
// as URL parameters; every output format; compression both ways, by
// Content-Encoding and in ClickHouse's own frames; error codes, their HTTP
// statuses, and exceptions in the middle of a result; cancellation when the
// client goes away.
//
// An INSERT is in the table when it is answered, and one that breaks off
// inserts nothing. Blocks are passed on as they come: one Native block of up to
// a million rows becomes one part for each partition.
//
// Formats that can be written piece by piece (Native, RowBinary, TSV, CSV,
// JSONEachRow and their like) are streamed at the client's pace; the others,
// and all answers with wait_end_of_query=1, are built in memory first.
//
// # What is not
//
// There are two users: a writer, who may do everything but reach files and the
// network, and a reader, who can besides neither write nor change settings that
// matter, nor see what others ask. Config.Rights narrows what both may do, by
// ClickHouse's own access control. There are no sessions: every request has a
// connection of its own, so USE, SET and temporary tables end with it. External
// tables, replicated tables and system.query_log do not exist.
//
// # Life of the engine
//
// libchdb runs one engine in a process. Start therefore fails while another
// Server is open, in this process or, for the same folder, in another one
// (ErrInUse). After Close the process may Start again, on the same folder or
// another. Data survive a kill -9: acknowledged inserts are there once.
//
// The library stays loaded, with some threads, until the process ends. It
// installs no signal handlers.
package embedded

// Package native builds blocks of rows in ClickHouse's Native format, column
// by column, in the form in which they go over the wire.
//
// It exists for the hot path alone. A value is appended once, in wire form,
// without boxing and without reflection; sending a block is then a matter of
// copying byte slices to the socket, and sending it again after a failure gives
// the same bytes. Everything that is not an insert of events goes through
// clickhouse-go.
//
// It covers the column types of the record tables and no others, in revision 0
// of the format: what ClickHouse reads over HTTP with FORMAT Native.
// Columns and blocks are for one goroutine at a time.
package native

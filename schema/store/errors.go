package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Error is what ClickHouse answered instead of doing it.
type Error struct {
	// Code is ClickHouse's error code, as in system.errors.
	Code    int
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	if advice := adviceFor[e.Code]; advice != "" {
		return fmt.Sprintf("ClickHouse error %d: %s (%s)", e.Code, e.Message, advice)
	}
	return fmt.Sprintf("ClickHouse error %d: %s", e.Code, e.Message)
}

// ClickHouse's error codes that mean something to us.
const (
	CodeUnknownTable    = 60
	CodeUnknownDatabase = 81
	CodeNoSuchColumn    = 16
	CodeAuthentication  = 516
	CodeAccessDenied    = 497
	CodeReadonly        = 164
	CodeTimeout         = 159
	CodeMemory          = 241
	CodeNoSpace         = 243

	CodeUnknownUser        = 192
	CodeWrongPassword      = 193
	CodePasswordRequired   = 194
	CodeUnknownFunction    = 46
	CodeUnknownIdentifier  = 47
	CodeTooManyRows        = 158
	CodeTooSlow            = 160
	CodeTooManyRowsOrBytes = 396

	codeLate = 395 // a lease that had ended, see migrations/0004_delivery.sql
)

// final are the refusals that do not pass by themselves: somebody has to change
// the schema, the login, or this program. All others may: a server that is
// overloaded, out of memory, disk, files or threads has many ways to say so.
var final = []int{
	CodeUnknownTable, CodeUnknownDatabase, CodeNoSuchColumn, CodeAuthentication, CodeAccessDenied, CodeReadonly,
	CodeUnknownUser, CodeWrongPassword, CodePasswordRequired, 195, // and an address that is not allowed
	36, 48, 62, 73, 80, 115, // a query that makes no sense to this server: bad arguments, not implemented, syntax, unknown format, incorrect query, unknown setting
	10, 20, 43, 44, CodeUnknownFunction, CodeUnknownIdentifier, 50, 53, // columns, types and functions that do not fit
	6, 26, 27, 38, 41, 70, 72, 117, 349, // data that cannot be read as what it should be
}

var adviceFor = map[int]string{
	CodeUnknownTable:    "run `firebreak migrate`",
	CodeUnknownDatabase: "run `firebreak migrate`",
	CodeNoSuchColumn:    "run `firebreak migrate`",
	CodeAuthentication:  "check FIREBREAK_CLICKHOUSE_USER and FIREBREAK_CLICKHOUSE_PASSWORD",
	CodeAccessDenied:    "grant the user what the message names",
	CodeReadonly:        "this login can only read",
	CodeTimeout:         "narrow the window, or raise max_execution_time",
	CodeMemory:          "narrow the window, or raise max_memory_usage",
	CodeNoSpace:         "free some disk space",
}

// Retryable says whether the same request may succeed later: ClickHouse is
// away, overloaded, or cannot for a reason that may pass. What it refuses for good
// (no such table, a wrong login) is not retryable, and neither is our own giving
// up, or a record that somebody has to delete.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return !slices.Contains(final, refused.Code)
	}
	if _, ok := errors.AsType[*ImpossibleOffset](err); ok {
		return false
	}
	var bug *blockError
	return !errors.As(err, &bug)
}

// Unmigrated says whether the error means that the schema is not there.
func Unmigrated(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && (refused.Code == CodeUnknownTable || refused.Code == CodeUnknownDatabase)
}

// blockError is a batch that cannot be sent as it is; trying again is useless.
type blockError struct{ err error }

func (e *blockError) Error() string { return e.err.Error() }
func (e *blockError) Unwrap() error { return e.err }

// wrap turns clickhouse-go's exception into ours.
func wrap(err error) error {
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return &Error{Code: int(exception.Code), Message: exception.Message}
	}
	return err
}

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
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
	codeNoSuchColumn    = 16
	codeAuthentication  = 516
	codeAccessDenied    = 497
	codeReadonly        = 164
	codeTimeout         = 159
	codeMemory          = 241
	codeNoSpace         = 243
	codeLate            = 395 // a lease that had ended, see migrations/0004_delivery.sql
)

// final are the refusals that do not pass by themselves: somebody has to change
// the schema, the login, or this program. All others may: a server that is
// overloaded, out of memory, disk, files or threads has many ways to say so.
var final = []int{
	codeUnknownTable, codeUnknownDatabase, codeNoSuchColumn, codeAuthentication, codeAccessDenied, codeReadonly,
	192, 193, 194, 195, // unknown user, wrong password, password required, address not allowed
	36, 48, 62, 73, 80, 115, // a query that makes no sense to this server: bad arguments, not implemented, syntax, unknown format, incorrect query, unknown setting
	10, 20, 43, 44, 46, 47, 50, 53, // columns, types and functions that do not fit
	6, 26, 27, 38, 41, 70, 72, 117, 349, // data that cannot be read as what it should be
}

var adviceFor = map[int]string{
	codeUnknownTable:    "run `firebreak migrate`",
	codeUnknownDatabase: "run `firebreak migrate`",
	codeNoSuchColumn:    "run `firebreak migrate`",
	codeAuthentication:  "check FIREBREAK_CLICKHOUSE_USER and FIREBREAK_CLICKHOUSE_PASSWORD",
	codeAccessDenied:    "grant the user what the message names",
	codeReadonly:        "this login can only read",
	codeTimeout:         "narrow the window, or raise max_execution_time",
	codeMemory:          "narrow the window, or raise max_memory_usage",
	codeNoSpace:         "free some disk space",
}

// Retryable says whether the same request may succeed later: ClickHouse is
// away, overloaded, or cannot for a reason that may pass. What it refuses for good
// (no such table, a wrong login) is not retryable, and neither is our own giving
// up.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return !slices.Contains(final, refused.Code)
	}
	var bug *blockError
	return !errors.As(err, &bug)
}

// Unmigrated says whether the error means that the schema is not there.
func Unmigrated(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && (refused.Code == codeUnknownTable || refused.Code == codeUnknownDatabase)
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

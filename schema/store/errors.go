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
	codeTooManyQueries  = 202
	codeSocketTimeout   = 209
	codeNetwork         = 210
	codeAborted         = 236
	codeMemory          = 241
	codeTableReadOnly   = 242
	codeNoSpace         = 243
	codeTooManyParts    = 252
	codeInsertUnknown   = 319
	codeCancelled       = 394
	codeKeeper          = 999
	codeLate            = 395 // a lease that had ended, see migrations/0004_delivery.sql
)

// transient are the refusals that pass: the same request may go through later.
var transient = []int{
	codeTimeout, codeTooManyQueries, codeSocketTimeout, codeNetwork, codeAborted, codeMemory,
	codeTableReadOnly, codeNoSpace, codeTooManyParts, codeInsertUnknown, codeCancelled, codeKeeper, codeLate,
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
// away or overloaded. What it refuses for good (no such table, a wrong login)
// is not retryable, and neither is our own giving up.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return slices.Contains(transient, refused.Code)
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

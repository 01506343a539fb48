package store

import (
	"context"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Rows are the rows of an answer; Close must be called.
type Rows = driver.Rows

// ColumnType says what a column of an answer holds.
type ColumnType = driver.ColumnType

// Query runs a SELECT. params are the values of its server-side parameters
// {name:Type}, written as ClickHouse writes them.
func (s *Store) Query(ctx context.Context, query string, params map[string]string) (Rows, error) {
	rows, err := s.conn.Query(cancelOnly{ctx}, query, named(params)...)
	if err != nil {
		return nil, wrap(err)
	}
	return answer{rows}, nil
}

// cancelOnly hides the deadline, which ends the query all the same: clickhouse-go makes
// a setting of it, and a user that only reads may not change any.
type cancelOnly struct{ context.Context }

func (cancelOnly) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// answer tells as ours what ClickHouse refuses in the middle of it.
type answer struct{ Rows }

func (a answer) Err() error { return wrap(a.Rows.Err()) }

// Each runs a SELECT and gives each row of its answer to do, which scans it. It
// stops at the first error.
func (s *Store) Each(ctx context.Context, query string, params map[string]string, do func(Rows) error) error {
	rows, err := s.Query(ctx, query, params)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// TextsParameter writes a list as the value of a parameter of type Array(String).
// Backslashes and control characters are escaped on their way, as those of every
// parameter are.
func TextsParameter(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

// TimeParameter writes a time as the value of a parameter of type DateTime64(3,
// 'UTC'). Times before 1970 count as 1970: nothing is known of them.
func TimeParameter(t time.Time) string {
	if earliest := time.Unix(0, 0); t.Before(earliest) {
		t = earliest
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}

func named(params map[string]string) []any {
	args := make([]any, 0, len(params))
	for name, value := range params {
		args = append(args, clickhouse.Named(name, value))
	}
	return args
}

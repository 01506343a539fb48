package store

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Rows are the rows of an answer; Close must be called.
type Rows = driver.Rows

// Query runs a SELECT. params are the values of its server-side parameters
// {name:Type}, written as ClickHouse writes them.
func (s *Store) Query(ctx context.Context, query string, params map[string]string) (Rows, error) {
	rows, err := s.conn.Query(ctx, query, named(params)...)
	return rows, wrap(err)
}

func named(params map[string]string) []any {
	args := make([]any, 0, len(params))
	for name, value := range params {
		args = append(args, clickhouse.Named(name, value))
	}
	return args
}

package store

import (
	"context"
	"fmt"
	"strings"
)

// Exec runs a statement that answers nothing. params are the values of its
// server-side parameters.
func (s *Store) Exec(ctx context.Context, statement string, params map[string]string) error {
	return wrap(s.conn.Exec(ctx, statement, named(params)...))
}

// InsertRows writes rows of derived data into a table, in one insert, so that
// all of them are there or none. Records are inserted as batches instead: see
// [Store.NewBatch].
func (s *Store) InsertRows(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	batch, err := s.conn.PrepareBatch(ctx, fmt.Sprintf("INSERT INTO %s (%s)", quoteName(table), strings.Join(columns, ", ")))
	if err != nil {
		return fmt.Errorf("inserting into %s: %w", table, wrap(err))
	}
	defer batch.Close()
	for _, row := range rows {
		if err := batch.Append(row...); err != nil {
			return fmt.Errorf("inserting into %s: %w", table, err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("inserting into %s: %w", table, wrap(err))
	}
	return nil
}

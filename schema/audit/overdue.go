package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// overdueAfter is after how many waits between seals what has landed should be sealed,
// whoever seals it.
const overdueAfter = 3

// overdue says, while another process has the folder, that nobody seals: the newest
// checkpoint is older than overdueAfter waits, and what it does not cover landed longer ago
// than that. While the checkpoint is not so old, this reads one file and asks ClickHouse
// nothing.
func (s *Sealer) overdue(ctx context.Context) error {
	present, err := sequences(s.cfg.Dir)
	if err != nil {
		return err
	}
	newest, err := s.latest(present)
	if err != nil {
		return err
	}
	limit := s.cfg.Now().Add(-overdueAfter * s.cfg.Every)
	if newest != nil && newest.Time.After(limit) {
		return nil
	}
	for _, e := range schema.Entities {
		due, err := s.due(ctx, e, newest.sealed())
		if err != nil {
			return err
		}
		waits, err := s.landedBefore(ctx, e, due, limit)
		if err != nil {
			return err
		}
		if waits {
			return fmt.Errorf("another process has %s, and does not seal what landed more than %s ago: see whether it hangs, and end it then", s.cfg.Dir, overdueAfter*s.cfg.Every)
		}
	}
	return nil
}

// landedBefore says whether something of stretches of one entity landed before a time.
func (s *Sealer) landedBefore(ctx context.Context, e schema.Entity, due []stretch, limit time.Time) (found bool, err error) {
	if len(due) == 0 {
		return false, nil
	}
	where, params := condition(due)
	params["limit"] = store.TimeParameter(limit)
	query := fmt.Sprintf("SELECT 1 FROM %s_records WHERE landed_at < {limit:DateTime64(3, 'UTC')} AND (%s) LIMIT 1", e, where)
	err = s.store.Each(ctx, query, params, func(store.Rows) error {
		found = true
		return nil
	})
	return found, err
}

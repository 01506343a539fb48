package store

import (
	"context"
	"fmt"

	"github.com/vividium/firebreak/schema"
)

// Landed tells for each partition of the topic the highest offset that has
// landed. A partition without records is not there.
func (s *Store) Landed(ctx context.Context, e schema.Entity, topic string) (map[int32]int64, error) {
	query := fmt.Sprintf("SELECT partition, max(offset) FROM %s_records WHERE topic = {topic:String} GROUP BY topic, partition", e)
	rows, err := s.Query(ctx, query, map[string]string{"topic": topic})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	landed := make(map[int32]int64)
	for rows.Next() {
		var partition int32
		var offset uint64
		if err := rows.Scan(&partition, &offset); err != nil {
			return nil, wrap(err)
		}
		landed[partition] = int64(offset)
	}
	return landed, wrap(rows.Err())
}

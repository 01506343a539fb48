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

// Extent is what has landed of a partition.
type Extent struct {
	Topic     string
	Partition int32
	Records   int64
	// First and Last are the lowest and the highest offset that have landed.
	First, Last int64
}

// Extents tells for every partition of every topic in an entity's table what has
// landed, ordered by topic and partition. It is answered from a few rows.
func (s *Store) Extents(ctx context.Context, e schema.Entity) ([]Extent, error) {
	query := fmt.Sprintf("SELECT topic, partition, count(), min(offset), max(offset) FROM %s_records GROUP BY topic, partition ORDER BY topic, partition", e)
	var list []Extent
	err := s.Each(ctx, query, nil, func(rows Rows) error {
		var x Extent
		var records, first, last uint64
		if err := rows.Scan(&x.Topic, &x.Partition, &records, &first, &last); err != nil {
			return wrap(err)
		}
		x.Records, x.First, x.Last = int64(records), int64(first), int64(last)
		list = append(list, x)
		return nil
	})
	return list, err
}

package store

import (
	"context"
	"fmt"

	"github.com/vividium/firebreak/schema"
)

// Landed tells for each partition of the topic the highest offset that has
// landed. A partition without records is not there; one with an offset that Kafka cannot
// have is an *ImpossibleOffset.
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
		if landed[partition], err = KafkaOffset(topic, partition, offset); err != nil {
			return nil, err
		}
	}
	return landed, wrap(rows.Err())
}

// Extent is what has landed of a partition.
type Extent struct {
	Topic     string
	Partition int32
	Records   int64
	// First and Last are the lowest and the highest offset that have landed. Above
	// MaxOffset they are somebody's who writes to ClickHouse, and not Kafka's.
	First, Last uint64
}

// Extents tells for every partition of every topic in an entity's table what has
// landed, ordered by topic and partition. It is answered from a few rows.
func (s *Store) Extents(ctx context.Context, e schema.Entity) ([]Extent, error) {
	query := fmt.Sprintf("SELECT topic, partition, count(), min(offset), max(offset) FROM %s_records GROUP BY topic, partition ORDER BY topic, partition", e)
	var list []Extent
	err := s.Each(ctx, query, nil, func(rows Rows) error {
		var x Extent
		var records uint64
		if err := rows.Scan(&x.Topic, &x.Partition, &records, &x.First, &x.Last); err != nil {
			return wrap(err)
		}
		x.Records = int64(records)
		list = append(list, x)
		return nil
	})
	return list, err
}

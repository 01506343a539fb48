package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/vividium/firebreak/schema"
)

// Landed tells for each partition of the topic the highest offset that has
// landed. A partition without records is not there. Offsets that Kafka cannot have are
// somebody's who writes to ClickHouse: they are passed over, for whoever reads from Kafka
// goes on behind what came from there; the audit trail tells them.
func (s *Store) Landed(ctx context.Context, e schema.Entity, topic string) (map[int32]int64, error) {
	query := fmt.Sprintf("SELECT partition, max(offset) FROM %s_records WHERE topic = {topic:String} GROUP BY topic, partition", e)
	rows, err := s.Query(ctx, query, map[string]string{"topic": topic})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	landed := make(map[int32]int64)
	var again []int32
	for rows.Next() {
		var partition int32
		var offset uint64
		if err := rows.Scan(&partition, &offset); err != nil {
			return nil, wrap(err)
		}
		if offset > MaxOffset {
			again = append(again, partition)
			continue
		}
		landed[partition] = int64(offset)
	}
	if err := rows.Err(); err != nil {
		return nil, wrap(err)
	}
	return landed, s.landedFromKafka(ctx, e, topic, again, landed)
}

// landedFromKafka puts the highest offset into landed that Kafka can have, for partitions
// that have higher ones, too.
func (s *Store) landedFromKafka(ctx context.Context, e schema.Entity, topic string, partitions []int32, landed map[int32]int64) error {
	query := fmt.Sprintf("SELECT toInt64(max(offset)) FROM %s_records WHERE topic = {topic:String} AND partition = {partition:Int32} AND offset <= {most:UInt64} HAVING count() > 0", e)
	for _, partition := range partitions {
		params := map[string]string{"topic": topic, "partition": strconv.Itoa(int(partition)), "most": strconv.FormatInt(MaxOffset, 10)}
		err := s.Each(ctx, query, params, func(rows Rows) error {
			var offset int64
			err := rows.Scan(&offset)
			landed[partition] = offset
			return wrap(err)
		})
		if err != nil {
			return err
		}
	}
	return nil
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

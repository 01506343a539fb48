package main

import (
	"context"
	"maps"
	"strconv"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// letter is a dead letter as it landed.
type letter struct {
	schema.Record
	repaired bool // a replay of it was good
}

// A page is read at once, so that a slow Kafka does not keep a query of
// ClickHouse's open: so many dead letters, or so many bytes of them.
const (
	pageRows  = 1000
	pageBytes = 32 << 20
)

// readPage reads the dead letters that follow one, in the order of their places,
// and says whether there may be more. Of those that where chooses.
func readPage(ctx context.Context, s *store.Store, where string, params map[string]string, after *letter) (page []*letter, more bool, err error) {
	params = maps.Clone(params)
	params["topic"], params["partition"] = after.Topic, strconv.Itoa(int(after.Partition))
	params["offset"] = strconv.FormatInt(after.Offset, 10)
	params["limit"] = strconv.Itoa(pageRows)
	rows, err := s.Query(ctx, `SELECT topic, partition, offset, key, headers.name, headers.value, raw, repaired
FROM dead_letters
`+where+` AND (topic, partition, offset) > ({topic:String}, {partition:Int32}, {offset:UInt64})
ORDER BY topic, partition, offset
LIMIT {limit:UInt64}`, params)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		l, err := scanLetter(rows)
		if err != nil {
			return nil, false, err
		}
		page = append(page, l)
		if size += len(l.Key) + len(l.Value); size > pageBytes {
			return page, true, nil
		}
	}
	return page, len(page) == pageRows, rows.Err()
}

func scanLetter(rows store.Rows) (*letter, error) {
	var l letter
	var offset uint64
	var key, raw string
	var names, values []string
	if err := rows.Scan(&l.Topic, &l.Partition, &offset, &key, &names, &values, &raw, &l.repaired); err != nil {
		return nil, err
	}
	var err error
	if l.Offset, err = store.KafkaOffset(l.Topic, l.Partition, offset); err != nil {
		return nil, err
	}
	l.Key, l.Value = []byte(key), []byte(raw)
	for i, name := range names {
		l.Headers = append(l.Headers, schema.Header{Name: name, Value: []byte(values[i])})
	}
	return &l, nil
}

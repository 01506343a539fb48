package ingest

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
)

// Replay is the record that sends a dead letter again: its value, key and
// headers, to the partition that it came from, so that it lands where the other
// events of its entity do. A header (schema.ReplayHeader) says of which record
// it is the replay; when that one was a replay itself, the header stays and names
// the first of them. The producer needs kgo.ManualPartitioner.
func Replay(dead *schema.Record) *kgo.Record {
	replay := &kgo.Record{Topic: dead.Topic, Partition: dead.Partition, Key: dead.Key, Value: dead.Value}
	for _, h := range dead.Headers {
		replay.Headers = append(replay.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
	}
	if _, again := dead.ReplayOf(); again {
		return replay
	}
	replay.Headers = slices.DeleteFunc(replay.Headers, func(h kgo.RecordHeader) bool { return h.Key == schema.ReplayHeader })
	replay.Headers = append(replay.Headers, kgo.RecordHeader{Key: schema.ReplayHeader, Value: []byte(dead.Place())})
	return replay
}

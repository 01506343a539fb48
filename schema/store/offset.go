package store

import (
	"fmt"
	"math"
)

// MaxOffset is the highest offset that a record can have in Kafka, which counts in signed
// numbers of 64 bits and numbers the record after it as well.
const MaxOffset = math.MaxInt64 - 1

// ImpossibleOffset says that a record in ClickHouse has an offset above MaxOffset. The
// column can hold it, but nothing that came from Kafka has it.
type ImpossibleOffset struct {
	Topic     string
	Partition int32
	Offset    uint64
}

// Error implements error.
func (e *ImpossibleOffset) Error() string {
	return fmt.Sprintf("the record %s/%d@%d in ClickHouse has an offset that Kafka cannot have: find out who put it there, and delete it", e.Topic, e.Partition, e.Offset)
}

// KafkaOffset is the offset of a record as it was read from ClickHouse. The error is an
// *ImpossibleOffset.
func KafkaOffset(topic string, partition int32, offset uint64) (int64, error) {
	if offset > MaxOffset {
		return 0, &ImpossibleOffset{topic, partition, offset}
	}
	return int64(offset), nil
}

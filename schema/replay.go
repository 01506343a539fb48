package schema

import "fmt"

// ReplayHeader names the Kafka header of a record that sends a dead letter
// again. Its value is the dead letter's place.
const ReplayHeader = "firebreak-replay-of"

// Place is where the record rests in Kafka, as topic/partition/offset.
func (r *Record) Place() string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

package schema

import (
	"fmt"
	"strings"
)

// ReplayHeader names the Kafka header of a record that sends a dead letter
// again. Its value is the place of the dead letter that came first.
const ReplayHeader = "firebreak-replay-of"

// Place is where the record rests in Kafka, as topic/partition/offset.
func (r *Record) Place() string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

// ReplayOf is the place of the dead letter of which the record is a replay. A
// header that names another topic's record, as a mirrored topic may have, makes
// none.
func (r *Record) ReplayOf() (place string, ok bool) {
	for _, h := range r.Headers {
		if h.Name == ReplayHeader {
			place = string(h.Value)
			return place, strings.HasPrefix(place, r.Topic+"/")
		}
	}
	return "", false
}

package audit

import (
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// ingestSlack is how long before it landed a record may have been read: until then an
// event may have been too far ahead that was not when it landed.
const ingestSlack = schema.Millis(time.Hour / time.Millisecond)

// decode reads a record as it was read when it landed, and says whether its columns agree
// with that. The event is nil when it is, or was taken for, a dead letter; it is good
// until the decoder reads the next.
//
// When it landed is known from a column only. So an event may be taken for a dead letter
// unnoticed by who also puts the landing a day before it occurred.
func decode(d *schema.Decoder, rec *schema.Record, says *store.Columns) (schema.Event, bool) {
	event, fault := d.Decode(rec, says.LandedAt.Time())
	if fault != nil {
		return nil, says.DeadLetter
	}
	base := event.Base()
	if says.DeadLetter {
		ahead := base.OccurredAt > says.LandedAt-ingestSlack+schema.Millis(schema.MaxAhead/time.Millisecond)
		if ahead {
			return nil, true
		}
		return event, false
	}
	agrees := event.EntityID() == string(says.ID) && base.Type == string(says.Type) && base.OccurredAt == says.OccurredAt
	if run, ok := event.(*schema.ExecutionEvent); ok {
		agrees = agrees && run.Approver.Value == string(says.Approver)
	}
	return event, agrees
}

package audit

import (
	"fmt"
	"time"
)

// Kind says what is wrong.
type Kind string

// The kinds of faults. The first six are of records in ClickHouse.
const (
	Changed   Kind = "changed"   // another record is at the offset than was sealed
	Removed   Kind = "removed"   // nothing is at the offset
	Inserted  Kind = "inserted"  // something is at an offset that was not sealed, or twice
	Reordered Kind = "reordered" // the record was sealed at another offset, where it is no more
	Truncated Kind = "truncated" // the last records of the partition are missing
	Misread   Kind = "misread"   // the columns that were parsed from the record do not say what it says

	BadCheckpoint Kind = "checkpoint" // a checkpoint is not as it was signed, or not in its place
	Missing       Kind = "missing"    // a checkpoint is missing
	BadLeafLog    Kind = "leaf log"   // a leaf log is not what was signed
	Forgotten     Kind = "witness"    // what was verified before is there no more
)

// Fault is what is wrong in a place. Faults of one kind in one partition are told as
// one, by the first of them.
type Fault struct {
	Kind Kind `json:"kind"`
	Stream
	// Offset is that of the first record at fault, Count how many are; Sealed is
	// where the record at Offset was sealed that is Reordered. An Offset may be one that
	// Kafka cannot have.
	Offset uint64 `json:"offset"`
	Sealed int64  `json:"sealed_offset,omitempty"`
	Count  int64  `json:"count"`
	// Checkpoint is the one at fault; of a record the first that covers its offset,
	// so that it was sealed between the one before and this.
	Checkpoint int64 `json:"checkpoint"`
	// EntityID and EventType are what the record that is there says it is about; empty
	// when nothing is there, or nothing that can be read.
	EntityID  string `json:"entity_id,omitempty"`
	EventType string `json:"event_type,omitempty"`
	Detail    string `json:"detail"`
}

// ofRecord says whether it is a fault of records, not of what proves them.
func (f *Fault) ofRecord() bool { return f.Topic != "" && f.Kind != BadLeafLog }

// Verified is what was found of a stream.
type Verified struct {
	Stream

	Sealed   int64 `json:"sealed"`   // records in the latest checkpoint
	Intact   int64 `json:"intact"`   // of those, how many are as they were
	Unsealed int64 `json:"unsealed"` // records that are not in a checkpoint yet
	Unproven int64 `json:"unproven"` // records there that agree with no more than a leaf log which is not what was signed
}

// Report is the outcome of a verification.
type Report struct {
	Key         Hash       `json:"key"` // by which checkpoints were judged
	Head        Head       `json:"head"`
	Time        time.Time  `json:"time"`        // of the head; zero when there is none
	Checkpoints int        `json:"checkpoints"` // that are there, right or not
	Partitions  []Verified `json:"partitions"`
	Faults      []Fault    `json:"faults"`
	Records     int64      `json:"records"` // that were read
	Bytes       int64      `json:"bytes"`   // of their keys, headers and values
	Seconds     float64    `json:"seconds"`
}

// Err is nil when everything that was sealed is as it was.
func (r *Report) Err() error {
	if len(r.Faults) > 0 {
		kinds := make(map[Kind]bool)
		for _, f := range r.Faults {
			kinds[f.Kind] = true
		}
		return fmt.Errorf("the audit trail has faults of %d kinds; the first: %s", len(kinds), r.Faults[0].String())
	}
	if r.Checkpoints == 0 {
		return fmt.Errorf("nothing has been sealed there, so that nothing can be verified: `firebreak audit seal` begins a trail")
	}
	return nil
}

// String is a fault in one line.
func (f *Fault) String() string {
	switch {
	case f.Topic == "":
		return fmt.Sprintf("checkpoint %d: %s", f.Checkpoint, f.Detail)
	case f.ofRecord():
		return fmt.Sprintf("%s at offset %d of %s: %s", f.Kind, f.Offset, f.Stream, f.Detail)
	}
	return fmt.Sprintf("%s of %s: %s", f.Kind, f.Stream, f.Detail)
}

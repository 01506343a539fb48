package ingest

import (
	"errors"
	"fmt"
	"time"

	"github.com/vividium/firebreak/schema"
)

// Config says what is consumed and how it is cut into batches.
type Config struct {
	// Topics names the topic of each entity.
	Topics map[schema.Entity]string
	// Group is the Kafka consumer group; one group feeds one database.
	Group string
	// Protocol is how the group shares out partitions.
	Protocol Protocol
	// Instance makes this a static member: one that is restarted under the same
	// name within Session gets its partitions back without a rebalance; with
	// ProtocolConsumer one that was killed gets them when its session has ended.
	// Each process needs its own. Empty: a dynamic member.
	Instance string
	// Session is how long the group waits for a silent member. 0 is the client's
	// default (45 s); with ProtocolConsumer the brokers decide.
	Session time.Duration
	// TakeOver lets this group go on where another has fed the database, which
	// must have been stopped.
	TakeOver bool
	// AcceptLoss goes on where Kafka has deleted records before they were read,
	// instead of halting.
	AcceptLoss bool
	// MaxRows, MaxBytes and MaxWait cut a batch, whichever comes first: rows,
	// bytes as they go to ClickHouse, and time since its first record.
	MaxRows  int
	MaxBytes int
	MaxWait  time.Duration
	// Memory bounds what all partitions together hold in queues and batches,
	// in bytes. What Kafka's client buffers comes on top.
	Memory int
	// StopTimeout bounds landing what is left when a partition is handed over
	// or the process stops.
	StopTimeout time.Duration
	// Lease is how long after the group has been asked an insert may still be
	// carried out. It has to cover sending a batch, and must be short enough that
	// the store remembers the tokens of its latest blocks for longer.
	Lease time.Duration
}

// Protocol is a protocol of consumer groups.
type Protocol string

// The protocols: that in which a member shares out partitions, which every
// broker speaks, and that of KIP-848, in which the brokers do (Kafka 4.0 and
// later).
const (
	ProtocolClassic  Protocol = "classic"
	ProtocolConsumer Protocol = "consumer"
)

// maxBatchRows keeps a batch far below the size at which the store would split
// its block.
const maxBatchRows = 1_000_000

// DefaultConfig is a configuration for the contract's topics that runs in half
// a gigabyte.
func DefaultConfig() Config {
	return Config{
		Topics: map[schema.Entity]string{
			schema.Incident:  "firebreak.incidents",
			schema.Alert:     "firebreak.alerts",
			schema.Execution: "firebreak.executions",
		},
		Group:       "firebreak",
		Protocol:    ProtocolClassic,
		MaxRows:     100_000,
		MaxBytes:    24 << 20,
		MaxWait:     time.Second,
		Memory:      144 << 20,
		StopTimeout: 15 * time.Second,
		Lease:       time.Minute,
	}
}

// MemoryLimit is what to give the garbage collector as its soft limit, in
// bytes: twice what records and batches may take, for what it has not collected
// yet and for what Kafka's client buffers.
func (c Config) MemoryLimit() int64 { return 2*int64(c.Memory) + 2*fetchMaxBytes }

// Validate reports every mistake at once.
func (c Config) Validate() error {
	var mistakes []error
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	seen := make(map[string]schema.Entity)
	for _, e := range schema.Entities {
		topic := c.Topics[e]
		if topic == "" {
			wrong("the topic of %ss has no name", e)
		} else if other, taken := seen[topic]; taken {
			wrong("the topics of %ss and %ss are both %q; each entity needs its own", other, e, topic)
		}
		seen[topic] = e
	}
	if c.Group == "" {
		wrong("the consumer group has no name")
	}
	if c.Protocol != ProtocolClassic && c.Protocol != ProtocolConsumer {
		wrong("the group's protocol is %q; it must be %s or %s", c.Protocol, ProtocolClassic, ProtocolConsumer)
	}
	if c.Session < 0 || c.Lease <= 0 {
		wrong("the session must not be negative, the lease must be above zero")
	}
	if c.MaxRows < 1 || c.MaxBytes < 1 || c.MaxWait <= 0 {
		wrong("a batch's rows, bytes and wait must all be above zero")
	}
	if c.MaxRows > maxBatchRows {
		wrong("a batch may have at most %d rows, not %d: it must be one block in the store", maxBatchRows, c.MaxRows)
	}
	if c.Memory < 4*schema.MaxRecordBytes {
		wrong("memory must be at least %d bytes, room for a few of the largest records", 4*schema.MaxRecordBytes)
	}
	if c.StopTimeout <= 0 {
		wrong("the stop timeout must be above zero")
	}
	return errors.Join(mistakes...)
}

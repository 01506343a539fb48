package ingest_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/ingest/broker"
	"github.com/vividium/firebreak/schema"
)

// partitions is how many every topic has.
const partitions = 3

var topics = ingest.DefaultConfig().Topics

// kafka is a broker with a producer, and the ledger of what was produced.
type kafka struct {
	t       *testing.T
	addr    string
	client  *kgo.Client
	admin   *kadm.Client
	entries map[place]*kgo.Record
}

// place is where a record lies.
type place struct {
	topic     string
	partition int32
	offset    int64
}

// startKafka starts a broker with the contract's topics for one test.
func startKafka(t *testing.T) *kafka {
	t.Helper()
	var names []string
	for _, e := range schema.Entities {
		names = append(names, topics[e])
	}
	b, err := broker.Start(broker.Config{
		Dir: t.TempDir(), Addr: "127.0.0.1:0", Topics: names, Partitions: partitions,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.Addr()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(8<<20),
		kgo.ProducerLinger(0),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &kafka{t: t, addr: b.Addr(), client: client, admin: kadm.NewClient(client), entries: make(map[place]*kgo.Record)}
}

// produce sends the records and enters them in the ledger.
func (k *kafka) produce(records ...*kgo.Record) {
	k.t.Helper()
	for _, result := range k.client.ProduceSync(k.t.Context(), records...) {
		if result.Err != nil {
			k.t.Fatal(result.Err)
		}
		r := result.Record
		k.entries[place{r.Topic, r.Partition, r.Offset}] = r
	}
}

// commit sets the offset that Kafka keeps for the group, whatever is true.
func (k *kafka) commit(group, topic string, partition int32, offset int64) {
	k.t.Helper()
	k.commitWith(group, topic, partition, offset, "")
}

// commitWith is commit with metadata beside the offset.
func (k *kafka) commitWith(group, topic string, partition int32, offset int64, metadata string) {
	k.t.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: partition, At: offset, LeaderEpoch: -1, Metadata: metadata})
	if err := k.admin.CommitAllOffsets(k.t.Context(), group, offsets); err != nil {
		k.t.Fatal(err)
	}
}

// committed is the offset that Kafka keeps for the group; -1 is none.
func (k *kafka) committed(group, topic string, partition int32) int64 {
	k.t.Helper()
	offsets, err := k.admin.FetchOffsets(k.t.Context(), group)
	if err != nil {
		k.t.Fatal(err)
	}
	if o, ok := offsets.Lookup(topic, partition); ok {
		return o.At
	}
	return -1
}

// wantNoLag checks that the group's committed offsets have reached the end of
// every partition that has records.
func (k *kafka) wantNoLag(group string) {
	k.t.Helper()
	ends, err := k.admin.ListEndOffsets(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	ends.Each(func(end kadm.ListedOffset) {
		if end.Offset == 0 {
			return
		}
		if at := k.committed(group, end.Topic, end.Partition); at != end.Offset {
			k.t.Errorf("%s/%d: committed %d, the end is %d", end.Topic, end.Partition, at, end.Offset)
		}
	})
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// deleteUpTo removes what lies before an offset, as retention does.
func (k *kafka) deleteUpTo(topic string, partition int32, offset int64) {
	k.t.Helper()
	var offsets kadm.Offsets
	offsets.AddOffset(topic, partition, offset, -1)
	answers, err := k.admin.DeleteRecords(k.t.Context(), offsets)
	if err = errors.Join(err, answers.Error()); err != nil {
		k.t.Fatal(err)
	}
}

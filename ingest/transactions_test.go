package ingest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// rewound is a store in which the first partition of incidents ends earlier.
type rewound struct {
	ingest.Store
	last int64
}

func (r *rewound) Landed(_ context.Context, e schema.Entity, _ string) (map[int32]int64, error) {
	if e != schema.Incident {
		return nil, nil
	}
	return map[int32]int64{0: r.last}, nil
}

// TestTransactions reads what producers send in transactions: what they took
// back never comes, and Kafka's markers between the records are neither waited
// for nor missed, also when retention has left nothing but their place.
func TestTransactions(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	producer, err := kgo.NewClient(kgo.SeedBrokers(k.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("sender"))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	events := inOnePartition(300, 0)
	transact := func(records []*kgo.Record, end kgo.TransactionEndTry) {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, result := range producer.ProduceSync(t.Context(), records...) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
			if r := result.Record; end == kgo.TryCommit {
				k.entries[place{r.Topic, r.Partition, r.Offset}] = r
			}
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	setup := ready(k, s)
	setup.cfg.MaxRows = 70 // transactions end within batches and between them
	r := setup.start(t)
	transact(events[:100], kgo.TryCommit)
	transact(events[100:150], kgo.TryAbort)
	transact(events[150:220], kgo.TryCommit)
	eventually(t, "the committed records have landed", func() bool { return r.landed() == 170 })
	transact(events[220:230], kgo.TryAbort)
	const end = 230 + 4 // a marker for each transaction
	eventually(t, "the last marker was passed", func() bool { return k.committed(group, topics[schema.Incident], 0) == end })
	r.stop()
	r.wantReconciled()
	k.wantExact(s)

	k.deleteUpTo(topics[schema.Incident], 0, end)
	// The same with a store that has less, as from a backup: records are missing.
	earlier := ready(k, storetest.Open(t))
	earlier.deps.Store = &rewound{earlier.deps.Store, 99}
	if err := earlier.start(t).wait(); err == nil || !strings.Contains(err.Error(), "--accept-loss") {
		t.Errorf("records are missing in the store and in Kafka: %v", err)
	}
	r = setup.start(t)
	k.produce(goodEvent(schema.Incident, 0))
	eventually(t, "the next record has landed", func() bool { return r.landed() == 1 })
	r.stop()
	r.wantReconciled()
	k.wantExact(s)
	k.wantNoLag(group)
}

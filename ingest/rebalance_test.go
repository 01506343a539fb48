package ingest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestRebalance lets members of the group come and go in the middle of a
// stream, under each protocol.
func TestRebalance(t *testing.T) {
	for _, protocol := range []ingest.Protocol{ingest.ProtocolClassic, ingest.ProtocolConsumer} {
		t.Run(string(protocol), func(t *testing.T) { rebalance(t, protocol) })
	}
}

func rebalance(t *testing.T, protocol ingest.Protocol) {
	k, s := startKafka(t), storetest.Open(t)
	setup := ready(k, s)
	setup.cfg.MaxRows = 50
	setup.cfg.Protocol = protocol
	k.produce(goodEvents(0, 2000)...)
	first := setup.start(t)
	eventually(t, "the first is at work", func() bool { return first.landed() > 300 })
	second := setup.start(t)
	eventually(t, "both are in the group", func() bool { return members(k) == 2 })
	more := 2000
	eventually(t, "the second is at work", func() bool {
		k.produce(goodEvents(more, 100)...)
		more += 100
		return second.landed() > 300
	})
	first.stop()
	k.produce(goodEvents(more, 500)...)
	third := setup.start(t)
	all := []*running{first, second, third}
	eventually(t, "all records have landed", func() bool { return sumOf(all) >= len(k.entries) })
	second.stop()
	third.stop()
	k.wantExact(s)
	k.wantNoLag(group)
	for _, r := range all {
		r.wantReconciled()
	}
	if got := sumOf(all); got != len(k.entries) {
		t.Errorf("the members count %d records, produced were %d", got, len(k.entries))
	}
}

func sumOf(all []*running) int {
	n := 0
	for _, r := range all {
		n += r.landed()
	}
	return n
}

// TestPartitionsComeBack takes partitions away that are set aside because the
// store fails, and gives them back: they must be read again.
func TestPartitionsComeBack(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 300)...)
	var away atomic.Bool
	away.Store(true)
	g := &gatekeeper{before: func(context.Context, string, int) error {
		if away.Load() {
			return errAway
		}
		return nil
	}}
	setup := ready(k, s)
	setup.cfg.StopTimeout = 200 * time.Millisecond
	g.guard(&setup)
	first := setup.start(t)
	eventually(t, "all partitions are set aside", func() bool { return first.count("insert_retries_total") >= 9 })
	second := setup.start(t)
	eventually(t, "the second has partitions", func() bool { return second.count("records_consumed_total") > 0 })
	second.stop()
	away.Store(false)
	eventually(t, "all records have landed", func() bool { return first.landed() >= len(k.entries) })
	first.stop()
	k.wantExact(s)
	first.wantReconciled()
	second.wantReconciled()
}

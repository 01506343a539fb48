package ingest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestSettleAwaitsTheCommitUnderWay gives a partition up while a broker is slow
// to take its intent: once it is given up, nothing of it may come any more.
func TestSettleAwaitsTheCommitUnderWay(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	assigned := make(chan struct{})
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) { close(assigned) }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	<-assigned
	c := newCommitter(client, func(error) { t.Error("expelled") })
	go c.run()
	defer c.close()
	member, _ := client.GroupMetadata()
	w := &worker{tp: topicPartition{"t", 0}, member: member}
	c.own(w)

	arrived, release := make(chan struct{}), make(chan struct{})
	cluster.ControlKey(int16(kmsg.OffsetCommit), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(arrived)
		cluster.SleepControl(func() { <-release })
		return nil, nil, false
	})
	fencing, giveUp := context.WithCancel(t.Context())
	go func() {
		<-arrived
		giveUp()
	}()
	if err := c.fence(fencing, w, mark{offset: 7, until: 9, epoch: -1}); err == nil {
		t.Fatal("the intent was taken before Kafka answered")
	}
	var answered atomic.Bool
	time.AfterFunc(200*time.Millisecond, func() {
		answered.Store(true)
		close(release)
	})
	if err := c.settle(t.Context(), []*worker{w}); err != nil {
		t.Fatal(err)
	}
	if !answered.Load() {
		t.Error("the partition was given up while its commit was under way")
	}
	c.disown([]*worker{w})
	offsets, err := kadm.NewClient(client).FetchOffsets(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := offsets.Lookup("t", 0); !ok || at.At != 7 {
		t.Errorf("Kafka has %v", at)
	}
}

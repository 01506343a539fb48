package ingest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/vividium/firebreak/schema"
)

// Bounds of what Kafka's client buffers: one fetch a broker, and what one
// partition may take of it.
const (
	fetchMaxBytes          = 8 << 20
	fetchMaxPartitionBytes = 2 << 20
	// fetchMaxWait is how long a fetch may hang when there is nothing new; a
	// partition that is assigned or resumed meanwhile waits as long.
	fetchMaxWait   = 500 * time.Millisecond
	commitInterval = time.Second
)

func (p *Pipeline) clientOptions() []kgo.Opt {
	topics := make([]string, 0, len(p.cfg.Topics))
	for _, e := range schema.Entities {
		topics = append(topics, p.cfg.Topics[e])
	}
	opts := append(slices.Clone(p.deps.Kafka),
		kgo.ConsumerGroup(p.cfg.Group),
		kgo.ConsumeTopics(topics...),
		kgo.AdjustFetchOffsetsFn(p.resume),
		// An offset that Kafka does not have must not be passed over silently.
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		// Between a poll and the delivery of its records no partition may be
		// taken away: a worker gets records only while it owns its partition.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(p.assigned),
		kgo.OnPartitionsRevoked(p.revoked),
		kgo.OnPartitionsLost(p.lost),
		kgo.DisableAutoCommit(),
		kgo.WithDecompressor(p.unpacker),
		// What a producer's transaction took back never happened.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(fetchMaxBytes),
		kgo.FetchMaxWait(fetchMaxWait),
		kgo.FetchMaxPartitionBytes(fetchMaxPartitionBytes),
		// A hand-over lands what is held and commits, each in StopTimeout; whoever
		// takes longer to answer the group is gone, and the others need not wait.
		kgo.RebalanceTimeout(max(minRebalance, handOver*p.cfg.StopTimeout)),
	)
	if p.cfg.Session > 0 {
		opts = append(opts, kgo.SessionTimeout(p.cfg.Session), kgo.HeartbeatInterval(min(p.cfg.Session/heartbeats, maxHeartbeat)))
	}
	if p.cfg.Instance != "" {
		opts = append(opts, kgo.InstanceID(p.cfg.Instance))
	}
	if p.cfg.Protocol == ProtocolConsumer {
		// Only these balancers exist on the broker's side.
		opts = append(opts, kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer()))
	}
	return opts
}

const (
	handOver     = 2
	minRebalance = 2 * time.Second
)

// A member is heard of several times in a session, and often enough to learn
// soon that the group changes.
const (
	heartbeats   = 5
	maxHeartbeat = 3 * time.Second
)

func (p *Pipeline) assigned(_ context.Context, _ *kgo.Client, added map[string][]int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	member, _ := p.client.GroupMetadata()
	var started []*worker
	for topic, partitions := range added {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			w := newWorker(p, tp, member)
			p.workers[tp] = w
			p.commits.own(w)
			started = append(started, w)
		}
	}
	p.shareMemory()
	for _, w := range started {
		go w.run()
	}
	p.deps.Logger.Info("partitions assigned", "partitions", added)
}

// shareMemory divides among the workers what is not for queues: each has a
// batch that fills and one that is being inserted.
func (p *Pipeline) shareMemory() {
	if len(p.workers) == 0 {
		return
	}
	share := (p.cfg.Memory - p.gate.limit) / len(p.workers) / 2
	for _, w := range p.workers {
		w.setShare(share)
	}
}

func (p *Pipeline) revoked(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	p.giveUp(p.remove(gone))
	p.deps.Logger.Info("partitions handed over", "partitions", gone)
}

// lost is a hand-over without a chance to write: another member may own the
// partitions already.
func (p *Pipeline) lost(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	workers := p.remove(gone)
	p.stopWorkers(workers, false)
	p.commits.disown(workers)
	p.deps.Logger.Warn("partitions lost", "partitions", gone)
}

func (p *Pipeline) remove(gone map[string][]int32) []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	var removed []*worker
	for topic, partitions := range gone {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			if w := p.workers[tp]; w != nil {
				removed = append(removed, w)
				delete(p.workers, tp)
			}
		}
	}
	p.shareMemory()
	return removed
}

func (p *Pipeline) allWorkers() []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*worker, 0, len(p.workers))
	for tp, w := range p.workers {
		all = append(all, w)
		delete(p.workers, tp)
	}
	return all
}

// giveUp lands what the workers hold and commits the last word on it.
func (p *Pipeline) giveUp(workers []*worker) {
	p.stopWorkers(workers, true)
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.StopTimeout)
	defer cancel()
	if err := p.commits.settle(ctx, workers); err != nil {
		p.deps.Logger.Warn("committing offsets failed; Kafka shows more lag than there is", "error", err)
	}
	p.commits.disown(workers)
}

// stopWorkers joins the workers; with flush they first land what is in their batches.
func (p *Pipeline) stopWorkers(workers []*worker, flush bool) {
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() { w.stop(flush) })
	}
	wg.Wait()
}

// leave leaves the group. A static member of the consumer protocol says who it is
// once more: Kafka's client leaves out the name, and brokers refuse that.
func (p *Pipeline) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.StopTimeout)
	defer cancel()
	member, _ := p.client.GroupMetadata()
	err := p.client.LeaveGroupContext(ctx)
	if p.cfg.Protocol == ProtocolConsumer && p.cfg.Instance != "" {
		err = p.leaveForAWhile(ctx, member)
	}
	if err != nil {
		p.deps.Logger.Warn("leaving the group failed; it misses this member when its session has ended", "error", err)
	}
}

// leaveForAWhile tells the group that a static member will be back.
func (p *Pipeline) leaveForAWhile(ctx context.Context, member string) error {
	const backSoon = -2 // the epoch that says so, by KIP-848
	farewell := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	farewell.Group, farewell.MemberID, farewell.MemberEpoch = p.cfg.Group, member, backSoon
	farewell.InstanceID = &p.cfg.Instance
	answer, err := farewell.RequestWith(ctx, p.client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.ErrorCode)
}

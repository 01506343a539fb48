package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

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
	return append(slices.Clone(p.deps.Kafka),
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
		kgo.AutoCommitMarks(),
		kgo.AutoCommitInterval(commitInterval),
		// What a producer's transaction took back never happened.
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxBytes(fetchMaxBytes),
		kgo.FetchMaxWait(fetchMaxWait),
		kgo.FetchMaxPartitionBytes(fetchMaxPartitionBytes),
	)
}

// resume is asked where to read on whenever partitions are assigned: after the
// highest offset that has landed, or at the start where nothing has.
func (p *Pipeline) resume(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	for topic, partitions := range offsets {
		landed, err := p.landed(ctx, topic)
		if err != nil {
			return nil, err
		}
		for partition := range partitions {
			partitions[partition] = kgo.NewOffset().AtStart()
			if last, ok := landed[partition]; ok {
				partitions[partition] = kgo.NewOffset().At(last + 1)
			}
		}
	}
	return offsets, nil
}

// landed asks the store, for as long as it takes: without the answer nothing
// can be read.
func (p *Pipeline) landed(ctx context.Context, topic string) (map[int32]int64, error) {
	var pause backoff
	for {
		landed, err := p.deps.Store.Landed(ctx, p.entities[topic], topic)
		if err == nil {
			return landed, nil
		}
		err = fmt.Errorf("asking what has landed of %s: %w", topic, err)
		if ctx.Err() != nil { // the group has changed again, or we are leaving it
			return nil, err
		}
		if !p.deps.Retryable(err) {
			p.halt(err)
			return nil, err
		}
		p.deps.Logger.Warn("the store does not answer; trying again", "error", err)
		if !pause.wait(ctx) || p.quit.Err() != nil {
			return nil, err
		}
	}
}

func (p *Pipeline) assigned(_ context.Context, _ *kgo.Client, added map[string][]int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var started []*worker
	for topic, partitions := range added {
		for _, partition := range partitions {
			tp := topicPartition{topic, partition}
			w := newWorker(p, tp)
			p.workers[tp] = w
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
	p.stopWorkers(p.remove(gone), true)
	p.commit()
	p.deps.Logger.Info("partitions handed over", "partitions", gone)
}

// lost is a hand-over without a chance to write: another member may own the
// partitions already.
func (p *Pipeline) lost(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	p.stopWorkers(p.remove(gone), false)
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

// stopWorkers joins the workers; with flush they first land what they hold.
func (p *Pipeline) stopWorkers(workers []*worker, flush bool) {
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() { w.stop(flush) })
	}
	wg.Wait()
}

// fatalFetch says whether a fetch error means that records would be missed.
func fatalFetch(err error) bool {
	var lossErr *kgo.ErrDataLoss
	return errors.Is(err, kerr.OffsetOutOfRange) || errors.As(err, &lossErr) ||
		errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.GroupAuthorizationFailed) ||
		errors.Is(err, kerr.SaslAuthenticationFailed)
}

// adviceOn says what a fatal fetch error means for the one who has to act.
func adviceOn(err error) string {
	if errors.Is(err, kerr.OffsetOutOfRange) {
		return " (Kafka does not have the record that follows what has landed: it was deleted before it was read, or the topic was made anew; to read all that Kafka has, name another database or topic)"
	}
	return ""
}

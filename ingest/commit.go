package ingest

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// committer commits offsets for all workers. Whatever comes together goes in
// one request, one request at a time, in order.
type committer struct {
	client *kgo.Client

	mu    sync.Mutex
	marks map[topicPartition]mark       // wait to be committed
	waits map[topicPartition]chan error // who wants to know
	wake  chan struct{}
	ended chan struct{}

	running context.Context // until close
	stop    context.CancelFunc
}

func newCommitter(client *kgo.Client) *committer {
	c := &committer{
		client: client,
		marks:  make(map[topicPartition]mark),
		waits:  make(map[topicPartition]chan error),
		wake:   make(chan struct{}, 1),
		ended:  make(chan struct{}),
	}
	c.running, c.stop = context.WithCancel(context.Background())
	return c
}

// run commits until close: what somebody waits for at once, the rest in a while.
func (c *committer) run() {
	defer close(c.ended)
	ticker := time.NewTicker(commitInterval)
	defer ticker.Stop()
	for {
		select {
		case <-c.wake:
		case <-ticker.C:
		case <-c.running.Done():
			return
		}
		c.commit()
	}
}

func (c *committer) close() {
	c.stop()
	<-c.ended
}

// note lets a mark be committed in a while; the latest of a partition counts.
func (c *committer) note(tp topicPartition, m mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks[tp] = m
}

// fence commits a mark with an intent and waits for Kafka's word. It succeeds
// only if this process was a member of the group in good standing when Kafka
// took it, which is how a writer that lost its partition learns that it has.
func (c *committer) fence(ctx context.Context, tp topicPartition, m mark) error {
	answer := c.ask(map[topicPartition]mark{tp: m})[tp]
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask lets marks be committed at once; the answers tell what became of them.
func (c *committer) ask(marks map[topicPartition]mark) map[topicPartition]chan error {
	answers := make(map[topicPartition]chan error)
	c.mu.Lock()
	for tp, m := range marks {
		answers[tp] = make(chan error, 1)
		c.marks[tp], c.waits[tp] = m, answers[tp]
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return answers
}

// settle commits the last word on partitions that are given up. What cannot be
// committed does no harm: the next owner asks the store what has landed.
func (c *committer) settle(ctx context.Context, workers []*worker) error {
	last := make(map[topicPartition]mark)
	for _, w := range workers {
		if m, waits := c.take(w.tp); waits {
			last[w.tp] = m
		}
	}
	var faults []error
	for _, answer := range c.ask(last) {
		select {
		case err := <-answer:
			faults = append(faults, err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.Join(faults...)
}

// forget drops what waits of partitions that others own by now.
func (c *committer) forget(workers []*worker) {
	for _, w := range workers {
		c.take(w.tp)
	}
}

func (c *committer) take(tp topicPartition) (mark, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.marks[tp]
	delete(c.marks, tp)
	return m, ok
}

// commit sends all that waits and tells those who want to know.
func (c *committer) commit() {
	c.mu.Lock()
	marks, waits := maps.Clone(c.marks), maps.Clone(c.waits)
	clear(c.marks)
	clear(c.waits)
	c.mu.Unlock()
	if len(marks) == 0 {
		return
	}
	faults := c.send(marks)
	for tp, answer := range waits {
		answer <- faults[tp]
	}
}

// send commits the marks and tells what became of each. A commit under way is
// never given up: on a connection made anew the next one could overtake it.
func (c *committer) send(marks map[topicPartition]mark) map[topicPartition]error {
	faults := make(map[topicPartition]error, len(marks))
	offsets := make(map[string]map[int32]kgo.EpochOffset)
	for tp, m := range marks {
		faults[tp] = kafkaFailed(committing, errNotAnswered)
		if offsets[tp.topic] == nil {
			offsets[tp.topic] = make(map[int32]kgo.EpochOffset)
		}
		offsets[tp.topic][tp.partition] = kgo.EpochOffset{Epoch: m.epoch, Offset: m.offset}
	}
	ctx := kgo.PreCommitFnContext(c.running, func(req *kmsg.OffsetCommitRequest) error {
		for _, t := range req.Topics {
			for i := range t.Partitions {
				metadata := marks[topicPartition{t.Topic, t.Partitions[i].Partition}].metadata()
				t.Partitions[i].Metadata = &metadata
			}
		}
		return nil
	})
	c.client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, req *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		if err != nil {
			for tp := range faults {
				faults[tp] = kafkaFailed(committing, err)
			}
			return
		}
		readAnswers(req, resp, faults)
	})
	return faults
}

// readAnswers fills in what Kafka says of each partition. New brokers name a
// topic by its id only.
func readAnswers(req *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, faults map[topicPartition]error) {
	names := make(map[[16]byte]string)
	for _, t := range req.Topics {
		names[t.TopicID] = t.Topic
	}
	for _, t := range resp.Topics {
		name := t.Topic
		if name == "" {
			name = names[t.TopicID]
		}
		for _, p := range t.Partitions {
			faults[topicPartition{name, p.Partition}] = kafkaFailed(committing, kerr.ErrorForCode(p.ErrorCode))
		}
	}
}

const committing = "committing to Kafka"

var errNotAnswered = errors.New("no answer for the partition")

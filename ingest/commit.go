package ingest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// committer commits offsets for the workers that own their partitions. Whatever
// comes together goes in one request, one request at a time, in order. Nothing
// of a worker is sent once it has been disowned.
type committer struct {
	client   *kgo.Client
	expelled func(error) // told when the group has expelled this member unnoticed

	mu       sync.Mutex
	owners   map[topicPartition]*worker
	pending  map[topicPartition]entry
	underWay chan struct{} // closed when the request under way has been answered; nil: none is
	wake     chan struct{}
	ended    chan struct{}

	running context.Context // until close
	stop    context.CancelFunc
}

// entry is a mark that waits to be committed.
type entry struct {
	mark
	owner  *worker
	answer chan error // nil where nobody waits
}

func newCommitter(client *kgo.Client, expelled func(error)) *committer {
	c := &committer{
		client: client, expelled: expelled,
		owners:  make(map[topicPartition]*worker),
		pending: make(map[topicPartition]entry),
		wake:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
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

// own lets a worker commit for its partition.
func (c *committer) own(w *worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owners[w.tp] = w
}

// disown drops what waits of workers that have ended.
func (c *committer) disown(workers []*worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range workers {
		if c.owners[w.tp] == w {
			delete(c.owners, w.tp)
		}
		if e, ok := c.pending[w.tp]; ok && e.owner == w {
			delete(c.pending, w.tp)
		}
	}
}

// note lets a mark be committed in a while; the latest of a partition counts.
func (c *committer) note(w *worker, m mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owners[w.tp] == w {
		c.pending[w.tp] = entry{mark: m, owner: w}
	}
}

// fence commits a mark with an intent and waits for Kafka's word. It succeeds
// only if this process was a member of the group in good standing when Kafka
// took it, and has been since the worker began, which is how a writer that lost
// its partition learns that it has.
func (c *committer) fence(ctx context.Context, w *worker, m mark) error {
	c.mu.Lock()
	answer := c.ask(entry{mark: m, owner: w})
	c.mu.Unlock()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask lets a mark be committed at once; the caller holds the lock.
func (c *committer) ask(e entry) <-chan error {
	e.answer = make(chan error, 1)
	if c.owners[e.owner.tp] != e.owner {
		e.answer <- errExpelled
		return e.answer
	}
	c.pending[e.owner.tp] = e
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return e.answer
}

// settle commits the last word on partitions that are given up, and waits for a
// commit of theirs that is under way: a broker that is slow might else take it
// after those of the next owner. What cannot be committed does no harm: the next
// owner asks the store what has landed.
func (c *committer) settle(ctx context.Context, workers []*worker) error {
	var answers []<-chan error
	c.mu.Lock()
	for _, w := range workers {
		// An intent that still waits belongs to a batch that was given up.
		if e, ok := c.pending[w.tp]; ok && e.owner == w && e.answer == nil {
			answers = append(answers, c.ask(e))
		}
	}
	underWay := c.underWay
	c.mu.Unlock()
	if underWay != nil {
		select {
		case <-underWay:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var faults []error
	for _, answer := range answers {
		select {
		case err := <-answer:
			faults = append(faults, err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.Join(faults...)
}

// commit sends all that waits and tells those who want to know. What nobody
// waits for and was refused goes with the next, unless nothing of this member
// will be taken any more.
func (c *committer) commit() {
	c.mu.Lock()
	if len(c.pending) == 0 {
		c.mu.Unlock()
		return
	}
	entries := maps.Clone(c.pending)
	clear(c.pending)
	c.underWay = make(chan struct{})
	c.mu.Unlock()
	faults := c.send(entries)
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.underWay)
	c.underWay = nil
	for tp, e := range entries {
		if e.answer != nil {
			e.answer <- faults[tp]
			continue
		}
		if c.owners[tp] != e.owner || faults[tp] == nil {
			continue
		}
		if errors.Is(faults[tp], errExpelled) {
			c.expelled(errExpelled)
		} else if _, newer := c.pending[tp]; !newer {
			c.pending[tp] = e
		}
	}
}

// send commits the marks and tells what became of each. A commit under way is
// never given up: on a connection made anew the next one could overtake it.
func (c *committer) send(entries map[topicPartition]entry) map[topicPartition]error {
	faults := make(map[topicPartition]error, len(entries))
	offsets := make(map[string]map[int32]kgo.EpochOffset)
	for tp, e := range entries {
		faults[tp] = kafkaFailed(committing, errNotAnswered)
		if offsets[tp.topic] == nil {
			offsets[tp.topic] = make(map[int32]kgo.EpochOffset)
		}
		offsets[tp.topic][tp.partition] = kgo.EpochOffset{Epoch: e.epoch, Offset: e.offset}
	}
	ctx := kgo.PreCommitFnContext(c.running, func(req *kmsg.OffsetCommitRequest) error {
		c.complete(req, entries, faults)
		if len(req.Topics) == 0 {
			return errExpelled
		}
		return nil
	})
	c.client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, req *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		if err == nil {
			readAnswers(req, resp, faults)
			return
		}
		for tp, fault := range faults {
			if !errors.Is(fault, errExpelled) {
				faults[tp] = kafkaFailed(committing, err)
			}
		}
	})
	return faults
}

// complete puts the intents into a request, and takes out the partitions whose
// workers have been disowned meanwhile or began under another membership: Kafka
// would take their commits although others may have owned the partitions in
// between.
func (c *committer) complete(req *kmsg.OffsetCommitRequest, entries map[topicPartition]entry, faults map[topicPartition]error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range req.Topics {
		t := &req.Topics[i]
		t.Partitions = slices.DeleteFunc(t.Partitions, func(p kmsg.OffsetCommitRequestTopicPartition) bool {
			tp := topicPartition{t.Topic, p.Partition}
			owner := entries[tp].owner
			expelled := owner.member != req.MemberID || c.owners[tp] != owner
			if expelled {
				faults[tp] = errExpelled
			}
			return expelled
		})
		for j := range t.Partitions {
			metadata := entries[topicPartition{t.Topic, t.Partitions[j].Partition}].metadata()
			t.Partitions[j].Metadata = &metadata
		}
	}
	req.Topics = slices.DeleteFunc(req.Topics, func(t kmsg.OffsetCommitRequestTopic) bool { return len(t.Partitions) == 0 })
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
			faults[topicPartition{name, p.Partition}] = refusal(kerr.ErrorForCode(p.ErrorCode))
		}
	}
}

// refusal is what Kafka's word on one partition means.
func refusal(err error) error {
	switch {
	case errors.Is(err, kerr.GroupIDNotFound): // it was empty for a moment and is gone
		return errExpelled
	case errors.Is(err, kerr.UnknownTopicID): // if it is gone for good, fetching tells
		return kafkaFailed(committing, errTopicUnknown)
	}
	return kafkaFailed(committing, err)
}

const committing = "committing to Kafka"

var errTopicUnknown = errors.New("the broker does not know the topic's id, or not yet")

var errNotAnswered = errors.New("no answer for the partition")

// errExpelled means that the group had given up this member and its partitions
// before it took it in again: Kafka's client goes on as if nothing had been.
var errExpelled = errors.New("the group expelled this member, and others may have owned its partitions since")

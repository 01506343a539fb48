package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
)

// Batch takes records and inserts them as one block. Package store has it.
type Batch interface {
	Add(rec *schema.Record, ev schema.Event, fault *schema.Fault)
	Rows() int
	Size() int
	Reset()
	// Insert writes the batch, unless the store gets to it only when the lease
	// has ended. The same batch under the same token may be inserted any number
	// of times and is there once.
	Insert(ctx context.Context, token string, lease time.Time) error
}

// Store is where records land.
type Store interface {
	// Landed is the highest offset that has landed, by partition.
	Landed(ctx context.Context, e schema.Entity, topic string) (map[int32]int64, error)
	// Claim enters which topic, by its id, and which group feed the store,
	// unless that is known, and tells what is in force.
	Claim(ctx context.Context, topic, topicID, group string, takeOver bool) (heldID, heldGroup string, err error)
}

// Deps is what a pipeline works with.
type Deps struct {
	Store     Store
	NewBatch  func(schema.Entity) Batch
	Retryable func(error) bool // may the same insert succeed later?
	Kafka     []kgo.Opt        // brokers, security
	Metrics   *Metrics
	Logger    *slog.Logger
	Now       func() time.Time
}

// Pipeline is one member of the consumer group.
type Pipeline struct {
	cfg      Config
	deps     Deps
	entities map[string]schema.Entity // by topic

	gate     gate
	unpacker *unpacker

	mu      sync.Mutex
	workers map[topicPartition]*worker

	// Of the current membership of the group.
	client  *kgo.Client
	commits *committer
	halt    context.CancelCauseFunc
	quit    context.Context
}

type topicPartition struct {
	topic     string
	partition int32
}

func (tp topicPartition) asMap() map[string][]int32 {
	return map[string][]int32{tp.topic: {tp.partition}}
}

// queueShare is the part of the memory that records may take while they wait;
// the rest is for batches.
const queueShare = 4

// unpackShare is the part of the memory, on top of it, that compressed batches
// may unpack to.
const unpackShare = 4

// maxPoll is how many records one poll hands out: enough to keep the workers
// busy, few enough to notice soon that one of them is full.
const maxPoll = 10_000

// New prepares a pipeline; Run starts it.
func New(cfg Config, deps Deps) (*Pipeline, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Pipeline{cfg: cfg, deps: deps, entities: make(map[string]schema.Entity), workers: make(map[topicPartition]*worker)}
	p.gate.limit = cfg.Memory / queueShare
	for e, topic := range cfg.Topics {
		p.entities[topic] = e
	}
	var err error
	if p.unpacker, err = newUnpacker(int64(cfg.Memory / unpackShare)); err != nil {
		return nil, fmt.Errorf("setting up Kafka's client: %w", err)
	}
	if err := kgo.ValidateOpts(p.clientOptions()...); err != nil {
		return nil, fmt.Errorf("the Kafka settings cannot be used: %w", err)
	}
	return p, nil
}

// join begins a membership of the group. What the client calls at once waits
// for the lock until everything that it needs is there.
func (p *Pipeline) join() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quit, p.halt = context.WithCancelCause(context.Background())
	var err error
	if p.client, err = kgo.NewClient(p.clientOptions()...); err != nil {
		return fmt.Errorf("the Kafka settings cannot be used: %w", err)
	}
	p.commits = newCommitter(p.client, p.halt)
	return nil
}

// member is the client of the membership.
func (p *Pipeline) member() *kgo.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client
}

// Run consumes until ctx ends, then lands what is left, commits and leaves the
// group. An error means that the pipeline stopped because it could not go on.
func (p *Pipeline) Run(ctx context.Context) error {
	for {
		err := p.serve(ctx)
		if !errors.Is(err, errExpelled) {
			return err
		}
		p.deps.Logger.Warn("joining the group anew", "reason", err)
	}
}

// serve is one membership of the group.
func (p *Pipeline) serve(ctx context.Context) error {
	if err := p.join(); err != nil {
		return err
	}
	go p.commits.run()
	defer p.commits.close()
	defer p.client.Close()
	defer p.leave() // may hand over partitions and commit
	polling, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(p.quit, stop)()

	for polling.Err() == nil {
		p.gate.wait(polling)
		fetches := p.client.PollRecords(polling, maxPoll)
		p.noteErrors(fetches)
		fetches.EachPartition(p.deliver)
		p.client.AllowRebalance()
	}
	p.giveUp(p.allWorkers())
	if cause := context.Cause(p.quit); cause != nil {
		return cause
	}
	return nil
}

// deliver hands fetched records to their partition's worker. It never waits:
// the gate and the queues bound what piles up.
func (p *Pipeline) deliver(f kgo.FetchTopicPartition) {
	if w := p.worker(topicPartition{f.Topic, f.Partition}); w != nil {
		w.enqueue(f.Records, f.HighWatermark)
	}
}

func (p *Pipeline) worker(tp topicPartition) *worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.workers[tp]
}

// noteErrors halts on errors that would lose or double records if polling went
// on; the client itself tries again after all others.
func (p *Pipeline) noteErrors(fetches kgo.Fetches) {
	fetches.EachError(func(topic string, partition int32, err error) {
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, kgo.ErrClientClosed):
		case isNoRoom(err): // it is fetched again
		case errors.Is(err, kgo.ErrMaxDecompress):
			p.noteBomb(topicPartition{topic, partition}, err)
		case adviceOn(err) != "" && topic == "":
			p.halt(fmt.Errorf("joining the consumer group: %w (%s)", err, adviceOn(err)))
		case adviceOn(err) != "":
			p.halt(fmt.Errorf("reading %s/%d: %w (%s)", topic, partition, err, adviceOn(err)))
		default:
			p.deps.Metrics.fetchErrors.Inc()
			p.deps.Logger.Warn("reading from Kafka failed; trying again", "topic", topic, "partition", partition, "error", err)
		}
	})
}

// noteBomb deals with a batch that unpacks to more than is allowed. Kafka's
// client has stopped its partition, and only that one.
func (p *Pipeline) noteBomb(tp topicPartition, err error) {
	bomb, ok := errors.AsType[*kgo.ErrDecompressTooLarge](err)
	if !ok {
		return
	}
	log := p.deps.Logger.With("topic", tp.topic, "partition", tp.partition, "first", bomb.Offset, "last", bomb.NextOffset-1, "limit", maxBatchUnpacked)
	if !p.cfg.AcceptLoss {
		if w := p.worker(tp); w != nil {
			w.meter.stop()
		}
		log.Error("a compressed batch unpacks to more than is allowed: its partition stops here, the others go on; to go on without the batch, start once with --accept-loss")
		return
	}
	log.Error("a compressed batch unpacks to more than is allowed; going on without it as told")
	go p.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{tp.topic: {tp.partition: {Epoch: bomb.Epoch, Offset: bomb.NextOffset}}})
}

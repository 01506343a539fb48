package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
)

// worker brings the records of one partition into the store, in order.
type worker struct {
	p       *Pipeline
	tp      topicPartition
	member  string // of the group, as which the partition was assigned
	decoder *schema.Decoder
	meter   *partitionMeter
	queue   *queue
	reading []*kgo.Record // taken from the queue, not yet in a batch

	// filling takes records; landing is being inserted (nil when none is). The
	// two batches take turns.
	filling, spare Batch
	span           span
	unmeasured     int // bytes of records since filling was measured
	landing        *flight
	epoch          int32                 // leader epoch of the last record that landed, -1 when unknown
	begin          atomic.Pointer[place] // where to begin; set before the first record comes
	landed         int64                 // the last record that landed, -1 for none
	next           int64                 // all below has landed, is on its way, or is in filling
	replay         point                 // a former owner's batch that is to be written again as it was
	deadline       *time.Timer
	slow           *time.Timer // runs while a batch is being inserted
	maxBytes       atomic.Int64

	// aborted ends inserts that are under way.
	aborted context.Context
	abort   context.CancelFunc
	flush   chan bool // the order to stop, landing the rest or not
	done    chan struct{}
}

// span is what a batch holds: the records from first up to until, not included.
type span struct {
	first, until int64
	last         int64 // that has a row
	epoch        int32
	rows         int
	dead         map[schema.Reason]int
	due          time.Time
}

// flight is an insert under way.
type flight struct {
	batch Batch
	span  span
	err   chan error
}

func newWorker(p *Pipeline, tp topicPartition, member string) *worker {
	entity := p.entities[tp.topic]
	w := &worker{
		p: p, tp: tp, member: member,
		decoder:  schema.NewDecoder(entity),
		meter:    p.deps.Metrics.partition(tp),
		filling:  p.deps.NewBatch(entity),
		spare:    p.deps.NewBatch(entity),
		deadline: time.NewTimer(p.cfg.MaxWait),
		flush:    make(chan bool, 1),
		done:     make(chan struct{}),
		epoch:    -1,
	}
	w.queue = newQueue(&p.gate,
		func() { p.client.PauseFetchPartitions(tp.asMap()) },
		func() { p.client.ResumeFetchPartitions(tp.asMap()) })
	w.aborted, w.abort = context.WithCancel(context.Background())
	w.slow = time.NewTimer(slowInsert)
	w.deadline.Stop()
	w.slow.Stop()
	return w
}

// run is the worker's life: read what waits, start an insert when the batch is
// due, then wait for something to happen.
func (w *worker) run() {
	defer close(w.done)
	defer w.meter.forget()
	defer w.abort()
	defer w.release()
	for {
		w.fill()
		select {
		case <-w.queue.filled:
		case <-w.deadline.C:
			w.expire()
		case <-w.slow.C:
			w.queue.hold()
		case err := <-w.outcome():
			if w.settle(err) != nil {
				<-w.flush
				return
			}
		case flush := <-w.flush:
			w.finish(flush)
			return
		}
	}
}

// fill reads waiting records into the batch until none waits or the batch is
// full and cannot be sent, because the one before is still under way.
func (w *worker) fill() {
	now := w.p.deps.Now()
	defer w.decoder.Release() // a record keeps all of the batch that it came in
	for {
		if len(w.reading) == 0 && !w.full() {
			if w.reading = w.queue.pop(); w.reading == nil {
				return
			}
		}
		if w.full() || w.endsBefore(w.reading[0].Offset) {
			if w.landing != nil {
				return
			}
			w.cut()
			continue
		}
		w.add(w.reading[0], now)
		w.reading[0] = nil
		w.reading = w.reading[1:]
	}
}

// A batch is measured, which takes a look at every column, when so many bytes
// of records have come, and at least so many times until it is full.
const (
	measureEvery = 256 << 10
	measureTimes = 8
)

func (w *worker) full() bool {
	if w.replaying() {
		return w.next >= w.replay.until
	}
	if w.filling.Rows() >= w.p.cfg.MaxRows {
		return true
	}
	limit := int(w.maxBytes.Load())
	if w.unmeasured < min(measureEvery, limit/measureTimes) {
		return false
	}
	if w.filling.Size() >= limit {
		return true
	}
	w.unmeasured = 0
	return false
}

// replaying says whether the batch is one that a former owner may have on its
// way: it ends where that one did, however large it is and long it takes.
func (w *worker) replaying() bool {
	return w.filling.Rows() > 0 && w.replay.until > 0 && w.span.first >= w.replay.from && w.span.first < w.replay.until
}

// endsBefore says whether the batch must end before a record, so that a former
// owner's batch is neither joined with what is before it nor with what follows.
func (w *worker) endsBefore(offset int64) bool {
	if w.filling.Rows() == 0 || w.replay.until == 0 {
		return false
	}
	crosses := func(border int64) bool { return w.span.first < border && offset >= border }
	return crosses(w.replay.from) || crosses(w.replay.until)
}

func (w *worker) add(rec *kgo.Record, now time.Time) {
	if start := w.begin.Swap(nil); start != nil {
		w.next, w.replay, w.epoch, w.landed = start.next, start.point, start.epoch, start.landed
	}
	if rec.Attrs.IsControl() {
		w.pass(rec)
		return
	}
	if rec.Offset < w.next {
		w.meter.duplicate.Inc()
		return
	}
	r := recordOf(rec)
	ev, fault := w.decoder.Decode(&r, now)
	if w.filling.Rows() == 0 {
		w.open(rec.Offset, now)
	}
	w.filling.Add(&r, ev, fault)
	w.unmeasured += len(rec.Key) + len(rec.Value)
	w.span.last, w.span.until, w.span.epoch = rec.Offset, rec.Offset+1, rec.LeaderEpoch
	w.span.rows++
	if fault != nil {
		w.span.countDead(fault.Reason)
	}
	w.next = rec.Offset + 1
}

// pass goes on behind a marker of Kafka's own, such as the end of a transaction,
// so that neither the lag nor the next owner waits for a record in its place.
func (w *worker) pass(rec *kgo.Record) {
	w.next = max(w.next, rec.Offset+1)
	switch {
	case w.filling.Rows() > 0:
		w.span.until, w.span.epoch = w.next, rec.LeaderEpoch
	case w.landing == nil:
		w.epoch = rec.LeaderEpoch
		w.committable(w.next)
	}
}

// committable says that all below an offset has landed.
func (w *worker) committable(offset int64) {
	w.meter.reached(offset)
	m := mark{offset: offset, epoch: w.epoch}
	if w.landed > 0 && w.landed < offset-1 {
		m.last = w.landed
	}
	w.p.commits.note(w, m)
}

// open begins a batch with the record at an offset.
func (w *worker) open(first int64, now time.Time) {
	w.span = span{first: first}
	w.unmeasured = 0
	wait := w.p.cfg.MaxWait
	if first >= w.replay.from && first < w.replay.until {
		w.span.first = w.replay.from
		wait = replayWait * w.p.cfg.Lease
	}
	w.span.due = now.Add(wait)
	w.deadline.Reset(wait)
}

// replayWait is for how many leases a former owner's batch waits for its last
// record, which may have been deleted meanwhile.
const replayWait = 2

// expire sends a batch that has waited long enough. A former owner's that is not
// complete goes as a batch of its own: that owner's insert, should it still be
// on its way, is refused by now, because its lease has ended.
func (w *worker) expire() {
	if w.unfinished() {
		w.replay = point{}
	}
	w.cut()
}

func (s *span) countDead(r schema.Reason) {
	if s.dead == nil {
		s.dead = make(map[schema.Reason]int)
	}
	s.dead[r]++
}

func recordOf(rec *kgo.Record) schema.Record {
	r := schema.Record{
		Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset,
		Timestamp: schema.MillisOf(rec.Timestamp), Key: rec.Key, Value: rec.Value,
	}
	for _, h := range rec.Headers {
		r.Headers = append(r.Headers, schema.Header{Name: h.Key, Value: h.Value})
	}
	return r
}

// cut sends the batch on its way, unless another is: then it goes on filling
// and is sent as soon as that one has landed.
func (w *worker) cut() {
	if w.landing != nil || w.filling.Rows() == 0 {
		return
	}
	if w.replaying() {
		w.span.until = w.replay.until
	}
	f := &flight{batch: w.filling, span: w.span, err: make(chan error, 1)}
	w.landing = f
	w.filling, w.spare = w.spare, nil
	w.deadline.Stop()
	w.slow.Reset(slowInsert)
	go func() { f.err <- w.land(f) }()
}

// land inserts the batch, again and again while trying again can help.
func (w *worker) land(f *flight) error {
	ctx := w.aborted
	var pause backoff
	for taken := 0; ; {
		token := w.tp.token(f.span.first, f.span.until, taken)
		lease := time.Now().Add(w.p.cfg.Lease)
		err := w.try(ctx, f, token, lease)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("writing %s: %w", token, ctx.Err())
		}
		if !w.p.retryable(err) {
			return fmt.Errorf("writing %s: %w", token, err)
		}
		w.queue.hold()
		w.p.deps.Metrics.retries.Inc()
		w.p.deps.Logger.Warn("writing failed; trying the same batch again", "batch", token, "error", err)
		wait := pause.next()
		if errors.Is(err, errTakenForNothing) {
			taken++
			wait = time.Until(lease)
		}
		if !sleep(ctx, wait) {
			return fmt.Errorf("writing %s: %w", token, ctx.Err())
		}
		if there, err := w.arrived(ctx, f); there && err == nil {
			return nil
		}
	}
}

// errTakenForNothing means that the store knows a batch's token but does not have
// its records.
var errTakenForNothing = errors.New("the store says that it has had this batch, and its records are not there; sending it under another token when no insert of it can be under way any more")

// try tells Kafka which records are about to be written, which it takes only
// from a member of the group, then writes them and looks whether they are there.
// The lease counts from before the question: however late the insert comes, it is
// refused once it has ended. The monotonic clock measures it, so that nobody can
// set it back.
func (w *worker) try(ctx context.Context, f *flight, token string, lease time.Time) error {
	if err := w.p.commits.fence(ctx, w, mark{offset: f.span.first, until: f.span.until, epoch: w.epoch}); err != nil {
		return err
	}
	fenced := time.Now()
	if err := w.insert(ctx, f, token, lease); err != nil {
		return err
	}
	if there, err := w.arrived(ctx, f); err != nil {
		return err
	} else if !there {
		return errTakenForNothing
	}
	w.p.deps.Metrics.observeInsert(time.Since(fenced), f.span.rows)
	return nil
}

// insert waits for the answer as long as the insert may be carried out, and a
// little longer for a word on it.
func (w *worker) insert(ctx context.Context, f *flight, token string, lease time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, lease.Add(answerTime))
	defer cancel()
	return f.batch.Insert(ctx, token, lease)
}

const (
	answerTime = 2 * time.Second
	// slowInsert is when a partition is set aside although its insert may still
	// succeed.
	slowInsert = 5 * time.Second
)

// arrived says whether the batch is there: only this worker writes the partition,
// one batch at a time, so its last offset tells. The store's own word does not. Of
// an insert that seemed to fail it may have carried out all; and it remembers a
// token from before the block is in its place, so that after a crash in between
// it takes a batch for written that it does not have.
func (w *worker) arrived(ctx context.Context, f *flight) (bool, error) {
	landed, err := w.p.deps.Store.Landed(ctx, w.p.entities[w.tp.topic], w.tp.topic)
	last, any := landed[w.tp.partition]
	return any && last >= f.span.last, err
}

func (w *worker) outcome() <-chan error {
	if w.landing == nil {
		return nil
	}
	return w.landing.err
}

// settle ends a flight. What has landed is counted and marked for commit; what
// the store refuses for good halts the pipeline.
func (w *worker) settle(err error) error {
	f := w.landing
	w.landing = nil
	w.slow.Stop()
	if err != nil {
		w.meter.released.Add(float64(f.span.rows))
		if !errors.Is(err, context.Canceled) {
			w.p.halt(err)
		}
		return err
	}
	w.queue.release()
	w.meter.landed(f.span)
	w.epoch, w.landed = f.span.epoch, f.span.last
	if w.filling.Rows() == 0 {
		w.committable(w.next) // markers may have come meanwhile
	} else {
		w.committable(f.span.until)
	}
	f.batch.Reset()
	w.spare = f.batch
	if w.full() {
		w.cut()
	} else if !w.p.deps.Now().Before(w.span.due) {
		w.expire()
	}
	return nil
}

// stop ends the worker and returns when it has ended.
func (w *worker) stop(flush bool) {
	w.flush <- flush
	<-w.done
}

// finish waits for the insert under way and, when flushing, lands the rest of
// what was read; what cannot be landed in time is left to the next owner.
func (w *worker) finish(flush bool) {
	if !flush {
		w.abort()
	}
	timeout := time.AfterFunc(w.p.cfg.StopTimeout, w.abort)
	defer timeout.Stop()
	for {
		if flush && !w.unfinished() {
			w.cut()
		}
		if w.landing == nil || w.settle(<-w.landing.err) != nil {
			return
		}
	}
}

// unfinished says whether the batch is a former owner's of which records are
// still missing: it is left to the next owner, who is told of it as well.
func (w *worker) unfinished() bool { return w.replaying() && !w.full() }

// release counts what was read and not written. A partition that was set aside
// is resumed: Kafka's client would remember the pause should it come back.
func (w *worker) release() {
	left := w.filling.Rows() + countEvents(w.reading)
	for records := w.queue.pop(); records != nil; records = w.queue.pop() {
		left += countEvents(records)
	}
	w.queue.release()
	w.meter.released.Add(float64(left))
}

// setShare tells the worker how large a batch may get, in bytes.
func (w *worker) setShare(share int) {
	w.maxBytes.Store(int64(min(share, w.p.cfg.MaxBytes)))
}

// enqueue takes fetched records; they wait until the worker reads them.
func (w *worker) enqueue(records []*kgo.Record, highWatermark int64) {
	if len(records) > 0 {
		w.meter.fetched(records[0].Offset, countEvents(records), highWatermark)
	}
	w.queue.push(records)
}

// countEvents leaves out Kafka's own markers.
func countEvents(records []*kgo.Record) int {
	n := 0
	for _, r := range records {
		if !r.Attrs.IsControl() {
			n++
		}
	}
	return n
}

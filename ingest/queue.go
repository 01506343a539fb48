package ingest

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// gate bounds what waits in all queues together: while it is shut the pipeline
// does not poll, and Kafka's client, whose buffer is bounded too, stops
// fetching. Unlike pausing a partition that costs nothing: after a pause it
// takes a whole fetch until there are records again.
type gate struct {
	limit int

	mu     sync.Mutex
	bytes  int
	opened chan struct{} // closed when there is room again; nil while there is
}

// add counts bytes that came, or with a negative n went.
func (g *gate) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bytes += n
	switch {
	case g.bytes > g.limit && g.opened == nil:
		g.opened = make(chan struct{})
	case g.bytes <= g.limit && g.opened != nil:
		close(g.opened)
		g.opened = nil
	}
}

// wait returns when there is room, or ctx has ended.
func (g *gate) wait(ctx context.Context) {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	if opened == nil {
		return
	}
	select {
	case <-opened:
	case <-ctx.Done():
	}
}

// queue holds the fetched records of one partition until its worker reads
// them. Putting never waits.
type queue struct {
	filled        chan struct{} // something may be waiting
	gate          *gate
	pause, resume func() // of the partition's fetching

	mu     sync.Mutex
	chunks [][]*kgo.Record
	bytes  int // of the chunks, and of the one that is being read
	taken  int // bytes of the one that is being read
	held   bool
}

func newQueue(g *gate, pause, resume func()) *queue {
	return &queue{filled: make(chan struct{}, 1), gate: g, pause: pause, resume: resume}
}

// hold sets the partition aside while its worker cannot go on: it is paused,
// and what waits here no longer shuts the gate for the others.
func (q *queue) hold() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.held {
		q.held = true
		q.gate.add(-q.bytes)
		q.pause()
	}
}

// release ends hold.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held {
		q.held = false
		q.gate.add(q.bytes)
		q.resume()
	}
}

// push adds records.
func (q *queue) push(records []*kgo.Record) {
	if len(records) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.chunks = append(q.chunks, records)
	q.count(chunkSize(records))
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// pop takes the records that have waited longest, nil when none wait. They
// count until the next call: a worker that waits for an insert still holds them.
func (q *queue) pop() []*kgo.Record {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count(-q.taken)
	q.taken = 0
	if len(q.chunks) == 0 {
		return nil
	}
	records := q.chunks[0]
	q.chunks[0] = nil
	q.chunks = q.chunks[1:]
	q.taken = chunkSize(records)
	return records
}

func (q *queue) count(bytes int) {
	q.bytes += bytes
	if !q.held {
		q.gate.add(bytes)
	}
}

// recordOverhead is about what a record takes beside its bytes.
const recordOverhead = 200

func chunkSize(records []*kgo.Record) int {
	n := len(records) * recordOverhead
	for _, r := range records {
		n += len(r.Key) + len(r.Value)
	}
	return n
}

package ingest

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// queue holds the fetched records of one partition until its worker reads
// them. It is bounded by pausing the partition, so putting never waits.
type queue struct {
	filled        chan struct{} // something may be waiting
	pause, resume func()

	mu     sync.Mutex
	chunks [][]*kgo.Record
	bytes  int
	limit  int
	paused bool
}

func newQueue(pause, resume func()) *queue {
	return &queue{filled: make(chan struct{}, 1), pause: pause, resume: resume}
}

func (q *queue) setLimit(bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.limit = bytes
}

// push adds records and pauses the partition when enough are waiting.
func (q *queue) push(records []*kgo.Record) {
	if len(records) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.chunks = append(q.chunks, records)
	for _, r := range records {
		q.bytes += recordSize(r)
	}
	if q.bytes > q.limit && !q.paused {
		q.paused = true
		q.pause()
	}
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// pop takes the next record, nil when none waits, and resumes a paused
// partition when half of what may wait is gone.
func (q *queue) pop() *kgo.Record {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.chunks) == 0 {
		return nil
	}
	r := q.chunks[0][0]
	q.chunks[0][0] = nil
	if q.chunks[0] = q.chunks[0][1:]; len(q.chunks[0]) == 0 {
		q.chunks[0] = nil
		q.chunks = q.chunks[1:]
	}
	q.bytes -= recordSize(r)
	if q.paused && q.bytes <= q.limit/2 {
		q.paused = false
		q.resume()
	}
	return r
}

// recordOverhead is about what a record takes beside its bytes.
const recordOverhead = 200

func recordSize(r *kgo.Record) int {
	return len(r.Key) + len(r.Value) + recordOverhead
}

package ingest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// recordsOf are n records that each count as one overhead and ten bytes.
func recordsOf(n int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Key: []byte("key"), Value: []byte("1234567")}
	}
	return records
}

const recordSize = recordOverhead + 10

func TestGate(t *testing.T) {
	steps := []struct {
		name string
		add  int
		open bool
	}{
		{"empty", 0, true},
		{"at the limit", 100, true},
		{"a byte above", 1, false},
		{"further above", 100, false},
		{"still above", -100, false},
		{"back at the limit", -1, true},
		{"above once more", 1, false},
		{"empty again", -101, true},
	}
	g := gate{limit: 100}
	for _, s := range steps {
		g.add(s.add)
		if got := isOpen(&g); got != s.open {
			t.Errorf("%s: open %v, want %v", s.name, got, s.open)
		}
	}
}

// isOpen says whether waiting at the gate returns by itself.
func isOpen(g *gate) bool {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	g.mu.Lock()
	shut := g.opened != nil
	g.mu.Unlock()
	g.wait(ended) // must return either way
	return !shut
}

func TestGateLetsAllWaitersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate{limit: 1}
		g.add(2)
		passed := make(chan bool, 3)
		for range cap(passed) {
			go func() {
				g.wait(t.Context())
				passed <- true
			}()
		}
		synctest.Wait()
		if len(passed) != 0 {
			t.Fatal("the gate was open")
		}
		g.add(-1)
		synctest.Wait()
		if len(passed) != cap(passed) {
			t.Errorf("%d of %d passed", len(passed), cap(passed))
		}
	})
}

// TestQueueHold walks through setting a partition aside: what waits in its
// queue counts at the gate only while it is not.
func TestQueueHold(t *testing.T) {
	var pauses, resumes int
	g := &gate{limit: 1 << 20}
	q := newQueue(g, func() { pauses++ }, func() { resumes++ })
	steps := []struct {
		name            string
		do              func()
		atGate, waiting int // in records
		pauses, resumes int
	}{
		{"nothing", func() { q.push(nil) }, 0, 0, 0, 0},
		{"two come", func() { q.push(recordsOf(2)) }, 2, 2, 0, 0},
		{"set aside", q.hold, 0, 2, 1, 0},
		{"and again", q.hold, 0, 2, 1, 0},
		{"three come that were on their way", func() { q.push(recordsOf(3)) }, 0, 5, 1, 0},
		{"two are being read", func() { q.pop() }, 0, 5, 1, 0},
		{"it goes on", q.release, 5, 5, 1, 1},
		{"and again", q.release, 5, 5, 1, 1},
		{"two are read, three are being read", func() { q.pop() }, 3, 3, 1, 1},
		{"all are read", func() { q.pop() }, 0, 0, 1, 1},
		{"nothing to read", func() { q.pop() }, 0, 0, 1, 1},
	}
	for _, s := range steps {
		s.do()
		if g.bytes != s.atGate*recordSize || q.bytes != s.waiting*recordSize {
			t.Errorf("%s: %d bytes at the gate, %d waiting; want %d and %d records", s.name, g.bytes, q.bytes, s.atGate, s.waiting)
		}
		if pauses != s.pauses || resumes != s.resumes {
			t.Errorf("%s: paused %d times, resumed %d", s.name, pauses, resumes)
		}
	}
}

func TestQueueKeepsTheOrder(t *testing.T) {
	q := newQueue(&gate{limit: 1 << 20}, func() {}, func() {})
	chunks := [][]*kgo.Record{recordsOf(2), recordsOf(1), recordsOf(3)}
	for _, c := range chunks {
		q.push(c)
	}
	select {
	case <-q.filled:
	default:
		t.Error("the queue does not say that it is filled")
	}
	for i, c := range chunks {
		if got := q.pop(); len(got) != len(c) || got[0] != c[0] {
			t.Errorf("chunk %d is another one", i)
		}
	}
	if q.pop() != nil {
		t.Error("there is more than was put in")
	}
}

// TestWorkerResumesWhatItSetAside checks the end of a worker whose partition
// was paused: otherwise the partition would stay paused when it comes back.
func TestWorkerResumesWhatItSetAside(t *testing.T) {
	p := &Pipeline{gate: gate{limit: 1 << 20}}
	resumed := false
	w := &worker{
		p: p, filling: emptyBatch{}, meter: NewMetrics(discardRegistry{}).partition(topicPartition{"t", 0}),
		queue: newQueue(&p.gate, func() {}, func() { resumed = true }),
	}
	w.queue.push(recordsOf(3))
	w.queue.hold()
	w.queue.push(recordsOf(2))
	w.release()
	if !resumed || p.gate.bytes != 0 {
		t.Errorf("resumed: %v; %d bytes left at the gate", resumed, p.gate.bytes)
	}
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b backoff
		for try, longest := range []time.Duration{
			firstPause, 2 * firstPause, 4 * firstPause, 8 * firstPause, 16 * firstPause,
			32 * firstPause, 64 * firstPause, maxPause, maxPause,
		} {
			began := time.Now()
			if !b.wait(t.Context()) {
				t.Fatal("waiting was cut short")
			}
			if took := time.Since(began); took < longest/2 || took >= longest {
				t.Errorf("pause %d was %v, want %v to %v", try, took, longest/2, longest)
			}
		}
	})
}

func TestBackoffEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := backoff{pause: maxPause}
		began := time.Now()
		if b.wait(ctx) || time.Since(began) != time.Second {
			t.Errorf("waited %v", time.Since(began))
		}
	})
}

// TestLag checks that lag grows while nothing lands.
func TestLag(t *testing.T) {
	m := NewMetrics(discardRegistry{})
	meter := m.partition(topicPartition{"t", 0})
	steps := []struct {
		name string
		do   func()
		lag  float64
	}{
		{"the first records after 100 that landed before", func() { meter.fetched(100, 10, 110) }, 10},
		{"more come, the store is away", func() { meter.fetched(110, 10, 150) }, 50},
		{"a batch lands", func() { meter.reached(120) }, 30},
		{"the rest lands", func() { meter.reached(150) }, 0},
		{"a stale end", func() { meter.fetched(150, 1, 140) }, 0},
	}
	for _, s := range steps {
		s.do()
		if got := gaugeValue(t, meter.lag); got != s.lag {
			t.Errorf("%s: lag %v, want %v", s.name, got, s.lag)
		}
	}
}

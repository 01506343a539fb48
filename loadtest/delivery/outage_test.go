package delivery

import (
	"testing"
	"time"
)

const (
	outageLoad   = 2000 // records in a second
	outageMemory = 64 << 20
)

// TestOutage takes ClickHouse away under load, and measures the memory meanwhile
// and the time until nothing waits any more, with records still coming.
func TestOutage(t *testing.T) {
	outage := effort(5*time.Second, time.Minute)
	s := newScene(t, 1)
	p, err := newProxy(s.to.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	s.engine = p.addr()
	m := s.start(func(p *memberPlan) { p.Memory, p.MaxRows = outageMemory, 10_000 })
	s.produce(outageLoad)
	s.drain()
	before := m.mostMemory()
	stop := s.load(outageLoad)
	p.do(harm{refuse: true})
	time.Sleep(outage)
	waiting := s.ledger.Records() - s.landed()
	p.do(harm{})
	back := time.Now()
	// All that was produced until then has landed: what waited is made up for.
	s.awaitProgress()
	recovery := time.Since(back)
	stop()
	during := m.mostMemory()
	s.settle()
	s.wantExact(false)
	const limit = 2*outageMemory + 64<<20 // the garbage collector's soft limit, and the program itself
	if during > limit {
		t.Errorf("the member had %d MiB resident", during>>20)
	}
	s.report("Recovery", "ClickHouse away for "+outage.String()+" under load", "%d records a second; %d records waited and had landed %.1f s after it was back; the process had at most %d MiB resident before and %d MiB until the end",
		outageLoad, waiting, recovery.Seconds(), before>>20, during>>20)
}

package delivery

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

const (
	faultLoad = 300 // records in a second
	faultTime = 2 * time.Second
)

// oneIn is true once in so many times, by dice with a fixed seed.
func oneIn(n int) func() bool {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(11, uint64(n)))
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return dice.IntN(n) == 0
	}
}

// TestWayToEngine harms what goes from two members to ClickHouse and back.
func TestWayToEngine(t *testing.T) {
	s := newScene(t, 1)
	p, err := newProxy(s.to.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	s.engine = p.addr()
	cases := []struct {
		name  string
		harm  harm
		lease time.Duration // 0: the default
		// forget lets ClickHouse remember no tokens, so that the lease alone keeps
		// late inserts out.
		forget bool
	}{
		{"ClickHouse cannot be reached", harm{refuse: true}, 0, false},
		{"ClickHouse is slow", harm{pause: 300 * time.Millisecond}, 0, false},
		{"the connection breaks in the middle of the block", harm{reset: true, share: oneIn(2)}, 0, false},
		{"the acknowledgement is lost", harm{mute: true, share: oneIn(2)}, 0, false},
		{"an insert arrives after its sender gave it up", harm{late: 150 * time.Millisecond, share: oneIn(2)}, 0, false},
		{"an insert arrives after its lease has ended", harm{late: 1200 * time.Millisecond, share: oneIn(3)}, time.Second, false},
		{"an insert arrives after its lease has ended, and its token was forgotten", harm{late: 1200 * time.Millisecond, share: oneIn(3)}, time.Second, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.during(t, func() {
				s.lease = c.lease
				if c.forget {
					s.everyTable("ALTER TABLE %s MODIFY SETTING non_replicated_deduplication_window = 0")
				}
				before := p.harmed.Load()
				s.start(nil)
				s.start(nil)
				s.underLoad(func() {
					p.do(c.harm)
					time.Sleep(faultTime)
					p.do(harm{})
				})
				s.settle()
				time.Sleep(c.harm.late) // the last of the late ones comes
				s.wantExact(true)
				n := p.harmed.Load() - before
				if n == 0 {
					t.Error("nothing came to harm")
				}
				s.report("ClickHouse", c.name, "%d requests harmed", n)
			})
		})
	}
	s.wantExact(false)
}

// underLoad does something while records come, and some before and after.
func (s *scene) underLoad(do func()) {
	s.tb.Helper()
	stop := s.load(faultLoad)
	defer stop()
	time.Sleep(faultTime / 4)
	do()
	time.Sleep(faultTime / 4)
}

// settle waits until all has landed and is committed, and stops the members.
func (s *scene) settle() {
	s.tb.Helper()
	s.drain()
	s.wantNoLag()
	s.stopAll()
}

// TestTooManyParts lets ClickHouse refuse inserts because merges do not keep up.
func TestTooManyParts(t *testing.T) {
	s := newScene(t, 1)
	m := s.start(nil)
	s.underLoad(func() {
		s.everyTable("SYSTEM STOP MERGES %s")
		s.everyTable("ALTER TABLE %s MODIFY SETTING parts_to_delay_insert = 1000000, parts_to_throw_insert = 4")
		eventually(t, "ClickHouse has refused", func() bool { return m.metric("insert_retries_total") >= 3 })
		s.everyTable("ALTER TABLE %s RESET SETTING parts_to_delay_insert, parts_to_throw_insert")
		s.everyTable("SYSTEM START MERGES %s")
	})
	refused := m.metric("insert_retries_total")
	s.settle()
	s.wantExact(false)
	s.wantLogged(m, "TOO_MANY_PARTS")
	s.report("ClickHouse", "too many parts", "%.0f inserts refused", refused)
}

// TestEngineIsKilled kills the process of ClickHouse twice under load and starts
// it again on its folder.
func TestEngineIsKilled(t *testing.T) {
	s := newScene(t, 1)
	e := s.ownEngine(t.TempDir())
	s.start(nil)
	s.start(nil)
	const times = 2
	s.underLoad(func() {
		for range times {
			e.kill()
			time.Sleep(faultTime / 4)
			e.start()
			time.Sleep(faultTime / 4)
		}
	})
	s.settle()
	s.wantExact(false)
	s.report("ClickHouse", "killed and restarted", "%d times", times)
}

// TestDiskIsFull lets ClickHouse run out of space, on a small file system of its
// own, until there is some again.
func TestDiskIsFull(t *testing.T) {
	const size = "size=160m"
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, size); err != nil {
		if os.Getenv(reportVariable) != "" {
			t.Fatal("the report would lack this case: ", err)
		}
		t.Skip("a file system of its own cannot be mounted, which takes root: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := newScene(t, 1)
	s.ownEngine(dir + "/clickhouse")
	m := s.start(nil)
	s.underLoad(func() {
		release := fillDisk(t, dir)
		eventually(t, "ClickHouse has refused", func() bool { return m.metric("insert_retries_total") >= 3 })
		release()
	})
	refused := m.metric("insert_retries_total")
	s.settle()
	s.wantExact(false)
	s.wantLogged(m, "space")
	s.report("ClickHouse", "disk full", "%.0f inserts refused", refused)
}

// everyTable carries out a statement for the table of each entity's records.
func (s *scene) everyTable(statement string) {
	s.tb.Helper()
	for _, e := range schema.Entities {
		s.execute(e.String()+"_records", statement)
	}
}

// ownEngine moves the scene to a ClickHouse in a process of its own.
func (s *scene) ownEngine(dir string) *engineProcess {
	s.tb.Helper()
	e := &engineProcess{s: s, dir: dir}
	e.start()
	s.to = store.Config{Addr: e.addr, Database: "firebreak", User: "firebreak"}
	if _, err := store.Migrate(context.Background(), s.to); err != nil {
		s.tb.Fatal(err)
	}
	var err error
	if s.store, err = store.Open(s.to); err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(func() { s.store.Close() })
	s.engine = e.addr
	return e
}

package keep

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"
)

// Of two that run, one works; when it ends the other goes on at once, and what
// happened meanwhile is known to it.
func TestOneOfTwoWorks(t *testing.T) {
	s := newScene(t)
	run := func() (stop func()) { return s.runs(Config{Every: 50 * time.Millisecond}, leaseFor) }
	stopA := run()
	s.land(disks("A1", "A2")...)
	s.eventually("SELECT toString(count()) FROM incident_clusters", "2")
	stopB := run()
	time.Sleep(3 * leaseSettles) // long enough for the second to claim, which it must not
	if holders := s.texts("SELECT DISTINCT holder FROM worker_leases"); len(holders) != 1 {
		t.Errorf("%d processes claim the lease", len(holders))
	}
	stopA()
	s.land(disks("A1", "A2", "A3")[2])
	s.eventually("SELECT cluster_id FROM incident_clusters WHERE incident_id = 'A3'", "A1")
	stopB()
}

// eventually waits until a query gives a text.
func (s *scene) eventually(sql, want string) {
	s.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got := s.texts(sql); len(got) == 1 && got[0] == want {
			return
		}
	}
	s.Fatalf("%s never gives %s", sql, want)
}

// runs starts a worker with a lease of its own length, and gives what ends it.
func (s *scene) runs(cfg Config, length time.Duration) (stop func()) {
	cfg.Log, cfg.Now = slog.New(slog.DiscardHandler), time.Now
	k := New(s.store, cfg)
	k.lease.length = length
	ctx, cancel := context.WithCancel(s.Context())
	var done sync.WaitGroup
	done.Go(func() { _ = k.Run(ctx) })
	return func() { cancel(); done.Wait() }
}

// short is a lease for tests: longer than a claim takes to settle.
const short = 3 * leaseSettles / 2

// A worker that pauses for longer than its lease keeps it all the same, and
// finds nothing to do again.
func TestALeaseOutlastsPauses(t *testing.T) {
	s := newScene(t)
	s.land(disks("A1", "A2")...)
	stop := s.runs(Config{Every: 2 * short}, short)
	defer stop()
	s.eventually("SELECT toString(count()) FROM clusters", "1")
	computed := s.texts("SELECT toString(max(computed_at)) FROM cluster_facts")
	other := newLease(s.store, clustersWorker, "")
	for range 6 { // by ClickHouse's clock, which no test can set: the lease would have ended each time
		time.Sleep(short)
		if held, err := other.acquire(t.Context()); held || err != nil {
			t.Fatalf("another has the lease: %v %v", held, err)
		}
	}
	if got := s.texts("SELECT toString(max(computed_at)) FROM cluster_facts"); !slices.Equal(got, computed) {
		t.Errorf("computed at %v, and again at %v", computed, got)
	}
}

// The lease is renewed during a pass that takes longer, too.
func TestALeaseOutlastsWork(t *testing.T) {
	s := newScene(t)
	l := newLease(s.store, clustersWorker, "")
	l.length = short
	held, err := l.during(t.Context(), func(ctx context.Context) error {
		time.Sleep(3 * l.length) // work that takes longer than the lease
		if held, err := newLease(s.store, clustersWorker, "").acquire(ctx); held || err != nil {
			t.Errorf("another has the lease: %v %v", held, err)
		}
		return ctx.Err()
	})
	if !held || err != nil {
		t.Errorf("%v %v", held, err)
	}
}

// A worker that loses the lease stops what it does, and does nothing more while
// another has it.
func TestAWorkerThatLosesTheLeaseStops(t *testing.T) {
	s := newScene(t)
	stop := s.runs(Config{Every: 50 * time.Millisecond}, short)
	defer stop()
	s.land(disks("A1")...)
	s.eventually("SELECT toString(count()) FROM clusters", "1")
	other := newLease(s.store, clustersWorker, "other")
	s.command("INSERT INTO worker_leases (worker, holder, claimed_at, until) SELECT 'clusters', 'other', now64(3) - INTERVAL 1 DAY, now64(3) + INTERVAL 1 HOUR")
	time.Sleep(short) // it renews three times in this: by then it must have seen that it lost
	s.land(disks("A1", "A2")[1])
	time.Sleep(time.Second) // twenty passes, had it gone on
	s.same(s.clusters(), map[string]string{"A1": "A1"})
	other.release(t.Context())
	s.eventually("SELECT cluster_id FROM incident_clusters WHERE incident_id = 'A2'", "A1")
}

// What is done while the lease is held is told when it is lost.
func TestWorkIsStoppedWhenTheLeaseIsLost(t *testing.T) {
	s := newScene(t)
	l := newLease(s.store, clustersWorker, "")
	l.length = short
	held, err := l.during(t.Context(), func(ctx context.Context) error {
		s.endLeases()
		pause(ctx, 5*short)
		return ctx.Err()
	})
	if !held || !errors.Is(err, errLost) {
		t.Errorf("%v %v", held, err)
	}
}

// endLeases lets every lease have ended, as after a long pause.
func (s *scene) endLeases() {
	s.Helper()
	s.command("ALTER TABLE worker_leases UPDATE until = now64(3) - INTERVAL 1 MINUTE WHERE true SETTINGS mutations_sync = 1")
}

// A store that cannot be reached costs the lease, before others get it.
func TestALeaseThatCannotBeRenewed(t *testing.T) {
	s := newScene(t)
	l := newLease(s.store, clustersWorker, "")
	l.length = short
	began := time.Now()
	_, err := l.during(t.Context(), func(ctx context.Context) error {
		s.command("RENAME TABLE worker_leases TO elsewhere")
		began = time.Now()
		pause(ctx, 5*short)
		return ctx.Err()
	})
	if took := time.Since(began); !errors.Is(err, errLost) || took > l.length+leaseSettles {
		t.Errorf("after %v: %v", took, err)
	}
}

// One that claimed later, or whose lease has ended, does not have it.
func TestTheFirstClaimCounts(t *testing.T) {
	s := newScene(t)
	a, b := newLease(s.store, clustersWorker, ""), newLease(s.store, clustersWorker, "")
	acquire := func(l *lease, want bool, when string) {
		t.Helper()
		if held, err := l.acquire(t.Context()); held != want || err != nil {
			t.Errorf("%s: %v %v", when, held, err)
		}
	}
	acquire(a, true, "the first claim")
	acquire(b, false, "the second claim")
	if err := a.extend(t.Context()); err != nil {
		t.Errorf("renewed: %v", err)
	}
	s.endLeases()
	acquire(b, true, "after the first's lease has ended")
	if err := a.extend(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("the first, late: %v", err)
	}
	acquire(a, false, "the first, asking again")
	b.release(t.Context())
	acquire(a, true, "after a release")
}

// A process that was killed and started again under its name goes on at once;
// under another it waits.
func TestAHolderThatComesBack(t *testing.T) {
	s := newScene(t)
	if held, err := newLease(s.store, clustersWorker, "folder").acquire(t.Context()); !held || err != nil {
		t.Fatal(held, err)
	}
	began := time.Now()
	if held, err := newLease(s.store, clustersWorker, "folder").acquire(t.Context()); !held || err != nil || time.Since(began) >= leaseSettles {
		t.Errorf("after %v: %v %v", time.Since(began), held, err)
	}
	if held, err := newLease(s.store, clustersWorker, "").acquire(t.Context()); held || err != nil {
		t.Errorf("under another name: %v %v", held, err)
	}
}

// One pass, unless another process keeps clusters.
func TestOnce(t *testing.T) {
	s := newScene(t)
	s.land(disks("A1")...)
	for range 2 {
		if held, err := s.keeper.Once(t.Context()); !held || err != nil {
			t.Fatal(held, err)
		}
	}
	s.same(s.clusters(), map[string]string{"A1": "A1"})
	if held, err := newLease(s.store, clustersWorker, "").acquire(t.Context()); !held || err != nil {
		t.Fatal(held, err)
	}
	if held, err := s.keeper.Once(t.Context()); held || err != nil {
		t.Error(held, err)
	}
}

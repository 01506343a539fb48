package keep

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"
)

// Of two that run, one works; when it ends the other goes on at once, and what
// happened meanwhile is known to it.
func TestOneOfTwoWorks(t *testing.T) {
	s := newScene(t)
	run := func() (stop func()) {
		k := New(s.store, Config{Every: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { _ = k.Run(ctx) })
		return func() { cancel(); done.Wait() }
	}
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

// One that claimed later, or whose lease has ended, does not have it.
func TestTheFirstClaimCounts(t *testing.T) {
	s := newScene(t)
	a, b := newLease(s.store), newLease(s.store)
	held, fresh, err := a.hold(t.Context(), time.Now())
	if !held || !fresh || err != nil {
		t.Fatalf("the first claim: %v %v %v", held, fresh, err)
	}
	if held, _, err := b.hold(t.Context(), time.Now()); held || err != nil {
		t.Errorf("the second claim: %v %v", held, err)
	}
	if held, fresh, err := a.hold(t.Context(), time.Now().Add(leaseFor/2)); !held || fresh || err != nil {
		t.Errorf("renewed: %v %v %v", held, fresh, err)
	}
	// Paused beyond its end, and meanwhile ended for others: it must ask again.
	if err := s.store.Exec(t.Context(), "ALTER TABLE worker_leases UPDATE until = now64(3) - INTERVAL 1 MINUTE WHERE true SETTINGS mutations_sync = 1", nil); err != nil {
		t.Fatal(err)
	}
	if held, fresh, err := b.hold(t.Context(), time.Now()); !held || !fresh || err != nil {
		t.Errorf("after the first's lease has ended: %v %v %v", held, fresh, err)
	}
	if held, _, err := a.hold(t.Context(), time.Now().Add(2*leaseFor)); held || err != nil {
		t.Errorf("the first, late: %v %v", held, err)
	}
	b.release(t.Context())
	if held, _, err := a.hold(t.Context(), time.Now().Add(2*leaseFor)); !held || err != nil {
		t.Errorf("after a release: %v %v", held, err)
	}
}

package ingest_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestNothingIsCommittedBeforeItIsWritten lets every insert fail until the
// pipeline stops, which commits what may be committed, and looks at the offsets;
// then the store comes back.
func TestNothingIsCommittedBeforeItIsWritten(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 50)...)
	var away atomic.Bool
	away.Store(true)
	g := &gatekeeper{before: func(context.Context, string, int) error {
		if away.Load() {
			return errAway
		}
		return nil
	}}
	setup := ready(k, s)
	setup.cfg.StopTimeout = 300 * time.Millisecond
	g.guard(&setup)
	r := setup.start(t)
	eventually(t, "every partition has tried more than once", func() bool { return r.count("insert_retries_total") > 20 })
	r.stop()
	r.wantReconciled()
	for _, e := range schema.Entities {
		for p := range int32(partitions) {
			if at := k.committed(group, topics[e], p); at > 0 {
				t.Errorf("%s/%d: %d is committed, nothing was written", topics[e], p, at)
			}
		}
	}
	if n := r.landed() + landedCount(t, s); n != 0 {
		t.Errorf("%d records have landed", n)
	}
	away.Store(false)
	r = setup.start(t)
	eventually(t, "all records have landed", func() bool { return r.landed() == len(k.entries) })
	r.stop()
	k.wantExact(s)
	k.wantNoLag(group)
	for token, rows := range g.batches() {
		for _, n := range rows {
			if n != rows[0] {
				t.Errorf("batch %s had %v rows from try to try", token, rows)
			}
		}
	}
}

// TestLostAnswer lets inserts land and then says that they failed: the worker
// finds that they are there and does not send them again.
func TestLostAnswer(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 500)...)
	g := &gatekeeper{after: func(string, int) error { return errAway }}
	setup := ready(k, s)
	setup.cfg.MaxRows = 64
	g.guard(&setup)
	r := setup.start(t)
	eventually(t, "all records have landed", func() bool { return r.landed() == len(k.entries) })
	r.stop()
	k.wantExact(s)
	k.wantNoLag(group)
	for token, rows := range g.batches() {
		if len(rows) != 1 {
			t.Errorf("batch %s was sent %d times, want 1", token, len(rows))
		}
	}
}

// TestRefusalHalts checks that what the store refuses for good ends Run with
// that error, and that nothing is committed or skipped for it.
func TestRefusalHalts(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 50)...)
	bad := topics[schema.Alert] + "/1/"
	g := &gatekeeper{before: func(_ context.Context, token string, _ int) error {
		if strings.HasPrefix(token, bad) {
			return errRefused
		}
		return nil
	}}
	setup := ready(k, s)
	g.guard(&setup)
	r := setup.start(t)
	if err := r.wait(); !errors.Is(err, errRefused) || !strings.Contains(err.Error(), bad) {
		t.Fatalf("Run ended with %v", err)
	}
	r.wantReconciled()
	if at := k.committed(group, topics[schema.Alert], 1); at > 0 {
		t.Errorf("%d is committed of what was refused", at)
	}

	mended := ready(k, s).start(t)
	eventually(t, "the rest has landed", func() bool { return landedCount(t, s) >= len(k.entries) })
	mended.stop()
	k.wantExact(s)
}

// TestUnmigratedStoreHalts goes to the real store without its tables.
func TestUnmigratedStoreHalts(t *testing.T) {
	k := startKafka(t)
	k.produce(goodEvents(0, 1)...)
	s := openUnmigrated(t)
	err := ready(k, s).start(t).wait()
	if err == nil || !strings.Contains(err.Error(), "firebreak migrate") {
		t.Errorf("Run ended with %v", err)
	}
}

// TestStopWhileTheStoreFails checks that Run ends in time although nothing can
// be written, and that the next pipeline writes it.
func TestStopWhileTheStoreFails(t *testing.T) {
	cases := []struct {
		name   string
		before func(context.Context, string, int) error
	}{
		{"at once", func(context.Context, string, int) error { return errAway }},
		{"by hanging", func(ctx context.Context, _ string, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			k.produce(goodEvents(0, 50)...)
			g := &gatekeeper{before: c.before}
			setup := ready(k, s)
			setup.cfg.StopTimeout = 500 * time.Millisecond
			g.guard(&setup)
			r := setup.start(t)
			eventually(t, "every partition has tried", func() bool { return len(g.batches()) == 3*partitions })
			began := time.Now()
			r.stop()
			if took := time.Since(began); took > 3*setup.cfg.StopTimeout {
				t.Errorf("stopping took %v", took)
			}
			r.wantReconciled()
			if n := landedCount(t, s); n != 0 {
				t.Errorf("%d records have landed", n)
			}
			next := ready(k, s).start(t)
			eventually(t, "all records have landed", func() bool { return next.landed() == len(k.entries) })
			next.stop()
			k.wantExact(s)
		})
	}
}

// TestStoreAwayFromTheStart checks both ends of waiting for a store that does
// not say what has landed: it comes, or Run is told to stop.
func TestStoreAwayFromTheStart(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	k.produce(goodEvents(0, 5)...)
	setup := ready(k, s)
	(&gatekeeper{}).guard(&setup)
	setup.deps.Store = silentStore{errAway}
	r := setup.start(t)
	eventually(t, "the pipeline is in the group", func() bool { return members(k) == 1 })
	began := time.Now()
	r.stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}

	setup.deps.Store = silentStore{errRefused}
	if err := setup.start(t).wait(); !errors.Is(err, errRefused) {
		t.Errorf("Run ended with %v", err)
	}
}

// TestAskingIsCutShort lets the group change while the store is being asked
// what has landed: that the question is cut short is no refusal of the store's.
func TestAskingIsCutShort(t *testing.T) {
	k, s := startKafka(t), storetest.Open(t)
	asking := ready(k, s)
	asked := make(chan struct{})
	asking.deps.Store = hangingStore{asked}
	r := asking.start(t)
	<-asked
	other := ready(k, s).start(t)
	select {
	case <-asked: // once more, after the change
	case <-r.ended:
	}
	r.stop()
	other.stop()
}

func members(k *kafka) int {
	classic, err := k.admin.DescribeGroups(k.t.Context(), group)
	if err != nil {
		k.t.Fatal(err)
	}
	consumer, err := k.admin.DescribeConsumerGroups(k.t.Context(), group)
	if err != nil {
		k.t.Fatal(err)
	}
	return len(classic[group].Members) + len(consumer[group].Members)
}

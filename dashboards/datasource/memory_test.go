package datasource

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who asks for what somebody is being answered waits for that answer.
func TestOneComputesForAll(t *testing.T) {
	m := newMemory(10, time.Minute, func(n int) bool { return n < 1000 })
	computed := 0
	start := make(chan struct{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			v, err := m.get(t.Context(), "a", func(context.Context) (int, error) {
				<-start
				computed++
				return 7, nil
			})
			if v != 7 || err != nil {
				t.Error(v, err)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	close(start)
	group.Wait()
	if computed != 1 {
		t.Errorf("computed %d times", computed)
	}
}

// Another's cancellation is not ours, and a failure is not kept.
func TestWhoIsCancelledTakesNobodyAlong(t *testing.T) {
	m := newMemory(10, time.Minute, func(n int) bool { return n < 1000 })
	first, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		_, err := m.get(first, "a", func(ctx context.Context) (int, error) {
			close(begun)
			<-ctx.Done()
			return 0, ctx.Err()
		})
		ended <- err
	}()
	<-begun
	time.AfterFunc(10*time.Millisecond, cancel)
	v, err := m.get(t.Context(), "a", func(context.Context) (int, error) { return 7, nil })
	if v != 7 || err != nil {
		t.Error(v, err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A fault while something is computed is an error, not the end of the process.
func TestFaultsAreCaught(t *testing.T) {
	m := newMemory(10, time.Minute, func(n int) bool { return n < 1000 })
	if _, err := m.get(t.Context(), "a", func(context.Context) (int, error) { panic("oh") }); err == nil || !strings.Contains(err.Error(), "a fault of the plugin") {
		t.Error(err)
	}
}

// What is remembered is bounded in number and in age.
func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(2, 50*time.Millisecond, func(n int) bool { return n < 1000 })
	computed, answer := 0, 0
	get := func(key string) {
		_, _ = m.get(t.Context(), key, func(context.Context) (int, error) {
			computed++
			return answer, nil
		})
	}
	for _, key := range []string{"a", "b", "c", "c", "a"} { // a has been forgotten for c
		get(key)
	}
	if computed != 4 || m.kept.Len() != 2 {
		t.Errorf("computed %d times, %d kept", computed, m.kept.Len())
	}
	time.Sleep(100 * time.Millisecond)
	if get("a"); computed != 5 {
		t.Errorf("an old answer was given; computed %d times", computed)
	}
	answer = 1000
	get("large")
	if get("large"); computed != 7 {
		t.Errorf("a large answer was kept; computed %d times", computed)
	}
}

package ingest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// errAway is a failure that passes, errRefused one that does not.
var (
	errAway    = errors.New("the store is away")
	errRefused = errors.New("the store refuses")
)

// gatekeeper stands before the inserts of real batches: it keeps a journal of
// them and lets only those through that before says yes to.
type gatekeeper struct {
	// before is asked with the token and how often it came before; a nil error
	// lets the insert through.
	before func(ctx context.Context, token string, again int) error
	// after may spoil the answer to an insert that went well.
	after func(token string, again int) error

	mu    sync.Mutex
	tries map[string][]int // rows of each try, by token
	order []string         // tokens in the order of their first try
}

// guard puts the gatekeeper before every batch of the setup.
func (g *gatekeeper) guard(s *setup) {
	g.tries = make(map[string][]int)
	real := s.deps.NewBatch
	s.deps.NewBatch = func(e schema.Entity) ingest.Batch { return &guarded{real(e), g} }
	s.deps.Retryable = func(err error) bool { return errors.Is(err, errAway) }
}

func (g *gatekeeper) note(token string, rows int) (again int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	again = len(g.tries[token])
	if again == 0 {
		g.order = append(g.order, token)
	}
	g.tries[token] = append(g.tries[token], rows)
	return again
}

// batches are the tokens that came, with the rows of each try.
func (g *gatekeeper) batches() map[string][]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	copied := make(map[string][]int)
	for token, rows := range g.tries {
		copied[token] = append([]int(nil), rows...)
	}
	return copied
}

type guarded struct {
	ingest.Batch
	g *gatekeeper
}

func (b *guarded) Insert(ctx context.Context, token string, lease time.Time) error {
	again := b.g.note(token, b.Rows())
	if b.g.before != nil {
		if err := b.g.before(ctx, token, again); err != nil {
			return err
		}
	}
	if err := b.Batch.Insert(ctx, token, lease); err != nil {
		return err
	}
	if b.g.after != nil {
		return b.g.after(token, again)
	}
	return nil
}

// silentStore does not say what has landed.
type silentStore struct{ err error }

func (s silentStore) Landed(context.Context, schema.Entity, string) (map[int32]int64, error) {
	return nil, s.err
}

// Claim lets every group have every topic.
func (silentStore) Claim(_ context.Context, _, id, group string, _ bool) (heldID, heldGroup string, err error) {
	return id, group, nil
}

// hangingStore never answers, and tells when it is asked.
type hangingStore struct{ asked chan struct{} }

func (s hangingStore) Landed(ctx context.Context, _ schema.Entity, _ string) (map[int32]int64, error) {
	select {
	case s.asked <- struct{}{}:
		<-ctx.Done()
	case <-ctx.Done():
	}
	return nil, ctx.Err()
}

// Claim lets every group have every topic.
func (hangingStore) Claim(_ context.Context, _, id, group string, _ bool) (heldID, heldGroup string, err error) {
	return id, group, nil
}

// busyStore has something happen just before it says what has landed.
type busyStore struct {
	*store.Store
	before func()
}

func (s busyStore) Landed(ctx context.Context, e schema.Entity, topic string) (map[int32]int64, error) {
	s.before()
	return s.Store.Landed(ctx, e, topic)
}

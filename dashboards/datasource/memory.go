package datasource

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"
)

// What is remembered, and for how long.
const (
	mostAnswers = 256
	mostRows    = 2000 // of an answer; a larger one is not kept
	answersFor  = 2 * time.Minute
	mostLists   = 64
	listsFor    = time.Minute
	columnsFor  = time.Hour
)

// memory keeps answers for a while, the latest so many; who asks for what somebody is
// being answered waits for that answer.
type memory[V any] struct {
	kept  *expirable.LRU[string, V]
	small func(V) bool // larger ones are not kept
	under singleflight.Group
}

func newMemory[V any](most int, lasting time.Duration, small func(V) bool) *memory[V] {
	return &memory[V]{small: small, kept: expirable.NewLRU[string, V](most, nil, lasting)}
}

// get gives what is kept or computes it. Whoever waits goes when its own context ends;
// the work goes on for the others unless the one who began it is cancelled.
func (m *memory[V]) get(ctx context.Context, key string, compute func(context.Context) (V, error)) (V, error) {
	for {
		if v, ok := m.kept.Get(key); ok {
			return v, nil
		}
		began := false
		result := m.under.DoChan(key, func() (any, error) {
			began = true
			v, err := guarded(ctx, compute)
			if err == nil && m.small(v) {
				m.kept.Add(key, v)
			}
			return v, err
		})
		select {
		case <-ctx.Done():
			var none V
			return none, context.Cause(ctx)
		case r := <-result:
			// Another's cancellation is not ours.
			if r.Err != nil && !began && ctx.Err() == nil && isEnded(r.Err) {
				continue
			}
			return r.Val.(V), r.Err
		}
	}
}

// guarded makes an error of a fault: it is in a goroutine of its own, where nobody else
// catches it.
func guarded[V any](ctx context.Context, compute func(context.Context) (V, error)) (v V, err error) {
	defer caught(&err)
	return compute(ctx)
}

func isEnded(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

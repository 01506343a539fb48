package ingest

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
)

// backoff waits longer from try to try, up to maxPause, and differently in
// every worker, so that they do not all come back at once.
type backoff struct{ pause time.Duration }

// next is how long to wait now.
func (b *backoff) next() time.Duration {
	b.pause = min(max(2*b.pause, firstPause), maxPause)
	half := int64(b.pause / 2)
	return time.Duration(half + rand.Int64N(half))
}

// wait returns false when ctx ended first.
func (b *backoff) wait(ctx context.Context) bool { return sleep(ctx, b.next()) }

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

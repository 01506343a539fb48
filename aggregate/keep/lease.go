package keep

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

const (
	// leaseFor is how long a process that was killed keeps others waiting.
	leaseFor = 30 * time.Second
	// leaseSettles is how long a claim may take to be seen by others that claim.
	leaseSettles = time.Second
)

// lease lets one process at a time keep clusters. ClickHouse's clock decides.
// Of several that claim it, the one that claimed first has it; a claim is looked
// at again after a moment, so that one that was on its way is seen.
type lease struct {
	store  *store.Store
	holder string
	// renewed is when the claim was last renewed, by this process's clock; zero
	// when there is none.
	renewed time.Time
	claimed string // when, by ClickHouse's clock
}

func newLease(s *store.Store) *lease { return &lease{store: s, holder: rand.Text()} }

// hold asks for the lease, or renews it. fresh says that it was not held before:
// others may have written meanwhile.
func (l *lease) hold(ctx context.Context, now time.Time) (held, fresh bool, err error) {
	if !l.renewed.IsZero() && now.Sub(l.renewed) < leaseFor {
		if now.Sub(l.renewed) < leaseFor/3 {
			return true, false, nil
		}
		return true, false, l.claim(ctx, now)
	}
	l.renewed, l.claimed = time.Time{}, ""
	if first, err := l.first(ctx); err != nil || first != "" {
		return false, false, err
	}
	if err := l.claim(ctx, now); err != nil {
		return false, false, err
	}
	select {
	case <-time.After(leaseSettles):
	case <-ctx.Done():
		return false, false, ctx.Err()
	}
	first, err := l.first(ctx)
	if err != nil || first != l.holder {
		l.release(ctx)
		return false, false, err
	}
	return true, true, nil
}

// first is the holder that claimed first of those whose lease has not ended; ""
// without any.
func (l *lease) first(ctx context.Context) (holder string, err error) {
	err = l.store.Each(ctx, query("lease"), nil, func(rows store.Rows) error { return rows.Scan(&holder) })
	return holder, err
}

// claim writes that the lease is wanted, or goes on.
func (l *lease) claim(ctx context.Context, now time.Time) error {
	if l.claimed == "" {
		at, err := serverTime(ctx, l.store)
		if err != nil {
			return err
		}
		l.claimed = store.TimeParameter(at)
	}
	if err := l.write(ctx, leaseFor); err != nil {
		return err
	}
	l.renewed = now
	return nil
}

// release lets the next have it; should that fail, it ends by itself.
func (l *lease) release(ctx context.Context) {
	if l.claimed != "" {
		_ = l.write(context.WithoutCancel(ctx), 0)
	}
	l.renewed, l.claimed = time.Time{}, ""
}

func (l *lease) write(ctx context.Context, length time.Duration) error {
	err := l.store.Exec(ctx, query("claim"), map[string]string{
		"holder": l.holder, "claimed_at": l.claimed, "seconds": strconv.Itoa(int(length / time.Second)),
	})
	if err != nil {
		return fmt.Errorf("asking for the lease: %w", err)
	}
	return nil
}

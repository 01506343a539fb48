package keep

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

const (
	// leaseFor is how long a process that was killed keeps others waiting.
	leaseFor = 30 * time.Second
	// leaseSettles is how long a claim may take to be seen by others that claim.
	leaseSettles = time.Second
	// releaseTimeout bounds how long giving it back may hold up the end.
	releaseTimeout = 5 * time.Second
)

// lease lets one process at a time do a kind of work. ClickHouse's clock decides.
// Of several that claim it, the one that claimed first has it; a claim is looked
// at again after a moment, so that one that was on its way is seen.
type lease struct {
	store  *store.Store
	worker string // the kind of work
	holder string
	length time.Duration
	// renewed is a moment before ClickHouse last made it as long as length, by
	// this process's clock.
	renewed time.Time
}

// newLease makes a lease for a holder. A process that is started again as the
// same holder goes on with what it had.
func newLease(s *store.Store, worker, holder string) *lease {
	if holder == "" {
		holder = rand.Text()
	}
	return &lease{store: s, worker: worker, holder: holder, length: leaseFor}
}

// errLost is why work was stopped that only the holder may do.
var errLost = errors.New("the lease for this work was not renewed in time")

// during asks for the lease and, when it gets it, does something while it is
// held; it is renewed meanwhile, however long that takes. Should it be lost, the
// context of what is done ends before another process can begin.
func (l *lease) during(ctx context.Context, do func(context.Context) error) (held bool, err error) {
	if held, err = l.acquire(ctx); err != nil || !held {
		return false, err
	}
	holding, stop := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { stop(l.renew(holding)) })
	err = do(holding)
	if cause := context.Cause(holding); cause != nil {
		err = cause
	}
	stop(nil)
	renewing.Wait()
	l.release(ctx)
	return true, err
}

// acquire asks for the lease once.
func (l *lease) acquire(ctx context.Context) (bool, error) {
	first, err := l.first(ctx)
	switch {
	case err != nil:
		return false, err
	case first == l.holder: // since before it was killed
		return l.settle(ctx)
	case first != "":
		return false, nil
	}
	if err := l.write(ctx, "claim", l.length); err != nil {
		return false, err
	}
	if !pause(ctx, leaseSettles) {
		l.release(ctx)
		return false, ctx.Err()
	}
	return l.settle(ctx)
}

// settle says whether a claim has come first.
func (l *lease) settle(ctx context.Context) (bool, error) {
	err := l.extend(ctx)
	if err != nil {
		l.release(ctx)
	}
	if errors.Is(err, errLost) {
		return false, nil
	}
	return err == nil, err
}

// renew keeps the lease until ctx ends, or until it is lost.
func (l *lease) renew(ctx context.Context) error {
	for {
		if !pause(ctx, l.length/3) {
			return ctx.Err()
		}
		bounded, cancel := context.WithDeadline(ctx, l.renewed.Add(l.length))
		err := l.extend(bounded)
		cancel()
		switch {
		case errors.Is(err, errLost):
			return errLost
		case err != nil && time.Since(l.renewed) >= l.length*2/3: // the next attempt would come too late
			return fmt.Errorf("%w: %w", errLost, err)
		}
	}
}

// extend lets the lease end later. One that has ended, or that another claimed
// before, is lost.
func (l *lease) extend(ctx context.Context) error {
	began := time.Now()
	if err := l.write(ctx, "extend", l.length); err != nil {
		return err
	}
	first, err := l.first(ctx)
	switch {
	case err != nil:
		return err
	case first != l.holder:
		return errLost
	}
	l.renewed = began
	return nil
}

// first is the holder that claimed first of those whose lease has not ended; ""
// without any.
func (l *lease) first(ctx context.Context) (holder string, err error) {
	err = l.store.Each(ctx, query("lease"), map[string]string{"worker": l.worker}, func(rows store.Rows) error { return rows.Scan(&holder) })
	return holder, err
}

// release lets the next have it; should that fail, it ends by itself.
func (l *lease) release(ctx context.Context) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	_ = l.write(bounded, "extend", 0)
}

// write writes that the lease, from now on, is as long as this.
func (l *lease) write(ctx context.Context, name string, length time.Duration) error {
	err := l.store.Exec(ctx, query(name), map[string]string{
		"worker": l.worker, "holder": l.holder, "milliseconds": strconv.FormatInt(length.Milliseconds(), 10),
	})
	if err != nil {
		return fmt.Errorf("asking for the lease: %w", err)
	}
	return nil
}

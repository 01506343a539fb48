package store

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clock knows ClickHouse's time without asking for it each time, so that a
// lease means the same here and there however wrong either clock is. It counts
// on from one answer by the monotonic clock of this process. Where that stands
// still, in a machine that is suspended, leases end too early and never too late.
// It asks again when it is in doubt, and every minute, lest ClickHouse's clock was
// set back meanwhile.
type clock struct {
	asking chan struct{} // holds a token while somebody asks

	mu     sync.Mutex
	known  bool
	local  time.Time // when the answer came
	server time.Time // what it said
}

const clockAge = time.Minute

func newClock() *clock { return &clock{asking: make(chan struct{}, 1)} }

// at is ClickHouse's time at a local moment.
func (c *clock) at(ctx context.Context, s *Store, moment time.Time) (time.Time, error) {
	if at, ok := c.told(moment); ok {
		return at, nil
	}
	select {
	case c.asking <- struct{}{}:
		defer func() { <-c.asking }()
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	if at, ok := c.told(moment); ok {
		return at, nil // somebody else has asked
	}
	server, err := s.askTime(ctx)
	if err != nil {
		return time.Time{}, err
	}
	c.mu.Lock()
	c.known, c.local, c.server = true, time.Now(), server
	c.mu.Unlock()
	at, _ := c.told(moment)
	return at, nil
}

// told is ClickHouse's time by its latest answer, unless that is too old.
func (c *clock) told(moment time.Time) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server.Add(moment.Sub(c.local)), c.known && time.Since(c.local) < clockAge
}

// doubt lets the next use ask again.
func (c *clock) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = false
}

// askTime goes the way that inserts go, so that it fails as they do.
func (s *Store) askTime(ctx context.Context) (time.Time, error) {
	u := s.baseURL
	u.RawQuery = url.Values{"query": {"SELECT toUnixTimestamp64Milli(now64(3))"}, "wait_end_of_query": {"1"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return time.Time{}, err
	}
	text, err := s.carryOut(req)
	if err != nil {
		return time.Time{}, err
	}
	ms, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("ClickHouse does not tell its time: %w", err)
	}
	return time.UnixMilli(ms), nil
}

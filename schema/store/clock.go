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
type clock struct {
	mu     sync.Mutex
	known  bool
	local  time.Time // when the answer came
	server time.Time // what it said
}

// at is ClickHouse's time at a local moment.
func (c *clock) at(ctx context.Context, s *Store, moment time.Time) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		server, err := s.askTime(ctx)
		if err != nil {
			return time.Time{}, err
		}
		c.known, c.local, c.server = true, time.Now(), server
	}
	return c.server.Add(moment.Sub(c.local)), nil
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

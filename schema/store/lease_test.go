package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestLateInsert comes after its lease has ended, then in time: the first is
// refused without a trace, and its token is not used up.
func TestLateInsert(t *testing.T) {
	s := storetest.Open(t)
	for _, e := range schema.Entities {
		b := s.NewBatch(e)
		add(b, e, recordAt(e, 0, fullEvents[e]), recordAt(e, 1, "no JSON"))
		for _, lease := range []time.Time{time.Now().Add(-time.Hour), time.Now(), {}} {
			err := b.Insert(t.Context(), "t", lease)
			refused, ok := errors.AsType[*store.Error](err)
			if !ok || refused.Code != 395 || !store.Retryable(err) {
				t.Errorf("%s, lease %v: retryable %v: %v", e, lease, store.Retryable(err), err)
			}
		}
		table := e.String() + "_records"
		wantAnswer(t, s, "SELECT count() AS n FROM "+table, `{"n":0}`)
		insert(t, b, "t")
		wantAnswer(t, s, "SELECT count() AS n, max(abs(dateDiff('second', landed_at, now()))) < 60 AS now FROM "+table, `{"n":2,"now":1}`)
	}
}

func TestClaim(t *testing.T) {
	cases := []struct {
		name      string
		id, group string
		takeOver  bool
		heldID    string
		heldGroup string
	}{
		{"the first", "id", "a", false, "id", "a"},
		{"the same", "id", "a", false, "id", "a"},
		{"another group", "id", "b", false, "id", "a"},
		{"a topic made anew", "new", "a", true, "id", "a"},
		{"another group takes over", "id", "b", true, "id", "b"},
		{"the first comes back", "id", "a", false, "id", "b"},
		{"and takes over", "id", "a", true, "id", "a"},
	}
	s := storetest.Open(t)
	for _, c := range cases {
		id, group, err := s.Claim(t.Context(), "topic", c.id, c.group, c.takeOver)
		if err != nil || id != c.heldID || group != c.heldGroup {
			t.Errorf("%s: %s, %s, %v", c.name, id, group, err)
		}
		time.Sleep(2 * time.Millisecond) // claims are told apart by their time
	}
	if id, group, err := s.Claim(t.Context(), "other", "x", "c", false); err != nil || id != "x" || group != "c" {
		t.Errorf("another topic: %s, %s, %v", id, group, err)
	}
}

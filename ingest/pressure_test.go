package ingest_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

const (
	bulkyBytes = 16 << 10
	bulkyCount = 3000
	// onePoll is what a poll may hand out before the gate is looked at again.
	onePoll = partitions * 4 << 20
)

// bulkyEvents are incident events that do not compress well, 48 MiB in all.
func bulkyEvents() []*kgo.Record {
	noise := rand.NewChaCha8([32]byte{1})
	description := make([]byte, bulkyBytes/2)
	records := make([]*kgo.Record, bulkyCount)
	for i := range records {
		noise.Read(description)
		records[i] = goodEvent(schema.Incident, i)
		records[i].Value = fmt.Appendf(records[i].Value[:len(records[i].Value)-1], `,"description":"%s"}`, hex.EncodeToString(description))
	}
	return records
}

// TestBackPressure lets the store fail or hang for one topic, of which much
// more waits in Kafka than the pipeline may hold.
func TestBackPressure(t *testing.T) {
	cases := []struct {
		name     string
		before   func(ctx context.Context, away *atomic.Bool) error
		othersGo bool
	}{
		{"failing", func(_ context.Context, away *atomic.Bool) error {
			if away.Load() {
				return errAway
			}
			return nil
		}, true},
		// As long as an insert may still succeed its partition is not set
		// aside, and so the others wait with it.
		{"hanging", func(ctx context.Context, away *atomic.Bool) error {
			for away.Load() && ctx.Err() == nil {
				time.Sleep(5 * time.Millisecond)
			}
			return ctx.Err()
		}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, s := startKafka(t), storetest.Open(t)
			k.produce(bulkyEvents()...)
			var away atomic.Bool
			away.Store(true)
			g := &gatekeeper{before: func(ctx context.Context, token string, _ int) error {
				if !strings.HasPrefix(token, topics[schema.Incident]) {
					return nil
				}
				return c.before(ctx, &away)
			}}
			setup := ready(k, s)
			setup.cfg.Memory = 8 << 20
			g.guard(&setup)
			r := setup.start(t)
			eventually(t, "the topic is stuck", func() bool { return len(g.batches()) > 0 })
			settled(t, func() int { return r.count("records_consumed_total") })
			if c.othersGo {
				others := goodEvents(bulkyCount, 200)
				k.produce(others...)
				eventually(t, "the other topics have landed", func() bool { return r.landed() == len(others)*2/3 })
			}
			held := r.count("records_consumed_total", topics[schema.Incident]) * bulkyBytes
			if most := setup.cfg.Memory + 2*onePoll; held > most || held == 0 {
				t.Errorf("%d MiB are held, want at most %d", held>>20, most>>20)
			}
			away.Store(false)
			eventually(t, "all records have landed", func() bool { return r.landed() == len(k.entries) })
			r.stop()
			k.wantExact(s)
			r.wantReconciled()
		})
	}
}

// settled waits until a number has not changed for a while.
func settled(t *testing.T, number func() int) {
	t.Helper()
	const still = 700 * time.Millisecond // longer than a fetch may hang
	last, since := number(), time.Now()
	eventually(t, "the number settles", func() bool {
		if now := number(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > still
	})
}

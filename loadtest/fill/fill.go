package fill

import (
	"context"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

const (
	// rowsAtOnce is how many records are inserted in one block.
	rowsAtOnce = 100_000
	// patience is how long an insert may take.
	patience = 10 * time.Minute
)

// Into brings events into a store as if they had come from partition 0 of their
// topics, and says how many of each entity there were.
func Into(ctx context.Context, s *store.Store, events iter.Seq[schema.Event]) (map[schema.Entity]int64, error) {
	group, ctx := errgroup.WithContext(ctx)
	counts := make(map[schema.Entity]int64)
	lanes := make(map[schema.Entity]*lane)
	for _, e := range schema.Entities {
		lanes[e] = newLane(ctx, group, s, e)
	}
	err := func() error {
		for e := range events {
			if err := lanes[e.Entity()].add(ctx, e, counts[e.Entity()]); err != nil {
				return err
			}
			counts[e.Entity()]++
		}
		return nil
	}()
	for _, l := range lanes {
		l.end(ctx)
	}
	if failed := group.Wait(); failed != nil {
		return counts, failed
	}
	return counts, err
}

// lane inserts the records of one entity, one batch while the next fills.
type lane struct {
	entity        schema.Entity
	decoder       *schema.Decoder
	filling       *store.Batch
	full, emptied chan *store.Batch
	json          []byte
}

func newLane(ctx context.Context, group *errgroup.Group, s *store.Store, e schema.Entity) *lane {
	l := &lane{
		entity: e, decoder: schema.NewDecoder(e), filling: s.NewBatch(e),
		full: make(chan *store.Batch), emptied: make(chan *store.Batch, 1),
	}
	l.emptied <- s.NewBatch(e)
	group.Go(func() error {
		for b := range l.full {
			if err := b.Insert(ctx, "", time.Now().Add(patience)); err != nil {
				return fmt.Errorf("inserting %d %s records: %w", b.Rows(), e, err)
			}
			b.Reset()
			l.emptied <- b
		}
		return nil
	})
	return l
}

func (l *lane) add(ctx context.Context, e schema.Event, offset int64) error {
	l.json = e.AppendJSON(l.json[:0])
	rec := &schema.Record{Topic: "firebreak." + l.entity.String() + "s", Offset: offset, Timestamp: e.Base().OccurredAt, Key: []byte(e.EntityID()), Value: l.json}
	ev, fault := l.decoder.Decode(rec, time.Now())
	if fault != nil {
		return fmt.Errorf("%w in %s", fault, l.json)
	}
	if l.filling.Add(rec, ev, nil); l.filling.Rows() < rowsAtOnce {
		return nil
	}
	return l.turn(ctx)
}

// turn sends the batch off and takes the other.
func (l *lane) turn(ctx context.Context) error {
	select {
	case l.full <- l.filling:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case l.filling = <-l.emptied:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// end sends off what is left.
func (l *lane) end(ctx context.Context) {
	if l.filling.Rows() > 0 {
		_ = l.turn(ctx) // the group knows why it failed
	}
	close(l.full)
}

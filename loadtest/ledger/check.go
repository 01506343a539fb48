package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// Difference is a sentence about one way in which a store differs.
type Difference string

// Options says how far a check goes.
type Options struct {
	// RawOnly leaves out what is derived: entities and metrics.
	RawOnly bool
	// DerivedOnly leaves out the records themselves, so that a store may be
	// compared with the ledger of another way that the same events could have
	// come.
	DerivedOnly bool
	// NoMetrics leaves out the metrics, whose many queries take some seconds.
	NoMetrics bool
}

// most is how many differences of one kind are told.
const most = 10

// findings collects differences, at most so many of a kind.
type findings struct {
	list   []Difference
	byKind map[string]int
}

func (f *findings) add(kind, format string, args ...any) {
	if f.byKind == nil {
		f.byKind = make(map[string]int)
	}
	f.byKind[kind]++
	switch n := f.byKind[kind]; {
	case n <= most:
		f.list = append(f.list, Difference(kind+": "+fmt.Sprintf(format, args...)))
	case n == most+1:
		f.list = append(f.list, Difference(kind+": and more"))
	}
}

// Check compares the store with the ledger. No difference is an empty list; an
// error means that the store could not be asked.
func (l *Ledger) Check(ctx context.Context, s *store.Store, o Options) ([]Difference, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var f findings
	for _, p := range l.again {
		f.add("ledger", "%s/%d/%d was entered twice", p.topic, p.id, p.offset)
	}
	var steps []func(context.Context, *store.Store, *findings) error
	if !o.DerivedOnly {
		steps = append(steps, l.checkRecords, l.checkDeadLetters)
	}
	if !o.RawOnly && !l.cfg.RawOnly {
		if !o.DerivedOnly {
			steps = append(steps, l.checkEvents)
		}
		steps = append(steps, l.checkEntities)
		if !o.NoMetrics {
			steps = append(steps, l.checkMetrics)
		}
	}
	for _, step := range steps {
		if err := step(ctx, s, &f); err != nil {
			return nil, fmt.Errorf("checking the store: %w", err)
		}
	}
	return f.list, nil
}

// Lag compares the group's committed offsets with the end of every partition
// that has records.
func Lag(ctx context.Context, admin *kadm.Client, group string, topics ...string) ([]Difference, error) {
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return nil, err
	}
	committed, err := admin.FetchOffsets(ctx, group)
	if err = errors.Join(err, committed.Error()); err != nil {
		return nil, err
	}
	var f findings
	for _, end := range ends.Offsets().Sorted() {
		if at, _ := committed.Lookup(end.Topic, end.Partition); end.At > 0 && at.At != end.At {
			f.add("lag", "%s/%d: committed %d, the end is %d", end.Topic, end.Partition, at.At, end.At)
		}
	}
	return f.list, nil
}

// checkEvents compares how many different events there are.
func (l *Ledger) checkEvents(ctx context.Context, s *store.Store, f *findings) error {
	for _, e := range schema.Entities {
		var records, distinct uint64
		query := fmt.Sprintf("SELECT count(), uniqExact(topic, source, event_id) FROM %s_events", e)
		if err := s.Each(ctx, query, nil, func(rows store.Rows) error { return rows.Scan(&records, &distinct) }); err != nil {
			return err
		}
		wantRecords, wantDistinct := l.fold.Events(e)
		if int64(records) != wantRecords || int64(distinct) != wantDistinct {
			f.add("events", "%ss: %d records of %d events, the ledger has %d of %d", e, records, distinct, wantRecords, wantDistinct)
		}
	}
	return nil
}

// endOfTime is after every event.
var endOfTime = schema.MillisOf(time.Date(2299, 1, 1, 0, 0, 0, 0, time.UTC))

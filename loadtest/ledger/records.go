package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// tally is what the records of a partition come to.
type tally struct {
	records, offsets, distinct uint64
	digests                    sum
}

func tallyOf(records map[int64]digest) tally {
	var t tally
	for offset, d := range records {
		t.records++
		t.distinct++
		t.offsets += uint64(offset)
		t.digests.add(d)
	}
	return t
}

// checkRecords compares the tallies, and looks for the records at fault where
// they differ.
func (l *Ledger) checkRecords(ctx context.Context, s *store.Store, f *findings) error {
	landed := make(map[partition]tally)
	for _, e := range schema.Entities {
		query := fmt.Sprintf(`SELECT topic, partition, count(), sum(offset), uniqExact(offset),
			sum(reinterpretAsUInt64(substring(d, 1, 8))), sum(reinterpretAsUInt64(substring(d, 9, 8)))
			FROM (SELECT topic, partition, offset, %s AS d FROM %s_records) GROUP BY topic, partition`, digestSQL, e)
		if err := s.Each(ctx, query, nil, func(rows store.Rows) error {
			var p partition
			var t tally
			err := rows.Scan(&p.topic, &p.id, &t.records, &t.offsets, &t.distinct, &t.digests.a, &t.digests.b)
			landed[p] = t
			return err
		}); err != nil {
			return err
		}
	}
	for _, p := range sortedPartitions(l.partitions) {
		want := tallyOf(l.partitions[p])
		if landed[p] == want {
			continue
		}
		f.add("records", "%s/%d: %d records with %d distinct offsets that add up to %d, the ledger has %d, %d, %d (or their bytes differ)",
			p.topic, p.id, landed[p].records, landed[p].distinct, landed[p].offsets, want.records, want.distinct, want.offsets)
		if err := l.locate(ctx, s, p, f); err != nil {
			return err
		}
	}
	for _, p := range sortedPartitions(landed) {
		if l.partitions[p] == nil {
			f.add("records", "%s/%d: %d records, nothing was produced", p.topic, p.id, landed[p].records)
		}
	}
	return nil
}

func sortedPartitions[T any](m map[partition]T) []partition {
	return slices.SortedFunc(maps.Keys(m), func(a, b partition) int { return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.id, b.id)) })
}

// locate names the records of one partition that are lost, doubled or altered.
func (l *Ledger) locate(ctx context.Context, s *store.Store, p partition, f *findings) error {
	seen := make(map[int64]bool)
	query := fmt.Sprintf(`SELECT offset, count(), any(%s), uniqExact(%s) FROM %s_records
		WHERE topic = {topic:String} AND partition = {partition:Int32} GROUP BY topic, partition, offset ORDER BY offset`, digestSQL, digestSQL, l.cfg.Topics[p.topic])
	err := s.Each(ctx, query, map[string]string{"topic": p.topic, "partition": fmt.Sprint(p.id)}, func(rows store.Rows) error {
		var offset, copies, different uint64
		var text string
		if err := rows.Scan(&offset, &copies, &text, &different); err != nil {
			return err
		}
		at := int64(offset)
		seen[at] = true
		want, produced := l.partitions[p][at]
		switch {
		case !produced:
			f.add("never produced", "%s/%d/%d", p.topic, p.id, at)
		case copies > 1:
			f.add("doubled", "%s/%d/%d is there %d times", p.topic, p.id, at, copies)
		case digest([]byte(text)) != want:
			f.add("altered", "%s/%d/%d", p.topic, p.id, at)
		}
		return nil
	})
	for _, at := range slices.Sorted(maps.Keys(l.partitions[p])) {
		if !seen[at] {
			f.add("lost", "%s/%d/%d", p.topic, p.id, at)
		}
	}
	return err
}

// checkDeadLetters compares which records are dead letters, why, and what became
// of their replays.
func (l *Ledger) checkDeadLetters(ctx context.Context, s *store.Store, f *findings) error {
	seen := make(map[place]bool)
	err := s.Each(ctx, "SELECT topic, partition, offset, reason, fault_field, replays, repaired FROM dead_letters", nil, func(rows store.Rows) error {
		var at place
		var offset uint64
		var reason, field string
		var marked fate
		if err := rows.Scan(&at.topic, &at.id, &offset, &reason, &field, &marked.replays, &marked.repaired); err != nil {
			return err
		}
		at.offset = int64(offset)
		seen[at] = true
		if got, want := (verdict{schema.Reason(reason), field}), l.dead[at]; got != want {
			f.add("dead letters", "%s/%d/%d is one for %q in %q, the ledger says %q in %q", at.topic, at.id, at.offset, got.reason, got.field, want.reason, want.field)
		}
		if want := l.replays[cmp.Or(l.originals[at.String()], at.String())]; marked != want {
			f.add("replays", "%s has %d, repaired: %v; the ledger has %d, %v", at, marked.replays, marked.repaired, want.replays, want.repaired)
		}
		return nil
	})
	for at, want := range l.dead {
		if !seen[at] {
			f.add("dead letters", "%s/%d/%d is none, the ledger says %q", at.topic, at.id, at.offset, want.reason)
		}
	}
	return err
}

package ingest_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// sum is what a partition's records come to, as the ledger or as the store
// has them.
type sum struct {
	Records, Offsets, Distinct uint64
	Hash                       string // of all lengths and values in the order of offsets
}

// wantExact checks that the store holds exactly the ledger.
func (k *kafka) wantExact(s *store.Store) {
	k.t.Helper()
	want, got := k.sums(), landedSums(k.t, s)
	for at, w := range want {
		if got[at] != w {
			k.t.Errorf("%s/%d: landed %+v, produced %+v", at.topic, at.partition, got[at], w)
		}
	}
	for at, g := range got {
		if want[at].Records == 0 {
			k.t.Errorf("%s/%d: landed %+v, nothing was produced", at.topic, at.partition, g)
		}
	}
}

// sums is the ledger, by topic and partition (with offset 0).
func (k *kafka) sums() map[place]sum {
	sums, hashes := make(map[place]sum), make(map[place]hash.Hash)
	inOrder := slices.SortedFunc(maps.Keys(k.entries), func(a, b place) int { return cmp.Compare(a.offset, b.offset) })
	for _, at := range inOrder {
		of := place{at.topic, at.partition, 0}
		if hashes[of] == nil {
			hashes[of] = sha256.New()
		}
		value := k.entries[at].Value
		fmt.Fprintf(hashes[of], "%d:%s", len(value), value)
		s := sums[of]
		s.Records, s.Distinct, s.Offsets = s.Records+1, s.Distinct+1, s.Offsets+uint64(at.offset)
		s.Hash = hex.EncodeToString(hashes[of].Sum(nil))
		sums[of] = s
	}
	return sums
}

func landedSums(t *testing.T, s *store.Store) map[place]sum {
	t.Helper()
	sums := make(map[place]sum)
	for _, e := range schema.Entities {
		rows, err := s.Query(t.Context(), fmt.Sprintf(`SELECT topic, partition, count(), sum(offset), uniqExact(offset),
			lower(hex(SHA256(arrayStringConcat(arrayMap(x -> concat(toString(length(x.2)), ':', x.2), arraySort(groupArray((offset, raw))))))))
			FROM %s_records GROUP BY topic, partition`, e), nil)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var at place
			var s sum
			if err := rows.Scan(&at.topic, &at.partition, &s.Records, &s.Offsets, &s.Distinct, &s.Hash); err != nil {
				t.Fatal(err)
			}
			sums[at] = s
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return sums
}

// landedCount is how many records the store holds.
func landedCount(t *testing.T, s *store.Store) int {
	t.Helper()
	n := uint64(0)
	for _, s := range landedSums(t, s) {
		n += s.Records
	}
	return int(n)
}

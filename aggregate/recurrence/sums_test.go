package recurrence

import (
	"math/rand/v2"
	"testing"
)

func TestSums(t *testing.T) {
	var s sums
	if _, known := s.get(7); known {
		t.Error("an empty table knows a sum")
	}
	random := rand.New(rand.NewPCG(1, 2))
	want := make(map[uint64]int32)
	for n := range int32(5000) {
		// Sums that end alike meet in one place, and so do those at the table's end.
		sum := random.Uint64()<<10 | uint64(1020+n%4)
		if _, known := want[sum]; known {
			continue
		}
		want[sum] = n
		s.put(sum, n)
	}
	for sum, n := range want {
		if got, known := s.get(sum); !known || got != n {
			t.Fatalf("%x: %d %v, want %d", sum, got, known, n)
		}
		if got, known := s.get(sum ^ 1<<63 ^ 1); known && want[sum^1<<63^1] != got {
			t.Fatalf("%x is known as %d", sum^1<<63^1, got)
		}
	}
}

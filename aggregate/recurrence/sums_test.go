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
		sum := random.Uint64()
		if n%2 == 0 {
			sum = uint64(n) << (n % 64) // near each other, or alike at one end
		}
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
		if got, known := s.get(sum ^ 1<<62); known && want[sum^1<<62] != got {
			t.Fatalf("%x is known as %d", sum^1<<62, got)
		}
	}
}

func TestSeen(t *testing.T) {
	s := seen{most: 3}
	for _, step := range []struct {
		sum  uint64
		want bool
	}{
		{1, false},
		{2, false},
		{1, true},
		{3, false},
		{4, false},
		{2, true},
		{5, false}, // three newer ones than 1 and 3
		{1, true},  // which is still there, as it may be
		{6, false},
		{7, false},
		{8, false},
		{9, false},
		{3, false},
		{4, false},
	} {
		if got := s.has(step.sum); got != step.want {
			t.Errorf("%d: %v, want %v", step.sum, got, step.want)
		}
	}
}

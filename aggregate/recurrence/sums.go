package recurrence

// sums is a map from the 64-bit sums of texts to numbers. An entry is all in one
// place, so that a lookup waits for memory once, where a map with texts for keys
// waits three times. Of a million texts some two have the same sum with a
// probability of 3e-8; who must know compares the texts.
type sums struct {
	slots []slot // a power of two, at most three quarters of them taken
	taken int
}

// slot is an entry.
type slot struct {
	sum  uint64
	next int32 // the number and one; 0 where there is none
}

const fewestSlots = 64

// get finds the number of a sum.
func (s *sums) get(sum uint64) (number int32, known bool) {
	if len(s.slots) == 0 {
		return 0, false
	}
	at := s.place(sum)
	return s.slots[at].next - 1, s.slots[at].next != 0
}

// put gives a number, 0 or greater, to a sum that has none.
func (s *sums) put(sum uint64, number int32) {
	if 4*(s.taken+1) > 3*len(s.slots) {
		s.grow()
	}
	s.slots[s.place(sum)] = slot{sum, number + 1}
	s.taken++
}

// place is where a sum is or belongs.
func (s *sums) place(sum uint64) uint64 {
	last := uint64(len(s.slots) - 1)
	at := sum & last
	for s.slots[at].next != 0 && s.slots[at].sum != sum {
		at = (at + 1) & last
	}
	return at
}

func (s *sums) grow() {
	old := s.slots
	s.slots = make([]slot, max(fewestSlots, 2*len(old)))
	for _, entry := range old {
		if entry.next != 0 {
			s.slots[s.place(entry.sum)] = entry
		}
	}
}

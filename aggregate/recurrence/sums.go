package recurrence

import mathbits "math/bits"

// sums is a map from the 64-bit sums of texts to numbers. An entry is all in one
// place, so that a lookup waits for memory once, where a map with texts for keys
// waits three times. Of a million texts some two have the same sum with a
// probability of 3e-8. Shapes are compared as well; words and facts with the same sum
// are taken for the same.
type sums struct {
	slots []slot // a power of two, at most three quarters of them taken
	taken int
	shift uint // leaves of 64 bits as many as number the slots
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

// place is where a sum is or belongs. Sums that are near each other are spread, by
// the golden ratio (Knuth, The Art of Computer Programming, volume 3, section 6.4).
func (s *sums) place(sum uint64) uint64 {
	const golden = 0x9e3779b97f4a7c15
	last := uint64(len(s.slots) - 1)
	at := sum * golden >> s.shift
	for s.slots[at].next != 0 && s.slots[at].sum != sum {
		at = (at + 1) & last
	}
	return at
}

func (s *sums) grow() {
	old := s.slots
	s.slots = make([]slot, max(fewestSlots, 2*len(old)))
	s.shift = uint(mathbits.LeadingZeros64(uint64(len(s.slots) - 1)))
	for _, entry := range old {
		if entry.next != 0 {
			s.slots[s.place(entry.sum)] = entry
		}
	}
}

// seen remembers which sums have been seen. Of those that were not seen since the last
// most new ones, none is left; it holds twice as many at times.
type seen struct {
	most        int
	recent, old sums
}

// has says whether a sum was seen before; now it was.
func (s *seen) has(sum uint64) bool {
	if _, found := s.recent.get(sum); found {
		return true
	}
	_, found := s.old.get(sum)
	if s.recent.taken >= s.most {
		s.old, s.recent = s.recent, sums{}
	}
	s.recent.put(sum, 0)
	return found
}

package recurrence

import (
	"github.com/go-faster/city"
)

// How much it takes to hold that a word varies.
const (
	// openAt is how many different words must have stood in one place.
	openAt = 10
	// openShare is the least share of them that were seen once: where hardly any
	// word is new, the words are a closed set, such as the states of a machine.
	openShare = 0.2
	// knownAt is how many must have stood there when at least half of them are
	// known to vary, or when the word before is one behind which words vary.
	knownAt = 3
	// leastFrame is how many words must stand around a place, not counting those
	// of grammar. Around fewer, the place is what the text is about.
	leastFrame = 2
	// leastOpener is how many letters a word has behind which others may be
	// known to vary: prepositions are too common.
	leastOpener = 4
	// longestShape is the longest shape whose words are compared.
	longestShape = 48
	// rarelyAsked is from how many shapes on a place is looked at only when
	// their number has doubled.
	rarelyAsked = 64
	// mostPlaces is how many places are remembered; twice as many for a while.
	mostPlaces = 1 << 19
)

// places remembers what stood in each place of the shapes. It is bounded: the
// places that were not met since the last mostPlaces new ones are forgotten.
type places struct {
	recent, old map[uint64]*place
	order       []*place // of recent and old, by when they were new

	fillers map[int32]int  // words that stand in open places
	openers map[int32]bool // words before open places
	opened  int            // how many places were found open
}

// place is a shape with one of its words taken out.
type place struct {
	shapes []int32 // that have a word there
	at     int32
	open   bool // any word may stand there
}

func newPlaces() places {
	return places{recent: make(map[uint64]*place), fillers: make(map[int32]int), openers: make(map[int32]bool)}
}

// compare looks at what stood where each word of a new shape stands.
func (t *templates) compare(id int32) {
	s := t.list[id].shape
	frame := t.frame(s)
	for i, w := range s {
		e := &t.words.entries[w]
		if w == blankWord || isDigit(e.text[0]) {
			continue
		}
		around := frame
		if !e.grammar {
			around--
		}
		if around < leastFrame {
			continue
		}
		if t.places.fillers[w] > 0 && t.isCase(id, i) {
			t.generalise(id, i)
			continue
		}
		p := t.at(s, i)
		p.shapes = append(p.shapes, id)
		switch {
		case p.open:
			t.places.fillers[w]++
			t.generalise(id, i)
		case len(p.shapes)&(len(p.shapes)-1) == 0 || len(p.shapes) < rarelyAsked:
			if t.isOpen(p) {
				t.open(p)
			}
		}
	}
}

// frame is how many words of a shape do more than hold a sentence together.
func (t *templates) frame(s shape) int {
	n := 0
	for _, w := range s {
		if e := &t.words.entries[w]; w != blankWord && !e.grammar {
			n++
		}
	}
	return n
}

// isCase says whether the shape with a blank at i is known. A blank beside
// another would leave the word out altogether, which is more than to vary it.
func (t *templates) isCase(id int32, i int) bool {
	general := t.blanked(id, i)
	_, _, known := t.find(general)
	return known && len(general) == len(t.list[id].shape)
}

// at finds the place of the i-th word.
func (t *templates) at(s shape, i int) *place {
	word := s[i]
	s[i] = -1
	t.key = appendKey(t.key[:0], s)
	s[i] = word
	return t.places.find(city.CH64(t.key), i)
}

func (ps *places) find(key uint64, i int) *place {
	p, found := ps.recent[key]
	if found {
		return p
	}
	if p, found = ps.old[key]; !found {
		p = &place{at: int32(i)}
	}
	if len(ps.recent) >= mostPlaces {
		ps.forget()
	}
	ps.recent[key] = p
	ps.order = append(ps.order, p)
	return p
}

func (ps *places) forget() {
	ps.order = append(ps.order[:0:0], ps.order[len(ps.order)-len(ps.recent):]...)
	ps.old, ps.recent = ps.recent, make(map[uint64]*place)
}

// isOpen says whether any word may stand in a place, judging by those that did.
func (t *templates) isOpen(p *place) bool {
	once, known := 0, 0
	for _, id := range p.shapes {
		if t.list[id].count <= 1 {
			once++
		}
		if t.places.fillers[t.list[id].shape[p.at]] > 0 {
			known++
		}
	}
	n := len(p.shapes)
	switch {
	case n >= openAt && float64(once) >= openShare*float64(n), n >= knownAt && 2*known >= n, n >= 2 && known == n:
		return true
	}
	return n >= knownAt && p.at > 0 && t.places.openers[t.list[p.shapes[0]].shape[p.at-1]]
}

func (t *templates) open(p *place) {
	p.open = true
	t.places.opened++
	if p.at > 0 {
		before := t.list[p.shapes[0]].shape[p.at-1]
		if len(t.words.entries[before].text) >= leastOpener {
			t.places.openers[before] = true
		}
	}
	for _, id := range p.shapes {
		t.places.fillers[t.list[id].shape[p.at]]++
	}
	for _, id := range p.shapes {
		t.generalise(id, int(p.at))
	}
}

// settle looks at all places again, since what was learned in one may decide
// another.
func (t *templates) settle() {
	if t.settled == len(t.list) {
		return
	}
	for before := -1; before != t.places.opened; {
		before = t.places.opened
		for i := 0; i < len(t.places.order); i++ {
			if p := t.places.order[i]; !p.open && len(p.shapes) > 1 && t.isOpen(p) {
				t.open(p)
			}
		}
	}
	t.settled = len(t.list)
}

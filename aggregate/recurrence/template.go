package recurrence

import (
	"encoding/binary"
	"slices"

	"github.com/go-faster/city"
)

// template is what a set of shapes have in common; a shape by itself is one.
type template struct {
	shape shape
	stems []int32 // of the words that say something, sorted, each once
	count int32   // how many texts had this very shape
	up    int32   // the template of which this one is a case; itself when of none
	with  company
	rule  int32 // the last that stood beside it; none before the first
}

// templates knows the shapes of the titles of a stream and learns which of them
// are cases of one template.
type templates struct {
	words   *lexicon
	list    []template
	byShape sums // of shapes, or by the next number that is free
	places  places
	// joined lists the pairs of templates of which one became a case of the
	// other since it was last emptied.
	joined [][2]int32
	// counts: what is added is counted.
	counts bool
	// settled is how many there were when all places were last looked at.
	settled int

	key []byte // scratch
}

func newTemplates(words *lexicon) *templates {
	return &templates{words: words, places: newPlaces(), counts: true}
}

// add gives the template that a shape is by itself, which is learned when it is
// new; top says of which it is a case. Only where words may vary are they compared with those of
// other shapes.
func (t *templates) add(s shape, mayVary bool) int32 {
	key, id, known := t.find(s)
	if !known {
		id = t.learn(key, slices.Clone(s), mayVary)
	}
	if t.counts {
		t.list[id].count++
	}
	return id
}

// top is the template that stands for id.
func (t *templates) top(id int32) int32 {
	for t.list[id].up != id {
		t.list[id].up = t.list[t.list[id].up].up
		id = t.list[id].up
	}
	return id
}

// find looks a shape up, and says where to put it when it is new.
func (t *templates) find(s shape) (key uint64, id int32, known bool) {
	t.key = appendKey(t.key[:0], s)
	for key = city.CH64(t.key); ; key++ {
		if id, known = t.byShape.get(key); !known || slices.Equal(t.list[id].shape, s) {
			return key, id, known
		}
	}
}

func (t *templates) learn(key uint64, s shape, mayVary bool) int32 {
	id := int32(len(t.list))
	stems := t.words.stems(s)
	t.words.titles.note(stems)
	t.list = append(t.list, template{shape: s, stems: stems, up: id, rule: none})
	t.byShape.put(key, id)
	if mayVary && len(s) <= longestShape {
		t.compare(id)
	}
	return id
}

// stems are the words of a shape that say something, sorted, each once. What is
// a saying counts as one word, the same for all that mean the same.
func (l *lexicon) stems(s shape) []int32 {
	stems := make([]int32, 0, len(s))
	for len(s) > 0 {
		if meaning, length := l.sayings.at(s, l); length > 0 {
			stems = append(stems, meaning)
			s = s[length:]
			continue
		}
		if e := &l.entries[s[0]]; !e.silent {
			stems = append(stems, e.stem)
		}
		s = s[1:]
	}
	slices.Sort(stems)
	return slices.Compact(stems)
}

// generalise makes a shape a case of the one with a blank at i.
func (t *templates) generalise(id int32, i int) {
	general := t.blanked(id, i)
	key, g, known := t.find(general)
	if !known {
		g = t.learn(key, general, true)
	}
	if a, b := t.top(id), t.top(g); a != b {
		t.list[a].up = b
		t.joined = append(t.joined, [2]int32{a, b})
	}
}

func (t *templates) blanked(id int32, i int) shape {
	general := make(shape, 0, len(t.list[id].shape))
	for j, w := range t.list[id].shape {
		if j == i {
			w = blankWord
		}
		general = t.words.foldRepeat(append(general, w))
	}
	return general
}

func appendKey(key []byte, s shape) []byte {
	for _, w := range s {
		key = binary.LittleEndian.AppendUint32(key, uint32(w))
	}
	return key
}

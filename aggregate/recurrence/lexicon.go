package recurrence

import (
	"math"
	"strings"

	"github.com/go-faster/city"
)

// lexicon numbers the words of titles and descriptions, and those with which the names
// of services begin, and knows in how many
// different texts each stands. What is counted is kinds of text, not incidents:
// a trouble that comes every day does not make its own words common.
type lexicon struct {
	ids     sums // of words
	entries []entry
	sayings thesaurus
	// titles and texts know how common the stems are in different titles and
	// descriptions.
	titles, texts rarity

	// scratch
	lower []byte
	asked []uint64
}

// entry is what is known of a word.
type entry struct {
	text string
	stem int32 // the word that stands for all of its forms; counts are there
	// varies: it is a blank or has one.
	varies bool
	// silent: it says nothing; grammar: it only holds a sentence together.
	silent, grammar bool
	// tells: it stands for a saying about what is wrong; weak: it says what is
	// wrong with anything.
	tells, weak bool
	// isName: it is the stem of a service's name that is a plain word.
	isName bool
}

// rarity knows in how many of all texts each word stands.
type rarity struct {
	all  int32
	with []int32
	// Every comparison asks for bits, so logarithms are kept: what a word says
	// that was never seen, and how much less one says that was.
	ceiling float64
	less    []float32
}

func newRarity() rarity { return rarity{ceiling: log2(prior)} }

const (
	// blank stands in a shape where texts differ by their nature.
	blank = "#"
	// blankWord is its number.
	blankWord = 0
)

// prior is how many texts are taken to have been seen before the first, so that
// early words are worth neither nothing nor everything.
const prior = 32

func newLexicon() *lexicon {
	l := &lexicon{titles: newRarity(), texts: newRarity()}
	l.number(blank)
	l.sayings = newThesaurus(l)
	return l
}

// number gives a word its number.
func (l *lexicon) number(word string) int32 {
	sum := city.CH64([]byte(word))
	if id, known := l.ids.get(sum); known {
		return id
	}
	id := int32(len(l.entries))
	l.ids.put(sum, id)
	l.entries = append(l.entries, entry{text: word, stem: id, varies: hasBlank(word), silent: saysNothing[word] || isInstance(word), grammar: grammar[word], tells: tells(word), weak: weak[word]})
	if base := stem(word); base != word && !l.entries[id].silent && !l.entries[id].varies {
		l.entries[id].stem = l.number(base)
	}
	return id
}

// read numbers the words of a text. They are looked up when the sums of all are
// there: then the processor waits for memory for many of them at once.
func (l *lexicon) read(tokens []token) {
	l.asked = l.asked[:0]
	for _, t := range tokens {
		sum := uint64(0)
		if t.kind == word || t.kind == coded {
			sum = city.CH64(l.spelled(t))
		}
		l.asked = append(l.asked, sum)
	}
	for i, t := range tokens {
		if t.kind != word && t.kind != coded {
			continue
		}
		id, known := l.ids.get(l.asked[i])
		if !known {
			id = l.number(string(l.spelled(t)))
		}
		tokens[i].word = id
	}
}

// spelled is a word as the lexicon has it. It holds until the next.
func (l *lexicon) spelled(t token) []byte {
	l.lower = appendLower(l.lower[:0], t.text)
	if t.kind == coded {
		l.lower = skeleton(l.lower)
	}
	return l.lower
}

// entry is what is known of a word. It holds until another is numbered.
func (l *lexicon) entry(word string) *entry {
	id := l.number(word)
	return &l.entries[id]
}

// stemOf is the word that stands for all forms of one.
func (l *lexicon) stemOf(word string) int32 { return l.entry(word).stem }

// isInstance says whether a word is one of many of its kind: a blank, or a name
// of several parts with a number among them, as hosts, zones and pods have.
func isInstance(word string) bool {
	if base, versioned := strings.CutSuffix(word, "v"+blank); versioned && len(base) > 1 && strings.ContainsRune("-_.", rune(base[len(base)-1])) && !hasBlank(base) {
		return false // orders_v2 is no instance of something called so
	}
	return word == blank || hasBlank(word) && strings.ContainsAny(word, "-_.:@")
}

// note counts a text with these words.
func (r *rarity) note(words []int32) {
	r.all++
	for _, w := range words {
		for len(r.with) <= int(w) {
			r.with, r.less = append(r.with, 0), append(r.less, 0)
		}
		r.with[w]++
		r.less[w] = float32(log2(r.with[w] + 1))
	}
	r.ceiling = log2(r.all + prior)
}

// bits is how much it says that a text has a word.
func (r *rarity) bits(word int32) float64 {
	if int(word) < len(r.less) {
		return r.ceiling - float64(r.less[word])
	}
	return r.ceiling
}

// total is how much words say together.
func (r *rarity) total(words []int32) float64 {
	sum := 0.0
	for _, w := range words {
		sum += r.bits(w)
	}
	return sum
}

// bits is how much it says to have what count of all have.
func bits(all, count int32) float64 { return log2(all+prior) - log2(count+1) }

func log2(n int32) float64 { return math.Log2(float64(n)) }

// alike compares two sorted lists of words: the cosine of the angle between
// them when each word weighs its bits, from 0 to 1.
func (r *rarity) alike(a, b []int32) float64 {
	common, onlyA, onlyB := 0.0, 0.0, 0.0
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			onlyA += square(r.bits(a[0]))
			a = a[1:]
		case len(a) == 0 || b[0] < a[0]:
			onlyB += square(r.bits(b[0]))
			b = b[1:]
		default:
			common += square(r.bits(a[0]))
			a, b = a[1:], b[1:]
		}
	}
	if common == 0 {
		return 0
	}
	return common / math.Sqrt((common+onlyA)*(common+onlyB))
}

// marked is a list of words to which many others are compared: with the squares of
// its words' bits in an array the others need not be walked in step.
type marked struct {
	squares []float64 // by word; 0 for others
	// some has bits for its words and by chance for some others: most words of others
	// need no look at the array, which is large.
	some [64]uint64
	sum  float64
}

// bit is where a word's bit is in some.
func (m *marked) bit(word int32) (at uint32, bit uint64) {
	return uint32(word) / 64 % uint32(len(m.some)), 1 << (uint32(word) % 64)
}

// mark prepares a list; unmark must follow.
func (m *marked) mark(words []int32, r *rarity) {
	m.sum = 0
	for _, w := range words {
		for len(m.squares) <= int(w) {
			m.squares = append(m.squares, 0)
		}
		m.squares[w] = square(r.bits(w))
		m.sum += m.squares[w]
		at, bit := m.bit(w)
		m.some[at] |= bit
	}
}

func (m *marked) unmark(words []int32) {
	for _, w := range words {
		m.squares[w] = 0
	}
	clear(m.some[:])
}

// alike is rarity.alike of the marked list and another; where that is less than
// best it may be 0 instead.
func (m *marked) alike(words []int32, r *rarity, best float64) float64 {
	common := 0.0
	for _, w := range words {
		if at, bit := m.bit(w); m.some[at]&bit != 0 && int(w) < len(m.squares) {
			common += m.squares[w]
		}
	}
	// The other list has at least what is common.
	const rounding = 1e-9
	if common == 0 || common*(1+rounding) < best*best*m.sum {
		return 0
	}
	sum := 0.0
	for _, w := range words {
		sum += square(r.bits(w))
	}
	return common / math.Sqrt(m.sum*sum)
}

func square(x float64) float64 { return x * x }

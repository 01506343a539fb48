package recurrence

import (
	"math"
	"strings"
)

// lexicon numbers the words of titles and descriptions and knows in how many
// different texts each stands. What is counted is kinds of text, not incidents:
// a trouble that comes every day does not make its own words common.
type lexicon struct {
	ids     map[string]int32
	entries []entry
	// How many different titles and descriptions there are.
	titles, texts int32
	sayings       thesaurus

	lower []byte // scratch
}

// entry is what is known of a word.
type entry struct {
	text string
	stem int32 // the word that stands for all of its forms; counts are there
	// varies: it is a blank or has one.
	varies bool
	// silent: it says nothing; grammar: it only holds a sentence together.
	silent, grammar bool
	// tells: it stands for a saying about what is wrong.
	tells         bool
	titles, texts int32 // in how many it stands
}

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
	l := &lexicon{ids: make(map[string]int32)}
	l.number(blank)
	l.sayings = newThesaurus(l)
	return l
}

// number gives a word its number.
func (l *lexicon) number(word string) int32 {
	if id, known := l.ids[word]; known {
		return id
	}
	id := int32(len(l.entries))
	l.ids[word] = id
	l.entries = append(l.entries, entry{text: word, stem: id, varies: hasBlank(word), silent: saysNothing[word] || isInstance(word), grammar: grammar[word], tells: tells(word)})
	if base := stem(word); base != word && !l.entries[id].silent && !l.entries[id].varies {
		l.entries[id].stem = l.number(base)
	}
	return id
}

// stemOf is the word that stands for all forms of one.
func (l *lexicon) stemOf(word string) int32 { return l.entries[l.number(word)].stem }

// isInstance says whether a word is one of many of its kind: a blank, or a name
// of several parts with a number among them, as hosts, zones and pods have.
func isInstance(word string) bool {
	return word == blank || hasBlank(word) && strings.ContainsAny(word, "-_.:@")
}

// titleBits is how much it says that a title has the word with this stem.
func (l *lexicon) titleBits(stem int32) float64 { return bits(l.titles, l.entries[stem].titles) }

func (l *lexicon) textBits(stem int32) float64 { return bits(l.texts, l.entries[stem].texts) }

// bits is how much it says to have what count of all have.
func bits(all, count int32) float64 { return log2(all+prior) - log2(count+1) }

// logarithms to base 2 of the whole numbers up to a million. They are looked up
// for every word of every comparison.
var logarithms = func() []float32 {
	list := make([]float32, 1<<20)
	for n := 1; n < len(list); n++ {
		list[n] = float32(math.Log2(float64(n)))
	}
	return list
}()

func log2(n int32) float64 {
	if int(n) < len(logarithms) {
		return float64(logarithms[n])
	}
	return math.Log2(float64(n))
}

func (l *lexicon) noteTitle(stems []int32) {
	l.titles++
	for _, s := range stems {
		l.entries[s].titles++
	}
}

func (l *lexicon) noteText(stems []int32) {
	l.texts++
	for _, s := range stems {
		l.entries[s].texts++
	}
}

func total(words []int32, bits func(int32) float64) float64 {
	sum := 0.0
	for _, w := range words {
		sum += bits(w)
	}
	return sum
}

// alike compares two sorted lists of words: the cosine of the angle between
// them when each word weighs its bits, from 0 to 1.
func alike(a, b []int32, bits func(int32) float64) float64 {
	common, onlyA, onlyB := 0.0, 0.0, 0.0
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			onlyA += square(bits(a[0]))
			a = a[1:]
		case len(a) == 0 || b[0] < a[0]:
			onlyB += square(bits(b[0]))
			b = b[1:]
		default:
			common += square(bits(a[0]))
			a, b = a[1:], b[1:]
		}
	}
	if common == 0 {
		return 0
	}
	return common / math.Sqrt((common+onlyA)*(common+onlyB))
}

func square(x float64) float64 { return x * x }

package recurrence

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// shape is a text with its values blanked: the numbers of its words in lower
// case. The digits of coded words are blanked, a row of values is one blank, and
// a list of any length has one shape.
type shape []int32

// shapeOf makes the shape of a text that was read in buf.
func (l *lexicon) shapeOf(tokens []token, buf shape) shape {
	s := buf[:0]
	for i, t := range tokens {
		w := t.word
		if t.kind == value || t.kind == integer || isDate(tokens, i) {
			w = blankWord
		}
		s = l.foldRepeat(append(s, w))
	}
	return s
}

// appendLower appends a text in lower case.
func appendLower(buf []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return append(buf, strings.ToLower(s[i:])...)
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		buf = append(buf, c)
	}
	return buf
}

// isDate says whether a token is the name of a day, month or time zone beside a
// number.
func isDate(tokens []token, i int) bool {
	isNumber := func(j int) bool {
		return j >= 0 && j < len(tokens) && tokens[j].kind != word && isDigit(tokens[j].text[0])
	}
	ofDate := func(j int) bool {
		return len(tokens[j].text) <= len("wednesday") && calendar[strings.ToLower(tokens[j].text)]
	}
	beside, beyond := isNumber(i-1) || isNumber(i+1), isNumber(i+2)
	return tokens[i].kind == word && (beside || beyond) && ofDate(i) && (beside || ofDate(i+1))
}

// skeleton is a coded word in lower case with a blank for each run of digits and
// what joins two of them. The sign of a number is no part of the word. It takes
// the place of the word.
func skeleton(lower []byte) []byte {
	s := lower[:0]
	for i := 0; i < len(lower); i++ {
		if !isDigit(lower[i]) {
			s = append(s, lower[i])
			continue
		}
		for i+1 < len(lower) && (isDigit(lower[i+1]) || i+2 < len(lower) && !isAlnum(lower[i+1]) && isDigit(lower[i+2])) {
			i++
		}
		if bytes.HasSuffix(s, []byte("_-")) {
			s = s[:len(s)-1]
		}
		s = append(s, blank...)
	}
	return s
}

// longestElement is how many words an element of a list may have.
const longestElement = 4

// foldRepeat takes off the end of a shape an element of a list that repeats the
// one before it. Elements are told by the blanks in them.
func (l *lexicon) foldRepeat(s shape) shape {
	for n := 1; n <= longestElement && 2*n <= len(s); n++ {
		last := s[len(s)-n:]
		if slices.Equal(last, s[len(s)-2*n:len(s)-n]) && slices.ContainsFunc(last, func(w int32) bool { return l.entries[w].varies }) {
			return s[:len(s)-n]
		}
	}
	return s
}

func hasBlank(word string) bool { return strings.Contains(word, blank) }

// text is a shape to read.
func (l *lexicon) text(s shape) string {
	words := make([]string, len(s))
	for i, w := range s {
		words[i] = strings.ReplaceAll(l.entries[w].text, blank, "<*>")
	}
	return strings.Join(words, " ")
}

package recurrence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token looks like on its own, before anything is learned.
type kind uint8

const (
	// word carries meaning as it stands.
	word kind = iota
	// coded is a word with digits in it, such as web-01 or blk_42.
	coded
	// integer is a plain whole number, the only kind that may be a code.
	integer
	// value is what differs from one time to the next by its nature: numbers
	// with a unit, times, addresses, paths, names with dots, opaque ids.
	value
)

// token is a piece of a text.
type token struct {
	kind kind
	text string // as it stands in the text
	word int32  // its number in the lexicon, once that has read it
}

// scan splits a text into tokens, appending to buf. Punctuation separates and
// is dropped, but for rows of asterisks, with which systems say that a value
// is missing.
func scan(text string, buf []token) []token {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '/' || c == '~':
			if n := pathLength(text[i:]); n > 0 && (i == 0 || !isAlnum(text[i-1])) {
				buf = append(buf, token{kind: pathKind(buf, text[i:i+n]), text: text[i : i+n]})
				i += n
				continue
			}
			i++
		case c >= utf8.RuneSelf || isAlnum(c):
			kind, n := scriptAt(text, i)
			if kind == separator {
				i += n
				continue
			}
			n = runLength(text[i:], kind)
			if m := urlLength(text[i:], n); m > 0 {
				buf = append(buf, token{kind: value, text: text[i : i+m]})
				i += m
				continue
			}
			run := text[i : i+n]
			buf = append(buf, token{kind: classify(run), text: run})
			i += n
			i += valueTail(text[i:], buf[len(buf)-1].kind)
		case c == '*':
			n := 1
			for i+n < len(text) && text[i+n] == '*' {
				n++
			}
			if n >= 3 {
				buf = append(buf, token{kind: word, text: "***"})
			}
			i += n
		default:
			i++
		}
	}
	return buf
}

// valueTail is how much of what follows a value belongs to it without a letter
// or digit of its own: the sign of per cent.
func valueTail(rest string, k kind) int {
	if k != word && strings.HasPrefix(rest, "%") {
		return 1
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isLetter takes every byte of a character beyond ASCII for a letter: runs are
// made of letters only.
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) || c == '_' }
func isHex(c byte) bool    { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// script is how the characters of a word go together.
type script uint8

const (
	separator   script = iota // belongs to no word
	alphabetic                // letters and digits of alphabets
	ideographic               // Chinese, Japanese and Korean, which put no space between words
)

// scriptAt is the script of the character at i, and its length.
func scriptAt(s string, i int) (script, int) {
	if c := s[i]; c < utf8.RuneSelf {
		if isAlnum(c) {
			return alphabetic, 1
		}
		return separator, 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), r == 'ー': // the mark of a long vowel
		return ideographic, n
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
		return alphabetic, n
	}
	return separator, n
}

// runLength is how far a run of one script goes: letters, digits and underscores,
// and in alphabets what joins two of them (a dot, hyphen, dollar or at sign; a
// colon or comma between digits or the groups of an address).
func runLength(s string, run script) int {
	i := 0
	for i < len(s) {
		if run == alphabetic && s[i] < utf8.RuneSelf && isAlnum(s[i]) {
			i++
			continue
		}
		kind, n := scriptAt(s, i)
		switch {
		case kind == run:
			i += n
		case run == alphabetic && i > 0 && i+1 < len(s) && joins(s, i):
			if after, _ := scriptAt(s, i+1); after != alphabetic && s[i] != ':' {
				return i
			}
			i++
		default:
			return i
		}
	}
	return i
}

func joins(s string, i int) bool {
	before, after := s[i-1], s[i+1]
	switch s[i] {
	case '.', '-', '$', '@':
		return isAlnum(before) && isAlnum(after)
	case ':':
		return isDigit(before) && isDigit(after) || inAddress(s, i)
	case ',', '+':
		return isDigit(before) && isDigit(after)
	}
	return false
}

// longestAddress is how long an IPv6 address may be, in bytes.
const longestAddress = 45

// inAddress says whether the colon at i stands in an IPv6 or hardware address:
// groups of at most four hexadecimal digits with at least two colons.
func inAddress(s string, i int) bool {
	start, end := i, i
	for start > max(0, i-longestAddress) && (isHex(s[start-1]) || s[start-1] == ':') {
		start--
	}
	for end < min(len(s), i+longestAddress) && (isHex(s[end]) || s[end] == ':') {
		end++
	}
	colons, group, digits := 0, 0, 0
	for _, c := range []byte(s[start:end]) {
		if c == ':' {
			colons, group = colons+1, 0
			continue
		}
		if group++; group > 4 {
			return false
		}
		if isDigit(c) {
			digits++
		}
	}
	return colons >= 2 && digits > 0
}

// urlLength is how long the URL is whose scheme is the run of length n; 0 when
// there is none.
func urlLength(s string, n int) int {
	if !strings.HasPrefix(s[n:], "://") {
		return 0
	}
	i := n + 3
	for i < len(s) && strings.IndexByte(" \t\r\n\"'<>,;)]", s[i]) < 0 {
		i++
	}
	return i
}

// pathLength is how long the path is with which s begins; 0 when there is
// none. A path has a name behind its first slash.
func pathLength(s string) int {
	i := 0
	if s[0] == '~' {
		i = 1
	}
	named, query := false, false
	for i < len(s) && (strings.IndexByte(" \t\r\n\"'(),;:[]<>|=", s[i]) < 0 || query && s[i] == '=') {
		named = named || s[i] != '/'
		query = query || s[i] == '?'
		i++
	}
	if !named || s[0] == '~' && (len(s) < 2 || s[1] != '/') {
		return 0
	}
	return i
}

// classify says what kind a run is.
func classify(run string) kind {
	if isPlain(run) {
		return word
	}
	letters, digits, dots, colons, numbers, changes := 0, 0, 0, 0, 0, 0
	hex := true
	previous := byte(0)
	for i := range len(run) {
		c := run[i]
		switch {
		case isDigit(c):
			digits++
			if previous != '0' {
				numbers++
			}
			if previous == 'a' {
				changes++
			}
			previous = '0'
		case isLetter(c):
			letters++
			hex = hex && isHex(c)
			if previous == '0' {
				changes++
			}
			previous = 'a'
		default:
			previous = 0
			if c == '.' {
				dots++
			} else if c == ':' {
				colons++
			}
		}
	}
	switch {
	case digits == len(run):
		return integer
	case letters == 0 && digits > 0, colons >= 2 && hex:
		return value
	case dots > 0 && isDotted(run, dots):
		return value
	case digits == 0, isStatusClass(run):
		return word
	case numbers >= 3, isOpaque(run, letters, digits, changes, hex), isQuantity(run), isTime(run):
		return value
	}
	return coded
}

// isPlain says whether a run is all letters, as most are.
func isPlain(run string) bool {
	for i := range len(run) {
		if !isLetter(run[i]) {
			return false
		}
	}
	return true
}

// pathKind says what a path is: a value, but behind an HTTP method without
// digits what was asked for.
func pathKind(before []token, path string) kind {
	if len(before) > 0 && methods[before[len(before)-1].text] && !strings.ContainsAny(path, "0123456789?") {
		return word
	}
	return value
}

var methods = wordSet("GET HEAD POST PUT PATCH DELETE OPTIONS")

// isDotted says whether the run is a name of three parts or more (a host, a
// class, a bundle), or a file with an extension.
func isDotted(run string, dots int) bool {
	if dots >= 2 {
		return true
	}
	extension := run[strings.LastIndexByte(run, '.')+1:]
	if len(extension) < 2 || len(extension) > 5 {
		return false
	}
	for i := range len(extension) {
		if extension[i] < 'a' || extension[i] > 'z' {
			return false
		}
	}
	return true
}

// isOpaque says whether the run is an id that no person would read: hexadecimal,
// or letters and digits in turn.
func isOpaque(run string, letters, digits, changes int, hex bool) bool {
	if strings.HasPrefix(run, "0x") || strings.HasPrefix(run, "0X") {
		return true
	}
	return hex && letters+digits >= 8 || changes >= 3 && letters+digits >= 8 && 3*digits >= letters
}

// isStatusClass says whether the run is a class of HTTP status, such as 5xx.
func isStatusClass(run string) bool {
	return len(run) == 3 && isDigit(run[0]) && strings.EqualFold(run[1:], "xx")
}

// isQuantity says whether the run is a number with a unit of at most four
// letters, such as 500ms or 3.5GB.
func isQuantity(run string) bool {
	i := 0
	for i < len(run) && (isDigit(run[i]) || run[i] == '.' || run[i] == ',') {
		i++
	}
	unit := run[i:]
	if i == 0 || len(unit) > 4 {
		return false
	}
	for j := range len(unit) {
		if !isLetter(unit[j]) {
			return false
		}
	}
	return true
}

// isTime says whether the run begins as a date does: 2026-01-31T…
func isTime(run string) bool {
	return len(run) >= 10 && isDigit(run[0]) && isDigit(run[1]) && isDigit(run[2]) && isDigit(run[3]) && run[4] == '-' && run[7] == '-'
}

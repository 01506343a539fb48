package schema

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"unsafe"

	"github.com/segmentio/encoding/json"
)

// MaxDepth is how deep a record's JSON may nest; the outermost object is 1.
const MaxDepth = 64

// linearKeys is how many keys of one object are compared as they come; beyond
// it they are sorted once at the object's end.
const linearKeys = 64

// keptBytes is the largest buffer that is kept for the next record. A greater
// one served an unusual record and is let go.
const keptBytes = 64 << 10

// hashSeed is random, so that no sender can make keys whose hashes collide.
var hashSeed = maphash.MakeSeed()

var (
	errNotObject = errors.New("the value is not one JSON object")
	errTooDeep   = fmt.Errorf("the JSON nests deeper than %d", MaxDepth)
	errTrailing  = errors.New("there is data after the JSON object")
)

// scanner walks one JSON document token by token and accepts exactly the
// grammar of RFC 8259 with unique keys and bounded depth. The tokens come from
// segmentio's tokenizer, which checks each token but neither their order, nor
// duplicate keys, nor depth.
//
// A method that reads a value starts on the value's first token and ends on
// its last.
type scanner struct {
	tok   json.Tokenizer
	input []byte
	depth int
	// keys holds the keys of every object that is open, innermost last.
	keys []keyRef
}

// keyRef stands for a key of an open object: its hash in the upper half, the
// offset of its opening quote in the lower. Sorting brings equal keys together
// without a look at their bytes.
type keyRef uint64

func (k keyRef) hash() uint32 { return uint32(k >> 32) }
func (k keyRef) offset() int  { return int(uint32(k)) }

func (s *scanner) open(input []byte) {
	s.tok.Reset(input)
	s.input = input
	s.depth = 0
	s.keys = s.keys[:0]
}

// emptied is s without its elements, for reuse. What they pointed to is free.
func emptied[T any](s []T) []T {
	var element T
	if cap(s)*int(unsafe.Sizeof(element)) > keptBytes {
		return nil
	}
	clear(s)
	return s[:0]
}

// document reads the whole input as one object and calls member on the first
// token of each member's value.
func (s *scanner) document(input []byte, member func(key []byte) error) error {
	s.open(input)
	if !s.tok.Next() {
		return s.syntax("a JSON object")
	}
	if s.tok.Delim != '{' {
		return errNotObject
	}
	if err := s.object(member); err != nil {
		return err
	}
	if len(bytes.TrimLeft(s.input[len(s.input)-s.tok.Remaining():], " \t\r\n")) > 0 {
		return errTrailing
	}
	return nil
}

// object reads an object whose opening brace is the current token.
func (s *scanner) object(member func(key []byte) error) error {
	if s.depth++; s.depth > MaxDepth {
		return errTooDeep
	}
	base := len(s.keys)
	var seen keySet
	for first := true; ; first = false {
		if !s.tok.Next() {
			return s.syntax("a key or '}'")
		}
		if first && s.tok.Delim == '}' {
			break
		}
		if s.tok.Delim != 0 || !s.tok.Value.String() {
			return s.syntax("a key in quotes")
		}
		key := s.unquoted()
		if err := s.addKey(base, &seen, key); err != nil {
			return err
		}
		if !s.tok.Next() || s.tok.Delim != ':' {
			return s.syntax("':'")
		}
		if !s.tok.Next() {
			return s.syntax("a value")
		}
		if err := member(key); err != nil {
			return err
		}
		if !s.tok.Next() {
			return s.syntax("',' or '}'")
		}
		if s.tok.Delim == '}' {
			break
		}
		if s.tok.Delim != ',' {
			return s.syntax("',' or '}'")
		}
	}
	s.depth--
	err := s.uniqueKeys(base)
	s.keys = s.keys[:base]
	return err
}

// array reads an array whose opening bracket is the current token.
func (s *scanner) array(element func() error) error {
	if s.depth++; s.depth > MaxDepth {
		return errTooDeep
	}
	for first := true; ; first = false {
		if !s.tok.Next() {
			return s.syntax("a value or ']'")
		}
		if first && s.tok.Delim == ']' {
			break
		}
		if err := element(); err != nil {
			return err
		}
		if !s.tok.Next() {
			return s.syntax("',' or ']'")
		}
		if s.tok.Delim == ']' {
			break
		}
		if s.tok.Delim != ',' {
			return s.syntax("',' or ']'")
		}
	}
	s.depth--
	return nil
}

// skip reads any value and keeps nothing of it.
func (s *scanner) skip() error {
	switch s.tok.Delim {
	case 0:
		return nil
	case '{':
		return s.object(func([]byte) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	}
	return s.syntax("a value")
}

// raw reads any value and returns its bytes.
func (s *scanner) raw() ([]byte, error) {
	start := s.offset() - len(s.tok.Value)
	if err := s.skip(); err != nil {
		return nil, err
	}
	return s.input[start:s.offset()], nil
}

// offset is the position after the current token.
func (s *scanner) offset() int { return len(s.input) - s.tok.Remaining() }

func (s *scanner) null() bool { return s.tok.Delim == 0 && s.tok.Value.Null() }

// string gives the current token's text when it is a string. Without escapes
// it points into the input.
func (s *scanner) string() (string, bool) {
	if s.tok.Delim != 0 || !s.tok.Value.String() {
		return "", false
	}
	return viewString(s.unquoted()), true
}

// unquoted is the text of the current token, a string. The tokenizer alone
// would copy every text that is not ASCII.
func (s *scanner) unquoted() []byte {
	if v := s.tok.Value; bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	return s.tok.String()
}

// viewString is b as a string, without a copy.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (s *scanner) syntax(expected string) error {
	at := s.offset() - len(s.tok.Value)
	if err := s.tok.Err; err != nil {
		return fmt.Errorf("at byte %d: %w", at, err)
	}
	if s.tok.Remaining() == 0 && len(s.tok.Value) == 0 {
		return fmt.Errorf("the JSON ends where %s is expected", expected)
	}
	return fmt.Errorf("at byte %d: expected %s, found %.20q", at, expected, s.tok.Value)
}

// keySet says quickly that a key has not been seen; it may err the other way.
type keySet [4]uint64

func (k *keySet) add(hash uint8) (maybeSeen bool) {
	word, bit := &k[hash>>6], uint64(1)<<(hash&63)
	maybeSeen = *word&bit != 0
	*word |= bit
	return maybeSeen
}

// addKey remembers the key that is the current token, and refuses it when the
// object whose keys begin at base has it already.
func (s *scanner) addKey(base int, seen *keySet, key []byte) error {
	hash := maphash.Bytes(hashSeed, key)
	ref := keyRef(hash<<32 | uint64(s.offset()-len(s.tok.Value)))
	n := len(s.keys)
	s.keys = append(s.keys, ref)
	if n-base >= linearKeys || !seen.add(uint8(hash)) {
		return nil
	}
	for _, other := range s.keys[base:n] {
		if s.sameKey(other, ref) {
			return duplicateKey(key)
		}
	}
	return nil
}

// uniqueKeys checks the keys of an object that has many. Of several that come
// twice it names the one whose second coming is the first in the input.
func (s *scanner) uniqueKeys(base int) error {
	keys := s.keys[base:]
	if len(keys) <= linearKeys {
		return nil
	}
	slices.Sort(keys)
	second, found := 0, false
	for i := 1; i < len(keys); i++ {
		for j := i - 1; j >= 0 && keys[j].hash() == keys[i].hash(); j-- {
			if !s.sameKey(keys[j], keys[i]) {
				continue
			}
			if at := keys[i].offset(); !found || at < second {
				second, found = at, true
			}
			break
		}
	}
	if found {
		return duplicateKey(s.keyAt(second))
	}
	return nil
}

func (s *scanner) sameKey(a, b keyRef) bool {
	return a.hash() == b.hash() && bytes.Equal(s.keyAt(a.offset()), s.keyAt(b.offset()))
}

// keyAt is the text of the key whose opening quote is at offset.
func (s *scanner) keyAt(offset int) []byte {
	token := s.stringAt(offset)
	if bytes.IndexByte(token, '\\') < 0 {
		return token[1 : len(token)-1]
	}
	return json.Unescape(token)
}

// stringAt is the string token, with its quotes, that begins at offset.
func (s *scanner) stringAt(offset int) []byte {
	for end := offset + 1; ; end++ {
		switch s.input[end] {
		case '\\':
			end++
		case '"':
			return s.input[offset : end+1]
		}
	}
}

func duplicateKey(key []byte) error { return fmt.Errorf("the key %.80q comes twice", key) }

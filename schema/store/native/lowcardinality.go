package native

import (
	"encoding/binary"
	"math"
	"strings"
)

// LowCardinality is a LowCardinality(String) column, or with Null a
// LowCardinality(Nullable(String)) column: a dictionary and one key a row.
type LowCardinality struct {
	// Null makes key 0 the null value.
	Null bool

	dictionary Strings
	entries    map[string]entry
	keys       []uint32
	wire       []byte
	// The value appended last, because neighbours are often alike; lastKey is
	// -1 when there is none.
	lastValue string
	lastKey   int64
}

// entry is a value of the dictionary.
type entry struct {
	value string
	key   uint32
}

// Constants of the format, from ClickHouse's SerializationLowCardinality.
const (
	keysVersion         = 1
	hasAdditionalKeys   = 1 << 9
	needsNewDictionary  = 1 << 10
	keyUInt8, keyUInt16 = 0, 1
	keyUInt32           = 2
)

// Append adds a value. The column keeps a copy of its own: what v points to may
// change afterwards.
func (c *LowCardinality) Append(v string) {
	c.begin()
	if c.lastKey >= 0 && v == c.lastValue {
		c.keys = append(c.keys, uint32(c.lastKey))
		return
	}
	e, known := c.entries[v]
	if !known {
		e = entry{strings.Clone(v), uint32(c.dictionary.Rows())}
		c.entries[e.value] = e
		c.dictionary.Append(v)
	}
	c.keys = append(c.keys, e.key)
	c.lastValue, c.lastKey = e.value, int64(e.key)
}

// AppendNull adds a null; only with Null set.
func (c *LowCardinality) AppendNull() {
	c.begin()
	c.keys = append(c.keys, 0)
}

// begin makes the dictionary; a nullable one starts with a place for null.
func (c *LowCardinality) begin() {
	if c.entries == nil {
		c.entries = make(map[string]entry)
		c.lastKey = -1
	}
	if c.Null && c.dictionary.Rows() == 0 {
		c.dictionary.Append("")
	}
}

// Rows implements Column.
func (c *LowCardinality) Rows() int { return len(c.keys) }

// Size implements Column.
func (c *LowCardinality) Size() int { return 4*len(c.keys) + c.dictionary.Size() }

// Reset implements Column.
func (c *LowCardinality) Reset() {
	c.dictionary.Reset()
	clear(c.entries)
	c.keys = c.keys[:0]
	c.lastValue, c.lastKey = "", -1
}

func (c *LowCardinality) prefix() []byte {
	return binary.LittleEndian.AppendUint64(nil, keysVersion)
}

func (c *LowCardinality) chunks(to [][]byte) [][]byte {
	if len(c.keys) == 0 {
		return to
	}
	width := c.keyWidth()
	head := binary.LittleEndian.AppendUint64(nil, uint64(hasAdditionalKeys|needsNewDictionary|width))
	head = binary.LittleEndian.AppendUint64(head, uint64(c.dictionary.Rows()))
	count := binary.LittleEndian.AppendUint64(nil, uint64(len(c.keys)))
	c.wire = appendKeys(c.wire[:0], c.keys, width)
	return append(to, head, c.dictionary.data, count, c.wire)
}

func (c *LowCardinality) keyWidth() int {
	switch n := c.dictionary.Rows(); {
	case n <= math.MaxUint8:
		return keyUInt8
	case n <= math.MaxUint16:
		return keyUInt16
	}
	return keyUInt32
}

func appendKeys(b []byte, keys []uint32, width int) []byte {
	for _, k := range keys {
		switch width {
		case keyUInt8:
			b = append(b, byte(k))
		case keyUInt16:
			b = binary.LittleEndian.AppendUint16(b, uint16(k))
		default:
			b = binary.LittleEndian.AppendUint32(b, k)
		}
	}
	return b
}

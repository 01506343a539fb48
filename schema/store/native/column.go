package native

import (
	"encoding/binary"
	"math"
)

// Column is a column in wire form.
type Column interface {
	// Rows is how many values it holds.
	Rows() int
	// Size is about how many bytes it takes, in memory and on the wire.
	Size() int
	// Reset empties it and keeps its memory.
	Reset()

	// prefix is what stands before the column's data (a serialization's
	// version), nil for most types.
	prefix() []byte
	// chunks appends the column's data as byte slices, which stay valid until
	// the next append.
	chunks(to [][]byte) [][]byte
}

// Strings is a String column.
type Strings struct {
	data []byte
	rows int
}

// Append adds a value.
func (c *Strings) Append(v string) {
	c.data = binary.AppendUvarint(c.data, uint64(len(v)))
	c.data = append(c.data, v...)
	c.rows++
}

// AppendBytes adds a value.
func (c *Strings) AppendBytes(v []byte) {
	c.data = binary.AppendUvarint(c.data, uint64(len(v)))
	c.data = append(c.data, v...)
	c.rows++
}

// Rows implements Column.
func (c *Strings) Rows() int { return c.rows }

// Size implements Column.
func (c *Strings) Size() int { return len(c.data) }

// Reset implements Column.
func (c *Strings) Reset() { c.data, c.rows = c.data[:0], 0 }

func (c *Strings) prefix() []byte              { return nil }
func (c *Strings) chunks(to [][]byte) [][]byte { return append(to, c.data) }

// Fixed is a column of numbers of Width bytes: UInt8 and Bool (1), Int32 (4),
// Int64, UInt64, Float64 and DateTime64 (8).
type Fixed struct {
	Width int
	data  []byte
}

// AppendInt adds an integer.
func (c *Fixed) AppendInt(v int64) {
	switch c.Width {
	case 1:
		c.data = append(c.data, byte(v))
	case 4:
		c.data = binary.LittleEndian.AppendUint32(c.data, uint32(v))
	default:
		c.data = binary.LittleEndian.AppendUint64(c.data, uint64(v))
	}
}

// AppendFloat adds a Float64.
func (c *Fixed) AppendFloat(v float64) {
	c.data = binary.LittleEndian.AppendUint64(c.data, math.Float64bits(v))
}

// Rows implements Column.
func (c *Fixed) Rows() int { return len(c.data) / c.Width }

// Size implements Column.
func (c *Fixed) Size() int { return len(c.data) }

// Reset implements Column.
func (c *Fixed) Reset() { c.data = c.data[:0] }

func (c *Fixed) prefix() []byte              { return nil }
func (c *Fixed) chunks(to [][]byte) [][]byte { return append(to, c.data) }

// Nullable puts a null map before the values of another column. The caller
// appends to Values as well, whatever it stands for when the value is null.
type Nullable[C Column] struct {
	Values C
	nulls  []byte
}

// Mark says whether the value that is being appended is null.
func (c *Nullable[C]) Mark(null bool) {
	var b byte
	if null {
		b = 1
	}
	c.nulls = append(c.nulls, b)
}

// Rows implements Column.
func (c *Nullable[C]) Rows() int { return len(c.nulls) }

// Size implements Column.
func (c *Nullable[C]) Size() int { return len(c.nulls) + c.Values.Size() }

// Reset implements Column.
func (c *Nullable[C]) Reset() {
	c.nulls = c.nulls[:0]
	c.Values.Reset()
}

func (c *Nullable[C]) prefix() []byte { return c.Values.prefix() }
func (c *Nullable[C]) chunks(to [][]byte) [][]byte {
	return c.Values.chunks(append(to, c.nulls))
}

// Array is an Array column, or with several Items an Array(Tuple(…)) or Map
// column. The caller appends to each of the Items, then says with Close where
// the row ends.
type Array struct {
	Items   []Column
	offsets []byte
}

// Close ends the row's array at the items appended so far.
func (c *Array) Close() {
	c.offsets = binary.LittleEndian.AppendUint64(c.offsets, uint64(c.Items[0].Rows()))
}

// Rows implements Column.
func (c *Array) Rows() int { return len(c.offsets) / 8 }

// Size implements Column.
func (c *Array) Size() int {
	n := len(c.offsets)
	for _, item := range c.Items {
		n += item.Size()
	}
	return n
}

// Reset implements Column.
func (c *Array) Reset() {
	c.offsets = c.offsets[:0]
	for _, item := range c.Items {
		item.Reset()
	}
}

func (c *Array) prefix() []byte {
	var all []byte
	for _, item := range c.Items {
		all = append(all, item.prefix()...)
	}
	return all
}

func (c *Array) chunks(to [][]byte) [][]byte {
	to = append(to, c.offsets)
	for _, item := range c.Items {
		to = item.chunks(to)
	}
	return to
}

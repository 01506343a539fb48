package native

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Block is a number of rows of one table.
type Block struct {
	columns []named
}

type named struct {
	name, typ string
	Column
}

// Add gives the block one more column, with its name and ClickHouse type.
func (b *Block) Add(name, typ string, c Column) {
	b.columns = append(b.columns, named{name, typ, c})
}

// Rows is how many rows the block holds.
func (b *Block) Rows() int { return b.columns[0].Rows() }

// Size is about how many bytes the block takes, in memory and on the wire.
func (b *Block) Size() int {
	n := 0
	for _, c := range b.columns {
		n += c.Size()
	}
	return n
}

// Reset empties the block and keeps its memory.
func (b *Block) Reset() {
	for _, c := range b.columns {
		c.Reset()
	}
}

// Columns lists the column names for an INSERT, in backquotes.
func (b *Block) Columns() string {
	names := make([]string, len(b.columns))
	for i, c := range b.columns {
		names[i] = "`" + c.name + "`"
	}
	return strings.Join(names, ", ")
}

// Wire is the block in wire form. It can be read any number of times, until
// the block is changed.
type Wire struct {
	chunks [][]byte
	size   int64
}

// Wire renders the block. An error means that the columns do not hold the same
// number of rows, which is a bug of the caller.
func (b *Block) Wire() (*Wire, error) {
	rows := b.Rows()
	head := binary.AppendUvarint(nil, uint64(len(b.columns)))
	head = binary.AppendUvarint(head, uint64(rows))
	chunks := [][]byte{head}
	for _, c := range b.columns {
		if c.Rows() != rows {
			return nil, fmt.Errorf("column %s has %d rows where %s has %d", c.name, c.Rows(), b.columns[0].name, rows)
		}
		var title Strings
		title.Append(c.name)
		title.Append(c.typ)
		chunks = append(chunks, append(title.data, c.prefix()...))
		chunks = c.chunks(chunks)
	}
	w := &Wire{chunks: chunks}
	for _, c := range chunks {
		w.size += int64(len(c))
	}
	return w, nil
}

// Size is the number of bytes on the wire.
func (w *Wire) Size() int64 { return w.size }

// Reader reads the block from its start.
func (w *Wire) Reader() io.Reader {
	readers := make([]io.Reader, len(w.chunks))
	for i, c := range w.chunks {
		readers[i] = bytes.NewReader(c)
	}
	return io.MultiReader(readers...)
}

package native

import (
	"encoding/hex"
	"io"
	"strings"
	"testing"
)

// blockOf is a block of a text, a nullable number and a list a row.
func blockOf() (b *Block, text *Strings, number *Nullable[*Fixed], list *Array) {
	b, text, number = &Block{}, &Strings{}, &Nullable[*Fixed]{Values: &Fixed{Width: 4}}
	list = &Array{Items: []Column{&Strings{}}}
	b.Add("a", "String", text)
	b.Add("b", "Nullable(Int32)", number)
	b.Add("c", "Array(String)", list)
	return b, text, number, list
}

func wire(t *testing.T, b *Block) *Wire {
	t.Helper()
	w, err := b.Wire()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t *testing.T, w *Wire) string {
	t.Helper()
	content, err := io.ReadAll(w.Reader())
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(content)) != w.Size() {
		t.Errorf("%d bytes were read, the size is %d", len(content), w.Size())
	}
	return hex.EncodeToString(content)
}

// TestWire spells out the bytes of a small block.
func TestWire(t *testing.T) {
	b, text, number, list := blockOf()
	for range 2 { // the second time after Reset
		b.Reset()
		text.Append("xy")
		text.AppendBytes(nil)
		number.Mark(true)
		number.Values.AppendInt(0)
		number.Mark(false)
		number.Values.AppendInt(-2)
		list.Items[0].(*Strings).Append("z")
		list.Close()
		list.Close()
		if b.Rows() != 2 || b.Size() == 0 {
			t.Errorf("%d rows in %d bytes", b.Rows(), b.Size())
		}
		want := strings.Join([]string{
			"0302",                                              // columns, rows
			"0161", "06" + hex.EncodeToString([]byte("String")), // name, type
			"027879", "00",
			"0162", "0f" + hex.EncodeToString([]byte("Nullable(Int32)")),
			"0100", "00000000", "feffffff",
			"0163", "0d" + hex.EncodeToString([]byte("Array(String)")),
			"0100000000000000", "0100000000000000", "017a",
		}, "")
		w := wire(t, b)
		for range 2 { // a retry reads it again
			if got := read(t, w); got != want {
				t.Errorf("the wire is\n%s\nwant\n%s", got, want)
			}
		}
	}
	if b.Columns() != "`a`, `b`, `c`" {
		t.Errorf("the columns are %s", b.Columns())
	}
}

func TestWireRefusesUnevenColumns(t *testing.T) {
	b, text, _, _ := blockOf()
	text.Append("x")
	if _, err := b.Wire(); err == nil || err.Error() != "column b has 0 rows where a has 1" {
		t.Errorf("Wire: %v", err)
	}
}

// TestKeyWidths checks that keys get as narrow as the dictionary allows, with
// the place that a nullable one keeps for null.
func TestKeyWidths(t *testing.T) {
	cases := []struct {
		null   bool
		values int
		width  int
	}{{false, 1, 1}, {false, 255, 1}, {false, 256, 2}, {true, 254, 1}, {true, 255, 2}, {false, 65_535, 2}, {false, 65_536, 4}, {true, 65_535, 4}}
	for _, c := range cases {
		column := &LowCardinality{Null: c.null}
		for i := range c.values {
			column.Append(strings.Repeat("x", i%256) + string(rune('a'+i/256)))
		}
		column.chunks(nil)
		if got := len(column.wire) / c.values; got != c.width {
			t.Errorf("%d values, nullable %v: keys of %d bytes, want %d", c.values, c.null, got, c.width)
		}
	}
}

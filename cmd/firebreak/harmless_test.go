package main

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		`a "b" \ c　ü'`:                   `a "b" \ c　ü'`,
		"\x1b[2J\n\t\u202ex\x9b\u200b\\": `\x1b[2J\n\t\u202ex\x9b\u200b\`,
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
	}
}

// However the answer is cut into pieces, its lines stay, and what is in them is plain.
func TestHarmlessLines(t *testing.T) {
	const text, want = "│ ü\x1b[1m │\n│ \xff │\nno end", "│ ü\\x1b[1m │\n│ \\xff │\nno end"
	for _, size := range []int{1, 2, len(text)} {
		var out bytes.Buffer
		lines := &harmlessLines{to: &out}
		for piece := range slices.Chunk([]byte(text), size) {
			if n, err := lines.Write(piece); n != len(piece) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
		}
		if err := lines.end(); err != nil || out.String() != want {
			t.Errorf("in pieces of %d it is %q, want %q, %v", size, out.String(), want, err)
		}
	}
}

// What is wide in a table stays in its column, and steers nothing.
func TestTableIsHarmless(t *testing.T) {
	var out bytes.Buffer
	w := newTable(&out)
	fmt.Fprintf(w, "id\twhat\n%s\t%s\n", "i\x1b[1Ax", shorten("two\nlines\tand more"))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if want := "id      what\ni\\x1b[1Ax  two\\nlines\\tand more\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/vividium/firebreak/schema/store"
)

// harmless writes out, as Go does, the characters of a text by which it could do something
// to a terminal, or look like another: controls, line ends, marks of direction, and bytes
// that are no text.
func harmless(text string) string {
	quoted := strconv.QuoteToGraphic(text)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}

// newTable sets cells that tabs part in columns, and writes lines that can do nothing to a
// terminal.
func newTable(to io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(&harmlessLines{to: to}, 0, 0, 2, ' ', 0)
}

// harmlessRow writes the cells of a row for a tabwriter.
func harmlessRow(to io.Writer, cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(to, "\t")
		}
		fmt.Fprint(to, harmless(fmt.Sprint(cell)))
	}
	fmt.Fprintln(to)
}

// exportTo writes the answer to a query: a table for people with harmless texts, other
// formats exactly as they are.
func exportTo(ctx context.Context, s *store.Store, to io.Writer, query, format string, params map[string]string) error {
	if format != "table" {
		return s.Export(ctx, to, query, formats[format], params)
	}
	lines := &harmlessLines{to: to}
	return errors.Join(s.Export(ctx, lines, query, formats[format], params), lines.end())
}

// harmlessLines passes on lines with plain texts. A line end within a value is safe there:
// ClickHouse draws the frame of the table around each part.
type harmlessLines struct {
	to   io.Writer
	line bytes.Buffer // the one that has not ended
}

// Write implements io.Writer.
func (p *harmlessLines) Write(text []byte) (int, error) {
	written := 0
	for line := range bytes.Lines(text) {
		p.line.Write(line)
		if bytes.HasSuffix(line, []byte("\n")) {
			if err := p.end(); err != nil {
				return written, err
			}
		}
		written += len(line)
	}
	return written, nil
}

// end writes the line that there is, with its end if it has one.
func (p *harmlessLines) end() error {
	line, ended := strings.CutSuffix(p.line.String(), "\n")
	p.line.Reset()
	if line = harmless(line); ended {
		line += "\n"
	}
	_, err := io.WriteString(p.to, line)
	return err
}

// Package table writes down what the delivery tests saw, as a page for people.
//
// It promises that the page holds every line that it was given and nothing
// else: no figure stands in it that a test did not measure.
package table

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Line is what one case saw.
type Line struct {
	Part    string `json:"part"`
	Case    string `json:"case"`
	Apache  bool   `json:"apache"`  // on Apache Kafka, not on the embedded one
	Exact   bool   `json:"exact"`   // the store was what the ledger says
	Records int64  `json:"records"` // in the ledger when the case was over
	Figures string `json:"figures"`
}

// Read reads lines, one JSON object each.
func Read(r io.Reader) ([]Line, error) {
	var lines []Line
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		var l Line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d of the report: %w", len(lines)+1, err)
		}
		lines = append(lines, l)
	}
	return lines, scanner.Err()
}

// Write writes the page: a table for every part, in the order in which parts
// and cases first came, with a column for each Kafka.
func Write(w io.Writer, head string, lines []Line) error {
	var page strings.Builder
	page.WriteString(head)
	for _, part := range distinct(lines, func(l Line) string { return l.Part }) {
		of := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.Part != part })
		fmt.Fprintf(&page, "\n## %s\n\n| case | embedded Kafka | Apache Kafka |\n| --- | --- | --- |\n", part)
		for _, name := range distinct(of, func(l Line) string { return l.Case }) {
			fmt.Fprintf(&page, "| %s | %s | %s |\n", cell(name), outcome(of, name, false), outcome(of, name, true))
		}
	}
	_, err := io.WriteString(w, page.String())
	return err
}

// distinct are the values in the order in which they first came.
func distinct(lines []Line, of func(Line) string) []string {
	var values []string
	for _, l := range lines {
		if v := of(l); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// outcome tells of all lines of a case; more than one run is told one by one.
func outcome(lines []Line, name string, apache bool) string {
	var told []string
	for _, l := range lines {
		if l.Case != name || l.Apache != apache {
			continue
		}
		verdict := "**not exact**"
		if l.Exact {
			verdict = "exact"
		}
		text := fmt.Sprintf("%s: %d records", verdict, l.Records)
		if l.Figures != "" {
			text += ", " + l.Figures
		}
		told = append(told, text)
	}
	if told == nil {
		return "—"
	}
	return cell(strings.Join(told, "; "))
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

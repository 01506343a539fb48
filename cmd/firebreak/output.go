package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// formats are what --format takes.
var formats = map[string]store.Format{
	"table": store.FormatTable,
	"json":  store.FormatJSON,
	"csv":   store.FormatCSV,
}

func checkFormat(name string) error {
	if _, ok := formats[name]; !ok {
		return usagef("--format %q is none of table, json, csv", name)
	}
	return nil
}

func join(list []string) string { return strings.Join(list, ", ") }

// writeRows shows the rows of one metric.
func writeRows(to io.Writer, format string, rows []aggregate.Row) error {
	switch format {
	case "json":
		return writeJSON(to, rows)
	case "csv":
		return writeCSV(to, rows)
	}
	return writeTable(to, rows)
}

func writeJSON(to io.Writer, rows []aggregate.Row) error {
	for _, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(to, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV(to io.Writer, rows []aggregate.Row) error {
	return fieldsCSV(to, len(rows), func(i int) []aggregate.Field { return rows[i].Fields() }, exact)
}

// fieldsCSV writes n rows below their names, each value as text writes it.
func fieldsCSV(to io.Writer, n int, fields func(i int) []aggregate.Field, text func(any) string) error {
	out := csv.NewWriter(to)
	for i := range n {
		var names, values []string
		for _, f := range fields(i) {
			names = append(names, f.Name)
			values = append(values, text(f.Value))
		}
		if i == 0 {
			if err := out.Write(names); err != nil {
				return err
			}
		}
		if err := out.Write(values); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// fieldsJSON writes n rows as one object a line.
func fieldsJSON(to io.Writer, n int, fields func(i int) []aggregate.Field) error {
	for i := range n {
		line := []byte{'{'}
		for n, f := range fields(i) {
			if n > 0 {
				line = append(line, ',')
			}
			line = append(json.AppendEscape(line, f.Name, 0), ':')
			var err error
			if line, err = json.Append(line, printable(f.Value), 0); err != nil {
				return err
			}
		}
		if _, err := to.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

// printable writes times as every other output does.
func printable(value any) any {
	const layout = "2006-01-02T15:04:05.000Z07:00"
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format(layout)
	case *time.Time:
		if v != nil {
			return v.UTC().Format(layout)
		}
	}
	return value
}

func csvValue(value any) string {
	switch v := printable(value).(type) {
	case []string:
		return strings.Join(v, "; ")
	case *float64:
		if v == nil {
			return ""
		}
		return fmt.Sprint(*v)
	case *bool:
		return exact(v)
	case *time.Time:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// hiddenInTables are the same in every row of a table and stand above it.
var hiddenInTables = []string{"metric", "from", "to", "as_of", "unit"}

func writeTable(to io.Writer, rows []aggregate.Row) error {
	if len(rows) == 0 {
		fmt.Fprintln(to, "no rows: nothing started in the window")
		return nil
	}
	m, q := rows[0].Metric, rows[0].Query
	fmt.Fprintf(to, "%s (%s): %s in %s, %s\n", m.Title, m.Name, day(q.From)+" to "+day(q.To), m.Unit, m.Better)
	out := newTable(to)
	for i, row := range rows {
		var names, values []string
		for _, f := range row.Fields() {
			if !slices.Contains(hiddenInTables, f.Name) {
				names = append(names, f.Name)
				values = append(values, rounded(f.Value))
			}
		}
		if i == 0 {
			fmt.Fprintln(out, strings.Join(names, "\t"))
		}
		fmt.Fprintln(out, strings.Join(values, "\t"))
	}
	return out.Flush()
}

func exact(value any) string {
	switch v := value.(type) {
	case *float64:
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	case *bool:
		if v == nil {
			return ""
		}
		return strconv.FormatBool(*v)
	}
	return fmt.Sprint(value)
}

// rounded is a value for people.
func rounded(value any) string {
	switch v := value.(type) {
	case string:
		if v == "" {
			return "(unknown)"
		}
	case *float64:
		if v == nil {
			return "-"
		}
		return strconv.FormatFloat(*v, 'g', 4, 64)
	case *bool:
		if v == nil {
			return "-"
		}
		return strconv.FormatBool(*v)
	}
	return fmt.Sprint(value)
}

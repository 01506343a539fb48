package review

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

// reader asks the store for one report, and notes the command that prints what it is told.
type reader struct {
	store   *store.Store
	kept    aggregate.Fold
	asOf    time.Time
	sources []Source
}

// window is a time of which a metric is asked, and how far its outcome is observed.
type window struct{ from, to, asOf time.Time }

// source notes a command and gives its name.
func (r *reader) source(arguments ...string) string {
	for _, s := range r.sources {
		if slices.Equal(s.Arguments, arguments) {
			return s.ID
		}
	}
	id := fmt.Sprintf("s%d", len(r.sources)+1)
	r.sources = append(r.sources, Source{ID: id, Arguments: arguments})
	return id
}

// metric computes a metric over a window: a line for each value of the dimension, or one
// line without one.
func (r *reader) metric(ctx context.Context, name string, w window, by ...aggregate.Dimension) ([]Line, error) {
	m := catalogued(name)
	rows, err := aggregate.Reading(ctx, r.store, r.kept, func(kept aggregate.Fold) ([]aggregate.Row, error) {
		return aggregate.Run(ctx, r.store, m, aggregate.Query{From: w.from, To: w.to, AsOf: w.asOf, By: by, Kept: kept})
	})
	if err != nil {
		return nil, err
	}
	arguments := []string{"metric", name, "--from", stamp(w.from), "--to", stamp(w.to), "--as-of", stamp(w.asOf)}
	var key []string
	for _, d := range by {
		arguments = append(arguments, "--by", string(d))
		key = append(key, string(d))
	}
	id := r.source(arguments...)
	lines := make([]Line, len(rows))
	for i := range rows {
		lines[i] = newLine(id, key, rows[i].Fields())
	}
	return lines, nil
}

// one is a metric over a window altogether.
func (r *reader) one(ctx context.Context, name string, w window) (Line, error) {
	lines, err := r.metric(ctx, name, w)
	if err != nil {
		return Line{}, err
	}
	return lines[0], nil
}

// by gives a metric over a window by a dimension, under its values.
func (r *reader) by(ctx context.Context, name string, w window, d aggregate.Dimension) (map[string]*Line, error) {
	lines, err := r.metric(ctx, name, w, d)
	of := make(map[string]*Line, len(lines))
	for i := range lines {
		of[lines[i].Text(string(d))] = &lines[i]
	}
	return of, err
}

// sql runs a SELECT of this package with moments, and lists of names, written into it, so
// that anybody can run it again. Its columns must be text, numbers, times or lists of text.
func (r *reader) sql(ctx context.Context, name string, key []string, values map[string]string) ([]Line, error) {
	text, err := sqlFiles.ReadFile("sql/" + name + ".sql")
	if err != nil {
		return nil, err
	}
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "{{"+name+"}}", value)
	}
	_, query, _ := strings.Cut(string(text), "\n") // what is told of it first would be taken for a flag
	statement := strings.TrimSpace(strings.NewReplacer(pairs...).Replace(query))
	id := r.source("sql", statement)
	var lines []Line
	err = r.store.Each(ctx, statement, nil, func(rows store.Rows) error {
		fields, err := scanFields(rows)
		lines = append(lines, newLine(id, key, fields))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("review (%s): %w", name, err)
	}
	return lines, nil
}

// scanFields takes the columns of a row as what they are.
func scanFields(rows store.Rows) ([]aggregate.Field, error) {
	columns := rows.ColumnTypes()
	targets := make([]any, len(columns))
	for i, c := range columns {
		switch typ := c.DatabaseTypeName(); {
		case strings.HasPrefix(typ, "UInt64"):
			targets[i] = new(uint64)
		case strings.HasPrefix(typ, "Nullable(Float64"):
			targets[i] = new(*float64)
		case strings.HasPrefix(typ, "Nullable(DateTime64"):
			targets[i] = new(*time.Time)
		case strings.HasPrefix(typ, "DateTime64"):
			targets[i] = new(time.Time)
		case strings.HasPrefix(typ, "Array(String"):
			targets[i] = new([]string)
		default:
			targets[i] = new(string)
		}
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	fields := make([]aggregate.Field, len(columns))
	for i, c := range columns {
		fields[i].Name = c.Name()
		switch v := targets[i].(type) {
		case *uint64:
			fields[i].Value = *v
		case **float64:
			fields[i].Value = *v
		case **time.Time:
			fields[i].Value = *v
		case *time.Time:
			fields[i].Value = *v
		case *[]string:
			fields[i].Value = *v
		case *string:
			fields[i].Value = *v
		}
	}
	return fields, nil
}

// sqlTime is a moment as a constant of SQL.
func sqlTime(t time.Time) string { return "'" + store.TimeParameter(t) + "'" }

// sqlTexts is a list of names as a constant of SQL.
func sqlTexts(list []string) string {
	return strings.ReplaceAll(store.TextsParameter(list), `\`, `\\`)
}

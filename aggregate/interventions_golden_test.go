package aggregate_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// The numbers around interventions, from events to rows. An expected row goes over
// several lines; the next one begins with cluster_id.
func TestInterventionsGolden(t *testing.T) {
	g := readGolden(t, filepath.Join("testdata", "interventions", "before_and_after.txtar"))
	l := newLoader(t)
	for _, event := range g.events {
		l.add(event)
	}
	l.flush()
	l.place(g.clusters)
	for _, q := range g.questions {
		want := joinedRows(q.rows)
		around, err := aggregate.ReadSurroundings(t.Context(), l.store, q.query.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		got, err := aggregate.Interventions(t.Context(), l.store, q.query.AsOf, nil, around, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d rows, want %d", q.text, len(got), len(want))
		}
		for n := range got {
			for _, diff := range rowDifferences(got[n].Fields(), want[n]) {
				t.Errorf("%s, row %d: %s", q.text, n+1, diff)
			}
		}
	}
}

// joinedRows puts the lines of a row together.
func joinedRows(lines []map[string]string) []map[string]string {
	var rows []map[string]string
	for _, line := range lines {
		if _, begins := line["cluster_id"]; begins {
			rows = append(rows, make(map[string]string))
		}
		maps.Copy(rows[len(rows)-1], line)
	}
	return rows
}

// rowDifferences says what is not as expected; every field has to be but those that
// are the same in all rows.
func rowDifferences(fields []aggregate.Field, want map[string]string) []string {
	var diffs []string
	expected := 0
	for _, f := range fields {
		if slices.Contains([]string{"template", "computed_at"}, f.Name) {
			continue
		}
		value, named := want[f.Name]
		if got := goldenText(f.Value); !named || got != expectedDigits(value) {
			diffs = append(diffs, fmt.Sprintf("%s=%s, want %q", f.Name, got, value))
		}
		if named {
			expected++
		}
	}
	if expected != len(want) {
		diffs = append(diffs, fmt.Sprintf("%d fields are expected that there are not", len(want)-expected))
	}
	return diffs
}

// goldenText is a value as golden files have it, with ~ for spaces.
func goldenText(value any) string {
	switch v := value.(type) {
	case float64:
		return sixDigits(&v)
	case time.Time:
		return v.Format("2006-01-02T15:04")
	case []string:
		return strings.ReplaceAll(strings.Join(v, ","), " ", "~")
	case string:
		return strings.ReplaceAll(v, " ", "~")
	}
	return sixDigits(value)
}

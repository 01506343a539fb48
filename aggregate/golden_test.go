package aggregate_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/vividium/firebreak/aggregate"
)

// Each metric has a file testdata/NAME.txtar with the numbers that it must
// give, worked out by hand in the comments; testdata/README.md says how to read
// one.
func TestGolden(t *testing.T) {
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		t.Run(m.Name, func(t *testing.T) {
			g := readGolden(t, goldenPath(m.Name))
			if len(g.questions) < 3 {
				t.Fatalf("only %d queries", len(g.questions))
			}
			l := newLoader(t)
			for _, event := range g.events {
				l.add(event)
			}
			l.flush()
			l.place(g.clusters)
			for _, q := range g.questions {
				got := l.compare(t, m, q.query)
				if diff := q.differences(got); diff != "" {
					t.Errorf("%s\n%s", q.text, diff)
				}
				for _, row := range got {
					flatObject(t, row)
				}
			}
		})
	}
}

func goldenPath(metric string) string { return filepath.Join("testdata", metric+".txtar") }

func TestEveryGoldenFileNamesAMetric(t *testing.T) {
	files, err := filepath.Glob(goldenPath("*"))
	if err != nil || len(files) != len(aggregate.Catalogue) {
		t.Errorf("%d files for %d metrics, %v", len(files), len(aggregate.Catalogue), err)
	}
	for _, file := range files {
		if _, err := aggregate.Find(strings.TrimSuffix(filepath.Base(file), ".txtar")); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// question is one query of a golden file with the rows it must give.
type question struct {
	text  string
	query aggregate.Query
	rows  []map[string]string
}

// golden is what a golden file says.
type golden struct {
	events    [][]byte
	clusters  map[string]string // by incident
	questions []question
}

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	g := golden{clusters: make(map[string]string)}
	archive, err := txtar.ParseFile(path)
	if os.IsNotExist(err) {
		t.Fatalf("the metric has no golden file %s", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		for number, line := range contentLines(file.Data) {
			where := fmt.Sprintf("%s, %s, line %d: %s", path, file.Name, number, line)
			switch words := strings.Fields(line); {
			case file.Name == "events":
				g.events = append(g.events, goldenEvent(t, where, number, words))
			case file.Name == "clusters":
				for _, incident := range words[1:] {
					g.clusters[incident] = words[0]
				}
			case words[0] == "query":
				g.questions = append(g.questions, question{text: where, query: goldenQuery(t, where, words[1:])})
			case file.Name == "expect" && len(g.questions) > 0:
				last := &g.questions[len(g.questions)-1]
				last.rows = append(last.rows, pairs(t, where, words))
			default:
				t.Fatalf("%s: neither a query nor a row of one", where)
			}
		}
	}
	return g
}

// contentLines gives each line with its number, without comments and empty
// lines. A comment begins with # at the start or after white space.
func contentLines(text []byte) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, line := range strings.Split(string(text), "\n") {
			line, _, _ = strings.Cut(" "+line, " #")
			if line = strings.TrimSpace(line); line != "" && !yield(i+1, line) {
				return
			}
		}
	}
}

// goldenEvent reads DATE TIME TYPE ID FIELD=VALUE… and fills in what the
// contract requires and the example does not care about.
func goldenEvent(t *testing.T, where string, number int, words []string) []byte {
	t.Helper()
	if len(words) < 4 {
		t.Fatalf("%s: want DATE TIME TYPE ID FIELD=VALUE…", where)
	}
	entity, _, _ := strings.Cut(words[2], ".")
	event := map[string]any{
		"event_id":     fmt.Sprintf("line %d", number),
		"occurred_at":  goldenTime(t, where, words[0]+"T"+words[1]).Format(time.RFC3339Nano),
		"type":         words[2],
		entity + "_id": words[3],
	}
	switch words[2] {
	case "incident.opened":
		event["title"] = "something broke"
	case "alert.fired":
		event["name"] = "SomethingIsWrong"
	}
	if entity == "execution" {
		event["automation_id"] = "restart"
	}
	for name, value := range pairs(t, where, words[4:]) {
		event[name] = goldenValue(t, where, name, value)
	}
	line, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func goldenValue(t *testing.T, where, name, value string) any {
	t.Helper()
	switch {
	case name == "title":
		return strings.ReplaceAll(value, "~", " ")
	case strings.HasSuffix(name, "_ids"):
		return strings.Split(value, ",")
	case strings.HasSuffix(name, "_at"):
		return goldenTime(t, where, value).Format(time.RFC3339Nano)
	case json.Valid([]byte(value)):
		return json.RawMessage(value)
	}
	return value
}

func goldenQuery(t *testing.T, where string, words []string) aggregate.Query {
	t.Helper()
	var q aggregate.Query
	for name, value := range pairs(t, where, words) {
		switch name {
		case "from":
			q.From = goldenTime(t, where, value)
		case "to":
			q.To = goldenTime(t, where, value)
		case "as_of":
			q.AsOf = goldenTime(t, where, value)
		case "by":
			for d := range strings.SplitSeq(value, ",") {
				q.By = append(q.By, aggregate.Dimension(d))
			}
		default:
			q.Where = append(q.Where, aggregate.Only(aggregate.Dimension(name), value))
		}
	}
	return q
}

func goldenTime(t *testing.T, where, text string) time.Time {
	t.Helper()
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05.999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	t.Fatalf("%s: %q is no time", where, text)
	return time.Time{}
}

func pairs(t *testing.T, where string, words []string) map[string]string {
	t.Helper()
	named := make(map[string]string)
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if _, twice := named[name]; !ok || twice {
			t.Fatalf("%s: %q is no NAME=VALUE, or comes twice", where, word)
		}
		named[name] = value
	}
	return named
}

// differences says what is not as expected, "" when all is. Every field of a
// row has to be expected but those that repeat the query.
func (q *question) differences(got []aggregate.Row) string {
	fields := make([][]aggregate.Field, len(got))
	for i := range got {
		fields[i] = got[i].Fields()
	}
	return rowDifferences(q.rows, fields, []string{"metric", "from", "to", "as_of", "unit"}, sixDigits)
}

// rowDifferences compares every field of each row, as text, but for those that are not
// to be expected.
func rowDifferences(rows []map[string]string, got [][]aggregate.Field, unexpected []string, text func(any) string) string {
	var diff strings.Builder
	if len(got) != len(rows) {
		fmt.Fprintf(&diff, "  %d rows, want %d\n", len(got), len(rows))
	}
	for i := range min(len(got), len(rows)) {
		want := maps.Clone(rows[i])
		for _, f := range got[i] {
			if slices.Contains(unexpected, f.Name) {
				continue
			}
			expected, named := want[f.Name]
			if value := text(f.Value); !named || value != expectedDigits(expected) {
				fmt.Fprintf(&diff, "  row %d: %s=%s, want %q\n", i+1, f.Name, value, expected)
			}
			delete(want, f.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			fmt.Fprintf(&diff, "  row %d: there is no %s\n", i+1, name)
		}
	}
	return diff.String()
}

func sixDigits(value any) string {
	if v, ok := value.(*float64); ok {
		if v == nil {
			return "null"
		}
		return strconv.FormatFloat(*v, 'g', 6, 64)
	}
	if v, ok := value.(*bool); ok {
		if v == nil {
			return "null"
		}
		return strconv.FormatBool(*v)
	}
	return fmt.Sprint(value)
}

// expectedDigits puts a number into the form of sixDigits.
func expectedDigits(text string) string {
	if v, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(text, ".0123456789") {
		return sixDigits(&v)
	}
	return text
}

// A golden file that expects something else fails.
func TestGoldenCanFail(t *testing.T) {
	m := find(t, "incident_count")
	g := readGolden(t, goldenPath(m.Name))
	l := newLoader(t)
	for _, event := range g.events {
		l.add(event)
	}
	l.flush()
	q := g.questions[0]
	got := l.compare(t, m, q.query)
	right := q.rows[0]
	if diff := q.differences(got); diff != "" {
		t.Fatal(diff)
	}
	for name, wrong := range map[string]func(row map[string]string){
		"another n":         func(row map[string]string) { row["n"] = "99" },
		"another estimate":  func(row map[string]string) { row["estimate"] = "null" },
		"in the last digit": func(row map[string]string) { row["high"] += "9" },
		"another status":    func(row map[string]string) { row["status"] = "insufficient" },
		"a field less":      func(row map[string]string) { delete(row, "dispersion") },
		"a field more":      func(row map[string]string) { row["numerator"] = "1" },
	} {
		q.rows = []map[string]string{maps.Clone(right)}
		wrong(q.rows[0])
		if q.differences(got) == "" {
			t.Errorf("%s goes unnoticed", name)
		}
	}
	q.rows = nil
	if q.differences(got) == "" {
		t.Error("a row too many goes unnoticed")
	}
}

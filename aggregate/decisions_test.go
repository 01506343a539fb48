package aggregate_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/settings"
)

// The backlog, the verdicts and what came of interventions, as the files in the
// folders of testdata work them out by hand; testdata/README.md says how to read one.
func TestGoldenDecisions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) < 4 {
		t.Fatalf("golden files: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			d := readDecisions(t, file)
			l := newLoader(t)
			for _, event := range d.events {
				l.add(event)
			}
			l.flush()
			l.place(d.clusters)
			if d.settings != nil {
				if err := settings.Write(t.Context(), l.store, "anna", d.settings); err != nil {
					t.Fatal(err)
				}
			}
			for _, q := range d.questions {
				if diff := q.differences(q.ask(t, l)); diff != "" {
					t.Errorf("%s\n%s", q.text, diff)
				}
			}
		})
	}
}

// decisions is what a golden file says.
type decisions struct {
	golden

	settings  []byte
	questions []decisionQuestion
}

// decisionQuestion asks for the backlog or the interventions as of a moment, or for
// the verdicts of a week.
type decisionQuestion struct {
	text string
	of   string // backlog, interventions or week
	at   time.Time
	rows []map[string]string
}

func (q *decisionQuestion) ask(t *testing.T, l *loader) (rows [][]aggregate.Field) {
	t.Helper()
	switch q.of {
	case "backlog":
		for _, item := range l.backlog(t, q.at) {
			rows = append(rows, item.Fields())
		}
		return rows
	case "interventions":
		for _, i := range l.interventions(t, q.at) {
			rows = append(rows, i.Fields())
		}
		return rows
	}
	verdicts, err := aggregate.JudgeWeek(t.Context(), l.store, q.at, aggregate.Fold{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range verdicts {
		rows = append(rows, p.Fields())
	}
	return rows
}

// facts are those of all clusters as of a moment.
func (l *loader) facts(t *testing.T, asOf time.Time) []aggregate.ClusterFacts {
	t.Helper()
	around, err := aggregate.ReadSurroundings(t.Context(), l.store, asOf, aggregate.Fold{})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := aggregate.Clusters(t.Context(), l.store, asOf, nil, around, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func (l *loader) backlog(t *testing.T, asOf time.Time) []aggregate.BacklogItem {
	t.Helper()
	declared, err := settings.Read(t.Context(), l.store)
	if err != nil {
		t.Fatal(err)
	}
	return aggregate.Backlog(l.facts(t, asOf), declared)
}

func (l *loader) interventions(t *testing.T, asOf time.Time) []aggregate.Intervention {
	t.Helper()
	around, err := aggregate.ReadSurroundings(t.Context(), l.store, asOf, aggregate.Fold{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := aggregate.Interventions(t.Context(), l.store, asOf, nil, around, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func readDecisions(t *testing.T, path string) decisions {
	t.Helper()
	d := decisions{golden: golden{clusters: make(map[string]string)}}
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		if file.Name == "settings" {
			d.settings = file.Data
			continue
		}
		for number, line := range contentLines(file.Data) {
			where := fmt.Sprintf("%s, %s, line %d: %s", path, file.Name, number, line)
			words := strings.Fields(line)
			switch {
			case file.Name == "events":
				d.events = append(d.events, repeatedEvents(t, where, number, words)...)
			case file.Name == "clusters":
				for _, incident := range words[1:] {
					d.clusters[incident] = words[0]
				}
			case slices.Contains([]string{"backlog", "interventions", "week"}, words[0]):
				at := pairs(t, where, words[1:])
				d.questions = append(d.questions, decisionQuestion{
					text: where, of: words[0], at: goldenTime(t, where, at["as_of"]+at["end"]),
				})
			default:
				d.questions[len(d.questions)-1].expect(t, where, words)
			}
		}
	}
	return d
}

// expect takes the line of a row, or one that goes on with it.
func (q *decisionQuestion) expect(t *testing.T, where string, words []string) {
	t.Helper()
	if words[0] == "row" {
		q.rows, words = append(q.rows, make(map[string]string)), words[1:]
	}
	maps.Copy(q.rows[len(q.rows)-1], pairs(t, where, words))
}

// repeatedEvents reads one event, or after xN STEP, N of them that lie STEP apart,
// with their number where there is a #.
func repeatedEvents(t *testing.T, where string, number int, words []string) (events [][]byte) {
	t.Helper()
	times, isRepeated := strings.CutPrefix(words[0], "x")
	if !isRepeated {
		return [][]byte{goldenEvent(t, where, number, words)}
	}
	n, err := strconv.Atoi(times)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	step, err := time.ParseDuration(words[1])
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	first := goldenTime(t, where, words[2]+"T"+words[3])
	for i := range n {
		at := first.Add(time.Duration(i) * step)
		one := []string{at.Format(time.DateOnly), at.Format("15:04")}
		for _, word := range words[4:] {
			one = append(one, strings.ReplaceAll(word, "#", strconv.Itoa(i+1)))
		}
		events = append(events, goldenEvent(t, where, 1000*number+i, one))
	}
	return events
}

// repeatsTheQuestion are the fields that need not be expected.
var repeatsTheQuestion = []string{"computed_at", "week", "week_end"}

// differences says what is not as expected, "" when all is.
func (q *decisionQuestion) differences(got [][]aggregate.Field) string {
	return rowDifferences(q.rows, got, repeatsTheQuestion, decisionText)
}

func decisionText(value any) string {
	switch v := value.(type) {
	case float64:
		return sixDigits(&v)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04")
	case uint64:
		return expectedDigits(strconv.FormatUint(v, 10))
	case string:
		return expectedDigits(strings.ReplaceAll(v, " ", "~"))
	}
	return strings.ReplaceAll(sixDigits(value), " ", "~")
}

// A golden file of decisions that expects something else fails.
func TestGoldenDecisionsCanFail(t *testing.T) {
	q := decisionQuestion{rows: []map[string]string{{"verdict": "hold", "executions": "9", "success_low": "0.5"}}}
	low := 0.5
	fields := []aggregate.Field{{Name: "verdict", Value: "hold"}, {Name: "executions", Value: uint64(9)}, {Name: "success_low", Value: &low}}
	if diff := q.differences([][]aggregate.Field{fields}); diff != "" {
		t.Fatal(diff)
	}
	for name, wrong := range map[string]func(){
		"another verdict":   func() { q.rows[0]["verdict"] = "keep" },
		"another count":     func() { q.rows[0]["executions"] = "10" },
		"in the last digit": func() { q.rows[0]["success_low"] = "0.500001" },
		"a field less":      func() { delete(q.rows[0], "executions") },
		"a field more":      func() { q.rows[0]["rank"] = "1" },
		"a row less":        func() { q.rows = nil },
	} {
		kept := maps.Clone(q.rows[0])
		if wrong(); q.differences([][]aggregate.Field{fields}) == "" {
			t.Errorf("%s goes unnoticed", name)
		}
		q.rows = []map[string]string{kept}
	}
}

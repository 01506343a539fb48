package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"
	"golang.org/x/net/html"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

// TestPageSaysWhatCommandsPrint walks the pages of two reviews: every number must be tied
// to a command, and be what that command prints.
func TestPageSaysWhatCommandsPrint(t *testing.T) {
	engine, s := companyEngine(t)
	for _, week := range []string{"2025-W20", "2025-W36"} {
		t.Run(week, func(t *testing.T) {
			end, err := review.ParseWeek(week)
			if err != nil {
				t.Fatal(err)
			}
			report, err := review.Read(t.Context(), s, review.Options{WeekEnd: end, AsOf: companyStart.AddDate(1, 0, 0)})
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := review.WriteHTML(&text, report); err != nil {
				t.Fatal(err)
			}
			page, err := html.Parse(&text)
			if err != nil {
				t.Fatal(err)
			}
			w := &walker{T: t, engine: engine, report: report, answers: make(map[string][]map[string]any)}
			w.readCommands(page)
			w.walk(page)
			if w.numbers < 250 || w.words < 100 {
				t.Errorf("only %d numbers and %d words were looked up", w.numbers, w.words)
			}
		})
	}
}

var companyStart = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// companyEngine has the demo's company in it.
func companyEngine(t *testing.T) (*embedded.Server, *store.Store) {
	t.Helper()
	library, err := engineLibrary()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := embedded.Start(t.Context(), embedded.Config{
		Dir: t.TempDir(), Library: library, Reader: embedded.Credential{User: "firebreak_reader"}, Writer: embedded.Credential{User: "firebreak"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	cfg := store.Config{Addr: engine.Addr(), User: "firebreak"}
	if _, err := store.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := fill.Company(context.Background(), s, companyStart, 365); err != nil {
		t.Fatal(err)
	}
	return engine, s
}

// walker looks up what a page says.
type walker struct {
	*testing.T

	engine   *embedded.Server
	report   *review.Report
	commands map[string]string           // as the page has them
	answers  map[string][]map[string]any // rows, by arguments

	numbers, words int
}

// readCommands finds the list of commands on the page.
func (w *walker) readCommands(n *html.Node) {
	w.commands = make(map[string]string)
	for li := range n.Descendants() {
		if code := li.LastChild; li.Data == "li" && code != nil && code.Data == "code" && strings.HasPrefix(attribute(li, "id"), "s") {
			w.commands[attribute(li, "id")] = textOf(code)
		}
	}
	for i := range w.report.Sources {
		s := &w.report.Sources[i]
		if w.commands[s.ID] != s.Command() {
			w.Errorf("the page does not tell %s, which is %s", s.ID, s.Command())
		}
	}
}

// walk looks up what is tied to a command, and finds numbers that are not.
func (w *walker) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		switch {
		case slices.Contains([]string{"head", "svg", "figcaption", "summary"}, n.Data),
			slices.Contains([]string{"sources"}, attribute(n, "id")),
			slices.Contains([]string{"top", "week"}, attribute(n, "class")),
			attribute(n, "id") == "" && n.Data == "footer":
			return // no numbers of the week
		case attribute(n, "data-change") != "":
			w.checkChange(n)
			return
		case attribute(n, "data-source") != "":
			w.check(n)
			return
		}
	}
	if n.Type == html.TextNode {
		if rest := ofThePage.ReplaceAllString(n.Data, ""); strings.ContainsAny(rest, "0123456789") && !w.names(rest) {
			w.Errorf("%q is tied to no command", strings.TrimSpace(n.Data))
		}
	}
	for c := range n.ChildNodes() {
		w.walk(c)
	}
}

// ofThePage are the numbers that every review has.
var ofThePage = regexp.MustCompile(`13 weeks|the 13 before|90 days|the 90 before|95 %|1,000|below 1|sev4 counts 1|sev1 10|2\d\d\d-W\d\d`)

// names says whether a text is the name of a run or an automation.
func (w *walker) names(text string) bool {
	text = strings.TrimSpace(text)
	for i := range w.report.Failures {
		if slices.Contains(w.report.Failures[i].List("examples"), text) {
			return true
		}
	}
	for i := range w.report.Runs {
		if w.report.Runs[i].ID == text {
			return true
		}
	}
	return slices.ContainsFunc(w.report.Caused, func(l review.Line) bool { return l.Text("execution_id") == text })
}

// check looks a number or a word up.
func (w *walker) check(n *html.Node) {
	fields, text := strings.Fields(attribute(n, "data-field")), textOf(n)
	row := w.row(attribute(n, "data-source"), attribute(n, "data-which"))
	if row == nil {
		w.Errorf("%q: there is no row %s of %s", text, attribute(n, "data-which"), attribute(n, "data-source"))
		return
	}
	switch n.Data {
	case "data":
		w.numbers++
		want, is := row[fields[0]].(float64)
		if per := attribute(n, "data-per"); per != "" {
			weeks, _ := strconv.ParseFloat(per, 64)
			want /= weeks
		}
		w.wantNumber(n, want, is)
	case "time":
		w.words++
		if told := fmt.Sprint(row[fields[0]]); !sameMoment(told, attribute(n, "datetime")) {
			w.Errorf("%s is %s, and the command prints %s", fields[0], attribute(n, "datetime"), told)
		}
	default:
		w.words++
		var said strings.Builder
		for _, f := range fields {
			fmt.Fprint(&said, row[f], " ")
		}
		for _, digits := range regexp.MustCompile(`\d+`).FindAllString(text, -1) {
			if !strings.Contains(said.String(), digits) {
				w.Errorf("%q is not what %v is: %q", text, fields, said.String())
			}
		}
	}
}

// wantNumber compares a number exactly, and what people read as far as it is told.
func (w *walker) wantNumber(n *html.Node, want float64, is bool) {
	got, err := strconv.ParseFloat(attribute(n, "value"), 64)
	if !is || err != nil || math.Abs(got-want) > 1e-9*math.Abs(want) {
		w.Errorf("%s of %s is %v, and the command prints %v", attribute(n, "data-field"), attribute(n, "data-which"), attribute(n, "value"), want)
	}
	read, within, ok := readBack(textOf(n))
	if !ok || math.Abs(read-got) > within*1.0001 {
		w.Errorf("%v is told as %q (read back as %v ± %v)", got, textOf(n), read, within)
	}
}

// readBack is a quantity as people read it, and how far from it the number can be.
func readBack(text string) (value, within float64, ok bool) {
	text = strings.NewReplacer("\u00a0", " ", "−", "-", "+", "", ",", "").Replace(text)
	units := map[string]float64{"s": 1, "min": 60, "h": 3600, "d": 86400}
	words := strings.Fields(text)
	if len(words) == 1 || words[1] == "%" || words[1] == "points" || words[1] == "h" && len(words) == 2 {
		scale := 1.0
		if len(words) == 2 && words[1] != "h" {
			scale = 100
		}
		v, err := strconv.ParseFloat(words[0], 64)
		_, decimals, _ := strings.Cut(words[0], ".")
		return v / scale, 0.5 * math.Pow(10, -float64(len(decimals))) / scale, err == nil
	}
	for i := 0; i+1 < len(words); i += 2 {
		v, err := strconv.ParseFloat(words[i], 64)
		unit, known := units[words[i+1]]
		if err != nil || !known {
			return 0, 0, false
		}
		value, within = value+v*unit, unit
	}
	return value, within, true
}

func sameMoment(a, b string) bool {
	at := func(s string) time.Time {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999"} {
			if t, err := time.Parse(layout, s); err == nil {
				return t
			}
		}
		return time.Time{}
	}
	return at(a).Equal(at(b))
}

// checkChange computes a change again from what the commands print.
func (w *walker) checkChange(n *html.Node) {
	w.numbers++
	parts := strings.Fields(attribute(n, "data-change")) // metric, against what, which end
	for i := range w.report.Headlines {
		h := &w.report.Headlines[i]
		if h.Week.Text("metric") != parts[0] {
			continue
		}
		was := &h.Before
		if parts[1] == "since_quarter" {
			was = &h.Quarter
		}
		printed := func(l *review.Line) *review.Line {
			return &review.Line{Source: l.Source, Key: l.Key, Values: w.row(l.Source, l.Which())}
		}
		times := review.Pair{ResolveTime: *printed(&w.report.Prevention.Week.ResolveTime)}
		c := review.CompareInBursts(printed(&h.Week), printed(was), times.Dispersion(h.Week.Metric()))
		end := map[string]*float64{
			"estimate": c.Estimate, "low": c.Low, "high": c.High, "detectable_low": c.DetectableLow, "detectable_high": c.DetectableHigh,
		}[parts[2]]
		if got, err := strconv.ParseFloat(attribute(n, "value"), 64); end == nil || err != nil || math.Abs(got-*end) > 1e-9*math.Abs(*end) {
			w.Errorf("%v is %s", parts, attribute(n, "value"))
			return
		}
		return
	}
	w.Errorf("there is no change %v", parts)
}

// row is that of a command's output which the page means.
func (w *walker) row(source, which string) map[string]any {
	w.Helper()
	i := slices.IndexFunc(w.report.Sources, func(s review.Source) bool { return s.ID == source })
	if i < 0 {
		w.Fatalf("there is no source %q", source)
	}
	var key map[string]any
	if which != "" {
		if err := json.Unmarshal([]byte(which), &key); err != nil {
			w.Fatal(err)
		}
	}
	var arguments []string
	for _, a := range w.report.Sources[i].Arguments {
		if name, isColumn := strings.CutPrefix(strings.TrimSuffix(a, "}"), "{"); isColumn {
			a = fmt.Sprint(key[name])
		}
		arguments = append(arguments, a)
	}
	for _, row := range w.ask(arguments) {
		fits := true
		for name, value := range key {
			fits = fits && fmt.Sprint(row[name]) == fmt.Sprint(value)
		}
		if fits {
			return row
		}
	}
	return nil
}

// ask runs a command.
func (w *walker) ask(arguments []string) []map[string]any {
	w.Helper()
	name := strings.Join(arguments, "\x00")
	if rows, asked := w.answers[name]; asked {
		return rows
	}
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(append(slices.Clone(arguments), "--format", "json", "--clickhouse-addr", w.engine.Addr()))
	root.SetOut(&out)
	if err := root.ExecuteContext(w.Context()); err != nil {
		w.Fatalf("firebreak %s: %v", strings.Join(arguments, " "), err)
	}
	rows := []map[string]any{}
	for line := range strings.Lines(out.String()) {
		row := make(map[string]any)
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			w.Fatal(err)
		}
		rows = append(rows, row)
	}
	w.answers[name] = rows
	return rows
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var text strings.Builder
	for c := range n.ChildNodes() {
		text.WriteString(textOf(c))
	}
	return text.String()
}

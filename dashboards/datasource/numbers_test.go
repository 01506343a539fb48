package datasource_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/dashboards/datasource"
)

// firebreakMetric runs the command on the same store and gives its rows.
func firebreakMetric(t *testing.T, command string, args ...string) []map[string]any {
	t.Helper()
	c := exec.CommandContext(t.Context(), command, append([]string{"metric", "--format", "json"}, args...)...)
	c.Env = append(os.Environ(), "FIREBREAK_CLICKHOUSE_ADDR="+server.Addr(), "FIREBREAK_CLICKHOUSE_READER=reader", "FIREBREAK_CLICKHOUSE_READER_PASSWORD="+readerPassword)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	output, err := c.Output()
	if err != nil {
		t.Fatalf("firebreak metric %v: %v\n%s", args, err, stderr.String())
	}
	var rows []map[string]any
	for line := range strings.Lines(string(output)) {
		row := make(map[string]any)
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func buildFirebreak(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "firebreak")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/vividium/firebreak/cmd/firebreak")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

// What a frame shows is what the command prints, of every metric, number by number.
func TestNumbersEqualTheCommands(t *testing.T) {
	command := buildFirebreak(t)
	from, to, asOf := quarterStart, quarterEnd, quarterEnd.AddDate(0, 0, 3)
	compared := 0
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		for _, c := range []struct {
			by      []string
			filters []datasource.Filter
			where   []string
		}{
			{},
			{by: []string{string(m.Dimensions[0])}},
			{by: []string{string(m.Dimensions[0]), string(m.Dimensions[1])}, filters: []datasource.Filter{{Dimension: "service", Values: []string{"checkout-api", "search-api", "web-frontend"}}}, where: []string{"service=checkout-api", "service=search-api", "service=web-frontend"}},
		} {
			args := []string{m.Name, "--from", from.Format(time.RFC3339), "--to", to.Format(time.RFC3339), "--as-of", asOf.Format(time.RFC3339)}
			if len(c.by) > 0 {
				args = append(args, "--by", strings.Join(c.by, ","))
			}
			for _, w := range c.where {
				args = append(args, "--where", w)
			}
			want := firebreakMetric(t, command, args...)
			frame := frameOf(t, ask(t, datasource.Query{Metric: m.Name, GroupBy: c.by, Filters: c.filters, AsOf: asOf.Format(time.RFC3339)}))
			if frame.Rows() != len(want) {
				t.Errorf("%v: %d rows in the frame, the command has %d", args, frame.Rows(), len(want))
				continue
			}
			for n, row := range want {
				compared += compareFrameRow(t, frame, n, row, fmt.Sprint(args))
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d values were compared", compared)
	}
}

// compareFrameRow compares a row of a frame with one of the command and says how many
// values it compared.
func compareFrameRow(t *testing.T, frame *data.Frame, n int, want map[string]any, about string) (compared int) {
	t.Helper()
	for name, value := range want {
		switch name {
		case "metric", "from", "to", "as_of", "unit":
			continue
		}
		f, _ := frame.FieldByName(name)
		if f == nil {
			t.Errorf("%s: the frame lacks %s", about, name)
			continue
		}
		got, known := f.ConcreteAt(n)
		switch v := value.(type) {
		case nil:
			if known {
				t.Errorf("%s row %d: %s is %v, want null", about, n, name, got)
			}
		case float64:
			if g, ok := got.(float64); !ok || math.Abs(g-v) > 1e-9*max(1, math.Abs(v)) {
				t.Errorf("%s row %d: %s is %v, want %v", about, n, name, got, v)
			}
		case bool:
			if got != map[bool]float64{true: 1, false: 0}[v] {
				t.Errorf("%s row %d: %s is %v, want %v", about, n, name, got, v)
			}
		default:
			if got != v {
				t.Errorf("%s row %d: %s is %v, want %v", about, n, name, got, v)
			}
		}
		compared++
	}
	return compared
}

// Each point of a series is the metric over its window, whether it was kept or is
// computed, altogether and by dimensions.
func TestSeriesAreTheMetricOverEachWindow(t *testing.T) {
	now := time.Now()
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		for _, c := range []struct {
			step   string
			length time.Duration
			by     []string
			asOf   string
		}{
			{"week", 7 * 24 * time.Hour, nil, ""},
			{"week", 7 * 24 * time.Hour, []string{string(m.Dimensions[0])}, ""},
			{"4 weeks", 28 * 24 * time.Hour, []string{string(m.Dimensions[1]), string(m.Dimensions[0])}, now.Format(time.RFC3339)},
		} {
			frame := frameOf(t, ask(t, datasource.Query{Metric: m.Name, Step: c.step, GroupBy: c.by, AsOf: c.asOf, Show: []string{"estimate", "low", "high", "n"}}))
			times := fieldOf(t, frame, "time")
			if times.Len() < 2 {
				t.Errorf("%s by %s: %d windows", m.Name, c.step, times.Len())
				continue
			}
			at := times.At(1).(time.Time)
			if at.Before(quarterStart) || at.Add(c.length).After(quarterEnd) || at.Weekday() != time.Monday {
				t.Errorf("%s: a window from %s is not a whole week of the range", m.Name, at)
			}
			q := aggregate.Query{From: at, To: at.Add(c.length), AsOf: now.UTC().Truncate(time.Millisecond)}
			for _, d := range c.by {
				q.By = append(q.By, aggregate.Dimension(d))
			}
			rows, err := aggregate.Run(context.Background(), company, m, q)
			if err != nil {
				t.Fatal(err)
			}
			compareSeries(t, frame, 1, rows, m.Name+" "+c.step)
		}
	}
}

// compareSeries compares the point of a time with the rows of its window.
func compareSeries(t *testing.T, frame *data.Frame, at int, rows []aggregate.Row, about string) {
	t.Helper()
	type place struct{ labels, number string }
	got := make(map[place]*float64)
	for _, f := range frame.Fields[1:] {
		got[place{f.Labels.String(), f.Name}] = f.At(at).(*float64)
	}
	for i := range rows {
		r := &rows[i]
		l := data.Labels{}
		for n, d := range r.Query.By {
			l[string(d)] = r.Dims[n]
		}
		for name, want := range map[string]*float64{"estimate": r.Estimate, "low": r.Low, "high": r.High, "n": new(float64(r.N))} {
			v, there := got[place{l.String(), name}]
			switch {
			case !there:
				t.Errorf("%s: no %s of %v", about, name, l)
			case (v == nil) != (want == nil), v != nil && math.Abs(*v-*want) > 1e-9*max(1, math.Abs(*want)):
				t.Errorf("%s: %s of %v is %v, want %v", about, name, l, text(v), text(want))
			}
		}
	}
}

func text(v *float64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

// A range that Grafana rounded up ends with its last millisecond and has its last window.
func TestRangesEndAsGrafanaEndsThem(t *testing.T) {
	monday := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	sunday := monday.AddDate(0, 0, 7).Add(-time.Millisecond)
	for step, windows := range map[string]int{"week": 1, "day": 7} {
		frame := frameOf(t, askAll(t, settings(), over(monday, sunday, datasource.Query{Metric: "incident_count", Step: step}))["A"])
		if frame.Rows() != windows {
			t.Errorf("%d windows of a %s in a week", frame.Rows(), step)
		}
	}
	for _, to := range []time.Time{sunday, monday.AddDate(0, 0, 7)} {
		verdicts := frameOf(t, askAll(t, settings(), over(monday, to, datasource.Query{Kind: "table", Table: "promotions"}))["A"])
		if week := fieldOf(t, verdicts, "week").At(0); week != "2026-W19" {
			t.Errorf("the verdicts at the end of week 19 are of %v", week)
		}
		days := frameOf(t, askAll(t, settings(), over(monday, to, datasource.Query{Kind: "sql", SQL: "SELECT uniqExact(day) AS days FROM metrics_daily WHERE $__dateFilter(day)"}))["A"])
		if n := fieldOf(t, days, "days").At(0); n != uint64(7) {
			t.Errorf("the week has %v days", n)
		}
	}
}

// A group that had nothing in a window had 0, not an unknown number.
func TestCountsOfNothingAreZero(t *testing.T) {
	frame := frameOf(t, ask(t, datasource.Query{Metric: "incident_count", Step: "day", GroupBy: []string{"service"}}))
	zeros := 0
	for _, f := range frame.Fields[1:] {
		for i := range f.Len() {
			switch v, known := f.ConcreteAt(i); {
			case !known:
				t.Fatalf("%v: nobody knows how many on %v", f.Labels, frame.Fields[0].At(i))
			case v == 0.0:
				zeros++
			}
		}
	}
	if zeros == 0 {
		t.Error("there was something every day")
	}
}

// What is asked twice is answered twice the same, also where it was moved to be compared,
// and values that read alike together are told apart.
func TestAnswersAreRemembered(t *testing.T) {
	q := datasource.Query{Metric: "incident_count", Step: "4 weeks", Compare: true, GroupBy: []string{"team"}}
	var answers []string
	for range 3 {
		text, err := frameOf(t, ask(t, q)).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, string(text))
	}
	if answers[1] != answers[0] || answers[2] != answers[0] {
		t.Errorf("three answers:\n%s", strings.Join(answers, "\n"))
	}
	count := func(values ...string) float64 {
		f := frameOf(t, ask(t, datasource.Query{Metric: "incident_count", Filters: []datasource.Filter{{Dimension: "service", Values: values}}}))
		return *fieldOf(t, f, "estimate").At(0).(*float64)
	}
	if both, none := count("checkout-api", "search-api"), count("checkout-api search-api"); both == 0 || none != 0 {
		t.Errorf("%v incidents of two services, %v of one whose name is both", both, none)
	}
}

// The window before is the one of equal length, observed at the same age.
func TestCompareWithTheWindowBefore(t *testing.T) {
	asOf := quarterEnd.AddDate(0, 0, 2)
	q := datasource.Query{Metric: "automation_success_rate", GroupBy: []string{"automation_id"}, AsOf: asOf.Format(time.RFC3339)}
	q.Compare = true
	both := frameOf(t, ask(t, q))
	q.Compare, q.AsOf = false, asOf.Add(-quarterEnd.Sub(quarterStart)).Format(time.RFC3339)
	before := frameOf(t, askAll(t, settings(), over(quarterStart.Add(-quarterEnd.Sub(quarterStart)), quarterStart, q))["A"])
	want := make(map[string]string)
	for i := range before.Rows() {
		want[fieldOf(t, before, "automation_id").At(i).(string)] = text(fieldOf(t, before, "estimate").At(i).(*float64))
	}
	seen, verdicts := 0, make(map[string]int)
	for i := range both.Rows() {
		automation := fieldOf(t, both, "automation_id").At(i).(string)
		verdicts[fieldOf(t, both, "verdict").At(i).(string)]++
		got := text(fieldOf(t, both, "estimate_before").At(i).(*float64))
		if w, there := want[automation]; there {
			seen++
			if got != w {
				t.Errorf("%s was %s, want %s", automation, got, w)
			}
		} else if got != "null" {
			t.Errorf("%s did not run before and was %s", automation, got)
		}
	}
	if seen < 3 || verdicts["no clear change"] == 0 {
		t.Errorf("%d automations ran in both; %v", seen, verdicts)
	}
}

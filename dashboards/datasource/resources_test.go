package datasource_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/dashboards/datasource"
	"github.com/vividium/firebreak/schema/store"
)

// resource asks as the editor does and reads the answer.
func resource(t *testing.T, method, path string, body, into any) int {
	t.Helper()
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	status, text, err := process.Resource(t.Context(), settings(), method, path, sent)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v: %s", path, err, text)
	}
	return status
}

// The editor can offer everything that can be asked, and all of it works.
func TestCatalogueIsAllThatCanBeAsked(t *testing.T) {
	var c struct {
		Metrics []struct {
			Name, Title, Unit, Better, Description, Formula string
			Dimensions                                      []string
			Numbers                                         []struct{ Name, Meaning string }
		}
		Tables []struct {
			Name, Title, Meaning string
			Filters              []string
		}
		Annotations []struct{ Name, Title string }
		Macros      []struct{ Name, Usage, Meaning string }
		Steps       []string
		Dimensions  []string
	}
	if status := resource(t, "GET", "catalogue", nil, &c); status != 200 {
		t.Fatal(status)
	}
	if len(c.Metrics) != len(aggregate.Catalogue) || len(c.Tables) < 10 || len(c.Macros) < 6 {
		t.Errorf("%d metrics, %d tables, %d macros", len(c.Metrics), len(c.Tables), len(c.Macros))
	}
	for _, m := range c.Metrics {
		for _, n := range m.Numbers {
			if n.Meaning == "" {
				t.Errorf("%s: nothing says what %s means", m.Name, n.Name)
			}
			frameOf(t, ask(t, datasource.Query{Metric: m.Name, Format: "numbers", Show: []string{n.Name}}))
		}
	}
	for _, table := range c.Tables {
		var filters []datasource.Filter
		for _, d := range table.Filters {
			filters = append(filters, datasource.Filter{Dimension: d, Operator: "!=", Values: []string{"nothing is called so"}})
		}
		plain := frameOf(t, askAll(t, settings(), over(yearStart, time.Now(), datasource.Query{Kind: "table", Table: table.Name}))["A"])
		frame := frameOf(t, askAll(t, settings(), over(yearStart, time.Now(), datasource.Query{Kind: "table", Table: table.Name, Filters: filters}))["A"])
		if frame.Rows() != plain.Rows() || frame.Rows() == 0 && table.Name != "dead_letters" {
			t.Errorf("%s has %d rows, %d with filters that leave out nothing", table.Name, plain.Rows(), frame.Rows())
		}
		for _, f := range frame.Fields {
			if f.Config == nil || f.Config.DisplayNameFromDS == "" {
				t.Errorf("%s.%s has no name to read", table.Name, f.Name)
			}
		}
		for i, d := range table.Filters {
			frameOf(t, ask(t, datasource.Query{Kind: "values", Dimension: d}))
			none := frameOf(t, askAll(t, settings(), over(yearStart, time.Now(), datasource.Query{Kind: "table", Table: table.Name, Filters: []datasource.Filter{{Dimension: d, Values: filters[i].Values}}}))["A"])
			if none.Rows() != 0 {
				t.Errorf("%s: a filter on %s leaves %d rows of something else", table.Name, d, none.Rows())
			}
		}
	}
	for _, a := range c.Annotations {
		if f := frameOf(t, askAll(t, settings(), over(yearStart, time.Now(), datasource.Query{Kind: "annotation", Annotation: a.Name}))["A"]); f.Rows() == 0 {
			t.Errorf("no annotations of %s", a.Name)
		}
	}
	for _, d := range c.Dimensions {
		if f := frameOf(t, ask(t, datasource.Query{Kind: "values", Dimension: d})); f.Rows() == 0 {
			t.Errorf("no values of %s", d)
		}
	}
	for _, step := range c.Steps {
		from := quarterStart
		if step == "hour" {
			from = quarterEnd.AddDate(0, 0, -7)
		}
		if f := frameOf(t, askAll(t, settings(), over(from, quarterEnd, datasource.Query{Metric: "incident_count", Step: step}))["A"]); f.Rows() < 2 {
			t.Errorf("step %s has %d windows", step, f.Rows())
		}
	}
}

func TestValuesOfADimension(t *testing.T) {
	var list []struct{ Value, Text string }
	if status := resource(t, "GET", "values?dimension=severity", nil, &list); status != 200 || len(list) != 5 {
		t.Errorf("%d %v", status, list)
	}
	var wrong struct{ Message string }
	if status := resource(t, "GET", "values?dimension=colour", nil, &wrong); status != 400 || !strings.Contains(wrong.Message, `"colour"`) {
		t.Errorf("%d %v", status, wrong)
	}
}

func TestSchemaForCompletion(t *testing.T) {
	var tables []struct {
		Name, Comment string
		Columns       []struct{ Name, Type, Comment string }
	}
	if status := resource(t, "GET", "schema", nil, &tables); status != 200 || len(tables) != 14 {
		t.Fatalf("%d, %d tables", status, len(tables))
	}
	for _, table := range tables {
		if table.Comment == "" || len(table.Columns) < 5 {
			t.Errorf("%s: %q, %d columns", table.Name, table.Comment, len(table.Columns))
		}
	}
}

// What the preview shows can be run as it stands.
func TestPreviewIsWhatRuns(t *testing.T) {
	for _, q := range []datasource.Query{
		{Metric: "incident_count", GroupBy: []string{"team"}},
		{Metric: "incident_count", Step: "week", Show: []string{"estimate", "dispersion"}},
		{Metric: "suspected_induced_incidents", Step: "week", GroupBy: []string{"automation_id", "stage"}},
		{Kind: "table", Table: "backlog", Filters: []datasource.Filter{{Dimension: "team", Values: []string{"o'brien"}}}},
		{Kind: "table", Table: "failures", Filters: []datasource.Filter{{Dimension: "team", Values: []string{"payments"}}}},
		{Kind: "sql", SQL: "SELECT $__from AS start"},
	} {
		var got struct{ SQL, Message string }
		status := resource(t, "POST", "preview", map[string]any{"query": q, "from": quarterStart, "to": quarterEnd, "intervalMs": 60000}, &got)
		if status != 200 || !strings.Contains(got.SQL, "SELECT") || strings.Contains(got.SQL, "$__") {
			t.Errorf("%v: %d %s %s", q, status, got.SQL, got.Message)
		}
		sql, params := readPreview(got.SQL)
		if err := company.Each(t.Context(), sql, params, func(store.Rows) error { return nil }); err != nil {
			t.Errorf("%v: %v", q, err)
		}
	}
	var kept struct{ SQL string }
	resource(t, "POST", "preview", map[string]any{"query": datasource.Query{Metric: "incident_count", Step: "week"}, "from": quarterStart, "to": quarterEnd}, &kept)
	if !strings.Contains(kept.SQL, "FROM metrics_weekly") || !strings.Contains(kept.SQL, "-- Otherwise") {
		t.Errorf("what is kept is not shown: %s", kept.SQL)
	}
	var wrong struct{ Message string }
	if status := resource(t, "POST", "preview", map[string]any{"query": datasource.Query{Metric: "nothing"}, "from": quarterStart, "to": quarterEnd}, &wrong); status != 400 {
		t.Errorf("%d %v", status, wrong)
	}
}

var setting = regexp.MustCompile(`(?m)^SET param_(\w+) = '(.*)';\n`)

// readPreview takes the parameters from before a SELECT.
func readPreview(text string) (sql string, params map[string]string) {
	params = make(map[string]string)
	for _, set := range setting.FindAllStringSubmatch(text, -1) {
		params[set[1]] = strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(set[2])
	}
	return setting.ReplaceAllString(text, ""), params
}

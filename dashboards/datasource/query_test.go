package datasource_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/dashboards/datasource"
	"github.com/vividium/firebreak/dashboards/grafanatest"
)

// A quarter in which much happens.
var (
	quarterStart = yearStart.AddDate(0, 0, 185)
	quarterEnd   = yearStart.AddDate(0, 0, 275)
)

// ask sends one query over the quarter and gives its answer.
func ask(t testing.TB, q datasource.Query) backend.DataResponse {
	t.Helper()
	return askAll(t, settings(), over(quarterStart, quarterEnd, q))["A"]
}

// over asks as a panel of usual size does.
func over(from, to time.Time, q datasource.Query) grafanatest.Ask {
	return grafanatest.Ask{From: from, To: to, Queries: map[string]any{"A": q}, Interval: time.Hour, MostPoints: 500}
}

func askAll(t testing.TB, s grafanatest.Settings, a grafanatest.Ask) backend.Responses {
	t.Helper()
	answer, err := process.Query(t.Context(), s, a)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Responses) != len(a.Queries) {
		t.Fatalf("%d answers to %d queries", len(answer.Responses), len(a.Queries))
	}
	return answer.Responses
}

// frameOf is the one frame of an answer that must have succeeded.
func frameOf(t testing.TB, answer backend.DataResponse) *data.Frame {
	t.Helper()
	if answer.Error != nil {
		t.Fatal(answer.Error)
	}
	if len(answer.Frames) != 1 {
		t.Fatalf("%d frames", len(answer.Frames))
	}
	return answer.Frames[0]
}

// fieldOf is a field by its name.
func fieldOf(t testing.TB, f *data.Frame, name string) *data.Field {
	t.Helper()
	field, _ := f.FieldByName(name)
	if field == nil {
		t.Fatalf("%s has no field %q; it has %v", f.Name, name, names(f))
	}
	return field
}

func names(f *data.Frame) []string {
	list := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		list[i] = field.Name
	}
	return list
}

func notices(f *data.Frame) string {
	if f.Meta == nil {
		return ""
	}
	var texts []string
	for _, n := range f.Meta.Notices {
		texts = append(texts, n.Text)
	}
	return strings.Join(texts, "\n")
}

// Every mistake in a query is told as what it is, with what to do, and is never taken
// for a fault of the plugin.
func TestMistakesAreToldToTheUser(t *testing.T) {
	for _, c := range []struct {
		q      any
		status backend.Status
		says   []string
	}{
		{datasource.Query{Kind: "metric"}, 400, []string{"choose a metric"}},
		{datasource.Query{Kind: "metric", Metric: "mttr"}, 400, []string{`no metric "mttr"`, "lists them all"}},
		{datasource.Query{Kind: "magic"}, 400, []string{`"magic"`, "metric, table, sql"}},
		{"SELECT 1", 400, []string{"cannot be read"}},
		{datasource.Query{Metric: "incident_count", GroupBy: []string{"automation_id"}}, 400, []string{"automation_id", "service"}},
		{datasource.Query{Metric: "incident_count", GroupBy: []string{"team", "team"}}, 400, []string{"twice"}},
		{datasource.Query{Metric: "incident_count", Filters: []datasource.Filter{{Dimension: "stage", Values: []string{"full"}}}}, 400, []string{"stage"}},
		{datasource.Query{Metric: "incident_count", Filters: []datasource.Filter{{Dimension: "team", Operator: "=~", Values: []string{"a"}}}}, 400, []string{`"=~"`, "!="}},
		{datasource.Query{Metric: "incident_count", Filters: []datasource.Filter{{Dimension: "team", Operator: "=~", Values: []string{"a"}, Optional: true}}}, 400, []string{`"=~"`, "!="}},
		{datasource.Query{Metric: "incident_count", Filters: []datasource.Filter{{Dimension: "team", Values: []string{"$team"}}}}, 400, []string{"$team", "alert rules"}},
		{datasource.Query{Metric: "incident_count", Step: "month"}, 400, []string{`"month"`, "week"}},
		{datasource.Query{Metric: "incident_count", Format: "pie"}, 400, []string{`"pie"`, "stat"}},
		{datasource.Query{Metric: "incident_count", Format: "numbers", Show: []string{"p90"}}, 400, []string{`"p90"`, "dispersion"}},
		{datasource.Query{Metric: "incident_count", AsOf: "yesterday"}, 400, []string{`"yesterday"`, "2026-01-31T12:00:00Z"}},
		{datasource.Query{Metric: "incident_count", Limit: -1}, 400, []string{"negative"}},
		{datasource.Query{Metric: "incident_count", Step: "hour"}, 400, []string{"2160 windows", "longer step"}},
		{datasource.Query{Kind: "annotation", Annotation: "stages", Filters: []datasource.Filter{{Dimension: "team", Values: []string{"a"}}}}, 400, []string{"team", "automation_id"}},
		{datasource.Query{Kind: "table", Table: "users"}, 400, []string{`"users"`, "clusters, backlog"}},
		{datasource.Query{Kind: "table", Table: "backlog", Filters: []datasource.Filter{{Dimension: "severity", Values: []string{"sev1"}}}}, 400, []string{"severity", "pattern"}},
		{datasource.Query{Kind: "annotation", Annotation: "birthdays"}, 400, []string{`"birthdays"`, "stages"}},
		{datasource.Query{Kind: "values", Dimension: "colour"}, 400, []string{`"colour"`, "service"}},
		{datasource.Query{Kind: "sql"}, 400, []string{"empty"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT $__nothing"}, 400, []string{"$__nothing", "$__timeFilter(opened_at)"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT $__timeFilter"}, 400, []string{"in parentheses"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT '${team}'"}, 400, []string{"${team}"}},
		{datasource.Query{Kind: "sql", SQL: "SELEC 1"}, 400, []string{"62", "Syntax error"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT * FROM nowhere"}, 400, []string{"60", "firebreak migrate"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT nothing FROM incidents"}, 400, []string{"47", "check the names"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT 1 AS n", Format: "series"}, 400, []string{"column of a time type"}},
		{datasource.Query{Kind: "sql", SQL: "SELECT throwIf(number = 3) FROM numbers(5)"}, 400, []string{"395"}},
	} {
		a := over(quarterStart, quarterEnd, datasource.Query{})
		a.Queries["A"] = c.q
		answer := askAll(t, settings(), a)["A"]
		if answer.Error == nil {
			t.Errorf("%v: no error", c.q)
			continue
		}
		if answer.Status != c.status || answer.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("%v: status %d of %s, want %d downstream: %v", c.q, answer.Status, answer.ErrorSource, c.status, answer.Error)
		}
		for _, text := range c.says {
			if !strings.Contains(answer.Error.Error(), text) {
				t.Errorf("%v: %q does not say %q", c.q, answer.Error, text)
			}
		}
	}
}

// SQL that would change something is refused, whatever way it takes.
func TestSQLOnlyReads(t *testing.T) {
	for _, sql := range []string{
		"DROP TABLE incident_records", "TRUNCATE TABLE incident_records", "ALTER TABLE incident_records DELETE WHERE 1",
		"INSERT INTO incident_records (incident_id) VALUES ('x')", "CREATE TABLE x (n Int8) ENGINE = Memory", "SET readonly = 0",
		"SELECT 1; DROP TABLE incident_records", "SELECT 1 INTO OUTFILE '/tmp/firebreak-outfile'", "SELECT * FROM file('/etc/passwd', 'LineAsString')",
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", "SELECT 1 SETTINGS readonly = 0", "KILL QUERY WHERE 1", "SYSTEM SHUTDOWN",
		"SELECT * FROM remote('127.0.0.1', system.one)", "GRANT ALL ON *.* TO reader",
	} {
		answer := ask(t, datasource.Query{Kind: "sql", SQL: sql})
		if answer.Error == nil {
			t.Errorf("%s: it ran: %v", sql, answer.Frames)
		} else if answer.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("%s: taken for a fault of the plugin: %v", sql, answer.Error)
		}
	}
	frame := frameOf(t, ask(t, datasource.Query{Kind: "sql", SQL: "SELECT count() AS n FROM incident_records"}))
	if n := fieldOf(t, frame, "n").At(0).(uint64); n < 1000 {
		t.Errorf("%d records are left", n)
	}
}

// One query that fails does not take the others with it.
func TestEachQueryFailsByItself(t *testing.T) {
	a := over(quarterStart, quarterEnd, datasource.Query{Metric: "incident_count"})
	a.Queries["B"] = datasource.Query{Kind: "sql", SQL: "SELECT throwIf(1)"}
	a.Queries["C"] = datasource.Query{Kind: "table", Table: "clusters"}
	for i := range 20 {
		a.Queries[fmt.Sprint("D", i)] = datasource.Query{Metric: "automation_success_rate", GroupBy: []string{"stage"}}
	}
	answers := askAll(t, settings(), a)
	for refID, answer := range answers {
		if failed := answer.Error != nil; failed != (refID == "B") {
			t.Errorf("%s: %v", refID, answer.Error)
		}
	}
}

// A macro stands for the range; what only looks like one stays.
func TestMacros(t *testing.T) {
	q := datasource.Query{Kind: "sql", SQL: `SELECT count() AS n, min($__timeFilter(assumeNotNull(opened_at))) AS inside, -- $__later
    toUnixTimestamp64Milli($__to) - toUnixTimestamp64Milli($__from) AS length, $__interval_s AS step, '$__from' AS text, /* $__no */ countIf($__dateFilter(toDate(opened_at))) AS days,
    uniqExact($__timeInterval(assumeNotNull(opened_at))) AS hours
FROM incidents WHERE $__timeFilter(opened_at)`}
	frame := frameOf(t, ask(t, q))
	got := make(map[string]string)
	for _, f := range frame.Fields {
		got[f.Name] = fmt.Sprint(f.At(0))
	}
	want := map[string]string{"inside": "1", "length": fmt.Sprint(quarterEnd.Sub(quarterStart).Milliseconds()), "step": "3600", "text": "$__from", "days": got["n"]}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %s, want %s", name, got[name], value)
		}
	}
	if got["n"] == "0" || got["hours"] == "0" {
		t.Errorf("nothing in the range: %v", got)
	}
	if !strings.Contains(frame.Meta.ExecutedQueryString, "toDateTime64('2026-03-05 00:00:00.000', 3, 'UTC')") {
		t.Errorf("the SQL that ran is not shown: %s", frame.Meta.ExecutedQueryString)
	}
}

// Every type of ClickHouse becomes a value that Grafana can show.
func TestTypesOfColumns(t *testing.T) {
	frame := frameOf(t, ask(t, datasource.Query{Kind: "sql", SQL: `SELECT toInt8(-5) AS i8, 18446744073709551615 AS u64, toFloat32(0.5) AS f32, nan AS nan, true AS yes,
    toLowCardinality('a') AS low, toDate('2026-02-03') AS d, toDateTime64('2026-02-03 04:05:06.789', 3, 'UTC') AS at, CAST(NULL AS Nullable(Int32)) AS none,
    CAST(7 AS Nullable(Int32)) AS some, ['x', 'y'] AS texts, [1, 2] AS numbers, map('k', 'v') AS labels, tuple(1, 'b') AS pair,
    toDecimal64(1.25, 2) AS money, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS id, toIPv4('192.0.2.1') AS ip, CAST('b' AS Enum('a' = 1, 'b' = 2)) AS choice, NULL AS nothing, toInt256(12) AS big`}))
	want := map[string]string{
		"i8": "-5", "u64": "18446744073709551615", "f32": "0.5", "nan": "NaN", "yes": "true", "low": "a", "d": "2026-02-03 00:00:00 +0000 UTC", "at": "2026-02-03 04:05:06.789 +0000 UTC",
		"none": "null", "some": "7", "texts": "x, y", "numbers": "[1,2]", "labels": `{"k":"v"}`, "pair": `[1,"b"]`, "money": "1.25",
		"id": "61f0c404-5cb3-11e7-907b-a6006ad3dba0", "ip": "192.0.2.1", "choice": "b", "nothing": "null", "big": "12",
	}
	for name, value := range want {
		f := fieldOf(t, frame, name)
		got := "null"
		if v, ok := f.ConcreteAt(0); ok {
			got = fmt.Sprint(v)
		}
		if got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
}

// An answer without rows has its columns all the same.
func TestNoRows(t *testing.T) {
	frame := frameOf(t, ask(t, datasource.Query{Kind: "sql", SQL: "SELECT 1 AS n, 'x' AS text, now() AS at, CAST(NULL AS Nullable(Float64)) AS some WHERE 0"}))
	if got := fmt.Sprint(names(frame)); got != "[n text at some]" || frame.Rows() != 0 || !fieldOf(t, frame, "some").Nullable() || !fieldOf(t, frame, "at").Type().Time() {
		t.Errorf("%d rows of %s", frame.Rows(), got)
	}
	frame = frameOf(t, askAll(t, settings(), over(yearStart.AddDate(-1, 0, 0), yearStart, datasource.Query{Kind: "table", Table: "incidents"}))["A"])
	if frame.Rows() != 0 || fieldOf(t, frame, "title").Config.DisplayNameFromDS == "" {
		t.Errorf("%d rows", frame.Rows())
	}
	for _, m := range []string{"incident_count", "mttr_impact", "time_to_resolve", "toil_hours_saved"} {
		for _, q := range []datasource.Query{{Metric: m}, {Metric: m, Step: "week"}, {Metric: m, Format: "stat", Compare: true}, {Metric: m, GroupBy: []string{"service"}, Compare: true}, {Metric: m, Step: "day", GroupBy: []string{"service", "team"}}} {
			frameOf(t, askAll(t, settings(), over(yearStart.AddDate(-1, 0, 0), yearStart.AddDate(0, -9, 0), q))["A"])
		}
	}
}

// Rows make series, ordered by time; texts are labels.
func TestSQLSeries(t *testing.T) {
	q := datasource.Query{Kind: "sql", Format: "series", SQL: "SELECT toStartOfWeek(opened_at, 1) AS week, team, count() AS n FROM incidents WHERE $__timeFilter(opened_at) GROUP BY week, team ORDER BY week"}
	frame := frameOf(t, ask(t, q))
	if frame.Meta.Type != data.FrameTypeTimeSeriesWide || len(frame.Fields) < 4 || frame.Fields[1].Labels["team"] == "" {
		t.Errorf("%v with %v", frame.Meta.Type, frame.Fields[1].Labels)
	}
	q.SQL = strings.Replace(q.SQL, "ORDER BY week", "ORDER BY week DESC", 1)
	if answer := ask(t, q); answer.Error == nil || !strings.Contains(answer.Error.Error(), "order them by the time") {
		t.Errorf("rows out of order: %v", answer.Error)
	}
	// An alert rule that asks for rows with a time gets series without saying so.
	q.SQL, q.Format = strings.Replace(q.SQL, " DESC", "", 1), ""
	a := over(quarterStart, quarterEnd, q)
	a.ForAlert = true
	if frame := frameOf(t, askAll(t, settings(), a)["A"]); frame.Meta.Type != data.FrameTypeTimeSeriesWide {
		t.Errorf("an alert rule gets %v", frame.Meta.Type)
	}
}

// More rows than the limit are not sent, and the frame says so.
func TestRowLimit(t *testing.T) {
	s := with("rowLimit", 1000)
	a := over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: "SELECT number FROM numbers(1000000)"})
	frame := frameOf(t, askAll(t, s, a)["A"])
	if frame.Rows() != 1000 || !strings.Contains(notices(frame), "only 1000 of more rows are shown: add filters, or raise the row limit") {
		t.Errorf("%d rows, %q", frame.Rows(), notices(frame))
	}
	a = over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: "SELECT number FROM numbers(1000)"})
	if frame := frameOf(t, askAll(t, s, a)["A"]); frame.Rows() != 1000 || notices(frame) != "" {
		t.Errorf("%d rows, %q", frame.Rows(), notices(frame))
	}
	// A million rows are no trouble where they are wanted.
	s = with("rowLimit", 1_000_000)
	a = over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: "SELECT number, toString(number) AS text, now() AS at FROM numbers(1000001)"})
	if frame := frameOf(t, askAll(t, s, a)["A"]); frame.Rows() != 1_000_000 || !strings.Contains(notices(frame), "only 1000000 of more rows") {
		t.Errorf("%d rows, %q", frame.Rows(), notices(frame))
	}
}

// The limit stops the query: what is beyond it is not read to the end.
func TestRowLimitStopsTheQuery(t *testing.T) {
	frame := frameOf(t, askAll(t, with("rowLimit", 1000), over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: "SELECT number FROM numbers(9000000000) WHERE sipHash64(number) % 3 = 0 /* beyond */"}))["A"])
	if frame.Rows() != 1000 {
		t.Errorf("%d rows", frame.Rows())
	}
	waitFor(t, "the query has stopped", func() bool { return running(t, "beyond */") == 0 })
}

// To an alert rule nothing is no data, and rows of many kinds are refused.
func TestAlertsWithoutData(t *testing.T) {
	for _, q := range []datasource.Query{
		{Metric: "incident_count", Step: "week", GroupBy: []string{"team"}},
		{Metric: "automation_success_rate", GroupBy: []string{"automation_id"}, Format: "numbers"},
		{Kind: "sql", SQL: "SELECT opened_at AS time, team, 1 AS n FROM incidents WHERE 0"},
		{Kind: "sql", SQL: "SELECT team, count() AS n FROM incidents WHERE 0 GROUP BY team"},
	} {
		a := over(yearStart.AddDate(-1, 0, 0), yearStart.AddDate(0, -6, 0), q)
		a.ForAlert = true
		if answer := askAll(t, settings(), a)["A"]; answer.Error != nil || len(answer.Frames) != 0 {
			t.Errorf("%v: %d frames, %v", q, len(answer.Frames), answer.Error)
		}
	}
	a := over(quarterStart, quarterEnd, datasource.Query{Kind: "table", Table: "backlog"})
	a.ForAlert = true
	if answer := askAll(t, settings(), a)["A"]; answer.Error == nil || !strings.Contains(answer.Error.Error(), "choose a metric") {
		t.Error(answer.Error)
	}
}

// The largest groups are shown where there are more than wanted.
func TestGroupLimit(t *testing.T) {
	all := frameOf(t, ask(t, datasource.Query{Metric: "incident_count", GroupBy: []string{"cluster_id"}}))
	few := frameOf(t, ask(t, datasource.Query{Metric: "incident_count", GroupBy: []string{"cluster_id"}, Limit: 5}))
	if all.Rows() < 10 || few.Rows() != 5 || !strings.Contains(notices(few), fmt.Sprintf("only 5 of %d groups are shown, those with the most cases", all.Rows())) {
		t.Fatalf("%d and %d rows, %q", all.Rows(), few.Rows(), notices(few))
	}
	var sizes []float64
	for i := range all.Rows() {
		sizes = append(sizes, *fieldOf(t, all, "n").At(i).(*float64))
	}
	slices.Sort(sizes)
	for i := range few.Rows() {
		if n := *fieldOf(t, few, "n").At(i).(*float64); n < sizes[len(sizes)-5] {
			t.Errorf("a group of %v is shown, the fifth largest has %v", n, sizes[len(sizes)-5])
		}
	}
	if text := fieldOf(t, few, "template").At(0).(string); text == "" {
		t.Error("clusters are called by nothing but their ids")
	}
}

package datasource_test

import (
	"flag"
	"regexp"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/experimental"

	"github.com/vividium/firebreak/dashboards/datasource"
)

var update = flag.Bool("update", false, "write the golden frames anew")

var keptWhen = regexp.MustCompile(`param_kept = '[^']*'`)

// Frames with all that Grafana reads: names, units, texts for what is missing, limits,
// labels, notices. testdata holds them; -update writes them anew.
func TestGoldenFrames(t *testing.T) {
	asOf := quarterEnd.AddDate(0, 0, 2).Format(time.RFC3339)
	for name, q := range map[string]datasource.Query{
		"whole":           {Metric: "false_positive_rate", GroupBy: []string{"automation_id"}, Compare: true, Limit: 4},
		"nothing-to-say":  {Metric: "automation_success_rate", Filters: []datasource.Filter{{Dimension: "automation_id", Values: []string{"no-such"}}}},
		"stat":            {Metric: "time_to_resolve", Format: "stat", Compare: true},
		"stat-of-few":     {Metric: "recurrence_rate", Format: "stat", Filters: []datasource.Filter{{Dimension: "service", Values: []string{"no-such"}}}},
		"numbers":         {Metric: "induced_incident_rate", Format: "numbers", Show: []string{"low", "n"}, GroupBy: []string{"stage"}},
		"series":          {Metric: "incident_count", Step: "week"},
		"series-by":       {Metric: "automation_success_rate", Step: "4 weeks", GroupBy: []string{"stage"}, Show: []string{"estimate", "low", "high", "n"}},
		"compared-series": {Metric: "time_to_resolve", Step: "4 weeks", Compare: true},
		"clusters":        {Metric: "incident_count", GroupBy: []string{"cluster_id"}, Limit: 3},
		"ad-hoc": {Metric: "execution_count", Filters: []datasource.Filter{
			{Dimension: "severity", Operator: "=", Values: []string{"sev1"}, Optional: true},
			{Dimension: "stage", Operator: "!=", Values: []string{"full"}, Optional: true},
			{Dimension: "cluster_id", Values: []string{"$__all"}, Optional: true},
		}},
		"stages":   {Kind: "annotation", Annotation: "stages"},
		"induced":  {Kind: "annotation", Annotation: "induced"},
		"services": {Kind: "values", Dimension: "service", Limit: 5},
		"sql":      {Kind: "sql", SQL: "SELECT severity, count() AS n, median(time_to_resolve_seconds) AS seconds FROM incidents WHERE $__timeFilter(opened_at) GROUP BY severity ORDER BY severity"},
		"failures": {Kind: "table", Table: "failures", Filters: []datasource.Filter{{Dimension: "stage", Values: []string{"canary"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			q.AsOf = asOf
			answer := ask(t, q)
			for _, f := range answer.Frames { // but for when the worker folded what it keeps
				f.Meta.ExecutedQueryString = keptWhen.ReplaceAllString(f.Meta.ExecutedQueryString, "param_kept = '…'")
			}
			experimental.CheckGoldenJSONResponse(t, "testdata", name, &answer, *update)
		})
	}
}

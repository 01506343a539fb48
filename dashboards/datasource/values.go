package datasource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// value is a value of a dimension; Text is what people read.
type value struct {
	Value string `json:"value"`
	Text  string `json:"text"`
}

// mostValues is how many values of a dimension are offered, the most frequent first.
const mostValues = 1000

// recordTables are the tables in which the records have a dimension, for as long as
// the worker has kept nothing.
var recordTables = map[aggregate.Dimension][]string{
	"service": {"incident", "alert", "execution"}, "team": {"incident", "alert", "execution"}, "environment": {"incident", "alert", "execution"},
	"severity": {"incident", "alert"}, "trigger_kind": {"incident", "execution"}, "resolved_by": {"incident"},
	"automation_id": {"execution"}, "automation_version": {"execution"}, "pattern": {"execution"}, "stage": {"execution"},
}

// closedLists are dimensions of tables that have few values, which are known.
var closedLists = map[string][]string{
	"state":   {"emerging", "chronic", "fading", "eliminated", "quiet"},
	"verdict": {"demote", "promote", "hold", "keep"},
	"entity":  {"incident", "alert", "execution"},
	"outcome": {"succeeded", "nothing to do", "failed", "timed out", "escalated", "rolled back", "rejected", "skipped", "cancelled", "running", "requested"},
}

// letterColumns are dimensions of dead letters alone.
var letterColumns = []string{"topic", "reason"}

// listValues answers with the values of a dimension.
func (d *Datasource) listValues(ctx context.Context, q *query) (data.Frames, error) {
	list, err := d.someValues(ctx, q.Dimension)
	if err != nil {
		return nil, err
	}
	limit, chosen := d.limit(q)
	more := len(list) > limit
	list = list[:min(limit, len(list))]
	texts, values := make([]string, len(list)), make([]string, len(list))
	for i, v := range list {
		texts[i], values[i] = v.Text, v.Value
	}
	frame := data.NewFrame("values", data.NewField("text", nil, texts), data.NewField("value", nil, values))
	if more {
		noticeCut(frame, cut{what: "values", shown: limit, chosen: chosen, order: "the most frequent"})
	}
	return data.Frames{frame}, nil
}

// someValues are the values of a dimension, remembered for a while.
func (d *Datasource) someValues(ctx context.Context, dimension string) ([]value, error) {
	if closed := closedLists[dimension]; closed != nil {
		return plain(closed), nil
	}
	if slices.Contains(letterColumns, dimension) {
		return d.values.get(ctx, dimension, func(ctx context.Context) ([]value, error) {
			return d.readValues(ctx, fmt.Sprintf("SELECT toString(%[1]s), toString(%[1]s) FROM dead_letters GROUP BY %[1]s ORDER BY count() DESC, %[1]s LIMIT %[2]d", dimension, mostValues), nil)
		})
	}
	of := aggregate.Dimension(dimension)
	if of != aggregate.ClusterID && recordTables[of] == nil {
		return nil, mistakef("there is no dimension %q; there are %s", dimension, strings.Join(dimensionNames(), ", "))
	}
	return d.values.get(ctx, dimension, func(ctx context.Context) ([]value, error) { return d.valuesOf(ctx, of) })
}

func plain(values []string) []value {
	list := make([]value, len(values))
	for i, v := range values {
		list[i] = value{v, v}
	}
	return list
}

func dimensionNames() []string {
	names := []string{string(aggregate.ClusterID)}
	for d := range recordTables {
		names = append(names, string(d))
	}
	slices.Sort(names)
	return names
}

// clusterText is what people read of a cluster.
const clusterText = "if(template = '', cluster_id, concat(template, ' (', cluster_id, ')'))"

// valuesOf reads the values of a dimension from what the worker keeps, which is small,
// and only while it has kept nothing from the records.
func (d *Datasource) valuesOf(ctx context.Context, of aggregate.Dimension) ([]value, error) {
	if of == aggregate.ClusterID {
		return d.readValues(ctx, fmt.Sprintf("SELECT cluster_id, "+clusterText+" FROM clusters ORDER BY incidents_now DESC, incident_count DESC, cluster_id LIMIT %d", mostValues), nil)
	}
	list, err := d.readValues(ctx, fmt.Sprintf(`SELECT value, value
FROM metrics_weekly
WHERE dimension = {dimension:String} AND metric IN ('incident_count', 'execution_count', 'alert_count') AND value != ''
GROUP BY value
ORDER BY sum(n) DESC, value
LIMIT %d`, mostValues), map[string]string{"dimension": string(of)})
	if err != nil || len(list) > 0 {
		return list, err
	}
	var parts []string
	for _, t := range recordTables[of] {
		parts = append(parts, fmt.Sprintf("SELECT assumeNotNull(toString(%s)) AS value FROM %s_records WHERE reason = '' AND ifNull(toString(%s), '') != ''", of, t, of))
	}
	return d.readValues(ctx, fmt.Sprintf("SELECT value, value FROM (%s) GROUP BY value ORDER BY count() DESC, value LIMIT %d", strings.Join(parts, " UNION ALL "), mostValues), nil)
}

func (d *Datasource) readValues(ctx context.Context, sql string, params map[string]string) ([]value, error) {
	var list []value
	err := d.store.Each(ctx, sql, params, func(rows store.Rows) error {
		var v value
		err := rows.Scan(&v.Value, &v.Text)
		list = append(list, v)
		return err
	})
	return list, err
}

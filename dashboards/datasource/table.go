package datasource

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

//go:embed tables/*.sql
var tableFiles embed.FS

// table is one that can be asked for by name; its SELECT is in tables/NAME.sql.
type table struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Meaning string `json:"meaning"`
	// Filters are the dimensions by which its rows can be kept.
	Filters []string `json:"filters"`

	of    string // the view of which the columns' comments are; empty where a meaning is not in one
	order string
}

// tables are in the order in which the editor lists them.
var tables = []table{
	{"clusters", "Recurring troubles", "Recurrence clusters with an incident in the range, as last computed", []string{"cluster_id", "service", "team", "state", "automation_id"}, "clusters", "incidents_now DESC, incident_count DESC, cluster_id"},
	{"backlog", "Backlog", "What to automate next, the highest priority first, as last ranked", []string{"cluster_id", "service", "team", "state", "pattern", "automation_id"}, "backlog", "rank"},
	{"promotions", "Promotions due", "The verdicts on automations in force at the end of the range", []string{"automation_id", "automation_version", "stage", "verdict"}, "promotions", "indexOf(['demote', 'promote', 'hold', 'keep'], toString(verdict)), automation_id, first_run_at"},
	{"verdicts", "Verdicts", "The verdicts of all weeks that ended in the range", []string{"automation_id", "automation_version", "stage", "verdict"}, "promotions", "week_end DESC, automation_id, stage"},
	{"incidents", "Incidents", "Incidents that opened in the range, without drills and the like", []string{"service", "team", "environment", "severity", "trigger_kind", "resolved_by", "cluster_id"}, "incidents", "opened_at DESC, incident_id"},
	{"executions", "Runs", "Runs of automations that began in the range", []string{"automation_id", "automation_version", "pattern", "stage", "service", "team", "environment", "trigger_kind", "outcome"}, "executions", "began_at DESC, execution_id"},
	{"failures", "Failures to fix", "Failed, timed out, escalated and rolled back runs by what they said", []string{"automation_id", "automation_version", "stage", "service", "team", "outcome"}, "executions", "runs DESC, last_at DESC"},
	{"durations", "How long runs take", "Runs of automations that began in the range and ended, from the start to the end", []string{"automation_id", "automation_version", "pattern", "stage", "service", "team", "environment"}, "executions", "runs DESC, automation_id"},
	{"induced", "Incidents caused by automation", "Incidents that people confirmed to have been caused by a run", []string{"service", "team", "severity", "automation_id", "automation_version", "stage"}, "incidents", "opened_at DESC, incident_id"},
	{"automations", "Automations", "Every automation, as its latest events describe it", []string{"automation_id", "pattern", "stage", "team"}, "automations", "execution_count DESC, automation_id"},
	{"dead_letters", "Dead letters", "Records that broke the contract and landed in the range", []string{"entity", "topic", "reason"}, "dead_letters", "landed_at DESC, topic, partition, offset"},
	{"freshness", "Freshness", "How fresh each kind of record is, and how many broke the contract", []string{"entity"}, "", "entity"},
}

// listColumns are the columns of tables that hold several values of a dimension.
var listColumns = map[aggregate.Dimension]string{"service": "services", "team": "teams", "automation_id": "automations"}

// hasLists are the tables in which these dimensions are lists.
var hasLists = []string{"clusters", "backlog"}

// table answers with rows of a table.
func (d *Datasource) table(ctx context.Context, q *query) (data.Frames, error) {
	t, err := findTable(q.Table)
	if err != nil {
		return nil, err
	}
	if q.forAlert {
		return nil, mistakef("an alert rule needs numbers, and %s are rows of many kinds: choose a metric, or SQL with one number and texts", t.Name)
	}
	sql, params, ignored, err := t.statement(d, q)
	if err != nil {
		return nil, err
	}
	frame, err := d.read(ctx, q, sql, params)
	if err != nil {
		return nil, err
	}
	frame.Name = t.Name
	noticeIgnored(frame, ignored)
	meanings, err := d.meanings(ctx, t.of)
	if err != nil {
		return nil, err
	}
	for _, f := range frame.Fields {
		f.Config = columnConfig(f.Name, meanings[f.Name])
	}
	return data.Frames{frame}, nil
}

func findTable(name string) (*table, error) {
	var names []string
	for i := range tables {
		if tables[i].Name == name {
			return &tables[i], nil
		}
		names = append(names, tables[i].Name)
	}
	return nil, mistakef("there is no table %q; there are %s", name, strings.Join(names, ", "))
}

// statement is the table's SELECT with its filters, for one row more than may be shown.
func (t *table) statement(d *Datasource, q *query) (sql string, params map[string]string, ignored []string, err error) {
	inner, err := tableFiles.ReadFile("tables/" + t.Name + ".sql")
	if err != nil {
		return "", nil, nil, err
	}
	listed := func(d aggregate.Dimension) string {
		if slices.Contains(hasLists, t.Name) {
			return listColumns[d]
		}
		return ""
	}
	sql, params, ignored, err = q.filtered(string(inner), t.Name, t.Filters, listed, d.now())
	limit, _ := d.limit(q)
	return sql + fmt.Sprintf("\nORDER BY %s\nLIMIT %d", t.order, limit+1), params, ignored, err
}

// filtersGoHere is where the SQL of a table or annotation that groups what it reads has
// its filters; other SQL is filtered by its columns.
const filtersGoHere = "/* filters */"

// filtered is a SELECT of rows that have a column for each dimension, with the filters of
// a query; listed is the column that holds several values of a dimension, if one does.
func (q *query) filtered(inner, name string, dimensions []string, listed func(aggregate.Dimension) string, now time.Time) (sql string, params map[string]string, ignored []string, err error) {
	wanted, ignored, err := applicable(q.Filters, dimensions)
	if err != nil {
		return "", nil, nil, err
	}
	if params, err = q.moments(now); err != nil {
		return "", nil, nil, err
	}
	conditions := ""
	for i, f := range wanted {
		if !slices.Contains(dimensions, string(f.Dimension)) {
			return "", nil, nil, mistakef("%s cannot be filtered by %q; it can by %s", name, f.Dimension, strings.Join(dimensions, ", "))
		}
		parameter := fmt.Sprintf("where_%d", i)
		params[parameter] = store.TextsParameter(f.Values)
		conditions += " AND " + condition(f, parameter, listed(f.Dimension))
	}
	if strings.Contains(inner, filtersGoHere) {
		inner, conditions = strings.ReplaceAll(inner, filtersGoHere, strings.TrimSpace(conditions)), ""
	}
	return "SELECT *\nFROM\n(\n" + strings.TrimSpace(inner) + "\n)\nWHERE true" + conditions, params, ignored, nil
}

func condition(f aggregate.Filter, parameter, list string) string {
	has := fmt.Sprintf("has({%s:Array(String)}, toString(%s))", parameter, f.Dimension)
	if list != "" {
		has = fmt.Sprintf("hasAny({%s:Array(String)}, %s)", parameter, list)
	}
	if f.Except {
		return "NOT " + has
	}
	return has
}

// meanings are the comments on the columns of a view.
func (d *Datasource) meanings(ctx context.Context, view string) (map[string]string, error) {
	if view == "" {
		return nil, nil
	}
	return d.columns.get(ctx, view, func(ctx context.Context) (map[string]string, error) {
		found := make(map[string]string)
		err := d.store.Each(ctx, "DESCRIBE TABLE "+view, nil, func(rows store.Rows) error {
			var name, kind, defaultKind, defaultValue, comment, codec, ttl string
			if err := rows.Scan(&name, &kind, &defaultKind, &defaultValue, &comment, &codec, &ttl); err != nil {
				return err
			}
			found[name] = comment
			return nil
		})
		return found, err
	})
}

// columnConfig says how a column of a table is shown, by its name: names mean the same
// in all tables.
func columnConfig(name, meaning string) *data.FieldConfig {
	c := &data.FieldConfig{DisplayNameFromDS: words(name), Description: meaning}
	switch {
	case strings.HasSuffix(name, "_seconds"), strings.HasPrefix(name, "time_to_resolve"), name == "seconds_since_landing":
		c.Unit = unitSeconds
		c.DisplayNameFromDS = strings.TrimSuffix(c.DisplayNameFromDS, " seconds")
	case strings.HasSuffix(name, "_minutes"):
		c.Unit = "m"
	case strings.Contains(name, "hours") && !strings.HasSuffix(name, "unknown"), name == "toil":
		c.Unit = unitHours
	case strings.HasPrefix(name, "success_"), strings.HasPrefix(name, "false_positive"), name == "similarity", name == "broken_share":
		c.Unit = unitPercent
	case strings.HasPrefix(name, "induced_") && name != "induced_incidents":
		c.Unit = unitPer1000
	case strings.HasPrefix(name, "rate_ratio"):
		c.Unit = unitRatio
	}
	return c
}

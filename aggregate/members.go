package aggregate

import (
	"context"
	"embed"
	"strconv"
	"strings"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

// The incidents and executions that a SELECT is about. They are folded from events; or, as
// far as a worker keeps them as of the same moment or a later one, read from what it keeps:
// then only those are folded to which something occurred in between.

//go:embed members/*.sql
var memberFiles embed.FS

// What metrics know of an execution: its state, and what it was about.
const (
	stateColumns = "execution_id, automation_id, automation_version, pattern, stage, trigger_kind, service, team, environment, first_event_at, began_at, " +
		"is_live, is_finished, is_success, is_escalated, is_rolled_back, was_carried_out, mutating, verdict, manual_minutes, residual_minutes"
	factColumns = "incident_ids, incident_id, incident_service, incident_opened_at, incident_responder_minutes, is_needed"
)

// incidentColumns are what metrics know of an incident.
const incidentColumns = "incident_id, title, service, team, environment, severity, classification, trigger_kind, resolved_by, caused_by_execution_id, actions, " +
	"first_event_at, started_at, opened_at, acknowledged_at, resolved_at, reviewed_at, responder_minutes, is_open, is_left_out"

const (
	inWindow = "began_at >= {from:DateTime64(3, 'UTC')} AND began_at < {to:DateTime64(3, 'UTC')}"
	// hasEvent holds of those that began in the window: they have an event in it.
	hasEvent = "execution_id IN (SELECT execution_id FROM execution_records WHERE reason = '' AND occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')})"
	// unsettled were there, and something has occurred since.
	unsettled = "FROM execution_members_kept WHERE kept_at = {kept:DateTime64(3, 'UTC')} AND settled_at > {as_of:DateTime64(3, 'UTC')} AND first_event_at <= {as_of:DateTime64(3, 'UTC')}"
)

// fill puts executions and incidents where a SELECT over windows of a length wants them:
//
//	{{runs}}              executions that began in the window, with their states
//	{{members}}           the same, with what they were about
//	{{all}}               all executions, with what they were about
//	{{incidents}}         all incidents that opened
//	{{incidents_before}}  the same as of as long after the window before
//	{{intervals}}         incidents of the window and the half year before, with the time
//	                      of the one before in their cluster
func (q *Query) fill(sql string, length time.Duration) string {
	before := q.earlierBy(length).AsOf
	for _, p := range []struct {
		place  string
		source func() string
	}{
		{"{{intervals}}", func() string { return memberFile("intervals") }},
		{"{{runs}}", func() string { return q.executions(stateColumns, inWindow) }},
		{"{{members}}", func() string { return q.executions(stateColumns+", "+factColumns, inWindow) }},
		{"{{all}}", func() string { return q.executions(stateColumns+", "+factColumns, "") }},
		{"{{incidents}}", func() string { return q.incidents("as_of", q.AsOf) }},
		{"{{incidents_before}}", func() string { return q.incidents("as_of_before", before) }},
	} {
		if strings.Contains(sql, p.place) {
			sql = strings.ReplaceAll(sql, p.place, "(\n"+p.source()+"\n)")
		}
	}
	return sql
}

// incidents is a SELECT of those that opened, as of a moment that a parameter names.
func (q *Query) incidents(parameter string, asOf time.Time) string {
	asOfThen := "{" + parameter + ":DateTime64(3, 'UTC')}"
	folded := "SELECT " + incidentColumns + " FROM incidents_as_of(as_of = " + asOfThen + ")"
	kept := "SELECT " + incidentColumns + " FROM incident_members_kept WHERE kept_at = {kept:DateTime64(3, 'UTC')}"
	switch {
	case q.Kept.IsZero() || q.Kept.Before(asOf):
		return folded
	case q.Kept.Equal(asOf):
		return kept
	}
	return kept + " AND settled_at <= " + asOfThen + "\nUNION ALL\n" + folded +
		" WHERE incident_id IN (SELECT incident_id FROM incident_members_kept WHERE kept_at = {kept:DateTime64(3, 'UTC')} AND settled_at > " + asOfThen + " AND first_event_at <= " + asOfThen + ")"
}

// folding puts executions and incidents, all as of a moment and none of them kept, where a SELECT wants
// them.
func folding(sql string) string { return (&Query{}).fill(sql, 0) }

// executions is a SELECT of executions; without a window of all.
func (q *Query) executions(columns, window string) string {
	wanted := "true"
	if window != "" {
		wanted = hasEvent
	} else {
		window = "true"
	}
	kept := "SELECT " + columns + " FROM execution_members_kept WHERE kept_at = {kept:DateTime64(3, 'UTC')} AND " + window
	switch {
	case q.Kept.IsZero() || q.Kept.Before(q.AsOf):
		return folded(columns, window, wanted, "true")
	case q.Kept.Equal(q.AsOf):
		return kept
	}
	wanted = "execution_id IN (SELECT execution_id " + unsettled + ")"
	return kept + " AND settled_at <= {as_of:DateTime64(3, 'UTC')}\nUNION ALL\n" + folded(columns, window, wanted, "(SELECT count() "+unsettled+") > 0")
}

// folded folds the executions for which wanted holds, if there are any.
func folded(columns, window, wanted, anyWanted string) string {
	named := "true"
	if wanted != "true" {
		named = "alert_id IN (SELECT arrayJoin([ifNull(alert_id, ''), ifNull(trigger_id, '')]) FROM execution_records WHERE reason = '' AND " + wanted + ")"
	}
	fill := strings.NewReplacer("{{wanted}}", wanted, "{{window}}", window, "{{named}}", named, "{{any}}", anyWanted)
	states := fill.Replace(memberFile("states"))
	if columns == stateColumns {
		return "SELECT " + columns + "\nFROM\n(\n" + states + "\n)"
	}
	return "SELECT " + columns + "\nFROM\n(\n" + states + "\n) AS run\nINNER JOIN\n(\n" + fill.Replace(memberFile("facts")) + "\n) AS facts ON facts.execution_id = run.execution_id"
}

func memberFile(name string) string {
	sql, err := memberFiles.ReadFile("members/" + name + ".sql")
	if err != nil {
		panic(err) // embedded
	}
	return strings.TrimSpace(string(sql))
}

// KeepIncidents folds the incidents as of a moment into the table from which queries with
// that moment as Kept read them.
func KeepIncidents(ctx context.Context, s *store.Store, asOf time.Time) error {
	sql := "INSERT INTO incident_members_kept (kept_at, settled_at, " + incidentColumns + ")\nSELECT {as_of:DateTime64(3, 'UTC')}, last_event_at, " + incidentColumns +
		"\nFROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})\nWHERE opened_at IS NOT NULL"
	return s.Exec(ctx, sql, map[string]string{"as_of": store.TimeParameter(asOf)})
}

// KeepExecutions does the same for the executions that began in [from, to).
func KeepExecutions(ctx context.Context, s *store.Store, from, to, asOf time.Time) error {
	columns := stateColumns + ", " + factColumns + ", settled_at"
	sql := "INSERT INTO execution_members_kept (kept_at, " + columns + ")\nSELECT {as_of:DateTime64(3, 'UTC')}, *\nFROM\n(\n" + folded(columns, inWindow, hasEvent, "true") + "\n)"
	return s.Exec(ctx, sql, map[string]string{"from": store.TimeParameter(from), "to": store.TimeParameter(to), "as_of": store.TimeParameter(asOf)})
}

// LastKept is the latest moment as of which incidents and executions are kept; zero when there is
// none, or when no worker has looked for an hour at what has landed.
func LastKept(ctx context.Context, s *store.Store) (moment time.Time, err error) {
	err = s.Each(ctx, `SELECT max(kept_at)
FROM members_moments
WHERE is_whole AND (SELECT max(landed_at) FROM worker_progress WHERE worker = 'members') > now64(3) - INTERVAL {seconds:UInt32} SECOND`,
		map[string]string{"seconds": strconv.Itoa(int(keptUntil.Seconds()))}, func(rows store.Rows) error { return rows.Scan(&moment) })
	if moment.Unix() == 0 {
		return time.Time{}, err
	}
	return moment.UTC(), err
}

// IsKept says whether incidents and executions as of a moment are still kept: what was read with it
// before was whole.
func IsKept(ctx context.Context, s *store.Store, moment time.Time) (is bool, err error) {
	err = s.Each(ctx, "SELECT max(is_whole) FROM members_moments WHERE kept_at = {at:DateTime64(3, 'UTC')}",
		map[string]string{"at": store.TimeParameter(moment)}, func(rows store.Rows) error { return rows.Scan(&is) })
	return is, err
}

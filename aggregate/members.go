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

// Fold is a fold of incidents and executions that a worker keeps: as of At and, since
// nothing has landed, as of any moment until Until. Of moments before At it tells what has
// changed since.
type Fold struct{ At, Until time.Time }

func (f Fold) answersFor(asOf time.Time) bool { return !f.At.IsZero() && !asOf.After(f.Until) }

// isExact says whether all is then as it is kept.
func (f Fold) isExact(asOf time.Time) bool { return !asOf.Before(f.At) }

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
//	{{states}}            all executions, with their states
//	{{all}}               the same, with what they were about
//	{{incidents}}         all incidents that opened
//	{{incidents_before}}  the same as of as long after the window before
//	{{intervals}}         incidents of the window and the half year before, with the time
//	                      of the one before in their cluster
func (q *Query) fill(sql string, length time.Duration) string {
	if !q.Kept.answersFor(q.AsOf) {
		live := *q
		live.Kept = Fold{}
		q = &live
	}
	before := q.earlierBy(length).AsOf
	for _, p := range []struct {
		place  string
		source func() string
	}{
		{"{{intervals}}", func() string { return memberFile("intervals") }},
		{"{{runs}}", func() string { return q.executions(stateColumns, inWindow) }},
		{"{{members}}", func() string { return q.executions(stateColumns+", "+factColumns, inWindow) }},
		{"{{states}}", func() string { return q.executions(stateColumns, "") }},
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
	case !q.Kept.answersFor(asOf):
		return folded
	case q.Kept.isExact(asOf):
		return kept
	}
	return kept + " AND settled_at <= " + asOfThen + "\nUNION ALL\n" + folded +
		" WHERE incident_id IN (SELECT incident_id FROM incident_members_kept WHERE kept_at = {kept:DateTime64(3, 'UTC')} AND settled_at > " + asOfThen + " AND first_event_at <= " + asOfThen + ")"
}

// asOf puts executions and incidents, all as of a moment, where a SELECT wants them.
func (f Fold) asOf(moment time.Time, sql string) string {
	return (&Query{AsOf: moment, Kept: f}).fill(sql, 0)
}

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
	case !q.Kept.answersFor(q.AsOf):
		return folded(columns, window, wanted, "true")
	case q.Kept.isExact(q.AsOf):
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

// FoldedIncidents is the SELECT of what is to be kept of incidents as of {as_of}, with the
// names of its columns.
func FoldedIncidents() (columns, sql string) {
	return incidentColumns + ", settled_at",
		"SELECT " + incidentColumns + ", last_event_at\nFROM incidents_as_of(as_of = {as_of:DateTime64(3, 'UTC')})\nWHERE opened_at IS NOT NULL"
}

// FoldedExecutions is the same of executions, of one slice of {slices}, {slice}, so that
// not all have to be in memory at once.
func FoldedExecutions() (columns, sql string) {
	columns = stateColumns + ", " + factColumns + ", settled_at"
	return columns, folded(columns, "true", "cityHash64(execution_id) % {slices:UInt64} = {slice:UInt64}", "true")
}

// LastKept is the fold that answers for the latest moment; the zero one when no worker has
// looked for an hour at what has landed.
func LastKept(ctx context.Context, s *store.Store) (f Fold, err error) {
	err = s.Each(ctx, `SELECT kept_at, max(until) AS until
FROM members_moments
WHERE is_whole
GROUP BY kept_at
HAVING until > now64(3) - INTERVAL {seconds:UInt32} SECOND
ORDER BY until DESC, kept_at DESC
LIMIT 1`,
		map[string]string{"seconds": strconv.Itoa(int(keptUntil.Seconds()))}, func(rows store.Rows) error { return rows.Scan(&f.At, &f.Until) })
	return Fold{At: f.At.UTC(), Until: f.Until.UTC()}, err
}

// mostTries is how often what is kept may go while it is read.
const mostTries = 3

// Reading computes with what is kept, which may be nothing; again when it was let go
// meanwhile for what is later, and at last without any.
func Reading[T any](ctx context.Context, s *store.Store, kept Fold, compute func(Fold) (T, error)) (T, error) {
	for range mostTries {
		result, err := compute(kept)
		if err != nil || kept == (Fold{}) {
			return result, err
		}
		if is, err := isKept(ctx, s, kept); err != nil || is {
			return result, err
		}
		if kept, err = LastKept(ctx, s); err != nil {
			return result, err
		}
	}
	return compute(Fold{})
}

// isKept says whether a fold is still there: what was read of it before was whole.
func isKept(ctx context.Context, s *store.Store, f Fold) (is bool, err error) {
	err = s.Each(ctx, "SELECT max(is_whole) FROM members_moments WHERE kept_at = {at:DateTime64(3, 'UTC')}",
		map[string]string{"at": store.TimeParameter(f.At)}, func(rows store.Rows) error { return rows.Scan(&is) })
	return is, err
}

package aggregate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// tangle are events of a few entities whose links and states change at random moments and
// contradict each other.
func tangle(seed uint64, start time.Time, days int) []schema.Event {
	random := rand.New(rand.NewPCG(seed, 0))
	at := func() schema.Millis {
		return schema.MillisOf(start.Add(time.Duration(random.Int64N(int64(days) * int64(24*time.Hour)))))
	}
	id := func(kind string) string { return fmt.Sprint("tangled-", kind, random.IntN(12)) }
	maybe := func(text string) schema.Opt[string] {
		if random.IntN(2) == 0 {
			return schema.Opt[string]{}
		}
		return schema.Some(text)
	}
	ids := func(kind string) schema.Opt[[]string] {
		if random.IntN(3) == 0 {
			return schema.Opt[[]string]{}
		}
		list := make([]string, random.IntN(3))
		for i := range list {
			list[i] = id(kind)
		}
		return schema.Some(list)
	}
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	var events []schema.Event
	for i := range 400 {
		common := schema.Common{EventID: fmt.Sprint("tangle-", seed, "-", i), OccurredAt: at()}
		switch i % 3 {
		case 0:
			common.Type = pick("incident.opened", "incident.resolved", "incident.reopened", "incident.reviewed")
			events = append(events, &schema.IncidentEvent{
				Common: common, IncidentID: id("incident"), Title: schema.Some("Tangle"), Service: maybe("db"),
				Classification: maybe(pick("incident", "false_alarm", "drill", "merged")), AlertIDs: ids("alert"), ExecutionIDs: ids("run"),
			})
		case 1:
			common.Type = pick("alert.fired", "alert.resolved", "alert.classified")
			e := &schema.AlertEvent{Common: common, AlertID: id("alert"), Name: schema.Some("Tangle"), IncidentID: maybe(id("incident"))}
			if e.Type == "alert.classified" {
				e.Verdict = schema.Some(pick("noise", "actionable"))
			}
			events = append(events, e)
		default:
			common.Type = pick("execution.requested", "execution.started", "execution.succeeded", "execution.failed", "execution.rolled_back", "execution.skipped")
			events = append(events, &schema.ExecutionEvent{
				Common: common, ExecutionID: id("run"), AutomationID: "tangler", Stage: maybe(pick("dry_run", "full")),
				IncidentID: maybe(id("incident")), AlertID: maybe(id("alert")), TriggerKind: maybe(pick("alert", "incident")), TriggerID: maybe(pick(id("alert"), id("incident"))),
			})
		}
	}
	return events
}

// forgetful is an incident that names a run and its alert, and later none.
func forgetful(start time.Time) []schema.Event {
	at := func(days int, id, kind string) schema.Common {
		return schema.Common{EventID: id, Type: kind, OccurredAt: schema.MillisOf(start.AddDate(0, 0, days))}
	}
	return []schema.Event{
		&schema.ExecutionEvent{Common: at(1, "f1", schema.ExecutionStarted), ExecutionID: "forgotten", AutomationID: "tangler"},
		&schema.ExecutionEvent{Common: at(1, "f2", schema.ExecutionStarted), ExecutionID: "forgotten too", AutomationID: "tangler", AlertID: schema.Some("forgotten")},
		&schema.IncidentEvent{
			Common: at(2, "f3", schema.IncidentOpened), IncidentID: "forgetful", Title: schema.Some("Tangle"),
			ExecutionIDs: schema.Some([]string{"forgotten"}), AlertIDs: schema.Some([]string{"forgotten"}),
		},
		&schema.IncidentEvent{
			Common: at(20, "f4", schema.IncidentReviewed), IncidentID: "forgetful",
			ExecutionIDs: schema.Some([]string{}), AlertIDs: schema.Some([]string{}),
		},
	}
}

// keepAll keeps incidents and executions as of a moment, as the worker does.
func keepAll(t *testing.T, s *store.Store, asOf time.Time) {
	t.Helper()
	params := map[string]string{"as_of": store.TimeParameter(asOf), "slices": "3"}
	insert := func(table, columns, folded string) {
		if err := s.Exec(t.Context(), "INSERT INTO "+table+" ("+columns+", kept_at) SELECT *, {as_of:DateTime64(3, 'UTC')} FROM ("+folded+")", params); err != nil {
			t.Fatal(err)
		}
	}
	columns, folded := aggregate.FoldedIncidents()
	insert("incident_members_kept", columns, folded)
	columns, folded = aggregate.FoldedExecutions()
	for slice := range 3 {
		params["slice"] = strconv.Itoa(slice)
		insert("execution_members_kept", columns, folded)
	}
}

// What is kept as of a moment says of that and of every earlier one what all events say.
func TestMembersAreWhatEventsSay(t *testing.T) {
	const days = 45
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	kept := start.AddDate(0, 0, days)
	s := storetest.Open(t)
	w := world.Generate(world.Config{Seed: 3, Start: start, Days: days, Scale: 0.4})
	events := slices.Collect(w.Events())
	for seed := range uint64(3) {
		events = append(events, tangle(seed, start, days)...)
	}
	events = append(events, forgetful(start)...)
	if _, err := fill.Into(t.Context(), s, slices.Values(events)); err != nil {
		t.Fatal(err)
	}
	keepAll(t, s, kept)
	selects := []string{
		"SELECT toString(tuple(* EXCEPT (incident_ids), arraySort(incident_ids))) FROM {{members}} ORDER BY execution_id",
		"SELECT toString(tuple(*)) FROM {{runs}} ORDER BY execution_id",
		"SELECT toString(tuple(*)) FROM {{incidents}} WHERE opened_at >= {from:DateTime64(3, 'UTC')} AND opened_at < {to:DateTime64(3, 'UTC')} ORDER BY incident_id",
	}
	read := func(sql string, from, to, asOf time.Time, kept aggregate.Fold) []string {
		var list []string
		sql, params := aggregate.FillMembers(sql, aggregate.Query{From: from, To: to, AsOf: asOf, Kept: kept})
		err := s.Each(t.Context(), sql, params, func(rows store.Rows) error {
			var row string
			err := rows.Scan(&row)
			list = append(list, row)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	fold := aggregate.Fold{At: kept, Until: kept.AddDate(0, 0, 3)} // nothing occurs after it
	random := rand.New(rand.NewPCG(7, 7))
	moment := func() time.Time {
		return start.Add(time.Duration(random.Int64N(int64(days * 24 * time.Hour)))).Truncate(time.Millisecond)
	}
	var just []time.Time // when something occurs, first or last
	for _, table := range []string{"incident_members_kept", "execution_members_kept"} {
		err := s.Each(t.Context(), "SELECT arrayJoin([first_event_at, settled_at]) FROM "+table+" ORDER BY cityHash64(settled_at) LIMIT 10", nil, func(rows store.Rows) error {
			var at time.Time
			err := rows.Scan(&at)
			just = append(just, at.UTC())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var folded, changed uint64
	for i := range 40 {
		from, to, asOf := start, start.AddDate(1, 0, 0), moment()
		switch {
		case i == 0:
			asOf = kept
		case i == 1:
			asOf = kept.AddDate(0, 0, 2)
		case i%2 == 0:
			asOf = just[i/2]
		}
		if i%2 == 1 {
			from, to = moment(), moment()
			if to.Before(from) {
				from, to = to, from
			}
		}
		for _, sql := range selects {
			got, want := read(sql, from, to, asOf, fold), read(sql, from, to, asOf, aggregate.Fold{})
			if !slices.Equal(got, want) {
				t.Errorf("of %s to %s as of %s: %d rows of %s, want %d; first difference: %s", from, to, asOf, len(got), sql, len(want), firstDifference(got, want))
			}
		}
		unsettled := "SELECT count() FROM execution_members_kept WHERE settled_at > {as_of:DateTime64(3, 'UTC')} AND first_event_at <= {as_of:DateTime64(3, 'UTC')}"
		err := s.Each(t.Context(), unsettled, map[string]string{"as_of": store.TimeParameter(asOf)}, func(rows store.Rows) error { return rows.Scan(&changed) })
		if err != nil {
			t.Fatal(err)
		}
		folded += changed
	}
	if folded == 0 {
		t.Error("nothing had changed since any moment")
	}
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return got[i] + " instead of " + want[i]
		}
	}
	return "none of those that both have"
}

// TestDecisionsOfWhatIsKept: verdicts and what surrounds clusters are the same, folded or
// kept.
func TestDecisionsOfWhatIsKept(t *testing.T) {
	const days = 45
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s := storetest.Open(t)
	w := world.Generate(world.Config{Seed: 3, Start: start, Days: days, Scale: 0.4})
	if _, err := fill.Into(t.Context(), s, w.Events()); err != nil {
		t.Fatal(err)
	}
	const clustered = `INSERT INTO cluster_members (incident_id, cluster_id, similarity, differs, decided_by, assigned_at, version)
SELECT incident_id, concat('of ', service), 1, [], '', now64(3), 1 FROM incidents_as_of(as_of = '2026-12-31 00:00:00') WHERE opened_at IS NOT NULL`
	if err := s.Exec(t.Context(), clustered, nil); err != nil {
		t.Fatal(err)
	}
	end := start.AddDate(0, 0, days)
	keepAll(t, s, end)
	kept := aggregate.Fold{At: end, Until: end}
	for _, asOf := range []time.Time{end, start.AddDate(0, 0, 30), start.AddDate(0, 0, 8)} {
		weekEnd := aggregate.WeekEnd(asOf).AddDate(0, 0, -7)
		got, err := aggregate.JudgeWeek(t.Context(), s, weekEnd, kept)
		if err != nil {
			t.Fatal(err)
		}
		want, err := aggregate.JudgeWeek(t.Context(), s, weekEnd, aggregate.Fold{})
		if err != nil {
			t.Fatal(err)
		}
		told := func(list []aggregate.Promotion) (lines []string) {
			for _, p := range list {
				lines = append(lines, fmt.Sprint(p.Evidence, p.Verdict, p.Reason))
			}
			return lines
		}
		if !slices.Equal(told(got), told(want)) || len(want) == 0 {
			t.Errorf("verdicts of %s: %d, want %d", weekEnd, len(got), len(want))
		}
		around, err := aggregate.ReadSurroundings(t.Context(), s, asOf, kept)
		if err != nil {
			t.Fatal(err)
		}
		folded, err := aggregate.ReadSurroundings(t.Context(), s, asOf, aggregate.Fold{})
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", around) != fmt.Sprintf("%+v", folded) || len(folded.Automations) < 5 {
			t.Errorf("as of %s: %+v\nwant %+v", asOf, around, folded)
		}
	}
}

package keep

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// album is a scene with its snapshots.
type album struct {
	*scene
	start time.Time
}

// newAlbum has a generated company's last weeks in it.
func newAlbum(t *testing.T, days int) *album {
	a := &album{scene: newScene(t), start: time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)}
	w := world.Generate(world.Config{Seed: 3, Start: a.start, Days: days, Scale: 0.4})
	a.land(slices.Collect(w.Events())...)
	return a
}

// snap lets the worker begin anew, so that it remembers nothing, and wait for nothing.
func (a *album) snap() Snapped {
	a.Helper()
	a.pass()
	did, err := a.snapshotsOf().Pass(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	return did
}

// shot is a row of a view of snapshots.
type shot struct {
	starts              time.Time
	dimension, value    string
	n                   int64
	estimate, low, high *float64
	status              string
	computed            time.Time
}

func (a *album) shots(view, metric string) []shot {
	a.Helper()
	column := map[string]string{"metrics_weekly": "week", "metrics_daily": "day"}[view]
	var list []shot
	sql := fmt.Sprintf("SELECT toDateTime64(%s, 3, 'UTC'), dimension, value, n, estimate, low, high, status, computed_at FROM %s WHERE metric = '%s' ORDER BY 1, 2, 3", column, view, metric)
	a.rows(sql, func(rows store.Rows) error {
		var s shot
		err := rows.Scan(&s.starts, &s.dimension, &s.value, &s.n, &s.estimate, &s.low, &s.high, &s.status, &s.computed)
		list = append(list, s)
		return err
	})
	return list
}

// wantRight compares every row with what the metric gives by itself as of when the row
// was computed.
func (a *album) wantRight(view string, days int, metrics ...string) {
	a.Helper()
	for _, name := range metrics {
		m, err := aggregate.Find(name)
		if err != nil {
			a.Fatal(err)
		}
		shots := a.shots(view, name)
		if len(shots) < 2 {
			a.Errorf("%s of %s: %d rows", name, view, len(shots))
		}
		for _, s := range shots {
			q := aggregate.Query{From: s.starts, To: s.starts.AddDate(0, 0, days), AsOf: s.computed}
			if s.dimension != "" {
				q.Where = []aggregate.Filter{aggregate.Only(aggregate.Dimension(s.dimension), s.value)}
			}
			if s.dimension != "" && (days == 1 || s.dimension != "stage" && s.dimension != "severity") {
				continue
			}
			want, err := aggregate.Run(a.Context(), a.store, m, q)
			if err != nil {
				a.Fatal(err)
			}
			w := want[0]
			if w.N != s.n || string(w.Status) != s.status || !near(w.Estimate, s.estimate) || !near(w.Low, s.low) || !near(w.High, s.high) {
				a.Errorf("%s of %s from %s, %s %q: %+v, want %+v", name, view, s.starts, s.dimension, s.value, s, w)
			}
		}
	}
}

func near(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= 1e-9*max(1, math.Abs(*a))
}

// restated lists the first days of the periods that were computed at the last pass.
func (a *album) restated(view, metric string) []string {
	a.Helper()
	all := a.shots(view, metric)
	last := slices.MaxFunc(all, func(x, y shot) int { return x.computed.Compare(y.computed) }).computed
	var starts []string
	for _, s := range all {
		if s.dimension == "" && s.computed.Equal(last) {
			starts = append(starts, s.starts.Format(time.DateOnly))
		}
	}
	return starts
}

func TestSnapshots(t *testing.T) {
	a := newAlbum(t, 31)
	if did := a.snap(); did.Computed == 0 {
		t.Fatal("nothing was computed")
	}
	for _, metric := range []string{"incident_count", "execution_count"} {
		if days := a.restated("metrics_daily", metric); len(days) < 30 {
			t.Errorf("%s of %d days", metric, len(days))
		}
	}
	a.wantRight("metrics_weekly", 7, "time_to_resolve", "toil_hours_saved", "frequency_change", "mttr_impact", "suspected_induced_incidents", "false_positive_rate")
	a.wantRight("metrics_daily", 1, "recurrence_rate")
	if did := a.snap(); did != (Snapped{}) {
		t.Errorf("without anything new, %+v was done", did)
	}

	// A late event: an incident of 16 days ago that nothing is linked to, on a service of
	// its own.
	day := a.start.AddDate(0, 0, 15)
	opened := incidentOpened("late", day.Add(time.Hour), "A wheel came off", "cart")
	a.land(opened)
	a.snap()
	monday := periods[0].start(day).Format(time.DateOnly)
	if got := a.restated("metrics_weekly", "time_to_resolve"); !slices.Equal(got, []string{monday}) {
		t.Errorf("a late incident restates the weeks %v, want %s", got, monday)
	}
	next := periods[0].start(day).AddDate(0, 0, 7).Format(time.DateOnly)
	if got := a.restated("metrics_weekly", "frequency_change"); !slices.Equal(got, []string{monday, next}) {
		t.Errorf("changes of the weeks %v are restated, want %s and %s", got, monday, next)
	}
	if got := a.restated("metrics_daily", "recurrence_rate"); len(got) != 16 || got[0] != day.Format(time.DateOnly) {
		t.Errorf("recurrence of the days %v is restated, want 16 from %s on", got, day)
	}
	a.wantRight("metrics_weekly", 7, "frequency_change", "incident_count")
	a.wantOnlyTheLastKept()

	// It was on another service after all: there is no row of the former any more.
	opened = incidentOpened("late", day.Add(time.Hour), "A wheel came off", "wagon")
	opened.EventID = "corrected"
	a.land(opened)
	a.snap()
	for _, s := range a.shots("metrics_daily", "incident_count") {
		if s.dimension == "service" && s.value == "cart" {
			t.Errorf("the service cart is still shown: %+v", s)
		}
	}
	a.wantRight("metrics_daily", 1, "incident_count")
}

// wantOnlyTheLastKept checks that what was folded for passes before is gone.
func (a *album) wantOnlyTheLastKept() {
	a.Helper()
	a.rows("SELECT uniqExact(kept_at), (SELECT uniqExact(kept_at) FROM members_moments) FROM execution_members_kept", func(rows store.Rows) error {
		var folds, moments uint64
		err := rows.Scan(&folds, &moments)
		if folds != 1 || moments != 1 {
			a.Errorf("executions are kept of %d moments, of which %d are known", folds, moments)
		}
		return err
	})
}

func incidentOpened(id string, at time.Time, title, service string) *schema.IncidentEvent {
	e := &schema.IncidentEvent{IncidentID: id}
	e.EventID, e.Type, e.OccurredAt = "opening of "+id, schema.IncidentOpened, schema.MillisOf(at)
	e.Title, e.Service = schema.Some(title), schema.Some(service)
	return e
}

// snapshotsOf is a worker that remembers nothing and waits for nothing.
func (s *scene) snapshotsOf() *Snapshots {
	k := NewSnapshots(s.store, Config{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	k.lateness = 0
	return k
}

// TestSnapshotsFollow changes something that a number of another day rests on: the
// snapshot of that day follows.
func TestSnapshotsFollow(t *testing.T) {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	day := today.AddDate(0, 0, -20)
	opened := func(id string, at time.Time, title, service string) schema.Event {
		return incidentOpened(id, at, title, service)
	}
	run := func(kind, id string, at time.Time, set func(*schema.ExecutionEvent)) schema.Event {
		e := &schema.ExecutionEvent{ExecutionID: id, AutomationID: "restart"}
		e.EventID, e.Type, e.OccurredAt = kind+" of "+id+at.String(), kind, schema.MillisOf(at)
		if set != nil {
			set(e)
		}
		return e
	}
	on := func(incident string) func(*schema.ExecutionEvent) {
		return func(e *schema.ExecutionEvent) {
			e.IncidentID, e.Service = schema.Some(incident), schema.Some("db")
		}
	}
	cases := []struct {
		name, metric string
		day          time.Time
		before       []schema.Event
		then         func(a *album)
		now          float64 // the estimate, or when it has none n
	}{
		{"clusters are merged", "recurrence_rate", day, []schema.Event{
			opened("old", day.AddDate(0, 0, -20), "Disk of the mail relay is full", "mail"),
			opened("n1", day.Add(1*time.Hour), "Lock manager deadlocked", "db"), opened("n2", day.Add(2*time.Hour), "Lock manager deadlocked", "db"),
			opened("n3", day.Add(3*time.Hour), "Lock manager deadlocked", "db"), opened("n4", day.Add(4*time.Hour), "Lock manager deadlocked", "db"),
			opened("n5", day.Add(5*time.Hour), "Lock manager deadlocked", "db"),
		}, func(a *album) {
			if err := Ask(a.Context(), a.store, Change{ID: "c", Kind: Merge, Cluster: "n1", Into: "old", Actor: "somebody", Reason: "the same"}); err != nil {
				a.Fatal(err)
			}
		}, 1},
		{"another opens after midnight", "suspected_induced_incidents", day, []schema.Event{
			opened("t", day.Add(23*time.Hour), "Lock manager deadlocked", "db"), opened("u", day.Add(time.Hour), "Disk full", "db"),
			run(schema.ExecutionStarted, "r", day.Add(23*time.Hour+50*time.Minute), on("t")),
		}, func(a *album) {
			a.land(opened("x", day.Add(24*time.Hour+10*time.Minute), "Something else", "db"))
		}, 1},
		{"a trigger is told by two events", "false_positive_rate", day, []schema.Event{
			&schema.AlertEvent{Common: schema.Common{EventID: "fired", Type: schema.AlertFired, OccurredAt: schema.MillisOf(day)}, AlertID: "al", Name: schema.Some("Noise")},
			run(schema.ExecutionRequested, "r", day.Add(time.Hour), func(e *schema.ExecutionEvent) { e.TriggerKind = schema.Some("alert") }),
			run(schema.ExecutionStarted, "r", day.Add(2*time.Hour), func(e *schema.ExecutionEvent) { e.TriggerID = schema.Some("al") }),
		}, func(a *album) {
			noise := &schema.AlertEvent{Common: schema.Common{EventID: "judged", Type: schema.AlertClassified, OccurredAt: schema.MillisOf(day.AddDate(0, 0, 2))}, AlertID: "al", Verdict: schema.Some("noise")}
			a.land(noise)
		}, 1},
		{"what occurs ahead of now occurs", "responder_hours", day, []schema.Event{opened("i", day, "Disk full", "db")}, func(a *album) {
			e := &schema.IncidentEvent{IncidentID: "i", ResponderMinutes: schema.Some(90.0)}
			e.EventID, e.Type, e.OccurredAt = "ahead", schema.IncidentResolved, schema.MillisOf(time.Now().Add(2*time.Second))
			a.land(e)
			a.snap()
			time.Sleep(3 * time.Second) // until it has occurred, by ClickHouse's clock, which no test sets
		}, 1.5},
		{"a link is removed, and a pass fails", "automation_coverage", day, []schema.Event{
			opened("i1", day, "Disk full", "db"), opened("i2", day, "Disk full", "db"), opened("i3", day, "Disk full", "db"), opened("i4", day, "Disk full", "db"), opened("i5", day, "Disk full", "db"),
			opened("other", day.AddDate(0, 0, 5), "Disk full", "db"),
			run(schema.ExecutionStarted, "r", day.AddDate(0, 0, 5), on("i1")),
		}, func(a *album) {
			a.land(run(schema.ExecutionSucceeded, "r", day.AddDate(0, 0, 5).Add(time.Minute), on("other")))
			if err := foldMembers(a.Context(), a.store, snapshotsWorker, time.Now().UTC().Truncate(time.Millisecond)); err != nil { // as far as the pass came
				a.Fatal(err)
			}
		}, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := &album{scene: newScene(t)}
			a.land(c.before...)
			a.snap()
			c.then(a)
			a.snap()
			for _, s := range a.shots("metrics_daily", c.metric) {
				if s.dimension != "" || !s.starts.Equal(c.day) {
					continue
				}
				got := float64(s.n)
				if s.estimate != nil {
					got = *s.estimate
				}
				if got != c.now {
					t.Errorf("the snapshot says %v (%+v), want %v", got, s, c.now)
				}
				return
			}
			t.Error("there is no snapshot")
		})
	}
}

// TestFirstSnapshotsGoOn cuts the first pass off: the next one does not do again what was
// done, but for what has landed since.
func TestFirstSnapshotsGoOn(t *testing.T) {
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -30)
	a := &album{scene: newScene(t)}
	a.land(incidentOpened("a", day, "Disk full", "db"), incidentOpened("b", day.AddDate(0, 0, 10), "Disk full", "db"))
	all := a.snap()
	if err := a.store.Exec(t.Context(), "ALTER TABLE worker_progress DELETE WHERE worker = 'snapshots' SETTINGS mutations_sync = 1", nil); err != nil {
		t.Fatal(err)
	}
	resolved := &schema.IncidentEvent{IncidentID: "a", ResponderMinutes: schema.Some(30.0)}
	resolved.EventID, resolved.Type, resolved.OccurredAt = "r", schema.IncidentResolved, schema.MillisOf(day.Add(time.Hour))
	a.land(resolved)
	if did := a.snap(); did.Computed == 0 || did.Computed >= all.Computed {
		t.Errorf("first %+v, then %+v", all, did)
	}
	a.wantRight("metrics_daily", 1, "responder_hours")
	if did := a.snap(); did != (Snapped{}) {
		t.Errorf("then %+v", did)
	}
}

// TestDue says what of a period rests on what.
func TestDue(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	computed := monday.AddDate(0, 2, 0)
	landed := computed.Add(time.Hour)
	cases := []struct {
		name, metric, kind string
		day                int // after the Monday of the week that is asked about
		due                bool
	}{
		{"an alert of the week", "alert_count", "alert", 6, true},
		{"an alert of the week after", "alert_count", "alert", 7, false},
		{"an alert of the week before", "alert_count", "alert", -1, false},
		{"a run of the week", "automation_success_rate", "run", 0, true},
		{"an incident of the week before", "incident_count", "incident", -1, false},
		{"an incident of the week before, and a change", "frequency_change", "incident", -7, true},
		{"an incident two weeks before, and a change", "frequency_change", "incident", -8, false},
		{"a run of the week before, and a change", "frequency_change", "run", -7, false},
		{"an incident half a year before, and what remembers", "toil_hours_saved", "incident", -180, true},
		{"an incident long before, and what remembers", "toil_hours_saved", "incident", -188, false},
		{"an incident half a year before, and what does not", "time_to_resolve", "incident", -180, false},
		{"an incident of the day after, and what follows", "suspected_induced_incidents", "incident", 7, true},
		{"an incident of two days after, and what follows", "suspected_induced_incidents", "incident", 8, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := window{"week", monday}
			m, err := aggregate.Find(c.metric)
			if err != nil {
				t.Fatal(err)
			}
			d := newDues(landed, time.Minute)
			d.computed[computation{w, c.metric}] = computed
			d.touch(c.kind, monday.AddDate(0, 0, c.day), landed)
			if d.isDue(w, m) != c.due {
				t.Errorf("due: %v", !c.due)
			}
		})
	}
}

// TestDueAgain says when what was computed is computed again though nothing landed.
func TestDueAgain(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	toil, err := aggregate.Find("toil_hours_saved")
	if err != nil {
		t.Fatal(err)
	}
	w := window{"week", monday}
	for _, c := range []struct {
		name                    string
		now, computed, declared time.Time
		landed                  time.Time
		due                     bool
	}{
		{"it was computed before the week ended", monday.AddDate(0, 0, 8), monday.AddDate(0, 0, 6), time.Time{}, monday, true},
		{"the week has not ended yet", monday.AddDate(0, 0, 6), monday.AddDate(0, 0, 5), time.Time{}, monday, false},
		{"it was computed when the week had ended", monday.AddDate(0, 0, 13), monday.AddDate(0, 0, 7), time.Time{}, monday, false},
		{"it is twice as old", monday.AddDate(0, 0, 14), monday.AddDate(0, 0, 7), time.Time{}, monday, true},
		{"it is very old", monday.AddDate(0, 0, 400), monday.AddDate(0, 0, 100), time.Time{}, monday, false},
		{"hours were declared since", monday.AddDate(0, 0, 90), monday.AddDate(0, 0, 80), monday.AddDate(0, 0, 81), monday, true},
		{"what landed may not have been seen", monday.AddDate(0, 0, 90), monday.AddDate(0, 0, 80), time.Time{}, monday.AddDate(0, 0, 80).Add(-time.Second), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDues(c.now, time.Minute)
			d.declared = c.declared
			d.computed[computation{w, toil.Name}] = c.computed
			d.touch("run", monday, c.landed)
			if d.isDue(w, toil) != c.due {
				t.Errorf("due: %v", !c.due)
			}
		})
	}
}

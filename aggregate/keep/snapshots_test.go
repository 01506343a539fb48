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
	k := NewSnapshots(a.store, Config{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	k.lateness = 0
	did, err := k.Pass(a.Context())
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
		if len(shots) < 3 {
			a.Errorf("%s of %s: %d rows", name, view, len(shots))
		}
		for _, s := range shots {
			q := aggregate.Query{From: s.starts, To: s.starts.AddDate(0, 0, days), AsOf: s.computed}
			if s.dimension != "" {
				q.Where = []aggregate.Filter{{Dimension: aggregate.Dimension(s.dimension), Value: s.value}}
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
	a.wantNothingKept()

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

// wantNothingKept checks that no fold is left for others to find.
func (a *album) wantNothingKept() {
	a.Helper()
	a.rows("SELECT count() FROM execution_facts_moments", func(rows store.Rows) error {
		var n uint64
		err := rows.Scan(&n)
		if n != 0 {
			a.Errorf("facts of %d moments are kept", n)
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
		{"it was computed when the week had ended", monday.AddDate(0, 0, 8), monday.AddDate(0, 0, 7), time.Time{}, monday, false},
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

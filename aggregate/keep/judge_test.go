package keep

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema"
)

// ran is a run that succeeded.
func ran(id, automation string, at time.Time) *schema.ExecutionEvent {
	return &schema.ExecutionEvent{
		Common: schema.Common{
			EventID: id + "-ok", Type: schema.ExecutionSucceeded, Source: "runner", OccurredAt: schema.Millis(at.UnixMilli()),
		},
		ExecutionID: id, AutomationID: automation, Changed: schema.Some(true),
	}
}

// landRuns lands weeks of runs, four a day, of which the last week is over.
func (s *scene) landRuns(automation string, weeks int) (lastEnd time.Time) {
	s.Helper()
	lastEnd = aggregate.WeekEnd(time.Now()).AddDate(0, 0, -7)
	var events []schema.Event
	for n := range weeks * 28 {
		events = append(events, ran(fmt.Sprint(automation, n), automation, lastEnd.Add(-time.Duration(weeks*28-n)*6*time.Hour)))
	}
	s.land(events...)
	return lastEnd
}

// hoursPass makes what landed land two hours earlier, as what was written of it.
func (s *scene) hoursPass() {
	s.Helper()
	for _, table := range []string{"incident_records", "execution_records", "worker_progress"} {
		s.command("ALTER TABLE " + table + " UPDATE landed_at = landed_at - INTERVAL 2 HOUR WHERE true SETTINGS mutations_sync = 1")
	}
	s.keeper.judging.landed = s.keeper.judging.landed.Add(-2 * time.Hour)
}

// verdicts lists the verdicts, the latest week first, with what they rest on.
func (s *scene) verdicts() []string {
	s.Helper()
	return s.texts("SELECT concat(toString(dateDiff('week', week_end, (SELECT max(week_end) FROM promotions))), ' ', automation_id, ' ', toString(executions), ' ', verdict) FROM promotions ORDER BY week_end DESC, automation_id")
}

func (s *scene) wantVerdicts(want ...string) {
	s.Helper()
	if got := s.verdicts(); !slices.Equal(got, want) {
		s.Errorf("the verdicts are %q, want %q", got, want)
	}
}

// Weeks that are over are judged, those that were missed as well, and once.
func TestWeeksAreJudgedOnce(t *testing.T) {
	s := newScene(t)
	lastEnd := s.landRuns("kick", 3)
	s.land(ran("today", "kick", time.Now().Add(-time.Minute))) // of a week that is not over
	did := s.pass()
	if did.Judged != 3 {
		t.Errorf("%+v, want 3 verdicts", did)
	}
	s.wantVerdicts("0 kick 84 keep", "1 kick 56 keep", "2 kick 28 hold")
	if got := s.texts("SELECT week FROM promotions ORDER BY week_end DESC LIMIT 1"); got[0] != aggregate.WeekName(lastEnd) {
		t.Errorf("the last week is %v, want %s", got, aggregate.WeekName(lastEnd))
	}
	for range 2 {
		s.due()
		if did := s.pass(); did.Judged > 0 {
			t.Errorf("judged again: %+v", did)
		}
		s.restart()
	}
}

// A late event changes the week in which it occurred and those after it; the
// verdicts of weeks before stay as they were written.
func TestALateEventChangesVerdicts(t *testing.T) {
	s := newScene(t)
	lastEnd := s.landRuns("kick", 3)
	s.pass()
	computed := func() []string {
		return s.texts("SELECT toString(computed_at) FROM promotions ORDER BY week_end")
	}
	before := computed()
	s.hoursPass()

	caused := opened("harm", 0, "Orders are lost", "orders")
	caused.OccurredAt, caused.CausedByExecutionID = schema.Millis(lastEnd.AddDate(0, 0, -10).UnixMilli()), schema.Some("kick30")
	s.land(caused)
	s.pass()
	s.wantVerdicts("0 kick 84 keep", "1 kick 56 keep", "2 kick 28 hold") // it takes its time
	s.due()
	if did := s.pass(); did.Judged != 2 {
		t.Errorf("%+v, want 2 verdicts", did)
	}
	// 1 incident in 84 runs: at least 0.6 per 1,000.
	s.wantVerdicts("0 kick 84 hold", "1 kick 56 hold", "2 kick 28 hold")
	if after := computed(); after[0] != before[0] || after[1] == before[1] || after[2] == before[2] {
		t.Errorf("computed at %v, before at %v", after, before)
	}

	// What lands while nobody looks is looked at after a restart.
	s.hoursPass()
	s.land(ran("older", "kick", lastEnd.AddDate(0, 0, -22)))
	s.restart()
	s.pass()
	s.wantVerdicts("0 kick 85 hold", "1 kick 57 hold", "2 kick 29 hold", "3 kick 1 hold")

	// By what is known now it was another automation: the verdict is gone.
	other := ran("older", "kick2", lastEnd.AddDate(0, 0, -22))
	other.EventID = "older-again"
	other.OccurredAt++
	s.land(other)
	s.due()
	s.pass()
	if got := s.texts("SELECT automation_id FROM promotions ORDER BY week_end LIMIT 1"); !slices.Equal(got, []string{"kick2"}) {
		t.Errorf("the first verdict is on %v", got)
	}
}

// Many weeks are judged over several passes, the latest first, and a restart in
// between loses none.
func TestManyWeeks(t *testing.T) {
	s := newScene(t)
	s.landRuns("kick", 5)
	at := time.Unix(0, 0)
	s.keeper.cfg.Now = func() time.Time { at = at.Add(judgeAtOnce); return at } // every look takes long
	did := s.pass()
	if did.Judged != 1 {
		t.Errorf("%+v, want one verdict", did)
	}
	s.wantVerdicts("0 kick 140 keep")
	s.hoursPass()
	s.restart()
	s.pass()
	s.wantVerdicts("0 kick 140 keep", "1 kick 112 keep", "2 kick 84 keep", "3 kick 56 keep", "4 kick 28 hold")
}

// A week that ended while no process ran is judged, though nothing has landed
// since; those that were over before had been judged.
func TestAWeekThatEndedWhileTheWorkerWasAway(t *testing.T) {
	s := newScene(t)
	lastEnd := s.landRuns("kick", 2)
	s.command("ALTER TABLE execution_records UPDATE landed_at = landed_at - INTERVAL 60 DAY WHERE true SETTINGS mutations_sync = 1")
	looked := [][]any{{verdictsWorker, lastEnd.Add(-time.Hour)}}
	if err := s.store.InsertRows(t.Context(), "worker_progress", progressColumns, looked); err != nil {
		t.Fatal(err)
	}
	s.pass()
	s.wantVerdicts("0 kick 56 keep")
}

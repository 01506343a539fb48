package keep

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store"
)

// membersOf is a worker that remembers nothing and waits for nothing.
func (s *scene) membersOf() *Members {
	k := NewMembers(s.store, Config{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	k.lateness = 0
	return k
}

// keptAt is as of when executions are kept by the worker.
func (a *album) keptAt() time.Time {
	a.Helper()
	moments, err := readMoments(a.Context(), a.store, membersWorker)
	if err != nil || len(moments) != 1 || !moments[0].isWhole {
		a.Fatalf("%v: %v", moments, err)
	}
	return moments[0].at
}

// Metrics are the same from what is kept, in windows as of now and as of long ago.
func TestMetricsOfMembers(t *testing.T) {
	const days = 90
	a := newAlbum(t, days)
	a.pass()
	if err := a.membersOf().Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := a.keptAt()
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		for _, asOf := range []time.Time{kept, a.start.AddDate(0, 0, 60)} {
			q := aggregate.Query{From: a.start.AddDate(0, 0, 20), To: a.start.AddDate(0, 0, 50), AsOf: asOf, By: m.Dimensions[:1]}
			want, err := aggregate.Run(t.Context(), a.store, m, q)
			if err != nil {
				t.Fatal(err)
			}
			q.Kept = aggregate.Fold{At: kept, Until: kept}
			got, err := aggregate.Run(t.Context(), a.store, m, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Errorf("%s has %d rows, want %d", m.Name, len(got), len(want))
				continue
			}
			for n := range got {
				if !slices.Equal(got[n].Dims, want[n].Dims) || got[n].N != want[n].N || !near(got[n].Estimate, want[n].Estimate) || !near(got[n].Low, want[n].Low) || !near(got[n].High, want[n].High) {
					t.Errorf("%s of %v as of %s is %v of %d cases, want %v of %d", m.Name, got[n].Dims, asOf, got[n].Estimate, got[n].N, want[n].Estimate, want[n].N)
				}
			}
		}
	}
}

// A pass folds when something has landed, and leaves nothing of before behind, also of a
// pass that was cut off.
func TestMembersFollow(t *testing.T) {
	a := newAlbum(t, 10)
	folds := func() (moment time.Time) {
		if err := a.membersOf().Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.wantOnlyTheLastKept()
		return a.keptAt()
	}
	first := folds()
	before, err := aggregate.LastKept(t.Context(), a.store)
	if err != nil || !before.At.Equal(first) {
		t.Errorf("%v %v", before, err)
	}
	if again := folds(); !again.Equal(first) {
		t.Error("it was folded again though nothing had landed")
	}
	if after, err := aggregate.LastKept(t.Context(), a.store); err != nil || !after.At.Equal(first) || !after.Until.After(before.Until) {
		t.Errorf("it answers until %v, before until %v: %v", after.Until, before.Until, err)
	}
	if err := noteMoment(t.Context(), a.store, membersWorker, moment{at: first.Add(time.Millisecond)}, first); err != nil { // and died
		t.Fatal(err)
	}
	a.command(fmt.Sprintf("INSERT INTO execution_members_kept (kept_at, execution_id) VALUES ('%s', 'half')", store.TimeParameter(first.Add(time.Millisecond))))
	a.command("INSERT INTO execution_members_kept (kept_at, execution_id) VALUES ('2020-01-01 00:00:00', 'left')")
	a.land(incidentOpened("late", a.start, "A wheel came off", "cart"))
	if next := folds(); !next.After(first) {
		t.Error("it was not folded though something had landed")
	}
}

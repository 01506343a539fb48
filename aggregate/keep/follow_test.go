package keep

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// TestSnapshotsFollowWhateverLands lands the events of a company in any order, half of
// those of some days late, a day at a time: on other days only what is linked to
// them changes. The snapshots that were kept up are the same as those that are
// computed when all is there.
func TestSnapshotsFollowWhateverLands(t *testing.T) {
	const days = 14
	lateDays := []int{9, 2, 5}
	// All has ended long ago, so that hardly a number is another for its age.
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days-2*halfAYear)
	events := slices.Collect(world.Generate(world.Config{Seed: 5, Start: start, Days: days, Scale: 0.3}).Events())
	dice := rand.New(rand.NewPCG(1, 2))
	dice.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	late := make(map[int][]schema.Event)
	var first []schema.Event
	for _, ev := range events {
		day := int(ev.Base().OccurredAt.Time().Sub(start) / (24 * time.Hour))
		if slices.Contains(lateDays, day) && dice.IntN(2) == 0 {
			late[day] = append(late[day], ev)
		} else {
			first = append(first, ev)
		}
	}
	a := &album{scene: newScene(t), start: start}
	a.land(first...)
	a.snap()
	for _, day := range lateDays {
		a.land(late[day]...)
		a.snap()
	}

	kept := a.numbers()
	for _, sql := range []string{"TRUNCATE TABLE metric_snapshots", "ALTER TABLE worker_progress DELETE WHERE startsWith(worker, 'snapshots') SETTINGS mutations_sync = 1"} {
		if err := a.store.Exec(t.Context(), sql, nil); err != nil {
			t.Fatal(err)
		}
	}
	a.snap()
	fresh := a.numbers()
	if len(fresh) < 1000 {
		t.Fatalf("only %d snapshots", len(fresh))
	}
	wrong := 0
	for key, want := range fresh {
		if got, known := kept[key]; !known || !got.equals(want) {
			if wrong++; wrong <= 20 {
				t.Errorf("%s: kept up (%v) %v, want %v", key, known, got, want)
			}
		}
		delete(kept, key)
	}
	for key := range kept {
		t.Errorf("%s is still shown", key)
	}
	if wrong > 0 {
		t.Errorf("%d of %d snapshots of %d events are wrong", wrong, len(fresh), len(events))
	}
}

// numbers is what a snapshot says. Those of whom some cases are open depend on when
// they were computed.
type numbers struct {
	status string
	all    []*float64
	open   bool
	beside map[string]*float64
}

func (n numbers) equals(m numbers) bool {
	if n.open && m.open {
		return near(n.all[0], m.all[0])
	}
	return n.status == m.status && slices.EqualFunc(n.all, m.all, near) && maps.EqualFunc(n.beside, m.beside, near)
}

func (n numbers) String() string {
	text := n.status
	for _, x := range n.all {
		text += " " + pointed(x)
	}
	for _, name := range slices.Sorted(maps.Keys(n.beside)) {
		text += " " + name + "=" + pointed(n.beside[name])
	}
	return text
}

func pointed(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprint(*x)
}

// numbers gives all that is shown, by period, metric, first day, dimension and value.
func (a *album) numbers() map[string]numbers {
	a.Helper()
	all := make(map[string]numbers)
	sql := `SELECT concat(period, ' ', metric, ' ', toString(starts), ' ', dimension, '=', value), status,
	    [toNullable(toFloat64(n)), estimate, low, high, toFloat64(numerator), toFloat64(denominator), toFloat64(unknown), coverage],
	    ifNull(censored, 0) > 0, CAST(beside, 'Map(String, Nullable(Float64))')
	FROM metric_snapshots FINAL WHERE NOT is_gone`
	a.rows(sql, func(rows store.Rows) error {
		var key string
		var n numbers
		err := rows.Scan(&key, &n.status, &n.all, &n.open, &n.beside)
		all[key] = n
		return err
	})
	return all
}

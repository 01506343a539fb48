package world

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
)

func TestSameConfigGivesSameBytes(t *testing.T) {
	cfg := smallCompany()
	a, b := sha256.Sum256(ndjson(t, Generate(cfg))), sha256.Sum256(ndjson(t, Generate(cfg)))
	if a != b {
		t.Error("two worlds of one configuration differ")
	}
	cfg.Seed++
	if other := sha256.Sum256(ndjson(t, Generate(cfg))); other == a {
		t.Error("another seed gave the same world")
	}
}

func TestTruthIsDeterministicToo(t *testing.T) {
	cfg := smallCompany()
	a, _ := json.Marshal(Generate(cfg).Truth())
	b, _ := json.Marshal(Generate(cfg).Truth())
	if string(a) != string(b) {
		t.Error("two worlds of one configuration have different truths")
	}
}

func TestSizeOfASmallCompany(t *testing.T) {
	truth := yearOf(t, 1).truth
	for entity, want := range map[string][2]int{
		"incident": {3000, 5000}, "alert": {20000, 40000}, "execution": {8000, 15000},
	} {
		if n := truth.Events.Entities[entity]; n < want[0] || n > want[1] {
			t.Errorf("%d %ss, want %v", n, entity, want)
		}
	}
	if n := truth.Events.Total(); n < 100_000 || n > 150_000 {
		t.Errorf("%d events, want 100,000 to 150,000", n)
	}
	if len(services) < 28 || len(responders) != 8 {
		t.Errorf("%d services of %d teams", len(services), len(responders))
	}
}

func TestSpansAndScales(t *testing.T) {
	for _, cfg := range []Config{
		{Seed: 1, Start: yearStart, Days: 1, Scale: 1},
		{Seed: 2, Start: yearStart, Days: 7, Scale: 1},
		{Seed: 3, Start: yearStart.Add(7 * time.Hour), Days: 30, Scale: 1},
		{Seed: 4, Start: yearStart, Days: 365, Scale: 0.1},
		{Seed: 5, Start: yearStart, Days: 365, Scale: 5},
	} {
		w := Generate(cfg)
		o := observe(t, w)
		checkCounts(t, w.Truth(), o)
		checkLives(t, w.Truth(), o)
		want := 380 * float64(cfg.Days) * cfg.Scale
		if n := float64(o.distinct); n < 0.6*want || n > 1.5*want {
			t.Errorf("%+v: %.0f events, want about %.0f", cfg, n, want)
		}
	}
}

// The first minutes and the last are where lives are cut.
func TestDaysKeepTheContract(t *testing.T) {
	for seed := range uint64(40) {
		w := Generate(Config{Seed: seed, Start: yearStart.Add(29 * time.Minute), Days: 1, Scale: 4})
		o := observe(t, w)
		checkCounts(t, w.Truth(), o)
		checkLives(t, w.Truth(), o)
		checkReferences(t, o)
	}
}

func TestYearKeepsTheContract(t *testing.T) {
	y := yearOf(t, smallCompany().Seed)
	checkCounts(t, y.truth, y.seen)
	checkLives(t, y.truth, y.seen)
	checkReferences(t, y.seen)
}

func checkCounts(t *testing.T, truth Truth, o *seen) {
	t.Helper()
	if truth.Events.Distinct != o.distinct || truth.Events.Duplicates != o.copies {
		t.Errorf("%d events and %d copies, the truth says %+v", o.distinct, o.copies, truth.Events.Count)
	}
	got := map[string]int{"incident": len(o.incidents), "alert": len(o.alerts), "execution": len(o.executions)}
	for entity, want := range truth.Events.Entities {
		if got[entity] != want {
			t.Errorf("%d %ss, the truth says %d", got[entity], entity, want)
		}
	}
	sum := 0
	for _, c := range truth.Events.ByType {
		sum += c.Total()
	}
	if sum != truth.Events.Total() {
		t.Errorf("types sum to %d, want %d", sum, truth.Events.Total())
	}
}

func checkLives(t *testing.T, truth Truth, o *seen) {
	t.Helper()
	for id, life := range o.incidents {
		checkSpan(t, truth, id, life)
		checkOrder(t, id, life, schema.IncidentOpened, schema.IncidentAcknowledged, schema.IncidentMitigated)
		if n := count(life, schema.IncidentOpened); n != 1 || life[0].Type != schema.IncidentOpened {
			t.Errorf("%s: opened %d times, begins with %s", id, n, life[0].Type)
		}
		if reopened := first(life, schema.IncidentReopened); reopened != 0 && first(life, schema.IncidentResolved) >= reopened {
			t.Errorf("%s: reopened before it was resolved", id)
		}
		if reviewed := first(life, schema.IncidentReviewed); reviewed != 0 && last(life, schema.IncidentResolved) >= reviewed {
			t.Errorf("%s: reviewed before it was resolved", id)
		}
	}
	for id, life := range o.alerts {
		checkSpan(t, truth, id, life)
		if life[0].Type != schema.AlertFired || count(life, schema.AlertFired) != 1 {
			t.Errorf("%s: begins with %s", id, life[0].Type)
		}
	}
	for id, life := range o.executions {
		checkSpan(t, truth, id, life)
		checkOrder(t, id, life, schema.ExecutionRequested, schema.ExecutionApproved, schema.ExecutionStarted,
			schema.ExecutionSucceeded, schema.ExecutionRolledBack, schema.ExecutionClassified)
		started := first(life, schema.ExecutionStarted)
		for _, kind := range ends {
			if at := first(life, kind); at != 0 && (started == 0 || at < started) {
				t.Errorf("%s: %s without or before its start", id, kind)
			}
		}
		for _, kind := range []string{schema.ExecutionRejected, schema.ExecutionSkipped} {
			if first(life, kind) != 0 && started != 0 {
				t.Errorf("%s: started and %s", id, kind)
			}
		}
	}
}

func checkSpan[E schema.Event](t *testing.T, truth Truth, id string, life []E) {
	t.Helper()
	from, to := schema.MillisOf(truth.Config.Start), schema.MillisOf(truth.End)
	if begin, end := life[0].Base().OccurredAt, life[len(life)-1].Base().OccurredAt; begin < from || end >= to {
		t.Errorf("%s: from %v to %v, outside the world", id, begin.Time(), end.Time())
	}
}

// checkOrder says that those of the types that occur do so in this order.
func checkOrder[E schema.Event](t *testing.T, id string, life []E, kinds ...string) {
	t.Helper()
	previous := schema.Millis(0)
	for _, kind := range kinds {
		if at := first(life, kind); at != 0 {
			if at < previous {
				t.Errorf("%s: %s before what comes first", id, kind)
			}
			previous = at
		}
	}
}

func count[E schema.Event](life []E, kind string) int {
	n := 0
	for _, e := range life {
		if e.Base().Type == kind {
			n++
		}
	}
	return n
}

// checkReferences says that every id that an event names exists.
func checkReferences(t *testing.T, o *seen) {
	t.Helper()
	missing := func(what, id string) { t.Errorf("%s %q does not exist", what, id) }
	hasIncident := func(id schema.Opt[string]) {
		if id.Set && o.incidents[id.Value] == nil {
			missing("incident", id.Value)
		}
	}
	hasAlert := func(id schema.Opt[string]) {
		if id.Set && o.alerts[id.Value] == nil {
			missing("alert", id.Value)
		}
	}
	for _, life := range o.incidents {
		for _, e := range life {
			for _, id := range e.AlertIDs.Value {
				hasAlert(schema.Some(id))
			}
			for _, id := range append(e.ExecutionIDs.Value, e.CausedByExecutionID.Or("")) {
				if id != "" && o.executions[id] == nil {
					missing("execution", id)
				}
			}
		}
	}
	for _, life := range o.alerts {
		hasIncident(life[0].IncidentID)
	}
	for _, life := range o.executions {
		e := life[0]
		hasIncident(e.IncidentID)
		hasAlert(e.AlertID)
		switch e.TriggerKind.Value {
		case "incident":
			hasIncident(e.TriggerID)
		case "alert":
			hasAlert(e.TriggerID)
		}
	}
}

func TestEventsArriveLateTwiceAndOutOfOrder(t *testing.T) {
	w := Generate(smallCompany())
	disorder, previous := 0, schema.Millis(0)
	for e := range w.Events() {
		if e.Base().OccurredAt < previous {
			disorder++
		}
		previous = e.Base().OccurredAt
	}
	c := w.Truth().Events.Count
	if share := float64(disorder) / float64(c.Total()); share < 0.01 || share > 0.3 {
		t.Errorf("%.3f of the events come after a later one", share)
	}
	if share := float64(c.Duplicates) / float64(c.Distinct); !near(share, 0.015, 0.003) {
		t.Errorf("%.4f of the events come twice, want 0.015", share)
	}
}

func near(got, want, tolerance float64) bool { return got >= want-tolerance && got <= want+tolerance }

func TestWriteDir(t *testing.T) {
	dir := t.TempDir()
	w := Generate(Config{Seed: 9, Start: yearStart, Days: 3, Scale: 1})
	if err := w.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	events, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	if err != nil || !slices.Equal(events, ndjson(t, w)) {
		t.Errorf("events.ndjson is not what WriteNDJSON writes (%v)", err)
	}
	var truth Truth
	b, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &truth); err != nil || len(truth.Incidents) != len(w.Truth().Incidents) {
		t.Errorf("truth.json holds %d incidents (%v)", len(truth.Incidents), err)
	}
	if err := w.WriteDir(filepath.Join(dir, "absent")); err == nil {
		t.Error("writing into a directory that is not there went well")
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		Generate(smallCompany())
	}
}

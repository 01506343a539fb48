package keep

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vividium/firebreak/schema"
)

const (
	logStory = "Old segments of the write-ahead log fill the volume because archiving hangs."
	taxStory = "Tax tables of the till were loaded with a wrong column order by the nightly import."
)

func told(in *schema.IncidentEvent, story string) *schema.IncidentEvent {
	in.Description = schema.Some(story)
	return in
}

// updated is a description that becomes known later.
func updated(incident, story string) *schema.IncidentEvent {
	return &schema.IncidentEvent{
		Common: schema.Common{
			EventID: incident + "-update", Type: schema.IncidentUpdated, Source: "pager",
			OccurredAt: schema.Millis(newYear.AddDate(0, 0, 60).UnixMilli()),
		},
		IncidentID: incident, Description: schema.Some(story),
	}
}

// aPassWithEverything lands what one pass matches, merges and moves: A and B
// are found to be one, X, which was alone, belongs to T after all, and more is
// known of A.
func aPassWithEverything(t *testing.T) *scene {
	s := newScene(t)
	s.land(
		opened("A", 0, "Disk usage on web-1 at 90%", "web"), told(opened("B", 1, "No space left on device", "db"), logStory),
		told(opened("T", 2, "Totals at the till are off", "tax"), taxStory), opened("X", 3, "Service disruption", "tax"),
	)
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "B", "T": "T", "X": "X"})
	for n := range 3 {
		s.land(told(opened(fmt.Sprint("M", n), 10+n, "Disk usage on web-2 at 95%", "web"), logStory))
	}
	s.land(updated("X", taxStory), fired("a1", "DiskAlmostFull", "A", 0))
	s.age()
	s.restart()
	return s
}

// age makes hours pass since everything landed, and more since a pass looked.
func (s *scene) age() {
	s.Helper()
	for table, hours := range map[string]int{"incident_records": 2, "alert_records": 2, "worker_progress": 3} {
		s.command(fmt.Sprintf("ALTER TABLE %s UPDATE landed_at = landed_at - INTERVAL %d HOUR WHERE true SETTINGS mutations_sync = 1", table, hours))
	}
}

// kept is everything that passes have written, but for when.
func (s *scene) kept() []string {
	return slices.Concat(
		s.texts("SELECT concat(incident_id, ' in ', cluster_id) FROM incident_clusters ORDER BY ALL"),
		s.texts("SELECT concat(incident_id, ' known by ', toString(evidence), toString(rules)) FROM cluster_evidence FINAL ORDER BY ALL"),
		s.texts("SELECT concat(kind, ' ', cluster_id, ' into ', into_cluster) FROM cluster_changes ORDER BY ALL"),
		s.texts("SELECT concat(cluster_id, ' of ', toString(incident_count)) FROM clusters ORDER BY ALL"),
	)
}

// A pass that is cut off between any two of its steps is made good by the next.
func TestAPassThatWasCutOff(t *testing.T) {
	control := aPassWithEverything(t)
	if did := control.pass(); did.Merged != 2 {
		t.Fatalf("the pass did %+v; this test needs two merges", did)
	}
	control.same(control.clusters(), map[string]string{"A": "A", "B": "A", "T": "T", "X": "T", "M0": "A", "M1": "A", "M2": "A"})
	want := control.kept()
	for n := range len((&assignment{}).steps()) + 1 {
		t.Run(fmt.Sprintf("after %d steps", n), func(t *testing.T) {
			s := aPassWithEverything(t)
			s.dieAfter(n)
			s.pass()
			if got := s.kept(); !slices.Equal(got, want) {
				t.Errorf("kept are\n%q, want\n%q", got, want)
			}
		})
	}
}

// dieAfter makes the first steps of a pass, then forgets everything.
func (s *scene) dieAfter(steps int) {
	s.Helper()
	if err := s.keeper.load(s.Context()); err != nil {
		s.Fatal(err)
	}
	work, err := s.keeper.match(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for _, step := range work.steps()[:steps] {
		if err := step(s.Context()); err != nil {
			s.Fatal(err)
		}
	}
	s.restart()
}

// Of an incident that landed long ago and was matched by a pass that was cut
// off, what was known is written by the next.
func TestAnAssignmentWithoutEvidence(t *testing.T) {
	s := newScene(t)
	s.land(disks("A", "B")...)
	s.land(fired("b1", "DiskAlmostFull", "B", 1))
	s.pass()
	s.command("ALTER TABLE cluster_evidence DELETE WHERE incident_id = 'B' SETTINGS mutations_sync = 1")
	s.command("ALTER TABLE worker_progress UPDATE landed_at = now64(3) + INTERVAL 1 HOUR WHERE true SETTINGS mutations_sync = 1")
	s.restart()
	s.pass()
	if got := s.texts("SELECT arrayJoin(rules) FROM cluster_evidence FINAL WHERE incident_id = 'B'"); !slices.Equal(got, []string{"DiskAlmostFull"}) {
		t.Errorf("the rules of B are %v", got)
	}
}

// A cluster that a pass had made and merged before it was cut off is not made
// again beside the one into which it went.
func TestACutOffMergeOfANewCluster(t *testing.T) {
	s := newScene(t)
	s.land(disks("A")...)
	s.pass()
	s.decide(Change{Kind: Merge, Actor: ByEvidence, Cluster: "C", Into: "A"})
	s.land(certificates("C")...)
	s.restart()
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "C": "A"})
	if shown := s.texts("SELECT cluster_id FROM clusters"); !slices.Equal(shown, []string{"A"}) {
		t.Errorf("shown are %v", shown)
	}
}

// What landed while no worker ran is looked at however long ago that was, and
// whatever was written meanwhile without looking at it.
func TestAnUpdateLongBeforeTheWorkerCameBack(t *testing.T) {
	s := newScene(t)
	s.land(told(opened("A", 0, "Totals at the till are off", "tax"), taxStory), opened("B", 5, "Service disruption", "tax"), opened("C", 6, "Certificate of the edge expired", "edge"), opened("D", 7, "Volume of the primary is full", "db"))
	s.pass()
	s.land(updated("B", taxStory))
	s.age()
	s.decide(Change{Kind: Merge, Actor: "anna", Cluster: "D", Into: "C"})
	s.restart()
	if err := s.keeper.load(t.Context()); err != nil { // moves D, then dies
		t.Fatal(err)
	}
	s.restart()
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "A", "C": "C", "D": "C"})
}

// The name of a cluster that lost its only incident leads to where that went,
// and is not given to another.
func TestTheNameOfAClusterThatIsGone(t *testing.T) {
	s := newScene(t)
	s.land(told(opened("A", 0, "Totals at the till are off", "tax"), taxStory), opened("B", 5, "Service disruption", "tax"))
	s.pass()
	s.land(updated("B", taxStory))
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "A"})
	if got := s.texts("SELECT concat(kind, ' by ', actor, ': ', cluster_id, ' into ', into_cluster, ', ', reason) FROM cluster_changes"); !slices.Equal(got, []string{"merge by evidence: B into A, more is known of its only incident, which belongs there"}) {
		t.Errorf("the changes are %v", got)
	}
	s.restart()
	s.ask(Change{Kind: Split, Actor: "anna", Cluster: "A", Incidents: []string{"B"}})
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "B~2"})
	s.restart()
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "B~2"})
}

// Passes that find nothing new do not say again how far they got.
func TestProgressIsWrittenWhenSomethingLanded(t *testing.T) {
	s := newScene(t)
	written := func() []string { return s.texts("SELECT toString(max(written_at)) FROM worker_progress") }
	s.land(disks("A", "B")...)
	s.pass()
	s.age()
	before := written()
	s.pass()
	if got := written(); !slices.Equal(got, before) {
		t.Errorf("written at %v, before at %v", got, before)
	}
}

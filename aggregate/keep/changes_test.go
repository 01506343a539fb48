package keep

import (
	"fmt"
	"slices"
	"testing"
)

func TestPeopleDecide(t *testing.T) {
	s := newScene(t)
	s.land(
		opened("A1", 0, "Disk usage on web-01 at 91%", "web"), opened("A2", 1, "Disk usage on web-02 at 92%", "web"), opened("A3", 2, "Disk usage on web-03 at 93%", "web"),
		opened("B1", 3, "Volume of the primary is full", "db"), opened("C1", 4, "Certificate of the edge expired", "edge"),
	)
	s.pass()
	s.same(s.clusters(), map[string]string{"A1": "A1", "A2": "A1", "A3": "A1", "B1": "B1", "C1": "C1"})

	s.ask(Change{Kind: Merge, Actor: "anna", Cluster: "B1", Into: "A1", Reason: "the same disk"})
	s.ask(Change{Kind: Pin, Actor: "bert", Cluster: "A1", Incidents: []string{"C1"}})
	s.pass()
	s.same(s.clusters(), map[string]string{"A1": "A1", "A2": "A1", "A3": "A1", "B1": "A1", "C1": "A1"})

	s.ask(Change{Kind: Split, Actor: "anna", Cluster: "A1", Incidents: []string{"A2", "A3"}, Reason: "another rack"})
	s.pass()
	split := map[string]string{"A1": "A1", "A2": "A2", "A3": "A2", "B1": "A1", "C1": "A1"}
	s.same(s.clusters(), split)

	// Incidents that belong to both do not make them one again, nor does a
	// restart undo anything.
	s.restart()
	for n := range 6 {
		s.land(opened(fmt.Sprint("D", n), 10+n, "Disk usage on web-09 at 99%", "web"))
		s.pass()
	}
	got := s.clusters()
	for incident, cluster := range split {
		if got[incident] != cluster {
			t.Errorf("%s is in %s, people put it into %s", incident, got[incident], cluster)
		}
	}
	if trail := s.texts("SELECT concat(kind, ' by ', actor) FROM cluster_changes WHERE applied ORDER BY changed_at"); !slices.Equal(trail, []string{"merge by anna", "pin by bert", "split by anna"}) {
		t.Errorf("the audit trail has %v", trail)
	}
}

// What makes no sense is refused once, not tried for ever.
func TestAChangeThatMakesNoSense(t *testing.T) {
	s := newScene(t)
	s.land(opened("A", 0, "Disk usage on web-01 at 91%", "web"))
	s.pass()
	s.ask(Change{Kind: Merge, Actor: "anna", Cluster: "A", Into: "nowhere"})
	s.ask(Change{Kind: Split, Actor: "anna", Cluster: "A", Incidents: []string{"A"}})
	s.ask(Change{Kind: Pin, Actor: "anna", Cluster: "A", Incidents: []string{"nobody"}})
	if did := s.pass(); did.Changed != 3 {
		t.Errorf("the pass did %+v", did)
	}
	if did := s.pass(); did.Changed != 0 {
		t.Errorf("the next pass tries again: %+v", did)
	}
	refused := s.texts("SELECT reason FROM cluster_changes WHERE kind LIKE 'refused %' ORDER BY changed_at")
	if len(refused) != 3 || refused[0] != ` (refused: there is no cluster "nowhere")` {
		t.Errorf("refused: %q", refused)
	}
}

// A pass that was killed after it had written a merge down, but before it had
// moved the members, is mended by the next.
func TestAMergeThatWasCutOff(t *testing.T) {
	s := newScene(t)
	s.land(opened("A", 0, "Disk usage on web-01 at 91%", "web"), opened("B", 3, "Volume of the primary is full", "db"))
	s.pass()
	row := Change{ID: NewChangeID(), Kind: Merge, Actor: ByEvidence, Cluster: "B", Into: "A"}.row(true)
	if err := s.store.InsertRows(t.Context(), "cluster_changes", changeColumns, [][]any{row}); err != nil {
		t.Fatal(err)
	}
	s.restart()
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "A"})
}

// One incident of another trouble, pinned into a cluster, does not glue the two.
func TestAPinGluesNothing(t *testing.T) {
	s := newScene(t)
	s.land(append(certificates("W1", "W2"), disks("A1", "A2", "A3")...)...)
	s.pass()
	s.ask(Change{Kind: Pin, Actor: "anna", Cluster: "W1", Incidents: []string{"A3"}})
	s.pass()
	for n := range 5 {
		if n == 2 {
			s.restart()
		}
		s.land(opened(fmt.Sprint("B", n), 10+n, "Disk usage on web-09 at 99%", "web"))
		s.pass()
	}
	s.same(s.clusters(), map[string]string{"W1": "W1", "W2": "W1", "A1": "A1", "A2": "A1", "A3": "W1", "B0": "A1", "B1": "A1", "B2": "A1", "B3": "A1", "B4": "A1"})
}

// What was wrongly merged and then split stays split, however often the worker
// is restarted, and evidence does not undo it.
func TestASplitOfAMergeStays(t *testing.T) {
	s := newScene(t)
	s.land(disks("A1", "A2")...)
	s.land(opened("B1", 3, "Volume of the primary is full", "db"), opened("B2", 4, "Volume of the primary is full", "db"))
	s.pass()
	s.ask(Change{Kind: Merge, Actor: "anna", Cluster: "B1", Into: "A1"})
	s.pass()
	s.restart()
	s.ask(Change{Kind: Split, Actor: "anna", Cluster: "A1", Incidents: []string{"B1", "B2"}})
	s.pass()
	want := map[string]string{"A1": "A1", "A2": "A1", "B1": "B2", "B2": "B2"}
	s.same(s.clusters(), want)
	for range 2 {
		s.restart()
		s.pass()
		s.same(s.clusters(), want)
	}
}

// Clusters that were told apart stay so when one of them is merged into a third.
func TestApartUnderAnotherName(t *testing.T) {
	s := newScene(t)
	s.land(append(certificates("W1"), disks("A1", "A2", "A3", "A4")...)...)
	s.pass()
	s.ask(Change{Kind: Split, Actor: "anna", Cluster: "A1", Incidents: []string{"A3", "A4"}})
	s.pass()
	s.ask(Change{Kind: Merge, Actor: "anna", Cluster: "A1", Into: "W1"})
	s.pass()
	s.restart()
	for n := range 6 {
		s.land(opened(fmt.Sprint("B", n), 10+n, "Disk usage on web-09 at 99%", "web"))
		s.pass()
	}
	got := s.clusters()
	if got["A3"] != "A3" || got["A4"] != "A3" || got["A1"] == "A3" {
		t.Errorf("A1 is in %s, A3 in %s, A4 in %s", got["A1"], got["A3"], got["A4"])
	}
}

// A change that was written down as carried out, but of which the members were
// not moved any more, is carried out by the next process.
func TestChangesThatWereCutOff(t *testing.T) {
	s := newScene(t)
	s.land(append(certificates("W1"), disks("A1", "A2", "A3", "A4")...)...)
	s.land(opened("B1", 9, "Volume of the primary is full", "db"))
	s.pass()
	for _, c := range []Change{
		{Kind: Merge, Actor: "anna", Cluster: "B1", Into: "A1"},
		{Kind: Split, Actor: "anna", Cluster: "A1", Into: "A3", Incidents: []string{"A3", "A4"}},
		{Kind: Pin, Actor: "anna", Cluster: "W1", Into: "A1", Incidents: []string{"A2"}},
	} {
		c.ID = NewChangeID()
		if err := s.store.InsertRows(t.Context(), "cluster_changes", changeColumns, [][]any{c.row(true)}); err != nil {
			t.Fatal(err)
		}
	}
	s.restart()
	s.pass()
	s.same(s.clusters(), map[string]string{"W1": "W1", "A1": "A1", "A2": "W1", "A3": "A3", "A4": "A3", "B1": "A1"})
	if shown := s.texts("SELECT cluster_id FROM clusters ORDER BY cluster_id"); !slices.Equal(shown, []string{"A1", "A3", "W1"}) {
		t.Errorf("shown are %v", shown)
	}
	s.land(opened("A5", 20, "Disk usage on web-09 at 99%", "web"))
	s.pass()
	if cluster := s.clusters()["A5"]; cluster != "A1" && cluster != "A3" {
		t.Errorf("A5 is in %s", cluster)
	}
}

// Merges of one pass that were cut off are carried out whatever their order.
func TestMergesInARow(t *testing.T) {
	for range 4 {
		s := newScene(t)
		s.land(disks("A")...)
		s.land(certificates("B")...)
		s.land(opened("C", 9, "Volume of the primary is full", "db"))
		s.pass()
		rows := [][]any{
			Change{ID: NewChangeID(), Kind: Merge, Actor: ByEvidence, Cluster: "C", Into: "B"}.row(true),
			Change{ID: NewChangeID(), Kind: Merge, Actor: ByEvidence, Cluster: "B", Into: "A"}.row(true),
		}
		if err := s.store.InsertRows(t.Context(), "cluster_changes", changeColumns, rows); err != nil {
			t.Fatal(err)
		}
		s.restart()
		s.pass()
		s.same(s.clusters(), map[string]string{"A": "A", "B": "A", "C": "A"})
	}
}

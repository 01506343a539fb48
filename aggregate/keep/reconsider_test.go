package keep

import (
	"fmt"
	"slices"
	"testing"
)

// forms lands what a service desk writes, of which the first are not known to be
// forms.
func (s *scene) forms(from, to int) {
	s.Helper()
	for n := from; n < to; n++ {
		s.land(opened(fmt.Sprintf("F%02d", n), n, fmt.Sprintf("Category %d Subcategory %d", n%2, n%2), fmt.Sprint("desk ", n%2)))
	}
	s.pass()
}

// What was put together before its numbers were known to be codes is told apart
// once they are, and that is written down.
func TestCodesThatWereNotKnown(t *testing.T) {
	s := newScene(t)
	s.forms(0, 20)
	if at := s.clusters(); at["F00"] != at["F01"] {
		t.Fatal("the first incidents were told apart; this test needs others")
	}
	s.forms(20, 40)
	at := s.clusters()
	for n := range 40 {
		if id := fmt.Sprintf("F%02d", n); at[id] != at[fmt.Sprintf("F%02d", n%2)] || n > 1 && at[id] == at[fmt.Sprintf("F%02d", (n+1)%2)] {
			t.Errorf("%s is in %s", id, at[id])
		}
	}
	if at["F00"] != "F00" {
		t.Errorf("the founder is in %s", at["F00"])
	}
	// F31 was the first that was known to be a form, and founded a cluster of its own.
	if got, want := s.texts("SELECT concat(actor, ' ', cluster_id, ' ', into_cluster, ' ', toString(length(incident_ids))) FROM cluster_changes WHERE kind = 'split'"), []string{"evidence F00 F31 15"}; !slices.Equal(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
	s.restart()
	s.pass()
	s.same(s.clusters(), at)
}

// What people decided on is not looked at again.
func TestWhatPeopleDecidedIsNotReconsidered(t *testing.T) {
	s := newScene(t)
	s.forms(0, 20)
	s.ask(Change{Kind: Pin, Actor: "anna", Cluster: "F00", Incidents: []string{"F01"}})
	s.pass()
	s.forms(20, 40)
	if at := s.clusters(); at["F01"] != "F00" || at["F03"] != "F00" {
		t.Errorf("F01 is in %s, F03 in %s", at["F01"], at["F03"])
	}
}

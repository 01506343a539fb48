package keep

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/schema"
)

// ago moves an event to so many days before now.
func ago[E interface {
	*schema.IncidentEvent | *schema.ExecutionEvent
}](e E, days float64) E {
	at := schema.Millis(time.Now().Add(-time.Duration(days * 24 * float64(time.Hour))).UnixMilli())
	switch e := any(e).(type) {
	case *schema.IncidentEvent:
		e.OccurredAt = at
	case *schema.ExecutionEvent:
		e.OccurredAt = at
	}
	return e
}

// due makes what is done now and then due.
func (s *scene) due() { s.keeper.ranking.due, s.keeper.judging.due = time.Time{}, time.Time{} }

func (s *scene) backlog() []string {
	s.Helper()
	return s.texts("SELECT concat(toString(rank), ' ', cluster_id, ' ', toString(incidents_now), ' v', toString(settings_version)) FROM backlog ORDER BY rank")
}

func (s *scene) wantBacklog(want ...string) {
	s.Helper()
	if got := s.backlog(); !slices.Equal(got, want) {
		s.Errorf("the backlog is %q, want %q", got, want)
	}
}

// The backlog follows what lands, what people declare and what they decide about
// clusters.
func TestTheBacklogFollows(t *testing.T) {
	s := newStillScene(t)
	for n, e := range []*schema.IncidentEvent{
		opened("A1", 0, "Disk usage on web-01 at 91%", "web"), opened("A2", 0, "Disk usage on web-02 at 92%", "web"),
		opened("A3", 0, "Disk usage on web-03 at 95%", "web"), opened("B1", 0, "Certificate of the edge expired", "edge"),
	} {
		s.land(ago(e, float64(40-n)))
	}
	s.pass()
	s.wantBacklog("1 A1 3 v0", "2 B1 1 v0")

	if err := settings.Write(t.Context(), s.store, "anna", []byte("tier_weight: {edge: 50}")); err != nil {
		t.Fatal(err)
	}
	s.pass()
	s.wantBacklog("1 A1 3 v0", "2 B1 1 v0") // it takes its time
	s.due()
	s.pass()
	s.wantBacklog("1 B1 1 v1", "2 A1 3 v1")
	s.land(ago(opened("A4", 0, "Disk usage on web-04 at 99%", "web"), 1))
	s.pass()
	s.due()
	s.pass()
	s.wantBacklog("1 B1 1 v1", "2 A1 4 v1")
	s.due()
	if did := s.pass(); did != (Pass{}) {
		t.Errorf("with nothing new, the pass did %+v", did)
	}

	s.ask(Change{Kind: Merge, Actor: "anna", Cluster: "B1", Into: "A1"})
	s.pass()
	s.due()
	s.pass()
	s.wantBacklog("1 A1 5 v1")

	drill := ago(opened("B1", 0, "Certificate of the edge expired", "edge"), 0)
	drill.EventID, drill.Type, drill.Classification = "B1-drill", schema.IncidentUpdated, schema.Some("drill")
	s.land(drill)
	s.restart()
	s.pass()
	s.wantBacklog("1 A1 4 v1")
}

// TestTheBacklogFollowsBlame: when people find out that automation caused an incident, its
// cluster's place is known to be automation's doing.
func TestTheBacklogFollowsBlame(t *testing.T) {
	s := newStillScene(t)
	s.land(
		ago(opened("A", 0, "Disk usage on web-01 at 91%", "web"), 20),
		&schema.ExecutionEvent{
			Common:      schema.Common{EventID: "r1", Type: schema.ExecutionSucceeded, OccurredAt: schema.MillisOf(time.Now().AddDate(0, 0, -21))},
			ExecutionID: "r1", AutomationID: "clean",
		})
	s.pass()
	blame := ago(opened("A", 0, "", ""), 0)
	blame.EventID, blame.Type, blame.Title, blame.Service, blame.CausedByExecutionID = "A-blame", schema.IncidentUpdated, schema.Opt[string]{}, schema.Opt[string]{}, schema.Some("r1")
	s.land(blame)
	s.pass()
	s.due()
	s.pass()
	if got := s.texts("SELECT concat(toString(self_inflicted), ' ', pattern_reason) FROM backlog"); len(got) != 1 || !strings.HasPrefix(got[0], "true Mend clean first: ") {
		t.Errorf("%v", got)
	}
}

// The severity of an incident changes what its cluster is worth.
func TestTheBacklogFollowsSeverity(t *testing.T) {
	s := newStillScene(t)
	s.land(ago(opened("A", 0, "Disk usage on web-01 at 91%", "web"), 20))
	s.pass()
	grave := ago(opened("A", 0, "", ""), 0)
	grave.EventID, grave.Type, grave.Title, grave.Service, grave.Severity = "A-grave", schema.IncidentUpdated, schema.Opt[string]{}, schema.Opt[string]{}, schema.Some("sev1")
	s.land(grave)
	s.pass()
	s.due()
	s.pass()
	if got := s.texts("SELECT concat(toString(impact), ' ', toString(approval)) FROM backlog"); !slices.Equal(got, []string{"10 true"}) {
		t.Errorf("impact and approval: %v", got)
	}
}

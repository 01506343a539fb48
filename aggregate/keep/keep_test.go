package keep

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/loadtest/grouping"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// scene is a store into which events land, and what keeps its clusters.
type scene struct {
	*testing.T
	store   *store.Store
	keeper  *Keeper
	offsets map[schema.Entity]int64
	now     func() time.Time // for how long things take
}

func newScene(t *testing.T) *scene {
	s := &scene{T: t, store: storetest.Open(t), offsets: make(map[schema.Entity]int64), now: time.Now}
	s.restart()
	return s
}

// restart forgets everything that is not in the store.
func (s *scene) restart() {
	s.keeper = New(s.store, Config{Log: slog.New(slog.DiscardHandler), Now: s.now})
}

func (s *scene) pass() Pass {
	s.Helper()
	did, err := s.keeper.Pass(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return did
}

// land writes events by the real insert path.
func (s *scene) land(events ...schema.Event) {
	s.Helper()
	batches := make(map[schema.Entity]*store.Batch)
	for _, e := range events {
		entity := e.Entity()
		if batches[entity] == nil {
			batches[entity] = s.store.NewBatch(entity)
		}
		rec := &schema.Record{Topic: entity.String(), Offset: s.offsets[entity], Value: e.AppendJSON(nil)}
		decoded, fault := schema.NewDecoder(entity).Decode(rec, time.Now())
		if fault != nil {
			s.Fatal(fault)
		}
		s.offsets[entity]++
		batches[entity].Add(rec, decoded, nil)
	}
	for _, b := range batches {
		if err := b.Insert(s.Context(), "", time.Now().Add(time.Hour)); err != nil {
			s.Fatal(err)
		}
	}
}

// clusters reads where each incident belongs.
func (s *scene) clusters() map[string]string {
	s.Helper()
	clusters := make(map[string]string)
	s.rows("SELECT incident_id, cluster_id FROM incident_clusters", func(rows store.Rows) error {
		var incident, cluster string
		err := rows.Scan(&incident, &cluster)
		clusters[incident] = cluster
		return err
	})
	return clusters
}

func (s *scene) rows(sql string, do func(store.Rows) error) {
	s.Helper()
	rows, err := s.store.Query(s.Context(), sql, nil)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			s.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
}

// texts reads a query that gives one text a row.
func (s *scene) texts(sql string) []string {
	s.Helper()
	var list []string
	s.rows(sql, func(rows store.Rows) error {
		var text string
		err := rows.Scan(&text)
		list = append(list, text)
		return err
	})
	return list
}

func (s *scene) ask(c Change) {
	s.Helper()
	c.ID = NewChangeID()
	if err := Ask(s.Context(), s.store, c); err != nil {
		s.Fatal(err)
	}
}

// decide writes down what was decided and, it says, carried out.
func (s *scene) decide(c Change) {
	s.Helper()
	c.ID = NewChangeID()
	if err := s.store.InsertRows(s.Context(), "cluster_changes", changeColumns, [][]any{c.row(true)}); err != nil {
		s.Fatal(err)
	}
}

func (s *scene) command(sql string) {
	s.Helper()
	if err := s.store.Exec(s.Context(), sql, nil); err != nil {
		s.Fatal(err)
	}
}

// same fails unless the incidents are where they are expected.
func (s *scene) same(got, want map[string]string) {
	s.Helper()
	if !maps.Equal(got, want) {
		s.Errorf("incidents are in %v, want %v", got, want)
	}
}

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// opened is the opening of an incident, n days into the year.
func opened(id string, n int, title, service string) *schema.IncidentEvent {
	return &schema.IncidentEvent{
		Common: schema.Common{
			EventID: id + "-opened", Type: schema.IncidentOpened, Source: "pager",
			OccurredAt: schema.Millis(newYear.AddDate(0, 0, n).UnixMilli()),
		},
		IncidentID: id, Title: schema.Some(title), Service: schema.Some(service),
	}
}

func fired(id, name, incident string, n int) *schema.AlertEvent {
	return &schema.AlertEvent{
		Common: schema.Common{
			EventID: id + "-fired", Type: schema.AlertFired, Source: "monitor",
			OccurredAt: schema.Millis(newYear.AddDate(0, 0, n).UnixMilli()),
		},
		AlertID: id, Name: schema.Some(name), IncidentID: schema.Some(incident),
	}
}

func TestAYearOfACompany(t *testing.T) {
	s := newScene(t)
	w := world.Generate(world.Config{Seed: 3, Start: newYear.AddDate(-1, 0, 0), Days: 365, Scale: 0.5})
	s.land(slices.Collect(w.Events())...)
	s.pass()

	clusters := s.clusters()
	truth := w.Truth().Incidents
	var found, want []string
	for _, i := range truth {
		if cluster, matched := clusters[i.ID]; matched {
			found, want = append(found, cluster), append(want, i.Cluster)
		}
	}
	if len(found) < len(truth)-1 {
		t.Errorf("%d of %d incidents were matched", len(found), len(truth))
	}
	if scores := grouping.Compare(found, want); scores.F1 < 0.95 {
		t.Errorf("F1 %.3f, precision %.3f, recall %.3f", scores.F1, scores.Precision, scores.Recall)
	}
	if did := s.pass(); did != (Pass{}) {
		t.Errorf("a second pass with nothing new did %+v", did)
	}
	s.restart()
	if did := s.pass(); did.Assigned+did.Merged+did.Changed > 0 {
		t.Errorf("a pass after a restart with nothing new did %+v", did)
	}
	s.same(s.clusters(), clusters)
	s.checkStates()
}

// checkStates looks for the story of the stampede in the facts.
func (s *scene) checkStates() {
	s.Helper()
	var state, timeOfDay, endedBy string
	s.rows(`SELECT state, time_of_day, ended_by FROM clusters WHERE cluster_id =
		(SELECT cluster_id FROM incidents WHERE description LIKE '%TTL expired together%' GROUP BY cluster_id ORDER BY count() DESC LIMIT 1)`,
		func(rows store.Rows) error { return rows.Scan(&state, &timeOfDay, &endedBy) })
	if state != "eliminated" || endedBy == "" {
		s.Errorf("the cache stampede is %q, ended by %q", state, endedBy)
	}
	if timeOfDay != "around 00:00 UTC" && timeOfDay != "around 00:15 UTC" {
		s.Errorf("the cache stampede comes %q", timeOfDay)
	}
	if missing := s.texts("SELECT incident_id FROM incidents WHERE opened_at IS NOT NULL AND cluster_id = ''"); len(missing) > 0 {
		s.Errorf("incidents without a cluster: %v", missing)
	}
}

func TestIncidentsThatLandLater(t *testing.T) {
	s := newScene(t)
	s.land(opened("A", 0, "Disk usage on web-01 at 91%", "web"), opened("X", 0, "Certificate of the edge expired", "edge"))
	s.pass()
	s.land(opened("B", 9, "Disk usage on web-07 at 99%", "web"))
	s.restart()
	s.pass()
	s.land(opened("C", 4, "Disk usage on db-02 at 95%", "db")) // opened before B
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "A", "C": "A", "X": "X"})
	if got := s.texts("SELECT arrayStringConcat(differs, '; ') FROM incident_clusters WHERE incident_id = 'C'"); len(got) != 1 || got[0] != `title: "web-07 99%" became "db-02 95%"; service: "web" became "db"` {
		t.Errorf("C differs by %q", got)
	}
}

// What becomes known later finds the incident that was alone its cluster.
func TestAnIncidentAloneIsMatchedAgain(t *testing.T) {
	s := newScene(t)
	for n := range 30 {
		s.land(opened(fmt.Sprint("other", n), n, fmt.Sprintf("Fault number %c%c of another kind", 'a'+n%26, 'a'+n/26), "misc"))
	}
	s.land(
		opened("A", 31, "Tax tables loaded with a wrong column order", "checkout"), fired("a1", "TaxMismatch", "A", 31),
		opened("B", 40, "Service disruption", "checkout"),
	)
	s.pass()
	if got := s.clusters()["B"]; got != "B" {
		t.Fatalf("B says nothing but is in %s", got)
	}
	s.land(fired("b1", "TaxMismatch", "B", 40))
	s.pass()
	if got := s.clusters()["B"]; got != "A" {
		t.Errorf("B is in %s although its alert is that of A", got)
	}
	if gone := s.texts("SELECT cluster_id FROM clusters WHERE cluster_id = 'B'"); len(gone) > 0 {
		t.Errorf("the cluster B is still shown")
	}
}

// A first pass that was killed after some of its rows leaves the rest to the
// next.
func TestAFirstPassThatWasCutOff(t *testing.T) {
	s := newScene(t)
	s.land(opened("A", 0, "Disk usage on web-01 at 91%", "web"), opened("B", 3, "Disk usage on web-02 at 97%", "web"))
	s.pass()
	if err := s.store.Exec(t.Context(), "ALTER TABLE cluster_members DELETE WHERE incident_id = 'B' SETTINGS mutations_sync = 1", nil); err != nil {
		t.Fatal(err)
	}
	s.restart()
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "A"})
}

// disks are incidents of one trouble, certificates of another.
func disks(ids ...string) []schema.Event {
	var events []schema.Event
	for n, id := range ids {
		events = append(events, opened(id, n, fmt.Sprintf("Disk usage on web-%02d at 9%d%%", n, n%10), "web"))
	}
	return events
}

func certificates(ids ...string) []schema.Event {
	var events []schema.Event
	for n, id := range ids {
		events = append(events, opened(id, n, "Certificate of the edge expired", "edge"))
	}
	return events
}

// Alerts that land later are kept, and known after a restart.
func TestRulesThatLandLater(t *testing.T) {
	s := newScene(t)
	s.land(disks("A", "B")...)
	s.pass()
	s.land(fired("b1", "DiskAlmostFull", "B", 1))
	s.pass()
	rules := func() []string {
		return s.texts("SELECT arrayJoin(rules) FROM cluster_evidence FINAL WHERE incident_id = 'B'")
	}
	if got := rules(); !slices.Equal(got, []string{"DiskAlmostFull"}) {
		t.Errorf("the rules of B are %v", got)
	}
	s.restart()
	if did := s.pass(); did.Assigned > 0 {
		t.Errorf("after a restart, %+v", did)
	}
}

// What was updated while nobody was looking is looked at.
func TestAnUpdateWhileTheWorkerWasAway(t *testing.T) {
	const story = "Tax tables of the till were loaded with a wrong column order by the nightly import."
	s := newScene(t)
	a := opened("A", 0, "Totals at the till are off", "tax")
	a.Description = schema.Some(story)
	s.land(a, opened("B", 5, "Service disruption", "tax"))
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "B"})
	update := &schema.IncidentEvent{
		Common:     schema.Common{EventID: "B-update", Type: schema.IncidentUpdated, Source: "pager", OccurredAt: schema.Millis(newYear.AddDate(0, 0, 6).UnixMilli())},
		IncidentID: "B", Description: schema.Some(story),
	}
	s.restart()
	s.land(update)
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A", "B": "A"})
}

// Clustering anew puts right what is wrong, keeps names, and leaves alone what
// people decided.
func TestClusteringAnew(t *testing.T) {
	s := newScene(t)
	s.land(disks("A1", "A2", "A3")...)
	for n, id := range []string{"C1", "C2", "C3"} {
		s.land(opened(id, 10+n, fmt.Sprintf("Leaf certificate of gateway-%d expires in %d days", n, 9-n), "edge"))
		s.land(opened("D"+id[1:], 20+n, fmt.Sprintf("Nightly backup of ledger-%d failed", n), "ledger"))
	}
	s.pass()
	s.ask(Change{Kind: Split, Actor: "anna", Cluster: "A1", Incidents: []string{"A3"}})
	s.pass()
	// C2 is put into the wrong cluster, as if evidence had been thin.
	wrong := []any{"C2", "D1", 0.5, []string{}, ByEvidence, time.Now(), uint64(time.Now().UnixMicro())}
	if err := s.store.InsertRows(t.Context(), "cluster_members", memberColumns, [][]any{wrong}); err != nil {
		t.Fatal(err)
	}
	s.restart()
	before := s.clusters()
	r, err := ClusterAnew(t.Context(), s.store)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Moved{{"C2", "D1", "C1"}}; !slices.Equal(r.Moved, want) || r.Incidents != 9 {
		t.Errorf("%+v, want %v moved", r, want)
	}
	s.same(s.clusters(), before) // nothing was written
	s.ask(Change{Kind: Anew, Actor: "anna", Reason: "C2 looks wrong"})
	s.pass()
	s.same(s.clusters(), map[string]string{"A1": "A1", "A2": "A1", "A3": "A3", "C1": "C1", "C2": "C1", "C3": "C1", "D1": "D1", "D2": "D1", "D3": "D1"})
	if again, err := ClusterAnew(t.Context(), s.store); err != nil || len(again.Moved) > 0 {
		t.Errorf("once more moves %v, %v", again.Moved, err)
	}
}

func TestExplainTwo(t *testing.T) {
	s := newScene(t)
	s.land(append(disks("A", "B"), certificates("W")...)...)
	s.pass()
	got, err := Explain(t.Context(), s.store, "A", "B")
	if err != nil || got.Bits < got.Enough || len(got.Differs) == 0 || got.Clusters != [2]string{"A", "A"} {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Explain(t.Context(), s.store, "B", "W"); err != nil || got.Bits >= got.Enough || got.Clusters != [2]string{"A", "W"} {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Explain(t.Context(), s.store, "A", "nobody"); err == nil {
		t.Error("an unknown incident is explained")
	}
}

// The facts follow what becomes of incidents.
func TestFactsFollow(t *testing.T) {
	s := newScene(t)
	s.land(disks("A", "B")...)
	s.land(certificates("D")...)
	s.pass()
	event := func(id, kind string) *schema.IncidentEvent {
		return &schema.IncidentEvent{
			Common:     schema.Common{EventID: id + kind, Type: kind, Source: "pager", OccurredAt: schema.Millis(newYear.AddDate(0, 0, 9).UnixMilli())},
			IncidentID: id,
		}
	}
	drill := event("D", schema.IncidentUpdated)
	drill.Classification = schema.Some("drill")
	s.land(event("A", schema.IncidentResolved), drill)
	s.pass()
	if got := s.texts("SELECT concat(cluster_id, ' ', toString(open_count)) FROM clusters ORDER BY cluster_id"); !slices.Equal(got, []string{"A 1"}) {
		t.Errorf("open incidents by cluster: %v", got)
	}
}

func TestEmptyDatabase(t *testing.T) {
	s := newScene(t)
	if did := s.pass(); did != (Pass{}) {
		t.Errorf("with nothing there, the pass did %+v", did)
	}
	s.land(opened("A", 0, "Disk usage on web-01 at 91%", "web"))
	s.pass()
	s.same(s.clusters(), map[string]string{"A": "A"})
}

func TestEvidenceOf(t *testing.T) {
	base := recurrence.Incident{Title: "a", Description: "b", Service: "c", Cause: "d", Rules: []string{"e"}, Labels: map[string]string{"f": "g"}}
	same := base
	same.ID, same.OpenedAt, same.Source = "other", newYear, "other"
	if evidenceOf(&base) != evidenceOf(&same) {
		t.Error("what is no evidence changes the hash")
	}
	for name, change := range map[string]func(*recurrence.Incident){
		"title": func(i *recurrence.Incident) { i.Title = "ab"; i.Description = "" }, "rules": func(i *recurrence.Incident) { i.Rules = []string{"e", "x"} },
		"cause": func(i *recurrence.Incident) { i.Cause = "" }, "labels": func(i *recurrence.Incident) { i.Labels = map[string]string{"f": "h"} },
	} {
		other := base
		change(&other)
		if evidenceOf(&base) == evidenceOf(&other) {
			t.Errorf("another %s does not change the hash", name)
		}
	}
}

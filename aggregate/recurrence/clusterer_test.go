package recurrence_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func incident(id string, day int, title, service string) *recurrence.Incident {
	return &recurrence.Incident{ID: id, OpenedAt: newYear.AddDate(0, 0, day), Title: title, Service: service, Source: "pager"}
}

// forms are the titles of a service desk in which digits are the meaning.
func forms(n int) []*recurrence.Incident {
	var list []*recurrence.Incident
	for i := range n {
		list = append(list, incident(fmt.Sprint("F", i), i, fmt.Sprintf("Category %d Subcategory %d", i%7, i%3), fmt.Sprint("category ", i%7)))
	}
	return list
}

func TestDigitsThatAreTheMeaning(t *testing.T) {
	stream := forms(210)
	for _, history := range []bool{true, false} {
		c := recurrence.New()
		if history {
			c.Learn(slices.Values(stream))
		}
		clusters := assign(c, stream)
		for i, a := range stream[40:] {
			for _, b := range stream[40 : 40+i] {
				if together := clusters[a.ID] == clusters[b.ID]; together != (a.Title == b.Title) {
					t.Fatalf("as a history %v: %q and %q together: %v", history, a.Title, b.Title, together)
				}
			}
		}
	}
}

// A number that is new every time is no code, in however many titles the phrase
// stands.
func TestRunningNumbersAreNoCodes(t *testing.T) {
	var stream []*recurrence.Incident
	for i := range 200 {
		stream = append(stream, incident(fmt.Sprint("R", i), i, fmt.Sprintf("Ticket %d the printer jams", 4000+i), "office"))
	}
	c := recurrence.New()
	if groups := slices.Compact(slices.Sorted(mapValues(assign(c, stream)))); len(groups) != 1 {
		t.Errorf("%d clusters of one trouble", len(groups))
	}
}

func mapValues(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func TestAClusterIsCalledByItsFounder(t *testing.T) {
	c := recurrence.New()
	for i, want := range []string{"A", "A", "C", "A"} {
		in := incident(string(rune('A'+i)), i, []string{"Disk usage on web-1 at 90%", "Disk usage on web-2 at 91%", "Certificate expired", "Disk usage on db-9 at 99%"}[i], "web")
		got := c.Add(in)
		if got.Cluster != want || got.Founded != (want == in.ID) || (got.Similarity == 1) != got.Founded {
			t.Errorf("%s: %+v, want the cluster %s", in.ID, got, want)
		}
	}
	if got := c.Template("A"); got != "disk usage on <*> at <*>" {
		t.Errorf("the template is %q", got)
	}
}

// An incident that opened before the founder but arrives after it does not
// rename the cluster.
func TestALateArrivalDoesNotRename(t *testing.T) {
	c := recurrence.New()
	c.Add(incident("B", 5, "Disk usage on web-1 at 90%", "web"))
	if got := c.Add(incident("A", 1, "Disk usage on web-2 at 91%", "web")).Cluster; got != "B" {
		t.Errorf("the late one is in %s", got)
	}
}

// Two wordings that were apart are found to be one by incidents that show both.
func TestMergedThroughWhatBelongsToBoth(t *testing.T) {
	c := recurrence.New()
	const story = "Old segments of the write-ahead log fill the volume because archiving hangs."
	c.Add(incident("A", 0, "Disk usage on web-1 at 90%", "web"))
	b := incident("B", 1, "No space left on device", "db")
	b.Description = story
	c.Add(b)
	var merged []recurrence.Merge
	for i := range 3 {
		in := incident(fmt.Sprint("M", i), 2+i, "Disk usage on web-2 at 95%", "web")
		in.Description = story
		merged = append(merged, c.Add(in).Merged...)
	}
	if want := []recurrence.Merge{{From: "B", Into: "A"}}; !slices.Equal(merged, want) {
		t.Fatalf("merged %v, want %v", merged, want)
	}
	if c.Top("B") != "A" || c.Top("A") != "A" || c.Top("unknown") != "unknown" {
		t.Errorf("B stands for %s, A for %s", c.Top("B"), c.Top("A"))
	}
}

func TestPeopleCountMoreThanEvidence(t *testing.T) {
	c := recurrence.New()
	disk := func(id string, day int) *recurrence.Incident {
		return incident(id, day, "Disk usage on web-1 at 90%", "web")
	}
	a, b := disk("A", 0), disk("B", 1)
	c.Add(a)
	c.Add(b)
	split, err := c.Split("A", []*recurrence.Incident{a}, []*recurrence.Incident{b})
	if err != nil || split != "B" {
		t.Fatalf("split off %q, %v", split, err)
	}
	for day := range 10 {
		if got := c.Add(disk(fmt.Sprint("C", day), 2+day)); len(got.Merged) > 0 {
			t.Fatalf("evidence made %v of what a person told apart", got.Merged)
		}
	}
	if _, err := c.Merge("A", "B"); err != nil {
		t.Fatal(err)
	}
	if c.Top("B") != "A" {
		t.Errorf("B stands for %s after a person merged it into A", c.Top("B"))
	}
	for name, mistake := range map[string]func() error{
		"merging one with itself": func() error { _, err := c.Merge("A", "B"); return err },
		"an unknown cluster":      func() error { _, err := c.Merge("A", "Z"); return err },
		"splitting off nothing":   func() error { _, err := c.Split("A", []*recurrence.Incident{a}, nil); return err },
		"splitting off all":       func() error { _, err := c.Split("A", nil, []*recurrence.Incident{a}); return err },
		"moving to nowhere":       func() error { return c.Move("A", nil, "Z") },
	} {
		if mistake() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// The founder may be the one that leaves; the cluster keeps its id.
func TestTheFounderLeaves(t *testing.T) {
	c := recurrence.New()
	a, b := incident("A", 0, "Disk usage on web-1 at 90%", "web"), incident("B", 1, "Disk usage on web-2 at 91%", "web")
	c.Add(a)
	c.Add(b)
	split, err := c.Split("A", []*recurrence.Incident{b}, []*recurrence.Incident{a})
	if err != nil || split != "A~2" {
		t.Errorf("split off %q, %v", split, err)
	}
}

func TestExplain(t *testing.T) {
	c := recurrence.New()
	a, b := incident("A", 0, "Disk usage on web-1 at 90%", "web"), incident("B", 1, "Disk usage on db-2 at 99%", "db")
	c.Add(a)
	c.Add(b)
	got := c.Explain(a, b)
	if got.Bits < got.Enough || len(got.Reasons) == 0 || got.Reasons[0].Field != "title" || !strings.HasPrefix(got.Reasons[0].Detail, "template disk usage on") {
		t.Errorf("%+v", got)
	}
	if want := []string{`title: "web-1 90%" became "db-2 99%"`, `service: "web" became "db"`}; !slices.Equal(got.Differs, want) {
		t.Errorf("differs by %q, want %q", got.Differs, want)
	}
	if again := c.Explain(a, b); again.Bits != got.Bits {
		t.Errorf("explaining changes the evidence: %v, then %v bits", got.Bits, again.Bits)
	}
}

// Reasons are given in the words of the incidents, not in stems.
func TestExplainInWords(t *testing.T) {
	for _, test := range []struct{ a, b, want string }{
		{"Nightly backup denied by storage gateway", "Storage gateway denied the weekly backup", "words backup, denied, gateway, storage"},
		{"Price cache is stale", "Price cache is corrupt", "stale is not corrupt"},
		{"Token of exporter: permission denied", "Token of importer: AccessDenied", "exporter is not importer"},
	} {
		c := recurrence.New()
		a, b := incident("A", 0, test.a, "web"), incident("B", 1, test.b, "web")
		c.Add(a)
		c.Add(b)
		got := ""
		for _, r := range c.Explain(a, b).Reasons {
			if r.Field == "title" {
				got = r.Detail
			}
		}
		if got != test.want {
			t.Errorf("%q and %q: %q, want %q", test.a, test.b, got, test.want)
		}
	}
}

func TestEpisodes(t *testing.T) {
	at := func(minutes ...int) []time.Time {
		var list []time.Time
		for _, m := range minutes {
			list = append(list, newYear.Add(time.Duration(m)*time.Minute))
		}
		return list
	}
	for _, test := range []struct {
		name       string
		opened, at []time.Time
	}{
		{"none", nil, nil},
		{"one", at(5), at(5)},
		{"a storm that goes on", at(0, 10, 40, 70, 100), at(0)},
		{"just too late", at(0, 31, 61), at(0, 31)},
		{"at the same moment", at(3, 3, 3), at(3)},
	} {
		if got := recurrence.Episodes(test.opened); !slices.Equal(got, test.at) {
			t.Errorf("%s: %v, want %v", test.name, got, test.at)
		}
	}
}

func TestNearest(t *testing.T) {
	n := recurrence.NewNeighbours()
	for i, title := range []string{"Login page blank on old phones", "Disk usage on web-1 at 90%", "Certificate of the edge expired", "disk usage on web-7 at 93%"} {
		n.Add(incident(string(rune('A'+i)), i, title, "web"))
	}
	got := n.Nearest(incident("X", 200, "Disk usage on web-7 at 97%", "web"), 2)
	if len(got) != 2 || got[0].ID != "D" || got[1].ID != "B" || got[0].Similarity <= got[1].Similarity {
		t.Errorf("nearest %v, want D, then B", got)
	}
	if got := n.Nearest(incident("Y", 200, "zzz", ""), 3); len(got) != 0 {
		t.Errorf("what shares nothing resembles %v", got)
	}
	if got := recurrence.NewNeighbours().Nearest(incident("Z", 0, "Disk", "web"), 3); len(got) != 0 {
		t.Errorf("without a past, %v", got)
	}
}

// Where a source tells titles only, the order of words and words of grammar make
// no other trouble; other words do.
// A source that sends nothing but titles may send some that say nothing, twice.
// They join nothing; a level that stands by itself is what a machine has to say.
func TestTitlesOnlyThatSayNothing(t *testing.T) {
	for title, together := range map[string]bool{
		"Service disruption": false, "Incident": false, "10.0.0.1": false, "INC0012345": false, "web-01": false, "////": false,
		"": false, "Critical incident": false, "Resolved": false, "CRITICAL": true, "Order archive unreadable": true,
	} {
		c := recurrence.New()
		c.Add(&recurrence.Incident{ID: "A", Title: title, Source: "titles"})
		if got := c.Add(&recurrence.Incident{ID: "B", Title: title, Source: "titles"}).Cluster == "A"; got != together {
			t.Errorf("%q twice: together %v, want %v", title, got, together)
		}
	}
}

func TestTitlesOnly(t *testing.T) {
	var stream []*recurrence.Incident
	want := make(map[string]string)
	for i, line := range strings.Split(`Checkout API latency is high
Nightly settlement export failed
High latency on checkout API
The nightly export of the settlement failed
Checkout API errors are high
Latency of the checkout API high`, "\n") {
		in := incident(fmt.Sprint("T", i), i, line, "")
		stream, want[in.ID] = append(stream, in), []string{"T0", "T1", "T0", "T1", "T4", "T0"}[i]
	}
	if got := assign(recurrence.New(), stream); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

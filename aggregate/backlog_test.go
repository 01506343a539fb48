package aggregate

import (
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/settings"
)

// trouble is a cluster of which n incidents opened in the last 90 days.
func trouble(id string, n int, change func(*ClusterMember)) ClusterFacts {
	days := make([]float64, n)
	for i := range days {
		days[i] = 1 + 80*float64(i)/float64(n)
	}
	members := daysAgo(days...)
	for i := range members {
		hour := 60.0
		members[i].ResponderMinutes, members[i].Severity = &hour, "sev4"
		if change != nil {
			change(&members[i])
		}
	}
	f := factsOf(members, nil)
	f.ClusterID = id
	return f
}

func ranked(facts ...ClusterFacts) map[string]BacklogItem {
	items := make(map[string]BacklogItem)
	for _, b := range Backlog(facts, &settings.Settings{}) {
		items[b.ClusterID] = b
	}
	return items
}

// Of two troubles with the same score, the worse one comes first.
func TestSameScoreHigherImpactFirst(t *testing.T) {
	quick := func(m *ClusterMember) { half := 30.0; m.Severity, m.ResponderMinutes = "sev3", &half }
	got := ranked(trouble("a", 5, nil), trouble("b", 5, quick), trouble("c", 20, nil))
	if got["a"].Score != got["b"].Score || got["b"].Rank >= got["a"].Rank {
		t.Errorf("scores %v and %v, ranks %d and %d", got["a"].Score, got["b"].Score, got["a"].Rank, got["b"].Rank)
	}
}

// The order does not hang on that of the clusters, also of what is the same.
func TestBacklogOrder(t *testing.T) {
	a, b, c := trouble("a", 5, nil), trouble("b", 5, nil), trouble("c", 29, nil)
	for _, facts := range [][]ClusterFacts{{a, b, c}, {c, b, a}, {b, a, c}} {
		if got := ranked(facts...); got["c"].Rank != 1 || got["a"].Rank != 2 || got["b"].Rank != 3 {
			t.Errorf("ranks %+v", got)
		}
	}
	if len(Backlog(nil, &settings.Settings{})) > 0 {
		t.Error("without clusters there is something to do")
	}
}

func TestEasyWins(t *testing.T) {
	nuisance := func(m *ClusterMember) { m.Severity = "sev5" }
	outage := func(m *ClusterMember) { hours := 480.0; m.Severity, m.ResponderMinutes = "sev1", &hours }
	got := ranked(trouble("nuisance", 40, nuisance), trouble("outage", 1, outage), trouble("usual", 8, nil), trouble("other", 8, nil))
	if !got["nuisance"].EasyWin || got["outage"].EasyWin || got["usual"].EasyWin {
		t.Errorf("easy wins: %+v", got)
	}
	if got["outage"].Rank != 1 || got["nuisance"].Rank <= got["outage"].Rank {
		t.Errorf("the nuisance is %d, the outage %d", got["nuisance"].Rank, got["outage"].Rank)
	}
	grave := ranked(trouble("often", 40, outage), trouble("usual", 8, nil))
	if grave["often"].EasyWin {
		t.Error("what is frequent and bad is called an easy win")
	}
	// Where all come as often, none is in the top quarter.
	for id, item := range ranked(trouble("a", 3, nil), trouble("b", 3, nil), trouble("c", 3, nil), trouble("d", 3, nil)) {
		if item.EasyWin {
			t.Errorf("%s is called an easy win", id)
		}
	}
}

// What was eliminated is no work, but still says what is usual.
func TestEliminatedIsNotInTheBacklog(t *testing.T) {
	gone := trouble("gone", 12, nil)
	gone.State = Eliminated
	got := ranked(gone, trouble("a", 2, nil), trouble("b", 1, nil))
	if _, there := got["gone"]; there || len(got) != 2 {
		t.Errorf("the backlog has %+v", got)
	}
	if alone := ranked(trouble("a", 2, nil), trouble("b", 1, nil)); alone["a"].Frequency == got["a"].Frequency {
		t.Error("the eliminated cluster says nothing of what is usual")
	}
}

func TestPatterns(t *testing.T) {
	named := func(title, cause string, services ...string) func(*ClusterData) {
		return func(d *ClusterData) {
			for i := range d.Members {
				m := &d.Members[i]
				m.Title, m.Cause, m.TriggerKind, m.Service = title, cause, "alert", services[i%len(services)]
			}
		}
	}
	midnight := func(d *ClusterData) {
		named("Mass key expiry, database CPU at 97%", "", "cache", "search")(d)
		for i := range d.Members {
			d.Members[i].OpenedAt = d.Members[i].OpenedAt.Truncate(day)
		}
	}
	days := []float64{3, 6, 9, 12, 15, 18, 21, 24, 27, 30}
	for _, test := range []struct {
		name   string
		change func(*ClusterData)
		want   Pattern
		reason string
	}{
		{"certificates", named("TLS certificate of edge expired", "", "edge"), Operator, "It is state that drifts from what was declared: 10 of 10 incidents (certificate)."},
		{"the cause goes before the title", named("Disk full", "configuration", "edge"), Operator, "(configuration)"},
		{"a cause that says nothing", named("Disk full", "software", "edge"), SelfHealing, "It is a whole class of failure, capacity: 10 of 10 incidents (disk)."},
		{"expiry on schedule", midnight, SelfHealing, "It is expiry that comes on schedule, around 00:00 UTC: 10 of 10 incidents (expiry)."},
		{"expiry at any time is capacity", func(d *ClusterData) {
			midnight(d)
			for i := range d.Members { // the oldest first, each a tenth of a day later
				d.Members[i].OpenedAt = d.Members[i].OpenedAt.Add(time.Duration(i) * day / 10)
			}
		}, SelfHealing, "It is a whole class of failure, capacity: "},
		{"failover", named("Standby does not take over", "", "db"), SelfHealing, "It is a whole class of failure, failover: "},
		{"many services", named("Requests fail", "", "a", "b", "c"), SelfHealing, "It is a whole class of failure: it hits 3 services."},
		{"an action on many services", func(d *ClusterData) {
			named("Requests fail", "", "a")(d)
			d.Reach = Reach{Automation: "kick", Services: 3}
		}, SelfHealing, "It is a whole class of failure: kick changes 3 services because of it."},
		{"one trigger", named("Worker hangs", "", "jobs"), Script, "One trigger and one action: alert raised 10 of 10 incidents, all on jobs."},
		{"any trigger", func(d *ClusterData) {
			named("Worker hangs", "", "jobs")(d)
			for i := range 3 {
				d.Members[i].TriggerKind = "customer"
			}
		}, Script, "It stays on jobs and shows neither drift nor a whole class of failure; find one trigger for it first: alert raised 7 of 10 incidents."},
		{"a word in passing", func(d *ClusterData) {
			named("Worker hangs", "", "jobs")(d)
			for i := range 3 {
				d.Members[i].Title = "Worker hangs on a disk"
			}
		}, Script, "One trigger"},
		{"no service", named("Worker hangs", "", ""), Script, "all on an unknown service."},
	} {
		f := factsOf(daysAgo(days...), test.change)
		if pattern, reason := f.load.recommend(&f); pattern != test.want || !strings.Contains(reason, test.reason) {
			t.Errorf("%s: %s, %q; want %s, %q", test.name, pattern, reason, test.want, test.reason)
		}
	}
}

// Who approves: what is grave, or changes several services.
func TestApproval(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*ClusterData)
		want   bool
		reason string
	}{
		{"harmless", nil, false, "No incident had sev1 or sev2, and no automation changes several services because of it."},
		{"grave", func(d *ClusterData) { d.Members[1].Severity = "sev2" }, true, "1 of 3 incidents had sev1 or sev2."},
		{"a grave false alarm", func(d *ClusterData) { d.Members[1].Severity, d.Members[1].FalseAlarm = "sev1", true }, false, "No incident"},
		{"far reaching", func(d *ClusterData) { d.Reach = Reach{"kick", 2} }, true, "Kick changes 2 services."},
		{"one service", func(d *ClusterData) { d.Reach = Reach{"kick", 1} }, false, "No incident"},
	} {
		f := factsOf(daysAgo(30, 20, 10), test.change)
		if approval, reason := f.load.needsApproval(); approval != test.want || !strings.HasPrefix(reason, test.reason) {
			t.Errorf("%s: %v, %q", test.name, approval, reason)
		}
	}
}

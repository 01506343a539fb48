package aggregate

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// daysAgo are members that opened so many days before noon.
func daysAgo(days ...float64) []ClusterMember {
	members := make([]ClusterMember, len(days))
	for i, d := range days {
		members[i] = ClusterMember{IncidentID: fmt.Sprint("I", i), OpenedAt: noon.Add(-time.Duration(d * float64(day))), Title: "Disk full", Service: "web", ResolveSeconds: 60}
	}
	slices.SortFunc(members, func(a, b ClusterMember) int { return a.OpenedAt.Compare(b.OpenedAt) })
	return members
}

func factsOf(members []ClusterMember, change func(*ClusterData)) ClusterFacts {
	d := &ClusterData{ID: "I0", Members: members, DataSince: noon.Add(-1000 * day), AsOf: noon}
	if change != nil {
		change(d)
	}
	return FactsOf(d)
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 5e-5*math.Max(1, math.Abs(want)) {
		if got == nil {
			t.Errorf("%s is not known, want %v", what, want)
			return
		}
		t.Errorf("%s is %v, want %v", what, *got, want)
	}
}

func TestClusterStates(t *testing.T) {
	cure := func(daysAgo float64) func(*ClusterData) {
		return func(d *ClusterData) {
			d.Cures = []Cure{{At: noon.Add(-time.Duration(daysAgo * float64(day))), Name: "warm-up 1.0 (full)"}}
		}
	}
	weekly := []float64{200, 193, 186, 179, 172, 165, 158, 151, 144, 137, 130}
	for _, test := range []struct {
		name    string
		members []ClusterMember
		change  func(*ClusterData)
		want    ClusterState
	}{
		{"once, long ago", daysAgo(400), nil, Quiet},
		{"twice in a week", daysAgo(6, 2), nil, Quiet},
		{"three times since it was new", daysAgo(20, 6, 2), nil, Emerging},
		{"three times within minutes", daysAgo(2.001, 2.0005, 2), nil, Quiet},
		{"three times, the first 31 days ago", daysAgo(31, 6, 2), nil, Chronic},
		{"three times in 180 days", daysAgo(170, 100, 10), nil, Chronic},
		{"a storm is one time", daysAgo(100.001, 100.002, 100), nil, Quiet},
		{"eight before and one now", daysAgo(170, 160, 150, 140, 130, 120, 110, 100, 10), nil, Fading},
		{"eight before and four now", daysAgo(170, 160, 150, 140, 130, 120, 110, 100, 40, 30, 20, 10), nil, Chronic},
		{"weekly until a cure 125 days ago", daysAgo(weekly...), cure(125), Eliminated},
		{"the cure came before the last time", daysAgo(weekly...), cure(135), Fading},
		{"the cure is in the future", daysAgo(weekly...), cure(-1), Fading},
		{"no cure", daysAgo(weekly...), nil, Fading},
		// Three in 180 days before: silent for 60 days has e^-1 = 37 % chance.
		{"the silence proves nothing", daysAgo(150, 120, 100), cure(60), Chronic},
		// Twice in 18 days since anybody looked: e^-11 under that rate, but of what
		// came twice nobody knows whether it comes again.
		{"twice, then silence", daysAgo(190, 185), func(d *ClusterData) {
			cure(180)(d)
			d.DataSince = noon.Add(-198 * day)
		}, Quiet},
		{"three times, then silence", daysAgo(190, 187, 185), func(d *ClusterData) {
			cure(180)(d)
			d.DataSince = noon.Add(-198 * day)
		}, Eliminated},
	} {
		if got := factsOf(test.members, test.change); got.State != test.want {
			t.Errorf("%s: %s, want %s", test.name, got.State, test.want)
		}
	}
}

func TestClusterEnd(t *testing.T) {
	members := daysAgo(200, 193, 186, 179, 172, 165, 158, 151, 144, 137, 130, 20)
	members[len(members)-1].FalseAlarm = true
	got := factsOf(members, func(d *ClusterData) {
		d.Cures = []Cure{{At: noon.Add(-150 * day), Name: "too early"}, {At: noon.Add(-125 * day), Name: "warm-up"}, {At: noon.Add(-50 * day), Name: "later"}}
	})
	if got.State != Eliminated || got.EndedBy != "warm-up" || !got.EndedAt.Equal(noon.Add(-125*day)) {
		t.Errorf("%s, ended by %q at %v: a false alarm is not the trouble", got.State, got.EndedBy, got.EndedAt)
	}
	// 11 episodes in the 180 days before, 125 days of silence.
	near(t, "chance of the silence", got.SilenceP, math.Exp(-11.0/180*125))
	if got.Incidents != 12 || !got.LastSeen.Equal(noon.Add(-20*day)) {
		t.Errorf("%d incidents, the last at %v: a false alarm counts", got.Incidents, got.LastSeen)
	}
}

func TestClusterRates(t *testing.T) {
	// 6 episodes of 7 incidents in the last 90 days, 2 in the 90 before.
	got := factsOf(daysAgo(300, 170, 120, 80, 60, 50, 40.01, 40, 20, 10), nil)
	if got.Incidents != 10 || got.Episodes != 9 || got.Now.Incidents != 7 || got.Now.Episodes != 6 || got.Before.Episodes != 2 {
		t.Errorf("%+v", got)
	}
	near(t, "rate", got.Now.PerMonth, 2)
	near(t, "low", &got.Now.Interval.Low, 2.20189/3)
	near(t, "high", &got.Now.Interval.High, 13.0595/3)
	near(t, "rate before", got.Before.PerMonth, 2.0/3)
	near(t, "ratio", got.RateRatio, 3)
	near(t, "median of 9.99 10 10 20 20.01 40 50 130 days", got.MedianDaysBetween, 20.005)

	// With data of 120 days, 30 of the 90 before were watched.
	got = factsOf(daysAgo(100, 10), func(d *ClusterData) { d.DataSince = noon.Add(-120 * day) })
	near(t, "days watched before", &got.Before.Days, 30)
	near(t, "rate before, of 30 days", got.Before.PerMonth, 1)
	// Three within minutes on the first day say nothing of a month.
	got = factsOf(daysAgo(0.002, 0.001, 0.0001), func(d *ClusterData) { d.DataSince = noon.Add(-3 * time.Minute) })
	if got.Now.PerMonth != nil || got.Now.Incidents != 3 {
		t.Errorf("a rate of minutes: %+v", got.Now)
	}
	// With data of 45 days, nothing is known of the time before.
	got = factsOf(daysAgo(30, 10), func(d *ClusterData) { d.DataSince = noon.Add(-45 * day) })
	near(t, "rate of 45 days", got.Now.PerMonth, 2/1.5)
	if got.Before.PerMonth != nil || got.RateRatio != nil {
		t.Errorf("a rate before the data: %+v", got.Before)
	}
}

func TestClusterRhythm(t *testing.T) {
	var atMidnight, spread, tuesdays []float64
	for n := range 20 {
		atMidnight = append(atMidnight, float64(n)+0.5+float64(n%5)/200) // minutes around midnight
		spread = append(spread, float64(n)*1.37)
		tuesdays = append(tuesdays, float64(7*n)+1.05+float64(n%10)/11) // the day before Wednesday, 1 July
	}
	if got := factsOf(daysAgo(atMidnight...), nil); got.TimeOfDay != "around 23:45 UTC" || got.Day.P > 1e-6 {
		t.Errorf("at midnight: %q, %+v", got.TimeOfDay, got.Day)
	}
	if got := factsOf(daysAgo(spread...), nil); got.TimeOfDay != "" || got.DayOfWeek != "" {
		t.Errorf("spread: %q %q", got.TimeOfDay, got.DayOfWeek)
	}
	if got := factsOf(daysAgo(tuesdays...), nil); got.DayOfWeek != "around Tuesday" {
		t.Errorf("on Tuesdays: %q, %+v", got.DayOfWeek, got.Week)
	}
	// Two of three in working hours, 200 times: certainly not by chance, but no
	// time of the day to name.
	var office []float64
	for n := range 200 {
		at := float64(n%3) * 0.15
		if n%3 == 2 {
			at = float64(n) * 0.137
		}
		office = append(office, float64(n)+math.Mod(at, 1))
	}
	if got := factsOf(daysAgo(office...), nil); got.TimeOfDay != "" || got.Day.P > 0.001 || got.Day.Strength > 0.6 {
		t.Errorf("in working hours: %q, %+v", got.TimeOfDay, got.Day)
	}
	if got := factsOf(daysAgo(0.5, 1.5, 2.5), nil); got.TimeOfDay != "" || got.Day != nil {
		t.Errorf("three times are too few to tell: %q", got.TimeOfDay)
	}
}

func TestClusterTimesAndEffort(t *testing.T) {
	members := daysAgo(60, 50, 40, 30, 20, 10, 5)
	minutes := []*float64{new(30.0), nil, new(90.0), new(0.0), nil, nil, nil}
	for i := range members {
		members[i].ResolveSeconds = float64(100 * (i + 1))
		members[i].ResponderMinutes = minutes[i]
	}
	members[0].ResolveSeconds = -1 // bad data
	members[1].FalseAlarm = true   // left out of times
	members[6].Open = true         // still running after 700 s
	got := factsOf(members, nil)
	// 300 400 500 600, and one that runs on after 700: half are through at 500.
	if got.TimeToResolveStatus != StatusOK || got.Open != 1 {
		t.Errorf("%s, %d open", got.TimeToResolveStatus, got.Open)
	}
	near(t, "time to resolve", got.TimeToResolve.Estimate, 500)
	near(t, "responder hours", got.ResponderHours, 2)
	if got.ResponderHoursUnknown != 4 {
		t.Errorf("%d do not say how long people worked", got.ResponderHoursUnknown)
	}
	few := factsOf(daysAgo(3, 2), nil)
	if few.TimeToResolveStatus != StatusInsufficient || few.TimeToResolve.Estimate != nil || few.ResponderHours != nil {
		t.Errorf("two are too few: %s %v %v", few.TimeToResolveStatus, few.TimeToResolve.Estimate, few.ResponderHours)
	}
}

func TestWhatVaries(t *testing.T) {
	members := daysAgo(4, 3, 2, 1)
	for i, service := range []string{"web", "db", "web", "api"} {
		members[i].Service, members[i].Team = service, "infra"
		members[i].Title = fmt.Sprint("Disk full on ", i%2)
	}
	got := factsOf(members, nil)
	if want := []string{`title (2): "Disk full on 0", "Disk full on 1"`, `service (3): "web", "api", "db"`}; !slices.Equal(got.Varies, want) {
		t.Errorf("varies %q, want %q", got.Varies, want)
	}
	if !slices.Equal(got.Services, []string{"web", "api", "db"}) || !slices.Equal(got.Teams, []string{"infra"}) {
		t.Errorf("%v %v", got.Services, got.Teams)
	}
}

// Every field has a column of the table, in its order.
func TestClusterFieldsAreNamedOnce(t *testing.T) {
	seen := make(map[string]bool)
	facts := factsOf(daysAgo(1), nil)
	for _, f := range facts.Fields() {
		if seen[f.Name] {
			t.Errorf("%s comes twice", f.Name)
		}
		seen[f.Name] = true
	}
}

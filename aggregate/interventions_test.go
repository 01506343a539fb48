package aggregate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// live is an automation's version that went live so many days before noon.
func live(daysAgo float64, automation, version, stage string) Cure {
	at := noon.Add(-time.Duration(daysAgo * float64(day)))
	return Cure{At: at, Name: automation + " " + version + " (" + stage + ")", Automation: automation, Version: version}
}

func fix(daysAgo float64) Cure {
	return Cure{At: noon.Add(-time.Duration(daysAgo * float64(day))), Name: fmt.Sprintf("fix %v", daysAgo)}
}

// around compares the times around interventions on a trouble that was first seen
// 700 days ago, with incidents of any kind for 1,000.
func around(members []ClusterMember, cures ...Cure) []Intervention {
	return InterventionsOf(&ClusterData{
		ID: "I0", Members: slices.Concat(daysAgo(700), members), Cures: cures, DataSince: noon.Add(-1000 * day), AsOf: noon,
	})
}

// ago is a moment in days before noon.
func ago(at time.Time) float64 { return float64(noon.Sub(at)) / float64(day) }

func TestWhatEndsTheTimesAroundAnIntervention(t *testing.T) {
	members := daysAgo(300, 250, 210, 160, 110, 60, 10)
	for _, test := range []struct {
		name  string
		cures []Cure
		want  []string // name: from to, in days ago; what began and ended it; what else was made
	}{
		{"alone", []Cure{live(100, "a", "1", "full")}, []string{"a 1 (full): 280 0 | |"}},
		{
			"the canary counts, the same version in full is no other intervention",
			[]Cure{live(100, "a", "1", "canary"), live(50, "a", "1", "full")},
			[]string{"a 1 (canary): 280 0 | |"},
		},
		{
			"a further version belongs to its automation, and is compared with the one before",
			[]Cure{live(100, "a", "1", "full"), live(50, "a", "2", "full")},
			[]string{"a 1 (full): 280 0 | | a 2 (full)", "a 2 (full): 100 0 a 1 (full) | |"},
		},
		{
			"another automation ends the time after",
			[]Cure{live(100, "a", "1", "full"), live(50, "b", "1", "full")},
			[]string{"a 1 (full): 280 50 | b 1 (full) |", "b 1 (full): 100 0 a 1 (full) | |"},
		},
		{
			"another's further version does not",
			[]Cure{live(200, "b", "1", "full"), live(100, "a", "1", "full"), live(50, "b", "2", "full")},
			[]string{
				"b 1 (full): 380 100 | a 1 (full) |", "a 1 (full): 200 0 b 1 (full) | | b 2 (full)",
				"b 2 (full): 100 0 a 1 (full) | |",
			},
		},
		{
			"two within 14 days cannot be told apart",
			[]Cure{live(100, "a", "1", "full"), live(86.5, "b", "1", "full")},
			[]string{"a 1 (full): 280 0 | | b 1 (full)", "b 1 (full): 266.5 0 | | a 1 (full)"},
		},
		{
			"a fix ends nothing, and is named",
			[]Cure{fix(120), live(100, "a", "1", "full"), fix(50)},
			[]string{
				"fix 120: 300 100 | a 1 (full) |", // 20 days later
				"a 1 (full): 280 0 | | fix 120, fix 50", "fix 50: 100 0 a 1 (full) | |",
			},
		},
	} {
		var got []string
		for _, i := range around(members, test.cures...) {
			line := fmt.Sprintf("%s: %v %v %s | %s | %s", i.Name, ago(i.From), ago(i.To), i.BeganBy, i.EndedBy, strings.Join(i.Also, ", "))
			got = append(got, strings.Join(strings.Fields(line), " "))
		}
		for n := range test.want {
			test.want[n] = strings.Join(strings.Fields(test.want[n]), " ")
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

// The first episode is what made the trouble known: the time before begins with it,
// and it is not counted.
func TestTheFirstEpisodeIsNotCounted(t *testing.T) {
	// Two in the first episode, then four.
	members := daysAgo(160.001, 160, 150, 140, 120, 110, 50)
	i := InterventionsOf(&ClusterData{ID: "I0", Members: members, Cures: []Cure{live(100, "a", "1", "full")}, DataSince: noon.Add(-1000 * day), AsOf: noon})[0]
	if ago(i.From) != 160.001 || i.Before.Episodes != 4 || i.After.Episodes != 1 {
		t.Errorf("%d episodes since %v days ago, then %d", i.Before.Episodes, ago(i.From), i.After.Episodes)
	}
	near(t, "days", &i.Before.Days, 60.001)
	// First seen after the automation went live: nothing to compare with.
	i = InterventionsOf(&ClusterData{ID: "I0", Members: members, Cures: []Cure{live(170, "a", "1", "full")}, DataSince: noon.Add(-1000 * day), AsOf: noon})[0]
	if i.Plain.Status != StatusNoBaseline || i.Before.Days != 0 || i.After.Episodes != 5 || i.Chosen != "went live before the trouble was known" {
		t.Errorf("%+v", i)
	}
	near(t, "days after", &i.After.Days, 160.001)
	// A false alarm is not the trouble.
	members[0].FalseAlarm, members[1].FalseAlarm, members[6].FalseAlarm = true, true, true
	i = InterventionsOf(&ClusterData{ID: "I0", Members: members, Cures: []Cure{live(100, "a", "1", "full")}, DataSince: noon.Add(-1000 * day), AsOf: noon})[0]
	if ago(i.From) != 150 || i.Before.Episodes != 3 || i.After.Episodes != 0 {
		t.Errorf("%d episodes since %v days ago, then %d", i.Before.Episodes, ago(i.From), i.After.Episodes)
	}
	for n := range members {
		members[n].FalseAlarm = true
	}
	if none := InterventionsOf(&ClusterData{Members: members, Cures: []Cure{live(100, "a", "1", "full")}, AsOf: noon}); none != nil {
		t.Errorf("%d interventions on false alarms", len(none))
	}
}

func TestInterventionStatusAndHowChosen(t *testing.T) {
	for _, test := range []struct {
		name           string
		members        []ClusterMember
		cure           Cure
		plain, guarded Status
		chosen         string
		regression     string
	}{
		{
			"after a bad month, and back to what it was",
			daysAgo(265, 240, 215, 190, 160, 129, 127, 125, 123, 121, 119, 117, 115, 113, 111, 109, 107, 105, 103, 101, 75, 50), live(100, "a", "1", "full"),
			StatusOK, StatusOK, "went live after 15 episodes in 30 days, 15.0 times its rate before: part of a fall would have come by itself (back at that rate, the ratio is 0.30)", "true",
		},
		{
			"not after a bad month, and it helped",
			daysAgo(275, 265, 255, 245, 235, 225, 215, 205, 195, 185, 175, 165, 155, 145, 135, 120, 105), live(100, "a", "1", "full"),
			StatusOK, StatusOK, "went live after 2 episodes in 30 days, 0.7 times its rate before: not because of a bad month", "false",
		},
		{
			"new with a bad month: whether it helped cannot be said",
			daysAgo(129, 127, 125, 123, 121, 119, 117, 115, 113, 111, 109, 107, 105, 103, 101, 50), live(100, "a", "1", "full"),
			StatusOK, StatusNoBaseline, "went live after 15 episodes in 30 days and none in the 150 days before these: how much of a fall would have come by itself cannot be said", "true",
		},
		{
			"a fix 13 days ago", daysAgo(150, 100, 60, 50, 40, 30, 20), fix(13),
			StatusImmature, StatusImmature, "was decided after 3 episodes in 30 days, 3.8 times its rate before: part of a fall would have come by itself (back at that rate, the ratio is 0.69)", "unknown",
		},
		{"none before", daysAgo(50, 40, 30, 20, 10), live(60, "a", "1", "full"), StatusNoBaseline, StatusNoBaseline, "went live after 0 episodes in 30 days and none in the 150 days before these: how much of a fall would have come by itself cannot be said", "unknown"},
		{"four", daysAgo(200, 170, 110, 20), live(100, "a", "1", "full"), StatusInsufficient, StatusInsufficient, "went live after 1 episode in 30 days, 2.5 times its rate before: part of a fall would have come by itself (back at that rate, the ratio is 0.80)", "unknown"},
	} {
		i := around(test.members, test.cure)[0]
		regression := "unknown"
		if i.RegressionToMean != nil {
			regression = fmt.Sprint(*i.RegressionToMean)
		}
		if i.Plain.Status != test.plain || i.Guarded.Status != test.guarded || i.Chosen != test.chosen || regression != test.regression {
			t.Errorf("%s: %s, %s, %s: %s", test.name, i.Plain.Status, i.Guarded.Status, regression, i.Chosen)
		}
		if (i.Plain.Ratio != nil) != (i.Plain.Status == StatusOK) || (i.Guarded.Ratio != nil) != (i.Guarded.Status == StatusOK) {
			t.Errorf("%s: a ratio without ok, or none with it", test.name)
		}
	}
	// Incidents of any kind are known for 40 days only.
	i := InterventionsOf(&ClusterData{
		ID: "I0", Members: daysAgo(40, 35, 32, 29, 26, 23, 5), Cures: []Cure{live(20, "a", "1", "full")}, DataSince: noon.Add(-40 * day), AsOf: noon,
	})[0]
	if want := "went live after 5 episodes in 20 days: too little is known of the time before these to say how much of a fall would have come by itself"; i.Chosen != want {
		t.Errorf("%q, want %q", i.Chosen, want)
	}
}

// poisson are the times of a trouble that comes at random, so many times in 30 days,
// from some days ago to some days ago.
func poisson(random *rand.Rand, perMonth, from, to float64) []float64 {
	var times []float64
	for at := from - random.ExpFloat64()*30/perMonth; at > to; at -= random.ExpFloat64() * 30 / perMonth {
		times = append(times, at)
	}
	return times
}

// chosenTrouble is one of many troubles, seen for some days, whose last 30 days were
// bad enough to build an automation, which then multiplies its rate. It has been
// live for 120 days.
func chosenTrouble(random *rand.Rand, seen, effect float64) *ClusterData {
	const bad = 2 // times its own rate
	for {
		perMonth := 4 + 6*random.Float64()
		before := poisson(random, perMonth, 120+seen, 120)
		month := slices.IndexFunc(before, func(at float64) bool { return at <= 150 })
		if month >= 0 && float64(len(before)-month) >= bad*perMonth {
			times := slices.Concat(before, poisson(random, perMonth*effect, 120, 0))
			return &ClusterData{ID: "I0", Members: daysAgo(times...), Cures: []Cure{live(120, "a", "1", "full")}, DataSince: noon.Add(-600 * day), AsOf: noon}
		}
	}
}

// covering is how often intervals cover the truth, and how often they say fewer.
type covering struct{ said, covered, fewer int }

func (c *covering) add(r *RateComparison, truth float64) {
	if r.Ratio == nil {
		return
	}
	c.said++
	if r.Interval.Low <= truth && truth <= r.Interval.High {
		c.covered++
	}
	if r.saysFewer() {
		c.fewer++
	}
}

func (c *covering) shares() (covered, fewer float64) {
	return float64(c.covered) / float64(c.said), float64(c.fewer) / float64(c.said)
}

// Troubles are chosen because of a bad month. Where the automation does nothing, the
// plain ratio makes it look useful too often; the guarded one does not. Where it
// works, the guarded ratio finds that.
func TestRegressionToTheMeanIsGuardedAgainst(t *testing.T) {
	const trials = 3000
	for _, test := range []struct {
		seen, effect                   float64
		plainCoversLess, guardedFindAt float64
	}{
		{90, 1, 0.88, 0},
		{500, 1, 0.93, 0},
		{90, 0.35, 1, 0.45},
		{500, 0.35, 1, 0.7},
	} {
		random := rand.New(rand.NewPCG(11, 12))
		var plain, guarded covering
		for range trials {
			i := InterventionsOf(chosenTrouble(random, test.seen, test.effect))[0]
			plain.add(&i.Plain, test.effect)
			guarded.add(&i.Guarded, test.effect)
		}
		plainCovered, plainFewer := plain.shares()
		covered, fewer := guarded.shares()
		t.Logf("seen for %v days, rate × %v: plain covers it in %.3f and says fewer in %.3f, guarded in %.3f and %.3f",
			test.seen, test.effect, plainCovered, plainFewer, covered, fewer)
		if covered < 0.93 || covered > 0.98 || plainCovered > test.plainCoversLess {
			t.Errorf("the guarded interval covers the truth in %.3f, the plain one in %.3f", covered, plainCovered)
		}
		if test.effect == 1 && fewer > 0.03 || fewer < test.guardedFindAt {
			t.Errorf("the guarded ratio says fewer in %.3f", fewer)
		}
	}
}

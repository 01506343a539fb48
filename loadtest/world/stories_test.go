package world

import (
	"math"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
)

// year is what happened under one seed, and what was seen of it.
type year struct {
	truth Truth
	seen  *seen
}

var years = make(map[uint64]year)

// forYears checks several seeds: no story may hang on a lucky throw.
func forYears(t *testing.T, check func(t *testing.T, truth Truth, o *seen)) {
	for seed := uint64(1); seed <= 3; seed++ {
		y := yearOf(t, seed)
		check(t, y.truth, y.seen)
	}
}

// yearOf makes a year once for all tests.
func yearOf(t *testing.T, seed uint64) year {
	t.Helper()
	if _, ok := years[seed]; !ok {
		w := Generate(Config{Seed: seed, Start: yearStart, Days: 365, Scale: 1})
		years[seed] = year{w.Truth(), observe(t, w)}
	}
	return years[seed]
}

// opened lists when a trouble's real incidents were opened, by the events.
func opened(truth Truth, o *seen, cluster string) []time.Time {
	var times []time.Time
	for _, i := range truth.Incidents {
		if i.Cluster == cluster && i.Class == schema.ClassIncident {
			times = append(times, first(o.incidents[i.ID], schema.IncidentOpened).Time())
		}
	}
	return times
}

// perDay is how many of the times lie in a day of [from, to).
func perDay(times []time.Time, from, to time.Time) float64 {
	n := 0
	for _, at := range times {
		if !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return float64(n) / to.Sub(from).Hours() * 24
}

func automationNamed(t *testing.T, truth Truth, id string) AutomationTruth {
	t.Helper()
	for _, a := range truth.Automations {
		if a.ID == id {
			return a
		}
	}
	t.Fatalf("no automation %s", id)
	return AutomationTruth{}
}

func TestStampedeComesAtMidnightAndEnds(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		times := opened(truth, o, "cache-stampede")
		if rate := perDay(times, truth.Config.Start, truth.Stories.StampedeEnds); rate < 1.2 {
			t.Errorf("only %.2f stampedes a night", rate)
		}
		for _, at := range times {
			if at.Hour() != 0 {
				t.Errorf("a stampede at %v", at)
			}
			if !at.Before(truth.Stories.StampedeEnds) {
				t.Errorf("a stampede after their end at %v", at)
			}
		}
		warm := automationNamed(t, truth, "cache-warmup")
		full := warm.Rollouts[len(warm.Rollouts)-1]
		if !full.From.Equal(truth.Stories.StampedeEnds) || full.Executions < 300 {
			t.Errorf("the warm-up operator runs %d times from %v", full.Executions, full.From)
		}
	})
}

func TestDriftOperatorIsPromotable(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		times := opened(truth, o, "config-drift")
		before, after := perDay(times, truth.Config.Start, truth.Stories.DriftOperatorAt), perDay(times, truth.Stories.DriftOperatorAt, truth.End)
		if after > before/4 {
			t.Errorf("drift came %.2f times a day before the operator and %.2f after", before, after)
		}
		a := automationNamed(t, truth, "drift-restart")
		if rate := share(a.Realised.WentWell, a.Realised.Finished); rate < 0.95 || a.Realised.Finished < 500 {
			t.Errorf("%.3f of %d runs went well", rate, a.Realised.Finished)
		}
		if a.Realised.Induced > 0 {
			t.Errorf("it caused %d incidents", a.Realised.Induced)
		}
		if dry := a.Rollouts[0]; dry.Stage != schema.StageDryRun || dry.Executions < 100 || share(dry.Needed, dry.Executions) < 0.92 {
			t.Errorf("dry run: %+v", dry)
		}
	})
}

func TestCleanupCausesIncidentsUntilWithdrawn(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		times := opened(truth, o, "deleted-logs")
		if len(times) < 8 {
			t.Errorf("only %d incidents from deleted logs", len(times))
		}
		for _, at := range times {
			// The last run's victim may show half an hour later.
			if at.Before(truth.Stories.CleanupStarts) || at.After(truth.Stories.CleanupWithdrawn.Add(30*time.Minute)) {
				t.Errorf("logs deleted at %v, outside the reclaimer's life", at)
			}
		}
		a := automationNamed(t, truth, "disk-reclaimer").Realised
		if a.Induced != len(times) || a.Confirmed >= a.Induced || share(a.Confirmed, a.Induced) < 0.5 {
			t.Errorf("of %d induced incidents %d are confirmed; %d opened", a.Induced, a.Confirmed, len(times))
		}
		if well, unneeded := share(a.WentWell, a.Finished), share(a.Unneeded, a.Live); well < 0.9 || unneeded < 0.45 {
			t.Errorf("%.2f went well and %.2f were not needed", well, unneeded)
		}
		checkConfirmations(t, truth, o)
	})
}

// checkConfirmations holds what the events confirm against the truth.
func checkConfirmations(t *testing.T, truth Truth, o *seen) {
	t.Helper()
	for _, i := range truth.Incidents {
		said := latest(o.incidents[i.ID], func(e *schema.IncidentEvent) schema.Opt[string] { return e.CausedByExecutionID })
		if said.Set && (!i.Confirmed || said.Value != i.CausedBy) {
			t.Errorf("%s is said to be caused by %s, the truth is %q", i.ID, said.Value, i.CausedBy)
		}
		if i.CausedBy == "" {
			continue
		}
		start := first(o.executions[i.CausedBy], schema.ExecutionStarted)
		if lag := first(o.incidents[i.ID], schema.IncidentOpened) - start; start == 0 || lag <= 0 || lag > 30*minute {
			t.Errorf("%s opened %d ms after the run that caused it", i.ID, lag)
		}
	}
}

func TestPoolsAreRepairedFasterThenFailLess(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		s := truth.Stories
		times := opened(truth, o, "connection-pool-exhaustion")
		by := func(from, to time.Time) float64 { return perDay(times, from, to) }
		canary := automationNamed(t, truth, "pool-circuit-breaker").Rollouts[1].From
		bare, script := by(truth.Config.Start, s.PoolScriptFull), by(s.PoolScriptFull, canary)
		breaker := by(s.PoolBreakerFull, truth.End)
		if ratio := script / bare; ratio < 0.7 || ratio > 1.5 {
			t.Errorf("the script alone changed the frequency by %.2f", ratio)
		}
		if breaker > script/2 {
			t.Errorf("with the breaker %.2f a day, before %.2f", breaker, script)
		}
		if ratio := poolMinutes(truth, o, s.PoolScriptFull, s.PoolBreakerFull) / poolMinutes(truth, o, truth.Config.Start, s.PoolScriptFull); ratio > 0.8 {
			t.Errorf("the script changed the time to resolve by %.2f", ratio)
		}
	})
}

// poolMinutes is the geometric mean time to resolve exhausted pools.
func poolMinutes(truth Truth, o *seen, from, to time.Time) float64 {
	return geometricMean(minutesOf(truth, o, func(i IncidentTruth, opened time.Time) bool {
		return i.Cluster == "connection-pool-exhaustion" && !opened.Before(from) && opened.Before(to)
	}))
}

// minutesOf lists the times to resolve, by the events, of the real incidents
// that are chosen.
func minutesOf(truth Truth, o *seen, chosen func(IncidentTruth, time.Time) bool) []float64 {
	var list []float64
	for _, i := range truth.Incidents {
		life := o.incidents[i.ID]
		from, to := first(life, schema.IncidentOpened), last(life, schema.IncidentResolved)
		if i.Class == schema.ClassIncident && to != 0 && chosen(i, from.Time()) {
			list = append(list, float64(to-from)/float64(minute))
		}
	}
	return list
}

func geometricMean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(x)))
}

func share(part, whole int) float64 { return float64(part) / float64(whole) }

// Automation meets the easy incidents, so plain means flatter it.
func TestPlainMeansFlatterAutomation(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		logs, n := 0.0, 0
		for _, a := range truth.Automations {
			if a.Realised.Treated > 0 {
				logs += math.Log(a.Realised.TimeRatio) * float64(a.Realised.Treated)
				n += a.Realised.Treated
			}
		}
		everything := func(IncidentTruth) bool { return true }
		if crude, real := crudeRatio(truth, o, "", everything), math.Exp(logs/float64(n)); crude > 0.85*real {
			t.Errorf("crude %.2f, really %.2f", crude, real)
		}
	})
}

func TestDrainingLooksGoodAndSlowsRepair(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		crude := crudeRatio(truth, o, "drain-node", func(i IncidentTruth) bool { return i.Cluster == "node-pressure" })
		if real := automationNamed(t, truth, "drain-node").Realised.TimeRatio; crude > 0.9 || real < 1.3 {
			t.Errorf("crude %.2f, really %.2f", crude, real)
		}
		if real := automationNamed(t, truth, "flush-dns").Realised.TimeRatio; !near(real, 1, 1e-9) {
			t.Errorf("flushing DNS changes the time by %.3f", real)
		}
	})
}

// crudeRatio compares the incidents treated by the automation (by any when
// empty) with those that none treated, as a plain mean would.
func crudeRatio(truth Truth, o *seen, automation string, eligible func(IncidentTruth) bool) float64 {
	treated := minutesOf(truth, o, func(i IncidentTruth, _ time.Time) bool {
		return eligible(i) && i.TreatedBy != "" && (automation == "" || i.TreatedBy == automation)
	})
	others := minutesOf(truth, o, func(i IncidentTruth, _ time.Time) bool { return eligible(i) && i.TreatedBy == "" })
	return geometricMean(treated) / geometricMean(others)
}

func TestFamiliarStrangersComeBackUnderAnotherTitle(t *testing.T) {
	forYears(t, func(t *testing.T, truth Truth, o *seen) {
		strangers := 0
		for _, i := range truth.Incidents {
			if !i.FamiliarStranger {
				continue
			}
			strangers++
			now, was := o.incidents[i.ID][0], o.incidents[i.Previous][0]
			days := (now.OccurredAt - was.OccurredAt) / day
			if days < 60 || days > 180 || now.Title == was.Title && now.Service == was.Service {
				t.Errorf("%s: %q on %s is back after %d days as %q on %s", i.ID,
					was.Title.Value, was.Service.Value, days, now.Title.Value, now.Service.Value)
			}
		}
		if strangers < 15 {
			t.Errorf("only %d familiar strangers", strangers)
		}
	})
}

func TestUnrelatedIncidentsShareVagueTitles(t *testing.T) {
	truth := yearOf(t, 1).truth
	clusters := make(map[string]bool)
	for _, i := range truth.Incidents {
		if i.VagueTitle {
			clusters[i.Cluster] = true
		}
	}
	if len(clusters) < 80 {
		t.Errorf("vague titles cover only %d different causes", len(clusters))
	}
}

package aggregate_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/world"
)

// What the backlog and the verdicts say of a generated company whose truth is
// known: of a midnight stampede that was ended, an operator that does well, and a
// clean-up that deletes logs.
func TestDecisionsOnAGeneratedYear(t *testing.T) {
	start := date(2025, 1, 1)
	w := world.Generate(world.Config{Seed: 1, Start: start, Days: 365, Scale: 1})
	l := newLoader(t)
	for ev := range w.Events() {
		l.add(ev.AppendJSON(nil))
	}
	l.flush()
	l.cluster()
	truth := w.Truth()
	end := truth.End

	t.Run("stampede", func(t *testing.T) {
		stampede := l.clusterOf(t, truth, "cache-stampede", end)
		if stampede.State != aggregate.Eliminated || !strings.HasPrefix(stampede.TimeOfDay, "around 00:") || !strings.HasPrefix(stampede.EndedBy, "cache-warmup ") {
			t.Errorf("the midnight stampede is %s, comes %q and was ended by %q", stampede.State, stampede.TimeOfDay, stampede.EndedBy)
		}
		in := func(items []aggregate.BacklogItem) *aggregate.BacklogItem {
			if i := slices.IndexFunc(items, func(b aggregate.BacklogItem) bool { return b.ClusterID == stampede.ClusterID }); i >= 0 {
				return &items[i]
			}
			return nil
		}
		if item := in(l.backlog(t, end)); item != nil {
			t.Errorf("it was eliminated, and is in the backlog: %+v", item)
		}
		// While it came every night, self-healing was recommended for it.
		item := in(l.backlog(t, truth.Stories.StampedeEnds))
		if item == nil || item.Pattern != aggregate.SelfHealing || !strings.HasPrefix(item.PatternReason, "It is expiry that comes on schedule, around 00:") {
			t.Errorf("while it came: %+v", item)
		}
	})
	t.Run("patterns", func(t *testing.T) {
		items := l.backlog(t, truth.Stories.CleanupStarts)
		for trouble, want := range map[string]aggregate.Pattern{
			"config-drift": aggregate.Operator, "certificate-expiry": aggregate.Operator,
			"disk-full": aggregate.SelfHealing, "connection-pool-exhaustion": aggregate.SelfHealing, "replication-lag": aggregate.SelfHealing,
		} {
			cluster := l.clusterOf(t, truth, trouble, truth.Stories.CleanupStarts).ClusterID
			i := slices.IndexFunc(items, func(b aggregate.BacklogItem) bool { return b.ClusterID == cluster })
			if i < 0 || items[i].Pattern != want {
				t.Errorf("%s: %+v, want %s", trouble, items[max(i, 0)], want)
			}
		}
	})
	t.Run("interventions", func(t *testing.T) {
		// An operator and a circuit breaker took troubles away; scripts repair
		// more quickly, and what they repair comes as often as before.
		all := l.interventions(t, end)
		for _, test := range []struct {
			trouble, name string
			fewer         bool
		}{
			{"config-drift", "drift-restart 1.0.0 (canary)", true},
			{"connection-pool-exhaustion", "pool-circuit-breaker 0.5.0 (canary)", true},
			{"connection-pool-exhaustion", "restart-pool 1.0.0 (canary)", false},
			{"disk-full", "disk-reclaimer 2.0.0 (canary)", false},
		} {
			cluster := l.clusterOf(t, truth, test.trouble, end).ClusterID
			n := slices.IndexFunc(all, func(i aggregate.Intervention) bool { return i.ClusterID == cluster && i.Name == test.name })
			if n < 0 {
				t.Errorf("%s: there is no %s", test.trouble, test.name)
				continue
			}
			guarded := all[n].Guarded
			if guarded.Ratio == nil || (guarded.Interval.High < 1) != test.fewer {
				t.Errorf("%s, %s: %+v", test.trouble, test.name, guarded)
			}
		}
	})
	t.Run("verdicts", func(t *testing.T) {
		for _, test := range []struct {
			automation, version, stage, week string
			want                             aggregate.Verdict
			reason                           string
		}{
			// The operator for drifted instances: a dry run from 20 April 2025, a
			// canary from 3 June, at full from 9 July.
			{"drift-restart", "0.9.0", "dry_run", "2025-W20", aggregate.Promote, "agreement is at least "},
			{"drift-restart", "1.0.0", "canary", "2025-W23", aggregate.Hold, " of 30 runs"},
			{"drift-restart", "1.0.0", "canary", "2025-W27", aggregate.Promote, "no incident is confirmed to be caused by it"},
			{"drift-restart", "1.0.2", "full", "2025-W40", aggregate.Keep, "success is at least "},
			// The disk clean-up: a canary from 20 April, at full from 27 April,
			// withdrawn on 30 May.
			{"disk-reclaimer", "2.0.1", "full", "2025-W22", aggregate.Demote, "it causes at least "},
			{"disk-reclaimer", "2.0.1", "full", "2025-W52", aggregate.Demote, " confirmed in "},
		} {
			p := l.verdict(t, test.automation, test.version, test.stage, test.week)
			if p.Verdict != test.want || !strings.Contains(p.Reason, test.reason) {
				t.Errorf("%s %s %s in %s: %s (%s), want %s (%s)", test.automation, test.version, test.stage, test.week, p.Verdict, p.Reason, test.want, test.reason)
			}
		}
	})
	t.Run("evidence is what the metrics say", func(t *testing.T) {
		l.compareEvidence(t, aggregate.WeekEnd(end.AddDate(0, 0, -7)))
	})
}

// clusterOf finds the cluster that holds most incidents of a trouble.
func (l *loader) clusterOf(t *testing.T, truth world.Truth, trouble string, asOf time.Time) aggregate.ClusterFacts {
	t.Helper()
	counts := make(map[string]int)
	for _, i := range truth.Incidents {
		if i.Cluster == trouble {
			counts[l.placed[i.ID]]++
		}
	}
	most := ""
	for cluster, n := range counts {
		if cluster != "" && (most == "" || n > counts[most]) {
			most = cluster
		}
	}
	facts := l.facts(t, asOf)
	i := slices.IndexFunc(facts, func(f aggregate.ClusterFacts) bool { return f.ClusterID == most })
	if i < 0 {
		t.Fatalf("no cluster of %s", trouble)
	}
	return facts[i]
}

// verdict is that on a version and stage at the end of an ISO week.
func (l *loader) verdict(t *testing.T, automation, version, stage, week string) aggregate.Promotion {
	t.Helper()
	for end := aggregate.WeekEnd(date(2025, 1, 1)); end.Before(date(2026, 2, 1)); end = end.AddDate(0, 0, 7) {
		if aggregate.WeekName(end) != week {
			continue
		}
		verdicts, err := aggregate.JudgeWeek(t.Context(), l.store, end, aggregate.Fold{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range verdicts {
			if p.AutomationID == automation && p.Version == version && p.Stage == stage {
				return p
			}
		}
	}
	t.Fatalf("no verdict on %s %s %s in %s", automation, version, stage, week)
	return aggregate.Promotion{}
}

// compareEvidence holds the evidence of a week against the metrics, which another
// query computes.
func (l *loader) compareEvidence(t *testing.T, weekEnd time.Time) {
	t.Helper()
	verdicts, err := aggregate.JudgeWeek(t.Context(), l.store, weekEnd, aggregate.Fold{})
	if err != nil || len(verdicts) < 30 {
		t.Fatalf("%d verdicts, %v", len(verdicts), err)
	}
	metric := func(name string) map[string]aggregate.Row {
		rows, err := aggregate.Run(t.Context(), l.store, find(t, name), aggregate.Query{
			From: time.Unix(0, 0), To: weekEnd, AsOf: weekEnd, By: []aggregate.Dimension{"automation_id", "automation_version", "stage"},
		})
		if err != nil {
			t.Fatal(err)
		}
		byKey := make(map[string]aggregate.Row)
		for _, r := range rows {
			byKey[strings.Join(r.Dims, " ")] = r
		}
		return byKey
	}
	count := func(r aggregate.Row, name string) int64 {
		for _, f := range r.Beside {
			if f.Name == name {
				return f.Value.(int64)
			}
		}
		return 0
	}
	success, agreement := metric("automation_success_rate"), metric("dry_run_agreement_rate")
	unneeded, induced := metric("false_positive_rate"), metric("induced_incident_rate")
	for _, p := range verdicts {
		key := strings.Join([]string{p.AutomationID, p.Version, p.Stage}, " ")
		best := success[key]
		if p.Stage == "dry_run" {
			best = agreement[key]
		}
		for what, v := range map[string][2]int64{
			"runs":       {p.Executions, best.N + count(best, "unknown")},
			"finished":   {p.Finished, best.N},
			"succeeded":  {p.Succeeded, count(best, "numerator")},
			"need known": {p.NeedKnown, unneeded[key].N},
			"not needed": {p.Unneeded, count(unneeded[key], "numerator")},
			"mutating":   {p.Mutating, induced[key].N},
			"induced":    {p.InducedByMutating, count(induced[key], "numerator")},
		} {
			if v[0] != v[1] {
				t.Errorf("%s, %s: %d, the metric says %d", key, what, v[0], v[1])
			}
		}
	}
}

package oracle

import "testing"

// Eight live executions, of which seven finished; three that are not live; and
// two outside the first ten days.
const executions = `
1h  execution x1 started service=web
2h  execution x1 succeeded changed=true
1h  execution x2 started service=web
2h  execution x2 succeeded changed=true
3h  execution x2 escalated
1h  execution x3 started service=web
2h  execution x3 failed changed=false
1h  execution x4 started service=db mutating=false
2h  execution x4 succeeded verdict=unnecessary
1h  execution x5 started service=db
2h  execution x5 succeeded verdict=necessary
3h  execution x5 rolled_back
1h  execution x6 started
2h  execution x6 timed_out
1h  execution x7 requested stage=canary
2h  execution x7 succeeded changed=true
1h  execution x8 started
2h  execution x8 cancelled
1h  execution x9 started stage=dry_run
2h  execution x9 succeeded changed=true
1h  execution x10 requested
2h  execution x10 rejected
1h  execution x11 skipped
239h execution x12 requested
240h execution x12 started
-1h execution x13 succeeded
5h  incident i1 opened caused_by_execution_id=x1
6h  incident i2 opened caused_by_execution_id=x1 classification=false_alarm
6h  incident i3 opened caused_by_execution_id=x2 classification=drill
6h  incident i4 updated caused_by_execution_id=x2
6h  incident i5 opened caused_by_execution_id=x4
6h  incident i6 opened caused_by_execution_id=x9
999h incident i7 opened caused_by_execution_id=x3
1201h incident i8 opened caused_by_execution_id=x3`

func TestExecutionRates(t *testing.T) {
	f := script(t, executions)
	row := one(t, f, "execution_count", wide())
	// All eleven on the first of ten days: mean 1.1, variance (9.9² + 9 × 1.1²)/9 = 12.1.
	wantRow{n: 11, estimate: 11, status: "ok", beside: map[string]float64{"dispersion": 11}}.check(t, "execution_count", row)
	wantBounds(t, "execution_count", row, 5.4911, 19.6820) // Garwood 1936: 5.491 and 19.682

	counts := func(numerator int64) map[string]int64 {
		return map[string]int64{"numerator": numerator, "denominator": 7, "left_out": 3}
	}
	// x1, x4 and x7; x2 was escalated and x5 rolled back.
	row = one(t, f, "automation_success_rate", wide())
	wantRow{n: 7, estimate: 3. / 7, status: "ok", counts: counts(3)}.check(t, "automation_success_rate", row)
	wantBounds(t, "automation_success_rate", row, 0.15822, 0.74954) // Wilson 3 of 7
	wantRow{n: 7, estimate: 1. / 7, status: "ok", counts: counts(1)}.
		check(t, "escalation_rate", one(t, f, "escalation_rate", wide()))
	wantRow{n: 7, estimate: 1. / 7, status: "ok", counts: counts(1)}.
		check(t, "rollback_rate", one(t, f, "rollback_rate", wide()))

	q := wide()
	q.Where = map[string]string{"service": "web", "automation_id": "x", "trigger_kind": ""}
	wantRow{
		n: 3, estimate: none, status: "insufficient",
		counts: map[string]int64{"numerator": 1, "denominator": 3, "left_out": 0},
	}.
		check(t, "a small rate", one(t, f, "automation_success_rate", q))
}

func TestExecutionGroups(t *testing.T) {
	q := wide()
	q.By = []string{"stage"}
	rows, err := script(t, executions).Metric("automation_success_rate", q)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %v", rows, err)
	}
	for n, want := range []struct {
		stage               string
		finished, succeeded int64
		leftOut             int64
	}{{"canary", 1, 1, 0}, {"dry_run", 0, 0, 1}, {"full", 6, 2, 2}} {
		r := rows[n]
		if r.Dims["stage"] != want.stage || r.N != want.finished || *r.Numerator != want.succeeded || *r.LeftOut != want.leftOut {
			t.Errorf("row %d: %+v, want %+v", n, r, want)
		}
	}
}

func TestFalsePositiveRate(t *testing.T) {
	// Needed: x1, x2, x5 and x7. Not needed: x3 (nothing changed) and x4 (by
	// verdict). Unknown: x6 and x8.
	row := one(t, script(t, executions), "false_positive_rate", wide())
	wantRow{
		n: 6, estimate: 2. / 6, status: "ok",
		counts: map[string]int64{"numerator": 2, "denominator": 6, "unknown": 2, "left_out": 3},
		beside: map[string]float64{
			"bound_low":  0.071479212752109,  // Wilson 2 of 8, statsmodels 0.15
			"bound_high": 0.7847839377861225, // Wilson 4 of 8
			"by_verdict": none, "by_verdict_low": none, "by_verdict_high": none, "by_verdict_n": 2,
		},
	}.check(t, "false_positive_rate", row)

	// Five verdicts are enough; four live executions are too few for bounds.
	row = one(t, script(t, `
1h execution x1 started verdict=unnecessary
1h execution x2 started verdict=necessary
1h execution x3 started verdict=necessary
1h execution x4 started verdict=necessary
1h execution x5 started verdict=necessary`), "false_positive_rate", wide())
	wantValue(t, "by_verdict", row.Companions["by_verdict"], 0.2)
	wantValue(t, "by_verdict_low is Wilson's", row.Companions["by_verdict_low"], *row.Low)
	wantValue(t, "by_verdict_high is Wilson's", row.Companions["by_verdict_high"], *row.High)

	row = one(t, script(t, "1h execution x1 started verdict=unnecessary"), "false_positive_rate", wide())
	wantRow{
		n: 1, estimate: none, status: "insufficient",
		counts: map[string]int64{"numerator": 1, "denominator": 1, "unknown": 0, "left_out": 0},
		beside: map[string]float64{
			"bound_low": none, "bound_high": none,
			"by_verdict": none, "by_verdict_low": none, "by_verdict_high": none, "by_verdict_n": 1,
		},
	}.
		check(t, "false_positive_rate", row)
}

func TestInducedIncidentRate(t *testing.T) {
	f := script(t, executions)
	// By x1 twice (one a false alarm) and by x3; neither a drill (i3), nor
	// never opened (i4), nor by one that changes nothing (x4) or was dry (x9),
	// nor after the as-of (i8). Live mutating: x1, x2, x3, x5, x6, x7, x8.
	row := one(t, f, "induced_incident_rate", wide())
	wantRow{
		n: 7, estimate: 3000. / 7, status: "ok",
		counts: map[string]int64{"numerator": 3, "denominator": 7, "left_out": 3},
	}.check(t, "induced_incident_rate", row)
	wantBounds(t, "induced_incident_rate", row, 618.672/7, 8767.27/7)

	q := wide()
	q.Where = map[string]string{"stage": "canary"} // one run is enough, and nothing seen
	row = one(t, f, "induced_incident_rate", q)
	wantRow{
		n: 1, estimate: 0, status: "ok",
		counts: map[string]int64{"numerator": 0, "denominator": 1, "left_out": 0},
	}.check(t, "nothing induced", row)
	wantBounds(t, "nothing induced", row, 0, 3688.88)

	q.Where = map[string]string{"stage": "dry_run"}
	wantRow{
		status: "insufficient", estimate: none,
		counts: map[string]int64{"numerator": 0, "denominator": 0, "left_out": 1},
	}.
		check(t, "no live run", one(t, f, "induced_incident_rate", q))
}

func TestAutomationCoverage(t *testing.T) {
	f := script(t, `
0h incident i1 opened
1h execution x1 started incident_id=i1
0h incident i2 opened classification=false_alarm execution_ids=["x2"]
900h execution x2 succeeded
0h incident i3 opened
1h execution x3 started incident_id=i3 stage=dry_run
0h incident i4 opened
1h execution x4 requested incident_id=i4
0h incident i5 opened
0h incident i6 opened classification=drill
1h execution x6 started incident_id=i6
300h incident i7 opened
1h execution x7 started incident_id=i7`)
	row := one(t, f, "automation_coverage", wide())
	wantRow{n: 5, estimate: 0.4, status: "ok", counts: map[string]int64{"numerator": 2, "denominator": 5}}.
		check(t, "automation_coverage", row)
	wantBounds(t, "automation_coverage", row, 0.11762, 0.76928) // Wilson 2 of 5

	q := wide()
	q.AsOf = at("899h")
	wantValue(t, "before x2 ran", one(t, f, "automation_coverage", q).Estimate, 0.2)
}

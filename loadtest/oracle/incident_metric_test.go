package oracle

import (
	"math"
	"testing"
)

const incidents = `
0h  incident i1 opened service=web severity=sev1 responder_minutes=30
10m incident i1 acknowledged
1h  incident i1 resolved resolved_by=human
1h  incident i2 opened service=web started_at=@30m responder_minutes=0
80m incident i2 acknowledged
2h  incident i2 resolved
2h  incident i3 opened service=db
150m incident i3 resolved
27h incident i4 opened service=db
29h incident i5 opened
28h incident i5 acknowledged
29h0m0.5s incident i5 resolved
30h incident i6 opened responder_minutes=12
30h40m incident i6 acknowledged
31h incident i6 resolved
32h incident i6 reopened
33h incident i7 opened classification=false_alarm responder_minutes=18
34h incident i7 resolved
35h incident i8 opened classification=drill responder_minutes=500
36h incident i9 resolved service=web
60h incident i10 opened
59h incident i10 resolved
240h incident i11 opened
1201h incident i4 resolved
-1m incident i12 opened`

func TestIncidentMetrics(t *testing.T) {
	f := script(t, incidents)

	// i1 to i7 and i10; days have 3, 4 (i4, i5, i6, i7), 1 (i10), then 7 × 0:
	// mean 0.8, squares 26 − 10 × 0.64 = 19.6, variance 19.6/9.
	row := one(t, f, "incident_count", wide())
	wantRow{n: 8, estimate: 8, status: "ok", beside: map[string]float64{"dispersion": 19.6 / 9 / 0.8}}.check(t, "incident_count", row)
	wantBounds(t, "incident_count", row, 3.4538, 15.7632) // Garwood 1936: 3.454 and 15.763

	row = one(t, f, "excluded_incidents", wide())
	wantRow{n: 1, estimate: 1, status: "ok"}.check(t, "excluded_incidents", row)
	wantBounds(t, "excluded_incidents", row, 0.025318, 5.5716)

	// Observed 600, 1200 and 2400 s (i1, i2, i6); censored 1800 s at i3's
	// resolution and i4 at the as-of; negative i5 and i10. S: 4/5, 3/5, then
	// 3/5 × 1/2.
	wantRow{n: 5, estimate: 2400, status: "ok", counts: map[string]int64{"censored": 2, "invalid": 2}}.
		check(t, "time_to_acknowledge", one(t, f, "time_to_acknowledge", wide()))

	// Observed 0.5, 1800, 3600 and 5400 s (i5, i3, i1, i2 from its
	// started_at); censored i4 and the reopened i6; negative i10.
	// S: 5/6, 4/6, 3/6.
	wantRow{
		n: 6, estimate: 3600, status: "ok",
		counts: map[string]int64{"censored": 2, "invalid": 1},
		beside: map[string]float64{
			"mean":           10800.5 / 4,
			"geometric_mean": math.Pow(1*1800*3600*5400, 0.25), // 0.5 s counts as 1 s
			"p90":            5400,                             // number ⌈3.6⌉ = 4
		},
	}.check(t, "time_to_resolve", one(t, f, "time_to_resolve", wide()))

	// 30 + 0 + 12 + 18 minutes of i1, i2, i6 and the false alarm i7.
	wantRow{n: 4, estimate: 1, status: "ok", counts: map[string]int64{"unknown": 4}}.
		check(t, "responder_hours", one(t, f, "responder_hours", wide()))
}

func TestIncidentMetricsOfNothing(t *testing.T) {
	f := script(t, incidents)
	q := Query{From: at("500h"), To: at("600h"), AsOf: at("1200h")}
	row := one(t, f, "incident_count", q)
	wantRow{status: "ok", beside: map[string]float64{"dispersion": none}}.check(t, "incident_count", row)
	wantBounds(t, "incident_count", row, 0, 3.68888)
	nothing := map[string]float64{"mean": none, "geometric_mean": none, "p90": none}
	zero := map[string]int64{"censored": 0, "invalid": 0}
	wantRow{status: "insufficient", estimate: none, counts: zero, beside: nothing}.
		check(t, "time_to_resolve", one(t, f, "time_to_resolve", q))
	wantRow{status: "insufficient", estimate: none, counts: zero}.
		check(t, "time_to_acknowledge", one(t, f, "time_to_acknowledge", q))
	wantRow{status: "ok", counts: map[string]int64{"unknown": 0}}.
		check(t, "responder_hours", one(t, f, "responder_hours", q))
	wantRow{status: "insufficient", estimate: none, counts: map[string]int64{"numerator": 0, "denominator": 0}}.
		check(t, "automation_coverage", one(t, f, "automation_coverage", q))
}

// Below five, the companions are withheld too.
func TestTimeToResolveBelowItsMinimum(t *testing.T) {
	row := one(t, script(t, incidents), "time_to_resolve",
		Query{From: at("0h"), To: at("27h1m"), AsOf: at("1200h")})
	wantRow{
		n: 4, status: "insufficient", estimate: none,
		counts: map[string]int64{"censored": 1, "invalid": 0},
		beside: map[string]float64{"mean": none, "geometric_mean": none, "p90": none},
	}.check(t, "time_to_resolve", row)
}

// With one of five resolved, S stays at 0.8. What was resolved is still told.
func TestTimeToResolveNotReached(t *testing.T) {
	f := script(t, `
0h incident a opened
1h incident a resolved
0h incident b opened
0h incident c opened
0h incident d opened
0h incident e opened`)
	wantRow{
		n: 5, status: "not_reached", estimate: none,
		counts: map[string]int64{"censored": 4, "invalid": 0},
		beside: map[string]float64{"mean": 3600, "geometric_mean": 3600, "p90": 3600},
	}.
		check(t, "time_to_resolve", one(t, f, "time_to_resolve", wide()))
}

func TestAsOfHidesWhatCameLater(t *testing.T) {
	f := script(t, incidents)
	q := Query{From: at("0h"), To: at("240h"), AsOf: at("31h30m")}
	// i1 to i6. Whole days up to the as-of: one, too few for a dispersion.
	wantRow{n: 6, estimate: 6, status: "ok", beside: map[string]float64{"dispersion": none}}.
		check(t, "incident_count", one(t, f, "incident_count", q))
	// Now i6 is resolved after 3600 s and i4 censored at 4.5 h.
	// Observed 0.5, 1800, 3600 twice, 5400.
	wantRow{
		n: 6, estimate: 3600, status: "ok", counts: map[string]int64{"censored": 1, "invalid": 0},
		beside: map[string]float64{
			"mean": 14400.5 / 5, "p90": 5400,
			"geometric_mean": math.Pow(1*1800*3600*3600*5400, 0.2),
		},
	}.
		check(t, "time_to_resolve", one(t, f, "time_to_resolve", q))

	// Two days end by the as-of: 3 and 4 incidents, mean 3.5, variance 0.5.
	// The tenth incident lies in a part of a day and is counted, not sliced.
	q.AsOf = at("71h59m")
	wantRow{n: 8, estimate: 8, status: "ok", beside: map[string]float64{"dispersion": 0.5 / 3.5}}.
		check(t, "incident_count", one(t, f, "incident_count", q))

	q.AsOf = at("-1h")
	wantRow{status: "ok", beside: map[string]float64{"dispersion": none}}.
		check(t, "incident_count", one(t, f, "incident_count", q))
}

func TestGroupsAndFilters(t *testing.T) {
	f := script(t, incidents)
	q := wide()
	q.By = []string{"service", "severity"}
	rows, err := f.Metric("incident_count", q)
	want := []struct {
		service, severity string
		n                 int64
	}{{"", "", 4}, {"db", "", 2}, {"web", "", 1}, {"web", "sev1", 1}}
	if err != nil || len(rows) != len(want) {
		t.Fatalf("%v, %v", rows, err)
	}
	for n, w := range want {
		if r := rows[n]; r.Dims["service"] != w.service || r.Dims["severity"] != w.severity || len(r.Dims) != 2 || r.N != w.n {
			t.Errorf("row %d: %+v, want %+v", n, r, w)
		}
	}
	// The db's days: 1, 1, then 8 × 0: mean 0.2, variance (2 − 0.4)/9.
	wantValue(t, "dispersion of a group", rows[1].Companions["dispersion"], 1.6/9/0.2)

	q.By, q.Where = nil, map[string]string{"service": ""}
	if row := one(t, f, "incident_count", q); row.N != 4 || len(row.Dims) != 0 {
		t.Errorf("without a service: %+v", row)
	}
	q.Where = map[string]string{"service": "web", "resolved_by": "human"}
	if row := one(t, f, "incident_count", q); row.N != 1 {
		t.Errorf("two filters: %+v", row)
	}
	q.By, q.Where = []string{"service"}, map[string]string{"service": "none"}
	if rows, err := f.Metric("incident_count", q); err != nil || len(rows) != 0 {
		t.Errorf("groups without members: %v, %v", rows, err)
	}
}

func TestMistakesInAQuery(t *testing.T) {
	f := &Fold{}
	for name, q := range map[string]Query{
		"no_such_metric":  {},
		"incident_count":  {By: []string{"stage"}},
		"alert_count":     {Where: map[string]string{"trigger_kind": "x"}},
		"execution_count": {By: []string{"severity"}},
	} {
		if rows, err := f.Metric(name, q); err == nil {
			t.Errorf("%s %+v gives %v", name, q, rows)
		}
	}
	if len(Metrics()) != 25 {
		t.Errorf("%d metrics: %v", len(Metrics()), Metrics())
	}
}

func TestAlertMetrics(t *testing.T) {
	f := script(t, `
1h alert a1 fired service=web
2h alert a1 classified verdict=noise
1h alert a2 fired verdict=false_positive
1h alert a3 fired verdict=actionable
1h alert a4 fired verdict=actionable
1h alert a5 fired verdict=noise
6h alert a5 classified verdict=actionable
1h alert a6 fired
1h alert a7 classified verdict=noise
240h alert a8 fired verdict=noise`)
	row := one(t, f, "alert_count", wide())
	// All six on the first of ten days: mean 0.6, variance (5.4² + 9 × 0.6²)/9 = 3.6.
	wantRow{n: 6, estimate: 6, status: "ok", beside: map[string]float64{"dispersion": 6}}.check(t, "alert_count", row)
	wantBounds(t, "alert_count", row, 2.2019, 13.0595) // Garwood 1936: 2.202 and 13.059

	row = one(t, f, "alert_noise_rate", wide())
	wantRow{
		n: 5, estimate: 0.4, status: "ok",
		counts: map[string]int64{"numerator": 2, "denominator": 5, "unknown": 1},
	}.check(t, "alert_noise_rate", row)
	wantBounds(t, "alert_noise_rate", row, 0.11762, 0.76928) // Wilson 2 of 5

	q := wide()
	q.AsOf = at("5h") // a5 still was noise
	wantValue(t, "noise at a past moment", one(t, f, "alert_noise_rate", q).Estimate, 0.6)
	q.AsOf = at("90m") // a1 had no verdict: four are too few
	wantRow{
		n: 4, estimate: none, status: "insufficient",
		counts: map[string]int64{"numerator": 2, "denominator": 4, "unknown": 2},
	}.
		check(t, "alert_noise_rate", one(t, f, "alert_noise_rate", q))
}

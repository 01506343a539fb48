package aggregate_test

import (
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/settings"
)

const declaredHours = `
automations:
  restart:
    build: [{hours: 3, date: 2026-03-04}]
  retired:
    upkeep: [{hours_per_month: 30.4375, since: 2026-01-01}]
`

// TestToilIsNetOfWhatWasInvested: an hour a day is declared for an automation that
// does not run, and three for the one that does.
func TestToilIsNetOfWhatWasInvested(t *testing.T) {
	l := newLoader(t)
	l.add([]byte(`{"event_id":"1","type":"execution.succeeded","occurred_at":"2026-03-03T10:00:00Z","execution_id":"r","automation_id":"restart","service":"web","manual_minutes":120}`))
	l.flush()
	if err := settings.Write(t.Context(), l.store, "somebody", []byte(declaredHours)); err != nil {
		t.Fatal(err)
	}
	week := aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9), AsOf: date(2026, 3, 16)}
	m := find(t, "toil_hours_saved")
	type saved struct{ dimension, net, invested string }
	cases := []struct {
		name  string
		by    []aggregate.Dimension
		where []aggregate.Filter
		want  []saved
	}{
		{"everything", nil, nil, []saved{{"", "-8", "10"}}},
		{"by automation", []aggregate.Dimension{"automation_id"}, nil, []saved{{"restart", "-1", "3"}, {"retired", "null", "7"}}},
		{"of one", nil, []aggregate.Filter{aggregate.Only("automation_id", "restart")}, []saved{{"", "-1", "3"}}},
		{"of both", nil, []aggregate.Filter{aggregate.Only("automation_id", "restart", "retired")}, []saved{{"", "-8", "10"}}},
		{"of all but one", nil, []aggregate.Filter{{Dimension: "automation_id", Values: []string{"retired"}, Except: true}}, []saved{{"", "2", "null"}}},
		{"of another", nil, []aggregate.Filter{aggregate.Only("automation_id", "retired")}, []saved{{"", "null", "7"}}},
		{"by service, for which nothing is declared", []aggregate.Dimension{"service"}, nil, []saved{{"web", "2", "null"}}},
	}
	check := func(name string, rows []aggregate.Row, want []saved) {
		if len(rows) != len(want) {
			t.Errorf("%s: %d rows, want %d", name, len(rows), len(want))
			return
		}
		for i, w := range want {
			got := saved{net: sixDigits(rows[i].Estimate)}
			if len(rows[i].Dims) > 0 {
				got.dimension = rows[i].Dims[0]
			}
			for _, f := range rows[i].Beside {
				if f.Name == "invested" {
					got.invested = sixDigits(f.Value)
				}
			}
			if got != w {
				t.Errorf("%s: %+v, want %+v", name, got, w)
			}
		}
	}
	for _, c := range cases {
		q := week
		q.By, q.Where = c.by, c.where
		check(c.name, run(t, l, m, q), c.want)
	}
	rows, err := aggregate.RunWindows(t.Context(), l.store, m, week, 7*24*time.Hour, m.EachAlone([]aggregate.Dimension{"automation_id"}))
	if err != nil {
		t.Fatal(err)
	}
	check("at once", rows, append(cases[0].want, cases[1].want...))
}

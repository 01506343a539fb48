package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Lives are written as the events of one execution, one minute apart.
func TestLiveFinishedAndSuccess(t *testing.T) {
	for _, c := range []struct {
		events                  string
		live, finished, success bool
	}{
		{"requested", false, false, false},
		{"requested approved", false, false, false},
		{"classified", false, false, false},
		{"started", true, false, false},
		{"requested started succeeded", true, true, true},
		{"started failed", true, true, false},
		{"started timed_out", true, true, false},
		{"started escalated", true, true, false},
		{"started rolled_back", true, true, false},
		{"started succeeded escalated", true, true, false},
		{"started succeeded rolled_back", true, true, false},
		{"started failed succeeded", true, true, true},
		{"succeeded", true, true, true}, // the start is still missing
		{"started skipped", false, false, false},
		{"skipped", false, false, false},
		{"started rejected succeeded", false, false, false},
		{"requested rejected", false, false, false},
		{"requested cancelled", false, false, false},
		{"cancelled started succeeded", false, false, false}, // before it started
		{"cancelled failed", false, false, false},
		{"started cancelled", true, false, false}, // without another end: not finished
		{"started cancelled succeeded", true, true, true},
		{"succeeded cancelled", true, true, true},
		{"failed cancelled succeeded", true, true, true},     // after the earliest end
		{"succeeded cancelled started", false, false, false}, // the start decides, not the end
		{"started succeeded stage=dry_run", false, false, false},
	} {
		var lines []string
		for minute, event := range strings.Fields(c.events) {
			if strings.Contains(event, "=") {
				lines[len(lines)-1] += " " + event
				continue
			}
			lines = append(lines, fmt.Sprintf("%dm execution x1 %s", minute, event))
		}
		x := script(t, strings.Join(lines, "\n")).Executions(at("1h"))["x1"]
		if x.Live() != c.live || x.Finished() != c.finished || c.finished && x.Success() != c.success {
			t.Errorf("%s: live %v, finished %v, success %v", c.events, x.Live(), x.Finished(), x.Success())
		}
	}
}

func TestCancelledAsItStartedIsLive(t *testing.T) {
	if !script(t, "1m execution x1 cancelled\n1m execution x1 started").Executions(at("1h"))["x1"].Live() {
		t.Error("cancelled at its start is not cancelled before it started")
	}
}

func TestLinks(t *testing.T) {
	for _, c := range []struct{ what, lines, want string }{
		{"its incident_id", "0m incident i1 opened\n1m execution x1 started incident_id=i1", "i1"},
		{"the incident's execution_ids", `0m incident i1 opened execution_ids=["x0","x1"]`, "i1"},
		{
			"its alert_id, the alert's incident_id",
			"0m incident i1 opened\n0m alert a1 fired incident_id=i1\n1m execution x1 started alert_id=a1", "i1",
		},
		{
			"its alert_id, the incident's alert_ids",
			`0m incident i1 opened alert_ids=["a1"]` + "\n1m execution x1 started alert_id=a1", "i1",
		},
		{
			"its trigger, an alert",
			`0m incident i1 opened alert_ids=["a1"]` + "\n1m execution x1 started trigger_kind=alert trigger_id=a1", "i1",
		},
		{"its trigger, an incident", "0m incident i1 opened\n1m execution x1 started trigger_kind=incident trigger_id=i1", "i1"},
		{"a trigger of another kind", "0m incident i1 opened\n1m execution x1 started trigger_kind=manual trigger_id=i1", ""},
		{
			"a trigger of another kind, though an alert has the id",
			`0m incident i1 opened alert_ids=["a1"]` + "\n1m execution x1 started trigger_kind=manual trigger_id=a1", "",
		},
		{"a trigger of no kind", "0m incident i1 opened\n1m execution x1 started trigger_id=i1", ""},
		{"an alert id that is an incident's", "0m incident i1 opened\n1m execution x1 started alert_id=i1", ""},
		{
			"an empty list took the link back",
			`0m incident i1 opened execution_ids=["x1"]` + "\n1m incident i1 updated execution_ids=[]", "",
		},
		{"an incident of which nothing is known", "1m execution x1 started incident_id=i1", ""},
		{"an incident that is left out", "0m incident i1 opened classification=test\n1m execution x1 started incident_id=i1", ""},
		{"a false alarm", "0m incident i1 opened classification=false_alarm\n1m execution x1 started incident_id=i1", "i1"},
		{"never opened", "0m incident i1 updated\n1m execution x1 started incident_id=i1", "i1"},
		{
			"the one that opened first",
			`2m incident i1 opened execution_ids=["x1"]` + "\n" + `1m incident i2 opened execution_ids=["x1"]`, "i2 i1",
		},
		{"opened at once: by id", `1m incident i2 opened execution_ids=["x1"]` + "\n" +
			`1m incident i1 opened execution_ids=["x1"]`, "i1 i2"},
		{"never opened comes last", `0m incident i1 updated execution_ids=["x1"]` + "\n" +
			`9m incident i2 opened execution_ids=["x1"]`, "i2 i1"},
		{"first, but left out", `1m incident i1 opened classification=merged execution_ids=["x1"]` + "\n" +
			`9m incident i2 opened execution_ids=["x1"]`, "i2"},
	} {
		s := script(t, c.lines+"\n9m execution x1 classified").at(at("1h"))
		var linked []*Incident
		for _, i := range s.links["x1"] {
			linked = append(linked, i)
		}
		slices.SortFunc(linked, byOpening)
		var ids []string
		for _, i := range linked {
			ids = append(ids, i.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: linked to %q, want %q", c.what, got, c.want)
		}
		if its := s.incidentOf(s.executions["x1"]); (its == nil) != (len(ids) == 0) || its != nil && its.ID != ids[0] {
			t.Errorf("%s: its incident is %v", c.what, its)
		}
	}
}

func TestNeed(t *testing.T) {
	const opened = "0m incident i1 opened\n"
	for _, c := range []struct {
		what, lines string
		want        need
	}{
		{"verdict", "10m execution x1 started verdict=unnecessary", needless},
		{"verdict before every sign", opened + "5m incident i1 resolved classification=false_alarm\n" +
			"10m execution x1 started incident_id=i1 verdict=necessary changed=false", needed},
		{"verdict before success", "10m execution x1 succeeded verdict=unnecessary changed=true", needless},
		{"nothing known", "10m execution x1 started", needUnknown},
		{"success alone", "10m execution x1 succeeded", needUnknown},
		{"changed without success", "10m execution x1 failed changed=true", needUnknown},
		{"success that changed", "10m execution x1 succeeded changed=true", needed},
		{"nothing changed", "10m execution x1 succeeded changed=false", needless},
		{"nothing changed in a failure", "10m execution x1 failed changed=false", needless},
		{"noise goes before success", "0m alert a1 fired verdict=noise\n10m execution x1 succeeded changed=true alert_id=a1", needless},
		{"false positive by trigger", "0m alert a1 fired verdict=false_positive\n" +
			"10m execution x1 started trigger_kind=alert trigger_id=a1", needless},
		{"either alert counts", "0m alert a1 fired verdict=noise\n0m alert a2 fired verdict=actionable\n" +
			"10m execution x1 started alert_id=a2 trigger_kind=alert trigger_id=a1", needless},
		{"actionable", "0m alert a1 fired verdict=actionable\n10m execution x1 started alert_id=a1", needUnknown},
		{"alert resolved before", "0m alert a1 fired\n9m alert a1 resolved\n10m execution x1 started alert_id=a1", needless},
		{"alert resolved at the start", "0m alert a1 fired\n10m alert a1 resolved\n10m execution x1 started alert_id=a1", needUnknown},
		{"alert resolved again later", "5m alert a1 resolved\n12m alert a1 resolved\n10m execution x1 started alert_id=a1", needUnknown},
		{"another's alert", opened + "0m alert a1 fired verdict=noise incident_id=i1\n10m execution x1 started incident_id=i1", needUnknown},
		{"incident resolved before", opened + "9m incident i1 resolved\n10m execution x1 started incident_id=i1", needless},
		{"incident resolved at the start", opened + "10m incident i1 resolved\n10m execution x1 started incident_id=i1", needUnknown},
		{"reopened before", opened + "5m incident i1 resolved\n9m incident i1 reopened\n10m execution x1 started incident_id=i1", needUnknown},
		{"reopened at the start", opened + "5m incident i1 resolved\n10m incident i1 reopened\n10m execution x1 started incident_id=i1", needUnknown},
		{"reopened later", opened + "5m incident i1 resolved\n11m incident i1 reopened\n10m execution x1 started incident_id=i1", needless},
		{"started late, requested before", opened + "9m incident i1 resolved\n8m execution x1 requested incident_id=i1\n10m execution x1 started", needless},
		{"start unknown: first event", opened + "9m incident i1 resolved\n8m execution x1 requested incident_id=i1\n10m execution x1 failed", needUnknown},
		{"false alarm", opened + "1m incident i1 updated classification=false_alarm\n10m execution x1 started incident_id=i1", needless},
		{"a drill is no link", "0m incident i1 opened classification=drill\n5m incident i1 resolved\n10m execution x1 started incident_id=i1", needUnknown},
		{"only the first incident counts", opened + `1m incident i2 opened classification=false_alarm execution_ids=["x1"]` +
			"\n10m execution x1 started incident_id=i1", needUnknown},
	} {
		s := script(t, c.lines).at(at("1h"))
		if got := s.needOf(s.executions["x1"]); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

package world

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
)

// bigYear has enough of everything to hold proportions against parameters.
func bigYear() Config { return Config{Seed: 7, Start: yearStart, Days: 365, Scale: 4} }

// within says whether hits of n are what a chance p gives: four standard
// errors either way.
func within(hits, n int, p float64) bool {
	return math.Abs(float64(hits)-p*float64(n)) <= 4*math.Sqrt(p*(1-p)*float64(n))+1
}

func TestProportionsAreWithinTheirParameters(t *testing.T) {
	truth := Generate(bigYear()).Truth()
	for _, a := range truth.Automations {
		p, r := a.Parameters, a.Realised
		if !within(r.WentWell, r.Finished, p.Success) {
			t.Errorf("%s: %d of %d went well, want %.3f", a.ID, r.WentWell, r.Finished, p.Success)
		}
		if !within(r.Unneeded, r.Live, p.Unneeded) {
			t.Errorf("%s: %d of %d were not needed, want %.3f", a.ID, r.Unneeded, r.Live, p.Unneeded)
		}
		if !within(r.Induced, r.Live, p.Induces) {
			t.Errorf("%s: %d live runs caused %d incidents, want %.4f", a.ID, r.Live, r.Induced, p.Induces)
		}
		for _, rollout := range a.Rollouts {
			if rollout.Stage == schema.StageDryRun && !within(rollout.Needed, rollout.Executions, 1-p.Unneeded) {
				t.Errorf("%s: %d of %d dry runs were needed, want %.3f", a.ID, rollout.Needed, rollout.Executions, 1-p.Unneeded)
			}
		}
	}
}

// A successful run has its effect, a failed one none, so what the treated got
// in the mean is effect^success, less what the run's own time adds.
func TestEffectIsWithinItsParameter(t *testing.T) {
	for _, a := range Generate(bigYear()).Truth().Automations {
		if a.Realised.Treated < 30 {
			continue
		}
		want := math.Pow(a.Parameters.Effect, a.Parameters.Success)
		if got := a.Realised.TimeRatio; got < 0.88*want || got > 1.3*want {
			t.Errorf("%s: time ratio %.3f, want about %.3f", a.ID, got, want)
		}
	}
}

// The truth about runs is what an observer would count by the contract.
func TestEventsSayWhatTheTruthCounts(t *testing.T) {
	truth, o := yearOf(t, 1).truth, yearOf(t, 1).seen
	for _, a := range truth.Automations {
		live, finished, well := 0, 0, 0
		for _, e := range truth.Executions {
			life := o.executions[e.ID]
			if e.Automation != a.ID || life[0].Stage.Value == schema.StageDryRun || first(life, schema.ExecutionStarted) == 0 {
				continue
			}
			live++
			if slices.ContainsFunc(life, func(e *schema.ExecutionEvent) bool { return slices.Contains(ends, e.Type) }) {
				finished++
			}
			if first(life, schema.ExecutionSucceeded) != 0 && first(life, schema.ExecutionEscalated) == 0 && first(life, schema.ExecutionRolledBack) == 0 {
				well++
			}
		}
		if r := a.Realised; live != r.Live || finished != r.Finished || well != r.WentWell {
			t.Errorf("%s: %d live, %d finished, %d went well; the truth is %+v", a.ID, live, finished, well, r)
		}
	}
}

func TestVerdictsAgreeWithTheTruth(t *testing.T) {
	truth, o, verdicts := yearOf(t, 1).truth, yearOf(t, 1).seen, 0
	for _, e := range truth.Executions {
		said := latest(o.executions[e.ID], func(e *schema.ExecutionEvent) schema.Opt[string] { return e.Verdict })
		if !said.Set {
			continue
		}
		verdicts++
		if (said.Value == "necessary") != e.Needed {
			t.Errorf("%s: verdict %s, needed is %v", e.ID, said.Value, e.Needed)
		}
	}
	if verdicts < 2000 {
		t.Errorf("only %d verdicts", verdicts)
	}
}

// A needed run must not look needless: its incident was open and its alert
// was firing when it started.
func TestNeededRunsFindTheirIncidentOpen(t *testing.T) {
	truth, o := yearOf(t, 1).truth, yearOf(t, 1).seen
	for _, e := range truth.Executions {
		if !e.Needed || !e.Live || e.Incident == "" {
			continue
		}
		started := first(o.executions[e.ID], schema.ExecutionStarted)
		if resolved := last(o.incidents[e.Incident], schema.IncidentResolved); resolved != 0 && resolved < started {
			t.Errorf("%s started after %s was resolved", e.ID, e.Incident)
		}
		if alert := alertOf(o.executions[e.ID][0]); alert != "" {
			if resolved := first(o.alerts[alert], schema.AlertResolved); resolved != 0 && resolved < started {
				t.Errorf("%s started after its alert %s had cleared", e.ID, alert)
			}
		}
	}
}

func alertOf(e *schema.ExecutionEvent) string {
	if e.TriggerKind.Value == "alert" {
		return e.TriggerID.Value
	}
	return e.AlertID.Value
}

// Every way of the contract to tie a run to its incident is used, and can be
// followed through the events.
func TestEveryLinkCanBeFollowed(t *testing.T) {
	truth, o, used := yearOf(t, 1).truth, yearOf(t, 1).seen, make(map[string]int)
	lists := func(incident, id string, field func(*schema.IncidentEvent) schema.Opt[[]string]) bool {
		return slices.Contains(latest(o.incidents[incident], field).Value, id)
	}
	for _, e := range truth.Executions {
		if e.Link == "" || !e.Live {
			continue
		}
		used[e.Link]++
		run := o.executions[e.ID][0]
		ok := false
		switch e.Link {
		case "incident_id":
			ok = run.IncidentID.Value == e.Incident
		case "trigger_incident":
			ok = run.TriggerKind.Value == "incident" && run.TriggerID.Value == e.Incident
		case "execution_ids":
			ok = lists(e.Incident, e.ID, func(e *schema.IncidentEvent) schema.Opt[[]string] { return e.ExecutionIDs })
		case "alert_id", "trigger_alert":
			alert := alertOf(run)
			ok = o.alerts[alert][0].IncidentID.Value == e.Incident ||
				lists(e.Incident, alert, func(e *schema.IncidentEvent) schema.Opt[[]string] { return e.AlertIDs })
		}
		if !ok {
			t.Errorf("%s: its link to %s by %s cannot be followed", e.ID, e.Incident, e.Link)
		}
	}
	for _, name := range linkNames[1:] {
		if used[name] < 50 {
			t.Errorf("%s links only %d runs", name, used[name])
		}
	}
}

func TestRhythmsHaveAMeanOfOne(t *testing.T) {
	for name, r := range map[string]rhythm{
		"steady": steady, "evenings": evenings, "traffic": traffic, "officeHours": officeHours, "deploys": deploys, "midnight": midnight,
		"nightBatch": nightBatch, "monthEnd": monthEnd, "lateEvening": lateEvening, "sundayNight": sundayNight,
	} {
		sum := 0.0
		for h := range 365 * 24 {
			sum += r(yearStart.Add(time.Duration(h) * time.Hour))
		}
		if mean := sum / (365 * 24); !near(mean, 1, 0.05) {
			t.Errorf("%s has a mean of %.3f", name, mean)
		}
	}
}

// Whatever can happen to an entity happens in a year.
func TestEveryTypeAndValueOccurs(t *testing.T) {
	truth, o := yearOf(t, 1).truth, yearOf(t, 1).seen
	for _, kind := range append(slices.Clone(ends), schema.IncidentReopened, schema.IncidentReviewed, schema.IncidentMitigated,
		schema.ExecutionRejected, schema.ExecutionSkipped, schema.ExecutionCancelled, schema.AlertClassified) {
		if truth.Events.ByType[kind].Distinct < 5 {
			t.Errorf("%s occurs %d times", kind, truth.Events.ByType[kind].Distinct)
		}
	}
	classes, severities, resolvers, open := make(map[string]int), make(map[string]int), make(map[string]int), 0
	for _, life := range o.incidents {
		classes[latest(life, func(e *schema.IncidentEvent) schema.Opt[string] { return e.Classification }).Or(schema.ClassIncident)]++
		severities[latest(life, func(e *schema.IncidentEvent) schema.Opt[string] { return e.Severity }).Value]++
		resolvers[latest(life, func(e *schema.IncidentEvent) schema.Opt[string] { return e.ResolvedBy }).Value]++
		if first(life, schema.IncidentResolved) == 0 {
			open++
		}
	}
	checkAll(t, "classification", classes, schema.Classifications)
	checkAll(t, "severity", severities, schema.Severities)
	checkAll(t, "resolver", resolvers, schema.Resolvers)
	if open < 5 || open > len(o.incidents)/20 {
		t.Errorf("%d incidents are open", open)
	}
	recurring := 0
	for _, tr := range truth.Troubles {
		if tr.Class == "" && tr.Incidents > 1 {
			recurring++
		}
	}
	if recurring < 25 {
		t.Errorf("only %d troubles recur", recurring)
	}
}

func checkAll(t *testing.T, what string, counts map[string]int, values []string) {
	t.Helper()
	for _, v := range values {
		if counts[v] < 10 {
			t.Errorf("%s %s occurs %d times", what, v, counts[v])
		}
	}
}

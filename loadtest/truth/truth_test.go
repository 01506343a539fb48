package truth_test

import (
	"math"
	"slices"
	"testing"

	"github.com/vividium/firebreak/loadtest/truth"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	worlds = 60
	seed   = 1
)

// measured is what was answered already, by the scenario's name.
var measured = make(map[string][]truth.Answer)

// measure makes up the worlds of a scenario once.
func measure(t *testing.T, name string) []truth.Answer {
	t.Helper()
	if answers, known := measured[name]; known {
		return answers
	}
	at := slices.IndexFunc(truth.Scenarios, func(s truth.Scenario) bool { return s.Name == name })
	if at < 0 {
		t.Fatalf("there is no scenario %q", name)
	}
	answers, err := truth.Measure(t.Context(), storetest.Open(t), &truth.Scenarios[at], worlds, seed)
	if err != nil {
		t.Fatal(err)
	}
	measured[name] = answers
	return answers
}

// narrowed is an answer whose intervals are only so wide.
func narrowed(a truth.Answer, factor float64) truth.Answer {
	a.Readings = slices.Clone(a.Readings)
	for i := range a.Readings {
		r := &a.Readings[i]
		if r.Estimate == nil {
			continue
		}
		for _, end := range []**float64{&r.Low, &r.High} {
			if *end != nil {
				*end = new(*r.Estimate + factor*(**end-*r.Estimate))
			}
		}
	}
	return a
}

// The intervals cover the truth as often as they say, by what 60 worlds can tell;
// intervals 0.4 times as wide would be noticed.
func TestIntervalsCoverTheTruth(t *testing.T) {
	for i := range truth.Scenarios {
		name := truth.Scenarios[i].Name
		t.Run(name, func(t *testing.T) {
			for _, a := range measure(t, name) {
				tally := a.Tally()
				if tally.Worlds != worlds || tally.Answered < worlds/20 {
					t.Errorf("%s: %d of %d worlds have an interval", a.Claim.Name(), tally.Answered, tally.Worlds)
				}
				if a.Claim.Aim == (truth.Aim{}) {
					continue
				}
				if tally.Misses(a.Claim.Aim) {
					t.Errorf("%s covers the truth in %d of %d worlds", a.Claim.Name(), tally.Covered, tally.Answered)
				}
				narrow := narrowed(a, 0.4)
				if tally := narrow.Tally(); a.Claim.Part == "" && !tally.Misses(a.Claim.Aim) {
					t.Errorf("%s: nobody would notice intervals of 0.4 times the width, which cover the truth in %d of %d worlds", a.Claim.Name(), tally.Covered, tally.Answered)
				}
			}
		})
	}
}

// Where automation is put on the easy incidents it seems to help though it harms, and
// where it is put on the hard ones it seems to harm though it helps. The metric is not
// taken in, and where it can tell it says that the crude ratio misleads.
func TestCrudeMisleads(t *testing.T) {
	for name, sign := range map[string]float64{"easy ones first": -1, "hard ones first": 1} {
		tally := answer(t, measure(t, name), "mttr_impact").Tally()
		if crude := sign * tally.CrudeBias; crude < 0.4 {
			t.Errorf("%s: crude is off by %+.3f only", name, tally.CrudeBias)
		}
		if math.Abs(tally.Bias) > 0.06 {
			t.Errorf("%s: mttr_impact is off by %+.3f", name, tally.Bias)
		}
		if tally.Reversals < tally.Answered/3 {
			t.Errorf("%s: a reversal is noticed in %d of %d worlds", name, tally.Reversals, tally.Answered)
		}
	}
}

// The limits show: where they do not, the README need not warn of them.
func TestLimits(t *testing.T) {
	late := answer(t, measure(t, "limit: too late"), "mttr_impact").Tally()
	if late.Bias < 0.05 || late.CrudeBias < 2*late.Bias {
		t.Errorf("of runs that come too late the bias is %+.3f, of crude %+.3f", late.Bias, late.CrudeBias)
	}
	needed := answer(t, measure(t, "runs"), "false_positive_rate").Tally()
	if needed.Bias < 0.02 {
		t.Errorf("false_positive_rate leans by %+.3f only", needed.Bias)
	}
	open := answer(t, measure(t, "rarely harmful"), "induced_incident_rate").Tally()
	if open.Nothing < open.Answered/4 {
		t.Errorf("in %d of %d worlds no induced incident was seen", open.Nothing, open.Answered)
	}
}

func answer(t *testing.T, answers []truth.Answer, interval string) *truth.Answer {
	t.Helper()
	at := slices.IndexFunc(answers, func(a truth.Answer) bool { return a.Claim.Name() == interval })
	if at < 0 {
		t.Fatalf("the scenario makes no claim about %s", interval)
	}
	return &answers[at]
}

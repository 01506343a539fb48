package truth

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// Print writes the answers as a table, a row each, and below it what its words
// mean.
func Print(to io.Writer, answers []Answer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\tinterval\ttruth (least to most)\tworlds\tnot ok\tcovered\taim\tbias\twidth\tbeside")
	for i := range answers {
		fmt.Fprintln(w, strings.Join(answers[i].cells(), "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return legend(to, answers)
}

func (a *Answer) cells() []string {
	t := a.Tally()
	return []string{
		a.Scenario.Name, a.Claim.Name(), a.Claim.truths(&t), fmt.Sprint(t.Worlds),
		percent(float64(t.Worlds-t.Answered) / float64(t.Worlds)), percent(t.Coverage()), a.Claim.judge(&t),
		number("%+.3f", t.Bias), number("%.3f", t.Width), a.Claim.beside(&t),
	}
}

// Name is the metric, and which of its intervals.
func (c Claim) Name() string {
	switch c.Part {
	case Bounds:
		return c.Metric + ", bounds"
	case ByVerdict:
		return c.Metric + ", by_verdict"
	}
	if c.Truth == NotSoon {
		return c.Metric + ", to none soon"
	}
	return c.Metric
}

func (c Claim) judge(t *Tally) string {
	switch {
	case c.Aim == Aim{}:
		return "shown only"
	case t.Aims(c.Aim):
		return "met"
	case t.Misses(c.Aim):
		return "missed"
	}
	return "missed, within chance"
}

// beside says what else is worth knowing.
func (c Claim) beside(t *Tally) string {
	switch c.Metric {
	case impact.Metric:
		return fmt.Sprintf("crude off by %+.3f, reversal in %s", t.CrudeBias, percent(float64(t.Reversals)/float64(t.Answered)))
	case induced.Metric:
		return fmt.Sprintf("none seen in %s", percent(float64(t.Nothing)/float64(t.Answered)))
	}
	return ""
}

func (c Claim) truths(t *Tally) string {
	show := func(x float64) string { return fmt.Sprintf("%.2f", x) }
	if m, err := aggregate.Find(c.Metric); err == nil && m.Unit == aggregate.Seconds {
		show = func(x float64) string {
			d := time.Duration(x * float64(time.Second))
			if d >= 48*time.Hour {
				return fmt.Sprintf("%.1fd", d.Hours()/24)
			}
			return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
		}
	}
	return fmt.Sprintf("%s (%s to %s)", show(t.Middle), show(t.Least), show(t.Most))
}

func percent(share float64) string { return number("%.1f %%", 100*share) }

func number(format string, x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return fmt.Sprintf(format, x)
}

// legend explains the table, scenario by scenario and interval by interval.
func legend(to io.Writer, answers []Answer) error {
	var b strings.Builder
	b.WriteString(`
covered: share of the worlds with an interval whose 95 % interval covers the truth.
aim: 93 to 98 % for mttr_impact, automation_success_rate and time_to_resolve; at least
95 % for induced_incident_rate and the bounds of false_positive_rate.
bias, width: means of estimate − truth and high − low; of mttr_impact and time_to_resolve
of their natural logarithms: +0.01 is 1 % too high.
crude off by: the same bias of mttr_impact's crude ratio; reversal: share of worlds in which
the metric itself says that crude points the other way.
`)
	told := make(map[string]bool)
	section := func(title string, line func(*Answer) string) {
		fmt.Fprintf(&b, "\n%s\n", title)
		for i := range answers {
			if l := line(&answers[i]); !told[l] {
				told[l] = true
				fmt.Fprintf(&b, "  %s\n", l)
			}
		}
	}
	section("The truth is:", func(a *Answer) string { return a.Claim.Name() + ": " + string(a.Claim.Truth) })
	section("What happens in the worlds:", func(a *Answer) string { return a.Scenario.Name + ": " + a.Scenario.Story })
	_, err := io.WriteString(to, b.String())
	return err
}

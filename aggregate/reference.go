package aggregate

import (
	"fmt"
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate/settings"
)

// intervals says how the interval of each estimator is made.
var intervals = map[Estimator]string{
	EventCount: "exact Poisson (Garwood), which assumes that events come independently",
	Total:      "none: it is a sum, not an estimate",
	Share:      "Wilson score",
	EventRate:  "exact Poisson (Garwood) of the events",
	MedianTime: "log-log Greenwood, of the Kaplan–Meier median; an end that was not reached is null",
	RateChange: "exact conditional, made wider on the logarithm by the root of the dispersion where that is above 1",
	TimeChange: "Welch's t on logarithms, made wider by the root of the dispersion where that is above 1",
	Toil:       "none: it is a sum of what was priced",
	Excess:     "none; p says how easily chance alone gives as much",
	Impact:     "Student's t with Satterthwaite's degrees of freedom, on logarithms",
}

// besides says what stands beside an estimate, by its name in the row.
var besides = map[string]string{
	"numerator":       "cases that count; of a change, those of this window",
	"denominator":     "cases of which they are a part; of a change, those of the window before",
	"unknown":         "cases of which it is not known; they are not in the estimate",
	"left_out":        "cases that do not enter, as the description says",
	"censored":        "cases that were still open at as_of",
	"invalid":         "negative durations: bad data, left out",
	"dispersion":      "variance ÷ mean of daily counts: above 1 they come in bursts",
	"mean":            "arithmetic mean of those that ended, seconds",
	"geometric_mean":  "geometric mean of those that ended, seconds",
	"p90":             "nearest-rank 90th percentile of those that ended, seconds",
	"bound_low":       "lower Wilson end if everything unknown had been needed",
	"bound_high":      "upper Wilson end if nothing unknown had been needed",
	"by_verdict":      "the same by people's verdicts only",
	"by_verdict_low":  "lower end of its interval",
	"by_verdict_high": "upper end of its interval",
	"by_verdict_n":    "how many verdicts there are",
	"treated":         "incidents with automation that could be compared",
	"untreated":       "incidents without that could be compared",
	"coverage":        "share of the treated that could be compared",
	"crude":           "the ratio of geometric means without any care for what is comparable",
	"reversal":        "whether crude points the other way, from outside the interval",
	"minutes_saved":   "minutes by which a treated incident was shorter, on average",
	"detectable":      "the smallest improvement that such a sample would have shown with 80 % power",
	"credited":        "runs that spared people their work",
	"unpriced":        "of those, the ones without a baseline, which earn nothing",
	"measured":        "share of the credited whose baseline was measured",
	"declared":        "share of the credited whose baseline was declared",
	"gross":           "hours spared before any cost",
	"wasted":          "hours that people spent on live runs that were not credited",
	"induced":         "hours that people spent on incidents that runs are confirmed to have caused",
	"invested":        "hours declared for building and keeping automations; null where they cannot be told",
	"observed":        "incidents that opened soon after runs",
	"expected":        "incidents that usually would have",
	"p":               "chance of as many if there were no difference, one-sided",
}

// Reference is the page that describes every metric, made from the catalogue, as
// Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	for i := range Catalogue {
		m := &Catalogue[i]
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", m.Name, m.Name, m.Title, m.Unit, m.Better)
	}
	for i := range Catalogue {
		Catalogue[i].describe(&b)
	}
	return b.String()
}

const referenceHead = "# Metrics\n\n" +
	"Made from the catalogue by `make reference`. `firebreak metric NAME` computes a metric over any\n" +
	"window; `metrics_daily` and `metrics_weekly` hold those of whole days and weeks.\n\n" +
	"A row has the dimensions that were asked for, `n` (how many cases the estimate rests on),\n" +
	"`estimate` with `low` and `high` (95 % interval), `unit`, and `status`:\n\n" +
	"| status | there is no number because |\n| --- | --- |\n" +
	"| `ok` | there is one |\n" +
	"| `insufficient` | there are fewer cases than the metric's minimum |\n" +
	"| `not_reached` | the median lies beyond what was observed |\n" +
	"| `immature` | too many cases are still open to say |\n" +
	"| `no_baseline` | there is nothing before to compare with |\n\n" +
	"In the SQL stand `{{runs}}` for the executions that began in the window, `{{members}}` for the same with\n" +
	"what each was about, `{{all}}` for all executions with that, `{{incidents}}` for all incidents, and `{{intervals}}` for\n" +
	"incidents with when the one before in their cluster opened: folded from events, or read from what the worker\n" +
	"keeps (`members/`).\n\n" +
	"| metric | | unit | |\n| --- | --- | --- | --- |\n"

func (m *Metric) describe(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n**%s.** %s\n\n", m.Name, m.Title, m.Description)
	least := "none"
	if m.MinSample > 0 {
		least = fmt.Sprintf("n ≥ %d", m.MinSample)
	}
	fmt.Fprintf(b, "- formula: %s\n- unit: %s; %s\n- interval: %s\n- minimum sample: %s\n- dimensions: %s\n",
		m.Formula, m.Unit, m.Better, intervals[m.Estimator], least, asCode(m.Dimensions))
	if m.Limits != nil {
		fmt.Fprintf(b, "- to be watched beyond %g, bad beyond %g\n", m.Limits.Watch, m.Limits.Bad)
	}
	if names := m.Beside(); len(names) > 0 {
		b.WriteString("- beside it:\n")
		for _, name := range names {
			fmt.Fprintf(b, "  - `%s`: %s\n", name, besides[name])
		}
	}
	fmt.Fprintf(b, "\n<details><summary>SQL: one row for each member</summary>\n\n```sql\n%s\n```\n\n</details>\n", m.sql)
}

// Meaning says what a number is that stands beside an estimate; "" when there is none of
// that name.
func Meaning(beside string) string { return besides[beside] }

func asCode(dimensions []Dimension) string {
	var names []string
	for _, d := range dimensions {
		names = append(names, "`"+string(d)+"`")
	}
	return strings.Join(names, ", ")
}

// Beside names what stands beside the estimate in every row of the metric, in the
// order in which it does.
func (m *Metric) Beside() []string {
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	none := m.Nothing(Query{From: day, To: day.AddDate(0, 0, 1), AsOf: day})
	names := make([]string, len(none.Beside))
	for i, f := range none.Beside {
		names[i] = f.Name
	}
	return names
}

// Nothing is the row that [Run] gives for a window in which nothing began and for which
// no hours were declared: of counts it says 0, of most others that there are too few.
func (m *Metric) Nothing(q Query) Row {
	q.declared = &settings.Settings{}
	r := m.empty(q)
	r.conclude()
	return r
}

// empty is the row of a window in which nothing began.
func (m *Metric) empty(q Query) Row {
	r := Row{Metric: m, Query: q, Status: StatusOK}
	if m.groupsItself() {
		compareExcess(&r, nil, nil)
		return r
	}
	return reducers[m.Estimator]().rows(r)[0]
}

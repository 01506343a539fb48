package review

import (
	"strings"
	"time"

	"github.com/vividium/firebreak/aggregate"
)

// Report is the review of one ISO week.
type Report struct {
	// Week is its name in ISO 8601, as "2026-W46"; it is [From, To).
	Week string    `json:"week"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// AsOf is how far outcomes are observed.
	AsOf time.Time `json:"as_of"`
	// Until is up to when what has landed is in it for sure; the zero value is when it
	// was made.
	Until time.Time `json:"until"`
	// QuarterFrom is where the quarter before the week begins for incidents: 13 weeks
	// earlier, or with the first whole week of which they are known. It equals From when
	// there is none. For alerts and executions it may begin later.
	QuarterFrom time.Time `json:"quarter_from"`
	// Since is from when on anything is known.
	Since Since `json:"since"`

	// Issued is which issue of its week it is; nil where it is not from the archive.
	Issued *Issued `json:"issued,omitempty"`

	Verdict     Verdict      `json:"verdict"`
	Headlines   []Headline   `json:"headlines"`
	Prevention  Prevention   `json:"prevention"`
	Troubles    Troubles     `json:"troubles"`
	Automations []Automation `json:"automations"`
	// AutomationsInAll and DecisionsInAll are how many there are; of very many only some
	// are shown.
	AutomationsInAll int    `json:"automations_in_all"`
	DecisionsInAll   int    `json:"decisions_in_all"`
	Caused           []Line `json:"caused"`
	// Suspected is how many more incidents than usual opened soon after runs of the week,
	// beside those that are confirmed to have been caused.
	Suspected Line       `json:"suspected"`
	Failures  []Line     `json:"failures"`
	Decisions []Decision `json:"decisions"`
	Backlog   []Line     `json:"backlog"`
	// SelfInflicted are troubles that would be among Backlog if automation had not
	// caused them.
	SelfInflicted []Line   `json:"self_inflicted"`
	Reviewed      Reviewed `json:"reviewed"`
	Quality       Quality  `json:"quality"`
	Trends        []Trend  `json:"trends"`
	Runs          []Run    `json:"runs"`
	Sources       []Source `json:"sources"`
}

// Issued is where a report stands among the issues of its week.
type Issued struct {
	// Issue of Issues, from 1; each that is more says that the week was restated.
	Issue  int `json:"issue"`
	Issues int `json:"issues"`
	// Changes are what differs from the first issue, which was as of FirstAsOf.
	FirstAsOf time.Time    `json:"first_as_of"`
	Changes   []Difference `json:"changes"`
}

// Verdict is what it all comes to, in three sentences: on the fires, on what automation
// did, and on what to do next.
type Verdict struct {
	Tone       Tone     `json:"tone"`
	Fires      Sentence `json:"fires"`
	Automation Sentence `json:"automation"`
	Next       Sentence `json:"next"`
}

// Tone is whether there is reason to act.
type Tone string

// The tones.
const (
	Good    Tone = "good"
	Watch   Tone = "watch"
	Bad     Tone = "bad"
	NoTone  Tone = "nothing to judge"
	Unclear Tone = "no detectable change"
)

// Headline is a metric of the week beside the two times before.
type Headline struct {
	Week    Line `json:"week"`
	Before  Line `json:"before"`
	Quarter Line `json:"quarter"`
	// SinceBefore and SinceQuarter compare the week with them.
	SinceBefore  Change `json:"since_before"`
	SinceQuarter Change `json:"since_quarter"`
}

// Prevention sets how often there are fires against how fast they are put out: of the
// week against the one before, and of 13 weeks, the last of which it is, against the 13
// before.
type Prevention struct {
	Week    Pair `json:"week"`
	Quarter Pair `json:"quarter"`
}

// Pair is how the frequency and the time to resolve of incidents changed.
type Pair struct {
	Frequency   Line    `json:"frequency"`
	ResolveTime Line    `json:"resolve_time"`
	Meaning     Meaning `json:"meaning"`
}

// Meaning is what both changes together come to.
type Meaning string

// The meanings.
const (
	Prevented    Meaning = "prevention"
	Firefighting Meaning = "firefighting"
	Both         Meaning = "prevention and faster repair"
	MoreFires    Meaning = "more fires"
	SlowerRepair Meaning = "slower repair"
	Rarer        Meaning = "fewer fires, each longer"
	Unchanged    Meaning = "no detectable change"
	NoMeaning    Meaning = "too little to say"
)

// Troubles are the recurrence clusters that the week is about.
type Troubles struct {
	// New were first seen in the week, with two incidents at least, or began to emerge.
	New []Trouble `json:"new"`
	// Worst took most hands-on hours of people in the week.
	Worst []Trouble `json:"worst"`
	// Ended are eliminated, of which it became clear in the week: with as many troubles as
	// there are, chance alone makes one be silent for so long in less than 5 % of cases.
	Ended []Trouble `json:"ended"`
}

// Trouble is a recurrence cluster as of the end of the week.
type Trouble struct {
	Cluster Line `json:"cluster"`
	// Incidents and Hours of the week; nil when there was none in it.
	Incidents *Line `json:"incidents"`
	Hours     *Line `json:"hours"`
	// CameBack: of one that ended, an incident opened after the week.
	CameBack bool `json:"came_back"`
}

// titleFigure is what the titles of a cluster's incidents have in common; of one of which
// they have nothing, its id.
func titleFigure(cluster *Line) Figure {
	for _, name := range []string{"template", "title"} {
		if text := strings.TrimSpace(strings.ReplaceAll(cluster.Text(name), "<*>", "…")); strings.Trim(text, " …") != "" {
			return cluster.naming(name, text)
		}
	}
	return cluster.naming("cluster_id", cluster.Text("cluster_id"))
}

// Automation is an automation as a product: a row of the league table. Runs are of the
// week, the rest is of 13 weeks, the last of which it is, since a week is too little to
// judge by. A line is nil where the automation has no row.
type Automation struct {
	ID             string `json:"automation_id"`
	Runs           *Line  `json:"runs"`
	Executions     *Line  `json:"executions"`
	Success        *Line  `json:"success"`
	FalsePositives *Line  `json:"false_positives"`
	Induced        *Line  `json:"induced"`
	Impact         *Line  `json:"impact"`
	Toil           *Line  `json:"toil"`
}

// Decision is a promotion or demotion that is due.
type Decision struct {
	Promotion Line `json:"promotion"`
	// Since is the week from which on the verdict has been the same.
	Since string `json:"since"`
}

// Reviewed says what post-incident reviews decided, of the incidents of the week and of
// 13 weeks.
type Reviewed struct {
	Week    Reviews `json:"week"`
	Quarter Reviews `json:"quarter"`
}

// Reviews are what they decided over a time.
type Reviews struct {
	Fixes    Line `json:"fixes"`
	BandAids Line `json:"band_aids"`
}

// Quality says how far the numbers can be trusted.
type Quality struct {
	Freshness []Line `json:"freshness"`
	Dead      []Line `json:"dead"`
	Open      Line   `json:"open"`
	Excluded  Line   `json:"excluded"`
	// Unknown are the headline metrics of the week of which something is not known.
	Unknown []Line `json:"unknown"`
}

// Trend is a metric week by week, up to the week.
type Trend struct {
	Metric string `json:"metric"`
	Points []Line `json:"points"`
}

// Run is an execution that the review names, with every event of it.
type Run struct {
	ID     string `json:"execution_id"`
	Events []Line `json:"events"`
}

// Source is a command that prints numbers of the review.
type Source struct {
	ID string `json:"id"`
	// Arguments of firebreak, without --format. A word in braces stands for that column
	// of the row.
	Arguments []string `json:"arguments"`
}

// Command is the source as one would type it.
func (s *Source) Command() string {
	words := []string{"firebreak"}
	for _, a := range s.Arguments {
		if strings.ContainsAny(a, " '\"$*()<>\n") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

// WeeksOfQuarter is how many weeks a quarter has.
const WeeksOfQuarter = 13

const week = 7 * day

// IsOver says whether the week was over when the report was made.
func (r *Report) IsOver() bool { return !r.AsOf.Before(r.To) }

// WeeksBefore is how many weeks the quarter before has that are known of.
func (r *Report) WeeksBefore() int { return int(r.From.Sub(r.QuarterFrom) / week) }

// LastDay is the Sunday of the week.
func (r *Report) LastDay() time.Time { return r.To.AddDate(0, 0, -1) }

// IsEmpty says whether nothing opened, fired or ran in the week.
func (r *Report) IsEmpty() bool {
	for _, h := range r.Headlines {
		switch h.Week.Text("metric") {
		case "incident_count", "alert_count", "execution_count":
			if h.Week.number("n") > 0 {
				return false
			}
		}
	}
	return true
}

// of is the headline of a metric.
func (r *Report) of(metric string) *Headline {
	for i := range r.Headlines {
		if r.Headlines[i].Week.Text("metric") == metric {
			return &r.Headlines[i]
		}
	}
	return nil
}

// catalogued is a metric that there is.
func catalogued(name string) *aggregate.Metric {
	m, err := aggregate.Find(name)
	if err != nil {
		panic(err) // a name that is not in the catalogue
	}
	return m
}

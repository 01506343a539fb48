package aggregate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Unit is what a metric's numbers count.
type Unit string

// The units.
const (
	Count       Unit = "count"
	Seconds     Unit = "seconds"
	Hours       Unit = "hours"
	Proportion  Unit = "proportion"
	PerThousand Unit = "per 1,000 executions"
	Ratio       Unit = "ratio"
)

// Direction says what is better. It has no default: a metric whose zero value
// were "more is better" would be wrong silently.
type Direction string

// The directions. Neutral is for numbers that are neither good nor bad by
// themselves.
const (
	MoreIsBetter Direction = "more is better"
	LessIsBetter Direction = "less is better"
	Neutral      Direction = "neutral"
)

// Estimator is how the members of a cohort become a number.
type Estimator string

// The estimators, each with the columns that it wants from a metric's SELECT.
const (
	// EventCount counts the rows; exact Poisson interval. With a column at, the
	// dispersion of its daily counts stands beside it.
	EventCount Estimator = "count"
	// Total adds up the column amount; NULL is unknown. No interval.
	Total Estimator = "total"
	// Share is the part of rows whose outcome is true among those where it is
	// known; NULL is unknown, and rows with left_out do not count at all.
	// Wilson interval.
	Share Estimator = "share"
	// EventRate is Σ events ÷ rows × 1000, of rows that are exposed; left_out
	// counts beside it. Exact Poisson interval.
	EventRate Estimator = "rate"
	// MedianTime is the Kaplan–Meier median of the column milliseconds, censored
	// where observed is false.
	MedianTime Estimator = "median time"
	// RateChange is the number of rows with is_now over that of the others, which
	// are of the window before; exact conditional interval, wider when the column
	// at shows bursts.
	RateChange Estimator = "change of a rate"
	// TimeChange is the geometric mean of the column milliseconds with is_now over
	// that of the others, where observed; Welch's interval on logarithms, wider
	// for bursts.
	TimeChange Estimator = "change of a time"
	// Toil is hands-on time that was spared, net of what automation cost; see
	// toil.go.
	Toil Estimator = "hours saved"
	// Excess is the number of events soon after the rows beyond what is usual; see
	// excess.go.
	Excess Estimator = "excess count"
	// Impact is the time to resolve with automation over that without, within
	// strata; see impact.go.
	Impact Estimator = "stratified ratio of times"
)

// Dimension is what a metric can be grouped by and filtered on. It is also the
// name of a column of the metric's SELECT.
type Dimension string

// ClusterID is the recurrence cluster of an incident, or of the incident that
// an execution is linked to. It is no column of a metric's SELECT: it is joined
// by incident_id or execution_id, which the SELECT has instead.
const ClusterID Dimension = "cluster_id"

// automationID is the automation that ran.
const automationID Dimension = "automation_id"

// Metric defines one number. The zero value is invalid: every field but
// Companions and Limits must be set.
type Metric struct {
	// Name identifies it everywhere, in snake case.
	Name  string
	Title string
	Unit  Unit
	// Better says which direction is an improvement.
	Better Direction
	// Description says in full sentences what is counted and what is not.
	Description string
	// Formula is the definition in one line.
	Formula    string
	Dimensions []Dimension
	Estimator  Estimator
	// MinSample is the smallest n with which an estimate is shown; 0 shows it
	// always.
	MinSample int
	// NoMinimum must be set when MinSample is 0 on purpose.
	NoMinimum bool
	// Companions are further numbers that the result carries.
	Companions []string
	// Limits say from when on the number calls for attention; nil where there is no
	// accepted norm.
	Limits *Limits

	sql string
}

// Limits are the values beyond which, in the direction that is not better, a number is
// to be watched, and beyond which it is bad.
type Limits struct{ Watch, Bad float64 }

// SQL is the metric's SELECT: one row for each member of the cohort. In the places of
// {{runs}} and the like come incidents and executions, see members.go.
func (m *Metric) SQL() string { return m.sql }

// clustersOfRuns are those of the incidents that executions are linked to.
const clustersOfRuns = `SELECT run.execution_id AS execution_id, m.cluster_id AS cluster_id
FROM {{all}} AS run
LEFT JOIN cluster_members AS m FINAL ON m.incident_id = run.incident_id
WHERE run.incident_id != ''`

// joinClusters gives the members of the cohort their recurrence clusters.
func (m *Metric) joinClusters() string {
	if m.Estimator != Impact && m.has(automationID) {
		return " AS member\nLEFT JOIN\n(\n" + clustersOfRuns + "\n) AS cluster ON cluster.execution_id = member.execution_id"
	}
	return " AS member\nLEFT JOIN cluster_members AS cluster FINAL ON cluster.incident_id = member.incident_id"
}

// groupsItself says whether the estimator takes the members one by one.
func (m *Metric) groupsItself() bool { return m.Estimator == Excess }

// comparesWindows says whether members of the window before are in it.
func (m *Metric) comparesWindows() bool {
	return m.Estimator == RateChange || m.Estimator == TimeChange
}

// columns are what the estimator wants to know of each group, or of each member.
func (m *Metric) columns() []string {
	if m.groupsItself() {
		return []string{"its_service", "began", "incident_opened", "linked"}
	}
	return reducers[m.Estimator]().columns(m)
}

// has says whether the metric can be grouped by d.
func (m *Metric) has(d Dimension) bool {
	return slices.Contains(m.Dimensions, d)
}

// ofMembers says whether a dimension is one of the rows of the metric's SELECT;
// impact groups the others itself.
func (m *Metric) ofMembers(d Dimension) bool {
	return m.Estimator != Impact || !slices.Contains(runDimensions, d)
}

// Validate reports everything that is missing in a definition.
func (m *Metric) Validate() error {
	var missing []string
	need := func(field string, ok bool) {
		if !ok {
			missing = append(missing, field)
		}
	}
	need("Name", m.Name != "")
	need("Title", m.Title != "")
	need("Unit", m.Unit != "")
	need("Better", m.Better != "")
	need("Description", m.Description != "")
	need("Formula", m.Formula != "")
	need("Dimensions", len(m.Dimensions) > 0)
	need("Estimator", m.Estimator != "")
	need("MinSample or NoMinimum", (m.MinSample > 0) != m.NoMinimum)
	need("metrics/"+m.Name+".sql", m.sql != "")
	if len(missing) > 0 {
		return errors.New("metric " + m.Name + " lacks " + strings.Join(missing, ", "))
	}
	return nil
}

// Find looks a metric up by its name.
func Find(name string) (*Metric, error) {
	for i := range Catalogue {
		if Catalogue[i].Name == name {
			return &Catalogue[i], nil
		}
	}
	return nil, fmt.Errorf("there is no metric %q; `firebreak metric list` shows them all", name)
}

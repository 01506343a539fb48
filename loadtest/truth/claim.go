package truth

import (
	"math"

	"github.com/vividium/firebreak/aggregate"
)

// Claim is an interval that a metric gives and what is asked of it.
type Claim struct {
	Metric string
	// Part is which interval of the metric it is, when not that of the estimate.
	Part  Part
	Scale Scale
	// Aim is the coverage that is asked for; the zero Aim asks for nothing.
	Aim   Aim
	Truth Truth
}

// Truth is a number that whoever makes a world up knows; its value says what it is.
type Truth string

// The truths.
const (
	Untreated Truth = "geometric mean time to resolve of the treated incidents ÷ what the same incidents would have taken without automation"
	NotSoon   Truth = "the same ÷ what they would have taken had no run come within 15 minutes, but perhaps one later"
	Succeeds  Truth = "chance that a live run succeeds"
	Unneeded  Truth = "chance that a live run was not needed"
	Induced   Truth = "mean number of incidents that 1,000 live mutating runs cause"
	Median    Truth = "median of the law by which times to resolve are drawn"
)

// Part is an interval beside that of the estimate.
type Part string

// The parts, as the names of their fields begin.
const (
	Bounds    Part = "bound"
	ByVerdict Part = "by_verdict"
)

// Scale is how bias and width are measured: ratios and times by their logarithms,
// others as they are.
type Scale bool

// The scales.
const (
	Plain       Scale = false
	Logarithmic Scale = true
)

// distance is how far value lies above another.
func (s Scale) distance(value, other float64) float64 {
	if s == Logarithmic {
		return math.Log(value / other)
	}
	return value - other
}

// Aim is a range of coverage.
type Aim struct{ Low, High float64 }

func (c Claim) shown() Claim {
	c.Aim = Aim{}
	return c
}

var (
	twoSided     = Aim{0.93, 0.98}
	conservative = Aim{0.95, 1}
)

// The claims that scenarios make.
var (
	impact        = Claim{"mttr_impact", "", Logarithmic, twoSided, Untreated}
	impactNotSoon = Claim{"mttr_impact", "", Logarithmic, twoSided, NotSoon}
	success       = Claim{"automation_success_rate", "", Plain, twoSided, Succeeds}
	need          = Claim{"false_positive_rate", "", Plain, twoSided, Unneeded}
	needBounds    = Claim{"false_positive_rate", Bounds, Plain, conservative, Unneeded}
	needByVerdict = Claim{"false_positive_rate", ByVerdict, Plain, twoSided, Unneeded}
	induced       = Claim{"induced_incident_rate", "", Plain, conservative, Induced}
	resolve       = Claim{"time_to_resolve", "", Logarithmic, twoSided, Median}
)

// Reading is what a metric said of one world, beside the truth.
type Reading struct {
	Truth               float64
	Status              aggregate.Status
	Estimate, Low, High *float64 // nil where the metric gives none
	Crude               *float64 // of mttr_impact
	Reversal            bool
}

// read takes the interval that is claimed out of a row.
func (c Claim) read(row *aggregate.Row, truth float64) Reading {
	r := Reading{Truth: truth, Status: row.Status, Estimate: row.Estimate, Low: row.Low, High: row.High}
	number := func(name string) *float64 {
		for _, f := range row.Beside {
			if f.Name == name {
				value, _ := f.Value.(*float64)
				return value
			}
		}
		return nil
	}
	r.Crude = number("crude")
	for _, f := range row.Beside {
		if value, ok := f.Value.(*bool); ok && f.Name == "reversal" {
			r.Reversal = value != nil && *value
		}
	}
	if c.Part != "" {
		r.Estimate, r.Low, r.High = nil, number(string(c.Part)+"_low"), number(string(c.Part)+"_high")
		r.Status = aggregate.StatusOK
		if c.Part == ByVerdict {
			r.Estimate = number("by_verdict")
		}
	}
	return r
}

// answered says whether there is an interval; one end of it may be open.
func (r *Reading) answered() bool {
	return r.Status == aggregate.StatusOK && (r.Low != nil || r.High != nil)
}

// covers says whether the truth lies in it.
func (r *Reading) covers() bool {
	return (r.Low == nil || *r.Low <= r.Truth) && (r.High == nil || r.Truth <= *r.High)
}

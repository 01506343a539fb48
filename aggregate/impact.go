package aggregate

import (
	"math"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate/stats"
)

// impact compares the time to resolve of incidents in which automation took part
// soon with that of others of the same recurrence cluster and severity.
//
// Automation is put on the easy incidents, so that means over everything mislead
// (Simpson's paradox): only like is compared with like. And long incidents have
// more time to be treated (immortal time): who was treated is decided within
// treatedWithin, and who was resolved before a treatment usually comes is no one
// to compare with.
type impact struct{ impactColumns }

// impactCase is an incident of the cohort.
type impactCase struct {
	stratum          stratum
	opened, resolved int64 // Unix milliseconds
	isOpen           bool
	runs             []impactRun // by when they began
	delay            int64       // of the first run, in milliseconds, or notTreated
}

// stratum holds incidents that can be compared. Those that have not been matched
// to a cluster are each alone.
type stratum struct {
	in, severity string
	alone        int
}

// cluster is what a stratum shares with the other severities of its cluster.
func (s stratum) cluster() stratum { return stratum{in: s.in, alone: s.alone} }

// impactRun is a live run linked to the incident, which it did not cause.
type impactRun struct {
	began                               int64 // Unix milliseconds
	automation, version, pattern, stage string
}

const (
	// treatedWithin is how soon after the opening a run must start to count.
	treatedWithin = 15 * time.Minute
	// mostOpen is the share of open incidents above which it is too early to say.
	mostOpen = 0.1
	// power is the chance with which the effect that is called detectable would
	// have shown.
	power = 0.8

	notTreated = -1
)

// comparison sorts the cases into those that were treated and the others.
type comparison struct {
	treated, others []*impactCase // resolved
	open, invalid   int
}

// compare finds out who was treated by the runs that are meant. Unless all are, cases
// with runs of others only do not count, nor do clusters of which they treated nothing.
func compare(cases []impactCase, own *meant) comparison {
	var eligible []*impactCase
	touched := make(map[stratum]bool)
	for i := range cases {
		c := &cases[i]
		first := slices.IndexFunc(c.runs, func(r impactRun) bool { return own.has(&r) })
		if !own.all() && first < 0 && len(c.runs) > 0 {
			continue
		}
		c.delay = notTreated
		if first >= 0 {
			c.treat(c.runs[first].began)
		}
		if c.delay != notTreated {
			touched[c.stratum.cluster()] = true
		}
		eligible = append(eligible, c)
	}
	var all comparison
	for _, c := range eligible {
		switch {
		case !own.all() && !touched[c.stratum.cluster()]:
		case c.isOpen:
			all.open++
		case c.resolved < c.opened:
			all.invalid++
		case c.delay != notTreated:
			all.treated = append(all.treated, c)
		default:
			all.others = append(all.others, c)
		}
	}
	return all
}

// treat notes the first run if it came in time.
func (c *impactCase) treat(began int64) {
	delay := max(0, began-c.opened)
	if delay <= treatedWithin.Milliseconds() && (c.isOpen || began < c.resolved) {
		c.delay = delay
	}
}

func (c *impactCase) seconds() float64 { return float64(c.resolved-c.opened) / 1000 }

// strata gives the logarithms of the times to resolve of those that can be
// compared.
func (all *comparison) strata() []stats.Stratum {
	delays, index := make(map[stratum][]float64), make(map[stratum]int)
	for _, c := range all.treated {
		delays[c.stratum] = append(delays[c.stratum], float64(c.delay))
	}
	var strata []stats.Stratum
	at := func(s stratum) *stats.Stratum {
		i, known := index[s]
		if !known {
			i = len(strata)
			index[s] = i
			strata = append(strata, stats.Stratum{})
		}
		return &strata[i]
	}
	for _, c := range all.treated {
		s := at(c.stratum)
		s.Treated = append(s.Treated, stats.LogSeconds(c.seconds()))
	}
	for _, c := range all.others {
		if usual, known := stats.MiddleOf(delays[c.stratum]); known && float64(c.resolved-c.opened) > usual {
			s := at(c.stratum)
			s.Untreated = append(s.Untreated, stats.LogSeconds(c.seconds()))
		}
	}
	return strata
}

// compareImpact fills in the row of the runs that are meant.
func compareImpact(r *Row, cases []impactCase, own *meant) {
	all := compare(cases, own)
	strata := all.strata()
	treated, untreated, sum := 0, 0, 0.0
	for i := range strata {
		if s := &strata[i]; s.IsUsable() {
			treated += len(s.Treated)
			untreated += len(s.Untreated)
			for _, log := range s.Treated {
				sum += math.Exp(log)
			}
		}
	}
	r.N = int64(treated + untreated)
	r.count("treated", int64(treated))
	r.count("untreated", int64(untreated))
	r.count("censored", int64(all.open))
	r.count("invalid", int64(all.invalid))
	r.companion("coverage", float64(treated)/float64(max(1, len(all.treated))), len(all.treated) > 0)
	eligible := all.open + len(all.treated) + len(all.others)
	switch {
	case float64(all.open) > mostOpen*float64(eligible):
		r.Status = StatusImmature
	case treated < r.Metric.MinSample || untreated < r.Metric.MinSample:
		r.Status = StatusInsufficient
	}
	if r.Status != StatusOK {
		r.impactCompanions(nil, 0, 0)
		return
	}
	effect, _ := stats.StratifiedDifference(strata)
	ratio := math.Exp(effect.Estimate)
	r.Estimate = &ratio
	if interval, ok := effect.Interval(confidence); ok {
		r.estimate(ratio, stats.Interval{Low: math.Exp(interval.Low), High: math.Exp(interval.High)})
	}
	r.impactCompanions(&effect, all.crude(), sum/float64(treated)/60)
}

// crude is the ratio of the geometric means of all, without strata.
func (all *comparison) crude() float64 {
	mean := func(cases []*impactCase) float64 {
		sum := 0.0
		for _, c := range cases {
			sum += stats.LogSeconds(c.seconds())
		}
		return sum / float64(len(cases))
	}
	return math.Exp(mean(all.treated) - mean(all.others))
}

// impactCompanions stand beside the ratio: what a naive comparison says, and
// whether it misleads; minutes saved in the mean treated incident; and the
// smallest improvement that such a sample would have shown.
func (r *Row) impactCompanions(effect *stats.Contrast, crude, meanMinutes float64) {
	known := effect != nil
	r.companion("crude", crude, known)
	var reversal *bool
	saved, detectable, isDetectable := 0.0, 0.0, false
	if known {
		ratio := *r.Estimate
		saved = meanMinutes * (1/ratio - 1)
		if difference, ok := effect.Detectable(confidence, power); ok {
			detectable, isDetectable = math.Exp(-difference), true
			otherSide := (crude < 1) != (ratio < 1) && crude != 1 && ratio != 1
			reversal = new(otherSide && (crude < *r.Low || crude > *r.High))
		}
	}
	r.Beside = append(r.Beside, Field{"reversal", reversal})
	r.companion("minutes_saved", saved, known)
	r.companion("detectable", detectable, isDetectable)
}

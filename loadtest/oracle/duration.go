package oracle

import (
	"slices"

	"github.com/vividium/firebreak/aggregate/stats"
	"github.com/vividium/firebreak/schema"
)

// duration is how long something took, or took so far.
type duration struct {
	millis   schema.Millis
	observed bool // otherwise it is censored there
}

func (d duration) seconds() float64 { return float64(d.millis) / 1000 }

// timeToAcknowledge is acknowledged − opened; not yet acknowledged: censored
// at the resolution, or at asOf.
func timeToAcknowledge(i *Incident, asOf schema.Millis) duration {
	opened := i.OpenedAt.Value
	switch {
	case i.AcknowledgedAt.Set:
		return duration{i.AcknowledgedAt.Value - opened, true}
	case !i.IsOpen():
		return duration{i.ResolvedAt.Value - opened, false}
	default:
		return duration{asOf - opened, false}
	}
}

// timeToResolve is resolved − (started_at, else opened); open: censored at
// asOf.
func timeToResolve(i *Incident, asOf schema.Millis) duration {
	start := i.StartedAt.Or(i.OpenedAt.Value)
	if i.IsOpen() {
		return duration{asOf - start, false}
	}
	return duration{i.ResolvedAt.Value - start, true}
}

// durationsOf measures each incident; negative durations are bad data, which
// is left out and counted.
func durationsOf(incidents []*Incident, asOf schema.Millis,
	measure func(*Incident, schema.Millis) duration,
) (valid []duration, invalid int64) {
	for _, i := range incidents {
		if d := measure(i, asOf); d.millis >= 0 {
			valid = append(valid, d)
		} else {
			invalid++
		}
	}
	return valid, invalid
}

// medianRow is the Kaplan–Meier median in seconds.
func medianRow(durations []duration, invalid int64) Row {
	row := Row{N: int64(len(durations)), Invalid: &invalid, Status: StatusInsufficient}
	seconds := make([]float64, len(durations))
	observed := make([]bool, len(durations))
	var censored int64
	for n, d := range durations {
		seconds[n], observed[n] = d.seconds(), d.observed
		if !d.observed {
			censored++
		}
	}
	row.Censored = &censored
	if row.N < minimumSample {
		return row
	}
	median := stats.MedianSurvival(stats.Ties(seconds, observed), confidence)
	if median.NotReached() {
		row.Status = StatusNotReached
		return row
	}
	row.Status = StatusOK
	row.Estimate, row.Low, row.High = median.Estimate, median.Low, median.High
	return row
}

// resolvedCompanions summarises the observed durations, in seconds.
func resolvedCompanions(durations []duration) map[string]*float64 {
	companions := map[string]*float64{"mean": nil, "geometric_mean": nil, "p90": nil}
	var seconds []float64
	var sum float64
	for _, d := range durations {
		if d.observed {
			seconds = append(seconds, d.seconds())
			sum += d.seconds()
		}
	}
	if len(seconds) == 0 {
		return companions
	}
	slices.Sort(seconds)
	geometric, _ := stats.GeometricMean(seconds)
	p90, _ := stats.NearestRank(seconds, 0.9)
	companions["mean"] = new(sum / float64(len(seconds)))
	companions["geometric_mean"] = &geometric
	companions["p90"] = &p90
	return companions
}

package oracle

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vividium/firebreak/schema"
)

// survivalAt is the product-limit estimate at t and Greenwood's variance of
// its logarithm, straight from the definition.
func survivalAt(durations []duration, t int64) (survival, logVariance float64) {
	survival = 1
	for u := int64(0); u <= t; u++ {
		var atRisk, events float64
		for _, d := range durations {
			if int64(d.millis) >= u {
				atRisk++
			}
			if int64(d.millis) == u && d.observed {
				events++
			}
		}
		if events > 0 {
			survival *= 1 - events/atRisk
			logVariance += events / (atRisk * (atRisk - events))
		}
	}
	return survival, logVariance
}

// slowMedian looks at every millisecond.
func slowMedian(durations []duration, longest int64) (estimate, low, high float64) {
	estimate, low, high = none, none, none
	note := func(into *float64, t int64, level float64) {
		if math.IsNaN(*into) && level <= 0.5+1e-9 {
			*into = float64(t) / 1000
		}
	}
	for t := int64(0); t <= longest; t++ {
		s, v := survivalAt(durations, t)
		note(&estimate, t, s)
		if s < 1 && s > 1e-12 {
			reach := 1.959963984540054 * math.Sqrt(v) / math.Log(s)
			note(&low, t, math.Pow(s, math.Exp(-reach)))
			note(&high, t, math.Pow(s, math.Exp(reach)))
		}
	}
	return estimate, low, high
}

func TestMedianAgainstTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	const longest = 30
	statuses := make(map[string]int)
	for range 400 {
		durations := make([]duration, 1+r.IntN(25))
		ends := r.Float64()
		for n := range durations {
			durations[n] = duration{schema.Millis(r.IntN(longest)), r.Float64() < ends}
		}
		row := medianRow(durations, 0)
		statuses[row.Status]++
		estimate, low, high := slowMedian(durations, longest)
		switch {
		case len(durations) < minimumSample:
			estimate, low, high = none, none, none
		case math.IsNaN(estimate):
			low, high = none, none
		}
		wantValue(t, "estimate", row.Estimate, estimate)
		wantValue(t, "low", row.Low, low)
		wantValue(t, "high", row.High, high)
	}
	for _, status := range []string{StatusOK, StatusInsufficient, StatusNotReached} {
		if statuses[status] < 20 {
			t.Errorf("only %d samples were %s", statuses[status], status)
		}
	}
}

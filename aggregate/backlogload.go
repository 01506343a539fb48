package aggregate

import (
	"maps"
	"slices"

	"github.com/vividium/firebreak/aggregate/stats"
)

// Reach is on how many services an automation acts on the incidents of a
// cluster, by live mutating runs; of several automations, the one that acts on
// most.
type Reach struct {
	Automation string
	Services   int
}

// Caused is how many incidents of a cluster automation is confirmed to have caused, and
// which automations did, the one of most first.
type Caused struct {
	Incidents int
	By        []string
}

// severityWeights say how much worse an incident is than one of sev4.
var severityWeights = map[string]float64{"sev1": 10, "sev2": 5, "sev3": 2, "sev4": 1, "sev5": 0.5}

// unknownSeverity is the weight of an incident of which nobody said.
const unknownSeverity = 1

// workload is what a cluster's row of the backlog is made of beside its facts.
// But for allHours, only incidents that were no false alarms are counted.
type workload struct {
	// weights adds up the severities of each service's incidents.
	weights   map[string]float64
	incidents int
	// grave are the incidents of sev1 and sev2.
	grave int
	// hours are the hands-on hours of the incidents that say; allHours are those of
	// false alarms, too, which also take people's time.
	hours, allHours []float64
	// looked at are so many incidents; signs and triggers are counted over them.
	looked   int
	signs    map[trait]sign
	triggers map[string]int
	reach    Reach
	caused   Caused
}

// mostLooked is how many incidents of a cluster are read to recommend a pattern:
// the latest ones.
const mostLooked = 200

func workloadOf(d *ClusterData) workload {
	w := workload{weights: make(map[string]float64), reach: d.Reach, caused: d.Caused}
	var real []*ClusterMember
	for i := range d.Members {
		m := &d.Members[i]
		if m.ResponderMinutes != nil {
			w.allHours = append(w.allHours, *m.ResponderMinutes/60)
		}
		if !m.FalseAlarm {
			real = append(real, m)
			w.add(m)
		}
	}
	w.look(real[max(0, len(real)-mostLooked):])
	return w
}

func (w *workload) add(m *ClusterMember) {
	w.incidents++
	weight, known := severityWeights[m.Severity]
	if !known {
		weight = unknownSeverity
	}
	w.weights[m.Service] += weight
	if m.Severity == "sev1" || m.Severity == "sev2" {
		w.grave++
	}
	if m.ResponderMinutes != nil {
		w.hours = append(w.hours, *m.ResponderMinutes/60)
	}
}

// impact is the mean of severity × the service's tier weight; 0 of a cluster of
// nothing but false alarms.
func (w *workload) impact(tier func(service string) float64) float64 {
	if w.incidents == 0 {
		return 0
	}
	sum := 0.0
	for _, service := range slices.Sorted(maps.Keys(w.weights)) {
		sum += w.weights[service] * tier(service)
	}
	return sum / float64(w.incidents)
}

// mean of values; 0 when there are none.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}

// toilAnyway is what an incident costs where no incident says, in hours.
const toilAnyway = 1.0

// usualToil is the median of the hands-on hours over all incidents that say,
// else 1 hour.
func usualToil(facts []ClusterFacts) float64 {
	var all []float64
	for i := range facts {
		all = append(all, facts[i].load.hours...)
	}
	if usual, ok := stats.MiddleOf(all); ok {
		return usual
	}
	return toilAnyway
}

// frequencies fits how the rates of clusters differ, and gives the posterior mean
// of each: incidents per 30 days.
func frequencies(facts []ClusterFacts) []float64 {
	if len(facts) == 0 {
		return nil
	}
	counts := make([]int64, len(facts))
	for i := range facts {
		counts[i] = int64(facts[i].Now.Incidents)
	}
	// All were watched for as long; a rate over fewer days would be noise.
	watched := max(facts[0].Now.Days, leastWatched.Hours()/24) / (month.Hours() / 24)
	rates := stats.FitGammaRates(counts, watched)
	list := make([]float64, len(facts))
	for i, n := range counts {
		list[i] = rates.Posterior(n, watched)
	}
	return list
}

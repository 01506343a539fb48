package oracle

import (
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

const halfHour = 30.0 * 60 * 1000

// isExposed says that a run could have caused something, and is linked to an incident.
func isExposed(s *state, x *Execution) bool { return x.Live() && x.Mutating && len(s.links[x.ID]) > 0 }

// excessRow is the incidents within half an hour after runs beyond what opens after
// incidents of the service that got none.
func excessRow(s *state, q Query, executions []*Execution) Row {
	ofService := make(map[string][]*Execution)
	for _, x := range executions {
		service := x.Service
		if service == "" {
			service = s.incidentOf(x).Service
		}
		ofService[service] = append(ofService[service], x)
	}
	compared, observed, usual := 0, 0, 0
	exposure, usualExposure := 0.0, 0.0
	for service, runs := range ofService {
		if service == "" {
			continue
		}
		here := having(s.counted(), func(i *Incident) bool { return i.Service == service && i.OpenedAt.Value >= q.From })
		var delays []float64
		var begins []span
		for _, x := range runs {
			if i := s.incidentOf(x); i.OpenedAt.Set {
				delays = append(delays, max(0, float64(x.Start()-i.OpenedAt.Value)))
			}
			begins = append(begins, span{float64(x.Start()), s.links[x.ID]})
		}
		if len(delays) == 0 {
			continue
		}
		slices.Sort(delays)
		delay := (delays[(len(delays)-1)/2] + delays[len(delays)/2]) / 2
		var others []span
		for _, i := range here {
			if i.OpenedAt.Value < q.To && !s.automated()[i.ID] {
				others = append(others, span{float64(i.OpenedAt.Value) + delay, nil})
			}
		}
		n, time := within(begins, here, float64(q.AsOf))
		m, usualTime := within(others, here, float64(q.AsOf))
		if time > 0 && usualTime > 0 {
			compared += len(runs)
			observed, usual, exposure, usualExposure = observed+n, usual+m, exposure+time, usualExposure+usualTime
		}
	}
	row := Row{N: int64(compared), Unknown: new(int64(len(executions) - compared)), Status: StatusInsufficient, Companions: map[string]*float64{"observed": nil, "expected": nil, "p": nil}}
	if compared > 0 {
		row.Status = StatusOK
		expected := float64(usual) * exposure / usualExposure
		row.Estimate = new(float64(observed) - expected)
		row.Companions["observed"], row.Companions["expected"] = new(float64(observed)), &expected
		chance := distuv.Binomial{N: float64(observed + usual), P: exposure / (exposure + usualExposure)}
		p := 0.0
		for k := observed; k <= observed+usual; k++ {
			p += chance.Prob(float64(k))
		}
		row.Companions["p"] = &p
	}
	return row
}

// span is half an hour from begin on, in which some incidents do not count.
type span struct {
	begin  float64
	linked map[string]*Incident
}

func (x span) has(i *Incident) bool {
	away := float64(i.OpenedAt.Value) - x.begin
	return away > 0 && away <= halfHour && x.linked[i.ID] == nil
}

// within counts the incidents that opened in any of the spans, and says how long these
// last together until asOf.
func within(spans []span, incidents []*Incident, asOf float64) (count int, together float64) {
	for _, i := range incidents {
		if i.CausedByExecutionID == "" && slices.ContainsFunc(spans, func(x span) bool { return x.has(i) }) {
			count++
		}
	}
	var edges []float64 // of all spans
	for _, x := range spans {
		edges = append(edges, min(x.begin, asOf), min(x.begin+halfHour, asOf))
	}
	slices.Sort(edges)
	for n := 1; n < len(edges); n++ {
		middle := (edges[n-1] + edges[n]) / 2
		if edges[n] > edges[n-1] && slices.ContainsFunc(spans, func(x span) bool { return x.begin < middle && middle < x.begin+halfHour }) {
			together += edges[n] - edges[n-1]
		}
	}
	return count, together
}

// counted is the incidents that opened and are not left out.
func (s *state) counted() []*Incident {
	var list []*Incident
	for _, i := range s.incidents {
		if i.OpenedAt.Set && !i.LeftOut() {
			list = append(list, i)
		}
	}
	return list
}

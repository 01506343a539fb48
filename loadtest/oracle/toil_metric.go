package oracle

import "maps"

const (
	// baselineFrom is how many manual incidents make a measured baseline, within
	// baselineDays before the run.
	baselineFrom = 5
	baselineDays = 180
)

// toilRow is the hours that automation spared people, net of what it cost. Nothing
// is declared to have been invested.
func toilRow(s *state, q Query, executions []*Execution) Row {
	var credited, measured, declared int64
	var gross, wasted, induced float64
	minutes := s.inducedMinutes()
	for _, x := range executions {
		if x.Live() && x.Mutating {
			induced += minutes[x.ID]
		}
		if !s.isCredited(x) {
			if x.Live() {
				wasted += x.ResidualMinutes.Or(0)
			}
			continue
		}
		credited++
		i := s.incidentOf(x)
		spent := x.ResidualMinutes.Or(0)
		if i != nil {
			spent = max(spent, i.ResponderMinutes.Or(0))
		}
		switch baseline, known := s.baseline(x, i); {
		case known:
			measured++
			gross += baseline - spent
		case x.ManualMinutes.Set:
			declared++
			gross += x.ManualMinutes.Value - spent
		}
	}
	n := measured + declared
	row := Row{
		N: n, Credited: &credited, Unpriced: new(credited - n), Status: StatusInsufficient,
		Companions: map[string]*float64{"measured": nil, "declared": nil, "gross": nil, "wasted": new(wasted / 60), "induced": new(induced / 60), "invested": nil},
	}
	if credited > 0 {
		row.Companions["measured"] = new(float64(measured) / float64(credited))
		row.Companions["declared"] = new(float64(declared) / float64(credited))
	}
	if n > 0 {
		row.Status = StatusOK
		row.Companions["gross"] = new(gross / 60)
		row.Estimate = new((gross - wasted - induced) / 60)
	}
	if onlyByAutomation(q) {
		row.Companions["invested"] = new(0.0)
	}
	return row
}

func onlyByAutomation(q Query) bool {
	asked := make(map[string]bool)
	for d := range maps.Keys(q.Where) {
		asked[d] = true
	}
	for _, d := range q.By {
		asked[d] = true
	}
	delete(asked, "automation_id")
	return len(asked) == 0
}

// inducedMinutes is what people spent on incidents that a run is confirmed to have
// caused, by the run's id.
func (s *state) inducedMinutes() map[string]float64 {
	minutes := make(map[string]float64)
	for _, i := range s.counted() {
		if i.CausedByExecutionID != "" {
			minutes[i.CausedByExecutionID] += i.ResponderMinutes.Or(0)
		}
	}
	return minutes
}

// isCredited says that the run succeeded, was neither escalated nor rolled back, could
// change something, is not known to be needless, and is the first such of its
// incident.
func (s *state) isCredited(x *Execution) bool {
	if s.credited == nil {
		s.credited = make(map[string]*Execution)
		for _, x := range s.executions {
			if !x.Finished() || !x.Success() || !x.Mutating || s.needOf(x) == needless {
				continue
			}
			key := s.creditKey(x)
			if first := s.credited[key]; first == nil || x.Start() < first.Start() || x.Start() == first.Start() && x.ID < first.ID {
				s.credited[key] = x
			}
		}
	}
	return s.credited[s.creditKey(x)] == x
}

func (s *state) creditKey(x *Execution) string {
	if i := s.incidentOf(x); i != nil {
		return "incident " + i.ID
	}
	return "execution " + x.ID
}

// baseline is the mean hands-on minutes of resolved incidents of the cluster without
// a live execution, opened in the 180 days before the run.
func (s *state) baseline(x *Execution, its *Incident) (minutes float64, known bool) {
	if its == nil || its.Cluster == "" {
		return 0, false
	}
	automated := s.automated()
	sum, n := 0.0, 0
	for _, i := range s.inCluster()[its.Cluster] {
		away := x.Start() - i.OpenedAt.Value
		if away > 0 && away <= baselineDays*msPerDay && !i.FalseAlarm() && !i.IsOpen() && i.ResponderMinutes.Set && !automated[i.ID] {
			sum += i.ResponderMinutes.Value
			n++
		}
	}
	return sum / float64(n), n >= baselineFrom
}

// automated are the incidents with a live execution.
func (s *state) automated() map[string]bool {
	if s.withRun == nil {
		s.withRun = make(map[string]bool)
		for id, incidents := range s.links {
			if s.executions[id].Live() {
				for _, i := range incidents {
					s.withRun[i.ID] = true
				}
			}
		}
	}
	return s.withRun
}

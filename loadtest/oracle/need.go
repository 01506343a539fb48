package oracle

// need says whether an execution's action was needed.
type need int

const (
	needUnknown need = iota
	needed
	needless
)

// needOf decides by the verdict; without one by any sign that the action was
// not needed; without any by success that changed something.
func (s *state) needOf(x *Execution) need {
	switch {
	case x.Verdict == "unnecessary":
		return needless
	case x.Verdict == "necessary":
		return needed
	case s.signOfNoNeed(x):
		return needless
	case x.SucceededAt.Set && x.Changed.Set && x.Changed.Value:
		return needed
	}
	return needUnknown
}

// signOfNoNeed says that the run found nothing to do, or one of its alerts was
// noise or already resolved, or its incident was a false alarm or already
// resolved.
func (s *state) signOfNoNeed(x *Execution) bool {
	if x.Changed.Set && !x.Changed.Value {
		return true
	}
	for _, id := range x.alertIDs() {
		if a := s.alerts[id]; a != nil && (a.Noise() || a.resolvedBefore(x.Start())) {
			return true
		}
	}
	i := s.incidentOf(x)
	return i != nil && (i.FalseAlarm() || i.resolvedBefore(x.Start()))
}

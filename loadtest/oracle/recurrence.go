package oracle

import (
	"maps"
	"strings"
	"unicode"
)

// SetClusters says to which recurrence cluster each incident belongs. The oracle
// does not find them; without them, recurrence is not known.
func (f *Fold) SetClusters(ofIncident map[string]string) {
	f.clusters = maps.Clone(ofIncident)
	f.folded = nil
}

// joinClusters gives incidents their clusters, and executions that of their
// incident.
func (s *state) joinClusters(clusters map[string]string) {
	for id, i := range s.incidents {
		i.Cluster = clusters[id]
	}
	for _, x := range s.executions {
		if i := s.incidentOf(x); i != nil {
			x.Cluster = i.Cluster
		}
	}
}

const (
	msPerDay     = 24 * 60 * 60 * 1000
	recursWithin = 180 * msPerDay
	strangerFrom = 60 * msPerDay
)

func recurrenceRow(s *state, _ Query, incidents []*Incident) Row {
	return s.shareOfMatched(incidents, func(i, previous *Incident) bool {
		return i.OpenedAt.Value-previous.OpenedAt.Value <= recursWithin
	})
}

func strangerRow(s *state, _ Query, incidents []*Incident) Row {
	return s.shareOfMatched(incidents, func(i, previous *Incident) bool {
		away := i.OpenedAt.Value - previous.OpenedAt.Value
		return away >= strangerFrom && away <= recursWithin &&
			(normalTitle(i.Title) != normalTitle(previous.Title) || i.Service != previous.Service)
	})
}

// shareOfMatched is the share of incidents whose predecessor has a property.
func (s *state) shareOfMatched(incidents []*Incident, holds func(i, previous *Incident) bool) Row {
	matched := having(incidents, func(i *Incident) bool { return i.Cluster != "" })
	row := proportionRow(holding(matched, func(i *Incident) bool {
		previous := s.previous(i)
		return previous != nil && holds(i, previous)
	}), int64(len(matched)))
	row.Unknown = new(int64(len(incidents) - len(matched)))
	return row
}

// previous is the incident of the cluster that opened last before i, of those
// that count.
func (s *state) previous(i *Incident) *Incident {
	var last *Incident
	for _, other := range s.inCluster()[i.Cluster] {
		if other.OpenedAt.Value < i.OpenedAt.Value && (last == nil || byOpening(last, other) < 0) {
			last = other
		}
	}
	return last
}

func (s *state) inCluster() map[string][]*Incident {
	if s.clusters == nil {
		s.clusters = make(map[string][]*Incident)
		for _, i := range s.incidents {
			if i.Cluster != "" && i.OpenedAt.Set && !i.LeftOut() {
				s.clusters[i.Cluster] = append(s.clusters[i.Cluster], i)
			}
		}
	}
	return s.clusters
}

// normalTitle is a title in lower case with white space folded and every token
// masked that has a digit or is eight or more hexadecimal letters or hyphens. A
// token is a run of letters, digits and _.:/-
func normalTitle(title string) string {
	var b strings.Builder
	runes := []rune(strings.ToLower(title))
	for n := 0; n < len(runes); {
		end := n
		for end < len(runes) && inToken(runes[end]) {
			end++
		}
		if end == n {
			b.WriteRune(runes[n])
			n++
			continue
		}
		if token := string(runes[n:end]); isMasked(token) {
			b.WriteByte('#')
		} else {
			b.WriteString(token)
		}
		n = end
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func inToken(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune("_.:/-", r)
}

func isMasked(token string) bool {
	if strings.ContainsFunc(token, unicode.IsDigit) {
		return true
	}
	return len(token) >= 8 && strings.Trim(token, "abcdef-") == ""
}

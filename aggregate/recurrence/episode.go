package recurrence

import "time"

// storm is how soon after another an incident of the same cluster belongs to
// the same episode.
const storm = 30 * time.Minute

// Episodes gives the times at which the episodes of a cluster began: incidents
// that open within half an hour of the one before are one episode, however long
// that goes on. The times must be sorted.
func Episodes(opened []time.Time) []time.Time {
	var began []time.Time
	for i, at := range opened {
		if i == 0 || at.Sub(opened[i-1]) > storm {
			began = append(began, at)
		}
	}
	return began
}

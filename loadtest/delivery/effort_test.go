package delivery

import "testing"

// effort chooses how much is tried: little with -short, so that everyone can
// run it often, else what the promise is held to.
func effort[T any](little, full T) T {
	if testing.Short() {
		return little
	}
	return full
}

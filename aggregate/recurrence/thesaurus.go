package recurrence

import (
	"slices"
	"strings"
)

// sayings are ways to say the same of a thing: people who reword a title rarely
// rename the thing, but say in other words what is wrong with it. A line is one
// meaning, the first saying stands for it.
var sayings = [][]string{
	alternatives("out of memory, oom, oom killed, oom killer, oomkilled, memory exhausted, memory exhaustion, exhausted memory, insufficient memory, memory limit exceeded, exceeded memory limit, memory limit reached"),
	alternatives("disk full, disk is full, disk almost full, disk nearly full, no space left on device, no space left, out of disk space, out of disk, out of space, disk space exhausted, low disk space, disk space low, low on disk space, filesystem full, file system full, volume full, volume is full"),
	alternatives("exhausted, exhaustion, depleted, depletion, used up, at capacity, at its limit, at limit, limit reached, reached its limit, saturated, saturation, maxed out"),
	alternatives("lag, lagging, lags, lags behind, backlog, falls behind, falling behind, fell behind, piling up, piles up, not keeping up, cannot keep up"),
	alternatives("expired, expire, expiry, expiration, no longer valid, not valid anymore, lapsed"),
	alternatives("corrupt, corruption, checksum mismatch, checksum error, checksum failed"),
	alternatives("missing, absent, vanished, disappeared, not found, cannot be found, could not be found, does not exist, no such"),
	alternatives("stale, outdated, out of date"),
	alternatives("deadlock, waiting for a lock, waiting for lock, lock wait, lock contention"),
	alternatives("crash loop, crashloop, crashloopbackoff, keeps crashing, keeps restarting, crashing repeatedly, crashes repeatedly, restarting repeatedly, restarts repeatedly, repeated restarts, restart loop"),
	alternatives("access denied, permission denied, unauthorized, unauthorised, forbidden, authentication failed, authentication failure, auth failed, login failed, invalid credentials"),
	alternatives("unresponsive, hang, hung, frozen, freeze, froze, not responding, does not respond, stopped responding, no response, does not answer, not answering"),
	alternatives("unreachable, inaccessible, cannot be reached, cannot reach, unable to reach, not reachable, cannot connect, could not connect, failed to connect, unable to connect, connection refused, refuses connections, connections rejected"),
	alternatives("timeout, timed out, times out, timing out, deadline exceeded"),
	alternatives("slow, slowly, slowness, sluggish, latency, response time, takes too long"),
	alternatives("down, offline, not running"),
}

func alternatives(line string) []string { return strings.Split(line, ", ") }

// synonyms gives for the stem of a saying of one word the stem that stands for
// its meaning.
var synonyms = func() map[string]string {
	known := make(map[string]string)
	for _, same := range sayings {
		for _, text := range same {
			if !strings.Contains(text, " ") {
				known[stem(text)] = stem(nameOf(same))
			}
		}
	}
	return known
}()

// nameOf is one word for a meaning.
func nameOf(same []string) string { return strings.ReplaceAll(same[0], " ", "-") }

// saying is one of several words, as their stems, with the meaning's stem.
type saying struct {
	words   []int32
	meaning int32
}

// thesaurus knows the sayings of several words by the stem of the first, the
// longest first.
type thesaurus map[int32][]saying

func newThesaurus(l *lexicon) thesaurus {
	known := make(thesaurus)
	for _, same := range sayings {
		for _, text := range same {
			words := strings.Fields(text)
			if len(words) == 1 {
				continue
			}
			stems := make([]int32, len(words))
			for i, w := range words {
				stems[i] = l.stemOf(w)
			}
			known[stems[0]] = append(known[stems[0]], saying{stems, l.stemOf(nameOf(same))})
		}
	}
	for _, list := range known {
		slices.SortStableFunc(list, func(a, b saying) int { return len(b.words) - len(a.words) })
	}
	return known
}

// at finds the longest saying at the start of a shape, and how many words it
// takes; none and 0 when there is none.
func (known thesaurus) at(s shape, l *lexicon) (meaning int32, length int) {
	for _, candidate := range known[l.entries[s[0]].stem] {
		if len(candidate.words) <= len(s) && l.haveStems(s, candidate.words) {
			return candidate.meaning, len(candidate.words)
		}
	}
	return none, 0
}

// haveStems says whether a shape begins with words of these stems.
func (l *lexicon) haveStems(s shape, stems []int32) bool {
	for i, stem := range stems {
		if l.entries[s[i]].stem != stem {
			return false
		}
	}
	return true
}

// tells says whether a word stands for a meaning that tells what is wrong, more
// than may be said of anything.
func tells(word string) bool { return meanings[word] }

var meanings = func() map[string]bool {
	names := make(map[string]bool)
	for _, same := range sayings {
		if name := stem(nameOf(same)); !weak[name] {
			names[name] = true
		}
	}
	return names
}()

// told compares what two titles say is wrong, as far as they have sayings for
// it: same when a meaning is in both, other when each has one and none is.
func (l *lexicon) told(a, b []int32) (same, other bool) {
	x, y := false, false
	for _, s := range a {
		if l.entries[s].tells {
			x = true
			same = same || slices.Contains(b, s)
		}
	}
	for _, s := range b {
		y = y || l.entries[s].tells
	}
	return same, x && y && !same
}

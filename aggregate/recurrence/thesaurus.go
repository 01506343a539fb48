package recurrence

import (
	"slices"
	"strings"
)

// sayings are ways to say the same of a thing in a title: people who reword one
// rarely rename the thing, but say in other words what is wrong with it. A line
// is one meaning, the first saying stands for it. Words are meant in all their
// forms, behind = in this one only: a cache that misses is not missing.
var sayings = [][]string{
	alternatives("out of memory, oom, oom killed, oom-killed, oom killer, oomkilled, outofmemory, outofmemoryerror, memory exhausted, memory exhaustion, exhausted memory, memory limit exceeded, exceeded memory limit, memory limit reached"),
	alternatives("disk full, disk is full, disk almost full, disk nearly full, no space left on device, no space left, enospc, out of disk space, out of disk, disk space exhausted, low disk space, disk space low, low on disk space, filesystem full, filesystem is full, file system full, file system is full, volume full, volume is full"),
	alternatives("exhausted, exhaustion, depleted, depletion, used up, at capacity, at its limit, at limit, limit reached, reached its limit, saturated, saturation, maxed out"),
	alternatives("lag, lagging, lags, lags behind, lag behind, lagging behind, backlog, falls behind, falling behind, fell behind, not keeping up, cannot keep up"),
	alternatives("expired, expire, expiry, expiration, no longer valid, not valid anymore, lapsed"),
	alternatives("corrupt, corruption, checksum mismatch, checksum error, checksum failed"),
	alternatives("not found, =missing, cannot be found, could not be found, does not exist, absent, vanished, disappeared"),
	alternatives("stale, outdated, out of date"),
	alternatives("lock contention, lock wait, waits for a lock, waiting for a lock, waiting for lock"),
	alternatives("crash loop, crashloop, crashloopbackoff, keeps crashing, keeps restarting, crashing repeatedly, crashes repeatedly, restarting repeatedly, restarts repeatedly, repeated restarts, restart loop"),
	alternatives("access denied, permission denied, forbidden"),
	alternatives("authentication failed, authentication failure, auth failed, unauthorized, unauthorised, invalid credentials"),
	alternatives("timeout, time-out, timed out, timing out, deadline exceeded"),
	alternatives("slow, slowly, slowness, sluggish, latency, latencies, response time, takes too long"),
	alternatives("unresponsive, hang, hung, not responding, does not respond, stopped responding, no response, does not answer, not answering"),
	alternatives("down, offline, not running, unavailable, unreachable, inaccessible, cannot be reached, not reachable, cannot connect, could not connect, failed to connect, unable to connect, connection refused, refuses connections, connections rejected"),
}

// exactly stands before a saying that is one word in this form.
const exactly = "="

// general are meanings that may be said of what has a meaning of its own: what
// is out of memory has exhausted it, and crashes again and again.
var general = []string{"exhausted", "crash loop"}

func alternatives(line string) []string { return strings.Split(line, ", ") }

// nameOf is one word for a meaning.
func nameOf(saying string) string { return strings.ReplaceAll(saying, " ", "-") }

// tells says whether a word stands for a meaning that is said of one kind of
// trouble only, and is neither general nor weak.
func tells(word string) bool { return telling[word] }

var telling = func() map[string]bool {
	names := make(map[string]bool)
	for _, same := range sayings {
		if name := stem(nameOf(same[0])); !weak[name] && !slices.Contains(general, same[0]) {
			names[name] = true
		}
	}
	return names
}()

// saying is one of them, as the stems of its words, with the meaning's stem.
type saying struct {
	words   []int32
	exact   int32 // the word that it must be; none for any form
	meaning int32
}

// thesaurus knows the sayings by the stem of their first word, the longest first.
type thesaurus map[int32][]saying

func newThesaurus(l *lexicon) thesaurus {
	known := make(thesaurus)
	for _, same := range sayings {
		meaning := l.stemOf(nameOf(same[0]))
		for _, text := range same {
			s := saying{exact: none, meaning: meaning}
			if word, exact := strings.CutPrefix(text, exactly); exact {
				s.exact, text = l.number(word), word
			}
			for w := range strings.FieldsSeq(text) {
				s.words = append(s.words, l.stemOf(w))
			}
			known.add(s)
			if len(s.words) > 1 { // PermissionDenied, permission-denied, permission_denied
				for _, joint := range []string{"", "-", "_"} {
					known.add(saying{words: []int32{l.stemOf(strings.ReplaceAll(text, " ", joint))}, exact: none, meaning: meaning})
				}
			}
		}
	}
	for _, list := range known {
		slices.SortStableFunc(list, func(a, b saying) int { return len(b.words) - len(a.words) })
	}
	return known
}

func (known thesaurus) add(s saying) { known[s.words[0]] = append(known[s.words[0]], s) }

// at finds the longest saying at the start of a shape, and how many words it
// takes; none and 0 when there is none.
func (known thesaurus) at(s shape, l *lexicon) (meaning int32, length int) {
	for _, candidate := range known[l.entries[s[0]].stem] {
		if candidate.exact != none && candidate.exact != s[0] {
			continue
		}
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

// told compares what two titles say is wrong, as far as they have sayings that
// tell: same when a meaning is in both, other when each has one and none is.
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

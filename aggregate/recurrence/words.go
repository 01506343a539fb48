package recurrence

import "strings"

// saysNothing are words that do not tell one trouble from another: the words of
// the trade of incidents itself, and English words of grammar. A text that has
// no other words says nothing.
var saysNothing = wordSet(`
	a an and any are as at be been being but by can could  did do does for from had has have if in into is it its
	may more most no not now of off on once or other our out over per since so some such than that the their them then
	there these they this to too until was we were when where which while who why will with would you your
	acknowledged alert alerting alerts affected affecting affects availability available aware causing cause currently
	degradation degraded disrupted disruption disruptions experience experienced experiencing general
	impact impacted impacting impacts incident incidents intermittent investigate investigated investigating
	investigation issue issues happened happening major minor multiple new observed observing occurred
	ongoing operational outage outages partial performance please possible potential prod production problem problems
	receive received receiving related report reported reports resolve resolved retroactive see seeing service services several
	significant something system systems unknown unplanned untitled triggered update
	updates utc various wrong high low
` + severityWords)

// severityWords say how bad it is, not what.
const severityWords = `warning critical urgent medium sev severity priority`

var severe = wordSet(severityWords)

func wordSet(text string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// weak are stems of words that say what is wrong with anything: a title with no
// other words is the same trouble only where the service or the like is the same.
var weak = stemSet(`
	customer customers user users event events page site status team teams ticket tickets notification
	alarm anomaly bad broken check crash critical dead delay delayed detect detected down elevate elevated error exceed exceeded
	exception fail failed failing failure fault faulty health healthcheck high higher increase increased job jobs latency
	late loss lost offline pending rate rates ratio reach refuse response retry run running slow slowness spike spiking start
	started stop stopped stuck task terminated threshold timeout timed time times timing trigger triggered unavailable unhealthy
	unreachable unresponsive unstable up
`)

func stemSet(text string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(text) {
		set[stem(w)] = true
	}
	return set
}

// grammar are words that only hold a sentence together.
var grammar = wordSet(`
	a an and are as at be but by for from has have if in into is it its no not of on or so such that the their them then
	there these they this to was we were when where which will with would can could should do does did you your
`)

// calendar are words of a date when a number stands beside them.
var calendar = wordSet(`
	mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
	jan feb mar apr may jun jul aug sep sept oct nov dec
	january february march april june july august september october november december
	utc gmt pdt pst edt est cet cest bst jst am pm
`)

// stem takes off the endings by which English words of one meaning differ.
func stem(w string) string {
	for _, ending := range []string{"ings", "ing", "ied", "ies", "ed", "es", "s", "ly"} {
		if base, found := strings.CutSuffix(w, ending); found && len(base) >= 4 && !strings.HasSuffix(w, "ss") {
			return strings.TrimSuffix(base, "e")
		}
	}
	return strings.TrimSuffix(w, "e")
}

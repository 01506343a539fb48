package world

// trouble is one thing that goes wrong. Its incidents share a cause, whatever
// they are called and wherever they show.
type trouble struct {
	id, summary string
	cause       string // the category that a review would find
	alert       string // the rule that fires
	wordings    []string
	details     []string
	services    []string

	perDay float64 // at Scale 1, before turns; of an episodic one: while it is there
	when   rhythm
	turns  []turn
	// onTheHour: it comes minutes after the full hour, as expiry does.
	onTheHour bool
	// endedBy says what brought the frequency to nothing; empty when it goes on.
	endedBy string
	// episodic troubles come for a day or two and are gone for months. When
	// they are back, they show in another service under another title: a
	// familiar stranger.
	episodic bool

	severities []float64 // weights of sev1 to sev5
	minutes    float64   // median time to resolve at sev3 without automation
	spread     float64   // of its logarithm; usualSpread when 0
	customers  float64   // share that customers report before an alert fires
	fixes      float64   // share of its review actions that are fixes; usualFixes when 0
	class      string    // when its incidents are exercises rather than incidents
	oneOff     bool      // it happens once
}

// turn is a lasting change of how often a trouble happens.
type turn struct {
	at     float64 // share of the world's span that has passed
	factor float64 // of perDay, until the next turn
}

const (
	usualSpread = 0.6
	usualFixes  = 0.4
)

// How bad a trouble tends to be: weights of sev1 to sev5.
var (
	grave    = []float64{0.06, 0.28, 0.42, 0.22, 0.02}
	moderate = []float64{0.01, 0.10, 0.42, 0.40, 0.07}
	mild     = []float64{0, 0.02, 0.23, 0.55, 0.20}
	planned  = []float64{0, 0, 0, 0.2, 0.8}
)

// troubles lists everything that recurs, in a fixed order.
var troubles = concat(storyTroubles, frequentTroubles, rareTroubles, exercises)

var troubleByID = byName(troubles, func(t *trouble) string { return t.id })

func concat[T any](lists ...[]T) []T {
	var all []T
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// factorAt is how often the trouble happens compared with perDay.
func (t *trouble) factorAt(share float64) float64 {
	factor := 1.0
	for _, turn := range t.turns {
		if share >= turn.at {
			factor = turn.factor
		}
	}
	return factor
}

// orUsual is the value, or the usual one where a list of troubles leaves it out.
func orUsual(value, usual float64) float64 {
	if value == 0 {
		return usual
	}
	return value
}

package truth

// Scenario is one kind of world.
type Scenario struct {
	Name string
	// Story says what happens in its worlds.
	Story string
	// Claims are the intervals whose coverage is counted.
	Claims []Claim
	// populate tells what happens in a world and notes its truth.
	populate func(*world)
}

// Scenarios are all of them. In those called limits an assumption of the metric
// does not hold: they show how wrong it is then. The same is true of claims
// that are only shown.
var Scenarios = []Scenario{
	{
		"easy ones first", "automation goes to the easy incidents and makes them longer",
		[]Claim{impact},
		func(w *world) {
			effect := w.evenly(1.2, 1.7)
			w.manyOf(func(k *kind) { k.asked, k.effect = 0.85-0.7*k.hardness(), effect }, promptly)
		},
	},
	{
		"hard ones first", "automation goes to the hard incidents and makes them shorter",
		[]Claim{impact},
		func(w *world) {
			effect := w.evenly(0.4, 0.8)
			w.manyOf(func(k *kind) { k.asked, k.effect = 0.15+0.7*k.hardness(), effect }, promptly)
		},
	},
	{
		"no effect", "runs come at once and change nothing",
		[]Claim{impact},
		func(w *world) { w.manyOf(func(*kind) {}, promptly) },
	},
	{
		"where it helps", "the effect differs from kind to kind, from 0.4 to 1.5; automation goes where it helps",
		[]Claim{impact},
		func(w *world) {
			w.manyOf(func(k *kind) {
				k.effect = w.evenly(0.4, 1.5)
				k.asked = min(0.8, 0.35/k.effect)
			}, promptly)
		},
	},
	{
		"harmful", "automation makes incidents longer, fails often, and causes incidents",
		[]Claim{impact, success, induced},
		func(w *world) {
			w.conduct = conduct{success: w.between(0.4, 0.8), induced: w.evenly(10, 60)}
			effect := w.evenly(1.3, 2.5)
			w.manyOf(func(k *kind) { k.effect = effect }, promptly)
		},
	},
	{
		"late, no effect", "runs come after 6 min (median), one in seven after more than 15: long incidents get them more often; they change nothing",
		[]Claim{impact},
		func(w *world) { w.manyOf(w.lasting(20*minute, 3*hour, 1), lately) },
	},
	{
		"late, helps", "the same, and runs help whenever they come: so they help some of those to which is compared",
		[]Claim{impactNotSoon, impact.shown()},
		func(w *world) { w.manyOf(w.lasting(20*minute, 3*hour, w.evenly(0.4, 0.8)), lately) },
	},
	{
		"few incidents", "one cluster, 14 to 36 incidents",
		[]Claim{impact},
		func(w *world) {
			effect := w.evenly(0.5, 1.5)
			w.incidents(14+w.IntN(23), w.kinds(1, func(k *kind) { k.effect = effect }), promptly)
		},
	},
	{
		"limit: too late", "runs come after 8 min (median) to incidents that last 5 to 15 min (medians); they change nothing",
		[]Claim{impact.shown()},
		func(w *world) {
			w.manyOf(w.lasting(5*minute, 15*minute, 1), func(w *world) float64 { return w.around(8*minute, 0.9) })
		},
	},
	{
		"runs", "60 to 400 runs, up to 40 % of them unneeded; people look at the failed and the useless ones",
		[]Claim{success, needBounds, need.shown(), needByVerdict.shown()},
		func(w *world) { w.runs(60+w.IntN(341), w.someConduct()) },
	},
	{
		"few runs", "8 to 25 runs",
		[]Claim{success, needBounds, need.shown(), needByVerdict.shown()},
		func(w *world) { w.runs(8+w.IntN(18), w.someConduct()) },
	},
	{
		"rarely harmful", "100 to 800 runs that cause 0.2 to 6 incidents per 1,000",
		[]Claim{success, induced},
		func(w *world) {
			c := w.someConduct()
			c.induced = w.evenly(0.2, 6)
			w.runs(100+w.IntN(701), c)
		},
	},
	{
		"times", "40 to 200 incidents that take 10 min to 4 h (medians)",
		[]Claim{resolve},
		func(w *world) { w.times(40+w.IntN(161), w.evenly(10*minute, 4*hour), w.between(0.5, 1.2)) },
	},
	{
		"many open", "40 to 200 incidents that take 5 to 40 days (medians) of a window of 90: many are open at its end",
		[]Claim{resolve},
		func(w *world) { w.times(40+w.IntN(161), w.evenly(5*day, 40*day), w.between(0.5, 1.2)) },
	},
	{
		"few times", "6 to 20 incidents, some of them open",
		[]Claim{resolve},
		func(w *world) { w.times(6+w.IntN(15), w.evenly(2*day, 20*day), w.between(0.5, 1.2)) },
	},
	{
		"limit: bursts, runs", "incidents come in bursts of two on average, easy or hard together, all with runs or none; these change nothing",
		[]Claim{impact.shown()},
		func(w *world) {
			w.isBursty = true
			w.manyOf(func(*kind) {}, promptly)
		},
	},
	{
		"limit: bursts", "incidents come in bursts of two on average, easy or hard together",
		[]Claim{resolve.shown()},
		func(w *world) { w.bursts(40+w.IntN(161), w.evenly(10*minute, 4*hour), w.between(0.3, 0.8)) },
	},
}

// manyOf tells 120 to 300 incidents of three to five clusters.
func (w *world) manyOf(adjust func(*kind), wait func(*world) float64) {
	w.incidents(120+w.IntN(181), w.kinds(3+w.IntN(3), adjust), wait)
}

// lasting adjusts kinds to a range of medians, to automation that is asked for
// often, and to one effect.
func (w *world) lasting(low, high, effect float64) func(*kind) {
	return func(k *kind) {
		k.median, k.asked, k.effect = w.evenly(low, high), w.between(0.5, 0.8), effect
	}
}

func (w *world) someConduct() conduct {
	return conduct{unneeded: w.between(0.02, 0.4), success: w.between(0.5, 0.99), easier: w.between(0.7, 0.99)}
}

package recurrence

import (
	"math"
	"slices"
)

// field is a kind of evidence.
type field int

const (
	byTitle field = iota
	byRule
	byText
	byService
	byCause
	byLabel
	fields
)

var fieldNames = [fields]string{"title", "alert rule", "description", "service", "cause", "labels"}

// weights are the bits that each field gives for two being one trouble: the
// logarithm to base 2 of how much likelier what it shows is in one trouble than
// in two.
type weights [fields]float64

func (w *weights) sum() float64 {
	total := 0.0
	for _, bits := range w {
		total += bits
	}
	return total
}

// What the fields can weigh, in bits.
const (
	// enough is what it takes to hold that two are one trouble; most pairs are
	// not. An incident whose title says nothing must show more in other ways.
	enough         = 5
	enoughUntitled = 7
	// enoughForBoth is what it takes for an incident to show that two clusters are
	// one: what holds many together must be strong.
	enoughForBoth = 7

	// staying is what speaks for leaving an incident where it is.
	staying = 5

	sameTitle = 7   // at least, for the same shape
	sameWeak  = 3.5 // for the same shape when its words say what is wrong with anything
	mostTitle = 10
	// Another word in a place where words vary is enough when there is nothing
	// else to go by, and little when there is: the words may be the names of
	// things that fail each for its own reason.
	sameTemplate = 1.5
	onlyTemplate = enough
	otherTitle   = -2
	oneWordApart = -4 // titles with another word in one place: CPU, memory
	// Words in common count for little until nearly all are: it is the
	// difference that makes another trouble.
	titlePower = 4
	// It is less when both say that the same is wrong.
	toldPower = 2.5

	mostRule  = 8
	ruleScale = 1.5 // people made the rule for this trouble
	// rulePrior is how many titles are taken to have been seen before the first.
	// It is small: a new rule is held to be one that fires whatever is wrong
	// until it is seen not to.
	rulePrior = 16
	otherRule = -1

	mostText  = 12 // reached by the square of how alike they are
	otherText = -2

	mostService  = 3 // troubles wander, so neither says much
	otherService = -1

	sameCause  = 1 // causes are few
	otherCause = -3

	mostLabels = 4
)

// fetch reads the beginnings of what is going to be compared, a level of all
// before the next. Clusters lie all over memory: so the processor waits for many at
// once instead of for one after another.
func (c *Clusterer) fetch(clusters []int32) {
	sum := int32(0)
	for _, k := range clusters {
		e := &c.clusters[k].evidence
		sum += int32(len(e.titles)) + e.members
	}
	for _, k := range clusters {
		e := &c.clusters[k].evidence
		for _, list := range []tally{e.rules, e.services} {
			if len(list) > 0 {
				sum += list[0].id
			}
		}
		for _, t := range e.titles {
			sum += int32(len(c.templates.list[t].stems))
		}
		for _, t := range e.texts {
			sum += t[0]
		}
	}
	for _, k := range clusters {
		for _, t := range c.clusters[k].titles {
			if stems := c.templates.list[t].stems; len(stems) > 0 {
				sum += stems[0]
			}
		}
	}
	c.fetched = sum
}

// weigh compares an incident, or a cluster, with a cluster.
func (c *Clusterer) weigh(a, b *evidence) weights {
	var w weights
	if a.form || b.form || a.bare && b.bare {
		w[byTitle] = c.weighExactTitles(a, b)
		return w
	}
	w[byTitle] = c.weighTitles(a, b)
	w[byRule] = c.weighRules(a, b)
	w[byText] = c.weighTexts(a, b)
	w[byService] = c.weighServices(a, b)
	w[byCause] = weighCauses(a, b)
	w[byLabel] = c.weighLabels(a, b)
	return w
}

// nothingElse says whether two can be compared by their titles only.
func nothingElse(a, b *evidence) bool {
	none := func(x, y int) bool { return x == 0 || y == 0 }
	return none(len(a.services), len(b.services)) && none(len(a.rules), len(b.rules)) && none(len(a.texts), len(b.texts)) && none(len(a.causes), len(b.causes))
}

func (c *Clusterer) weighExactTitles(a, b *evidence) float64 {
	for _, x := range a.titles {
		for _, y := range b.titles {
			if c.templates.top(x) == c.templates.top(y) || !a.form && !b.form && c.sameWords(x, y) {
				return sameTitle
			}
		}
	}
	return -enough
}

// sameWords says whether two titles differ only in the order of their words and
// in words that say nothing. It takes three words that say something to tell.
func (c *Clusterer) sameWords(x, y int32) bool {
	stems := c.templates.list[x].stems
	return len(stems) >= leastText && slices.Equal(stems, c.templates.list[y].stems)
}

// weighTitles weighs the two titles that are most alike.
func (c *Clusterer) weighTitles(a, b *evidence) float64 {
	if len(a.titles) == 0 || len(b.titles) == 0 {
		return 0
	}
	best, x, y, oneTemplate := -1.0, int32(0), int32(0), false
	for _, s := range a.titles {
		if slices.Contains(b.titles, s) {
			return c.sameTitleBits(s)
		}
	}
	for _, s := range a.titles {
		stems := c.templates.list[s].stems
		c.marked.mark(stems, &c.words.titles)
		for _, t := range b.titles {
			oneTemplate = oneTemplate || c.templates.top(s) == c.templates.top(t)
			if how := c.marked.alike(c.templates.list[t].stems, &c.words.titles, max(0, best)); how > best {
				best, x, y = how, s, t
			}
		}
		c.marked.unmark(stems)
	}
	s, t := &c.templates.list[x], &c.templates.list[y]
	same, other := c.words.told(s.stems, t.stems)
	power := float64(titlePower)
	if same {
		power = toldPower
	}
	bits := otherTitle + (mostTitle-otherTitle)*math.Pow(best, power)
	if c.isWeak(x) && c.isWeak(y) {
		bits = min(bits, sameWeak)
	}
	switch {
	case oneTemplate && nothingElse(a, b):
		return max(onlyTemplate, bits)
	case oneTemplate:
		return max(sameTemplate, bits)
	case other, same && oneEach(s.stems, t.stems), !slices.Equal(s.stems, t.stems) && c.oneWordApart(s.shape, t.shape):
		return oneWordApart
	}
	return bits
}

// sameTitleBits is what it weighs to have the same title.
func (c *Clusterer) sameTitleBits(title int32) float64 {
	if c.saysLittle(title) {
		return sameWeak
	}
	return max(sameTitle, min(mostTitle, c.words.titles.total(c.templates.list[title].stems)))
}

// saysLittle says whether a title may stand over anything: by its words, or by
// what it has stood over.
func (c *Clusterer) saysLittle(title int32) bool {
	return c.isWeak(title) || c.templates.list[title].with.isMixed()
}

// isWeak says whether the words of a title say what is wrong with anything.
func (c *Clusterer) isWeak(title int32) bool {
	return !slices.ContainsFunc(c.templates.list[title].stems, func(s int32) bool { return !c.words.entries[s].weak })
}

// oneEach says whether each of two sorted lists has exactly one that the other
// has not.
func oneEach(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case b[j] < a[i]:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	return common == len(a)-1
}

// oneWordApart says whether two shapes have different words in exactly one
// place.
func (c *Clusterer) oneWordApart(x, y shape) bool {
	if len(x) != len(y) || len(x) < 2 {
		return false
	}
	apart := 0
	for i := range x {
		a, b := &c.words.entries[x[i]], &c.words.entries[y[i]]
		switch {
		case a.silent != b.silent:
			return false
		case !a.silent && a.stem != b.stem:
			apart++
		}
	}
	return apart == 1
}

// weighRules weighs the rule in common that says most: that rarely stands beside
// other titles, and often in both.
func (c *Clusterer) weighRules(a, b *evidence) float64 {
	best, common, differ := 0.0, false, false
	for _, x := range a.rules {
		if b.rules.of(x.id) == 0 {
			differ = differ || c.facts.seen[x.id] > 1
			continue
		}
		common = true
		best = max(best, c.ruleBits(x.id, a, b))
	}
	switch {
	case common:
		return best
	case differ && c.recurs(b.rules):
		return otherRule
	}
	return 0
}

// ruleBits weighs a rule that two have in common.
func (c *Clusterer) ruleBits(rule int32, a, b *evidence) float64 {
	everywhere := float64(c.facts.in[rule]+1) / float64(c.words.titles.all+rulePrior)
	here := min(often(a.rules.of(rule), a.members, everywhere), often(b.rules.of(rule), b.members, everywhere))
	return min(mostRule, ruleScale*math.Log2(here/everywhere))
}

// serviceBits weighs a service that two have in common.
func (c *Clusterer) serviceBits(service int32, a, b *evidence) float64 {
	everywhere := float64(c.facts.in[service]+1) / float64(len(c.clusters)+prior)
	here := min(often(a.services.of(service), a.members, everywhere), often(b.services.of(service), b.members, everywhere))
	return min(mostService, math.Log2(here/everywhere))
}

// labelBits weighs a label that two have in common.
func (c *Clusterer) labelBits(label int32) float64 {
	return max(0, bits(int32(len(c.clusters)), c.facts.in[label])-2) / 2
}

// often is the share of members that have a fact, drawn towards its share
// everywhere while there are few.
func often(n, members int32, everywhere float64) float64 {
	return (float64(n) + everywhere) / float64(members+1)
}

// recurs says whether any of the rules was seen more than once: what never comes
// again is an id, not a rule.
func (c *Clusterer) recurs(rules tally) bool {
	for _, r := range rules {
		if c.facts.seen[r.id] > 1 {
			return true
		}
	}
	return false
}

// weighTexts weighs the two descriptions that are most alike.
func (c *Clusterer) weighTexts(a, b *evidence) float64 {
	if len(a.texts) == 0 || len(b.texts) == 0 {
		return 0
	}
	best := 0.0
	var words []int32
	for _, x := range a.texts {
		c.marked.mark(x, &c.words.texts)
		for _, y := range b.texts {
			if how := c.marked.alike(y, &c.words.texts, best); how >= best {
				best, words = how, x
			}
		}
		c.marked.unmark(x)
	}
	return min(otherText+(mostText-otherText)*best*best, c.words.texts.total(words)/2)
}

func (c *Clusterer) weighServices(a, b *evidence) float64 {
	if len(a.services) == 0 || len(b.services) == 0 {
		return 0
	}
	best := float64(otherService)
	for _, s := range a.services {
		if b.services.of(s.id) > 0 {
			best = max(best, c.serviceBits(s.id, a, b))
		}
	}
	return best
}

func weighCauses(a, b *evidence) float64 {
	if len(a.causes) == 0 || len(b.causes) == 0 {
		return 0
	}
	for _, x := range a.causes {
		if b.causes.of(x.id) > 0 {
			return sameCause
		}
	}
	return otherCause
}

// weighLabels adds up the labels in common, by how rare they are.
func (c *Clusterer) weighLabels(a, b *evidence) float64 {
	sum := 0.0
	for _, x := range a.labels {
		if b.labels.of(x.id) > 0 {
			sum += c.labelBits(x.id)
		}
	}
	return min(mostLabels, sum)
}

// similarity turns bits into a number from 0 to 1: 0.67 at the point at which
// two are held to be one trouble, nearer 1 the more there is.
func similarity(bits float64) float64 { return 1 / (1 + math.Exp2((enough-2-bits)/2)) }

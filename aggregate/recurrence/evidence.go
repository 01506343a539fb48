package recurrence

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-faster/city"
)

// evidence is what one incident shows or the incidents of a cluster together
// have shown, in a form that can be compared.
type evidence struct {
	titles   []int32   // templates
	texts    [][]int32 // descriptions: the stems of words that say something, sorted
	rules    tally
	services tally
	causes   tally
	labels   tally
	members  int32 // how many incidents
	// bare: there is nothing but titles. form: every word of the titles is meant.
	bare, form bool
}

const (
	// longestText is how much of a description is read, in bytes: what is wrong
	// is said first, and dumps follow.
	longestText = 800
	// longestTitle is how much of a title is read, in bytes.
	longestTitle = 1000
	// leastText is how many words a description must have to be compared.
	leastText = 3
	// leastTitleBits is what a title must say to be evidence.
	leastTitleBits = 3

	// How many different ones a cluster remembers.
	mostTitles = 32
	mostTexts  = 8
	mostFacts  = 32
)

// ruleLabels are labels that name the rule of an alert.
var ruleLabels = wordSet("alertname alert_name alert rule rule_name rulename monitor monitor_name check check_name")

// readTitle takes what costs little: everything but the description.
func (c *Clusterer) readTitle(in *Incident) evidence {
	src, service := c.source(in), c.names.of(in.Service)
	c.tokens = scan(start(in.Title, longestTitle), c.tokens[:0])
	if c.learns {
		src.note(c.tokens)
		c.names.learn(service)
	}
	src.keepCodes(c.tokens)
	c.words.read(c.tokens)
	if !src.form {
		c.names.blank(c.tokens, service)
	}
	c.shape = c.words.shapeOf(c.tokens, c.shape)
	title := c.templates.add(c.shape, !src.form)
	e := evidence{bare: !src.tellsMore, members: 1}
	if e.bare && c.saysAnything(title) || c.says(title) {
		e.titles = []int32{title}
		e.form = src.form
	}
	c.readFacts(in, &e)
	for _, r := range e.rules {
		c.noteRule(r.id, title)
	}
	return e
}

// noteRule counts beside how many titles a rule stands.
func (c *Clusterer) noteRule(rule, title int32) {
	last := &c.templates.list[title].rule
	if rule == *last {
		return // as most often
	}
	*last = rule
	if !c.ruled.has(uint64(uint32(rule))<<32 | uint64(uint32(title))) {
		c.facts.in[rule]++
	}
}

// start is as much of a text as fits into so many bytes, without half a word at
// its end, or at least not half a character.
func start(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if space := strings.LastIndexByte(text[:most], ' '); space > most/2 {
		return text[:space]
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// source is how the incident's sender writes.
func (c *Clusterer) source(in *Incident) *source {
	s := c.sources[in.Source]
	if s == nil {
		s = &source{phrases: make(map[string]*phrase)}
		c.sources[in.Source] = s
	}
	s.tellsMore = s.tellsMore || in.Service != "" || len(in.Rules)+len(in.Labels) > 0 || in.Description != "" && in.Description != in.Title
	return s
}

// saysAnything says whether a title has a word that is no id, which is enough where
// there are only titles. So is a level such as "critical" that stands by itself: it
// is what a machine has to say; with other words that say nothing ("critical
// incident") it is not.
func (c *Clusterer) saysAnything(title int32) bool {
	t := &c.templates.list[title]
	isWord := func(stem int32) bool { return !c.words.entries[stem].varies }
	return slices.ContainsFunc(t.stems, isWord) || len(t.shape) > 0 && !slices.ContainsFunc(t.shape, func(w int32) bool { return !severe[c.words.entries[w].text] })
}

// says says whether a title says anything. The names of services do not, nor do
// ids.
func (c *Clusterer) says(title int32) bool {
	sum := 0.0
	for _, s := range c.templates.list[title].stems {
		if w := &c.words.entries[s]; !w.varies && !w.isName {
			sum += c.words.titles.bits(s)
		}
	}
	return sum >= leastTitleBits
}

func (c *Clusterer) readFacts(in *Incident, e *evidence) {
	note := func(t *tally, what fact) {
		if what.name == "" {
			return
		}
		if id := c.facts.id(what); id != none {
			t.add(id, 1, mostFacts)
		}
	}
	note(&e.services, fact{kind: serviceKind, name: in.Service})
	note(&e.causes, fact{kind: causeKind, name: in.Cause})
	for _, r := range in.Rules {
		note(&e.rules, fact{kind: ruleKind, name: r})
	}
	for _, k := range sortedKeys(in.Labels) {
		if ruleLabels[strings.ToLower(k)] {
			note(&e.rules, fact{kind: ruleKind, name: in.Labels[k]})
		} else {
			note(&e.labels, fact{labelKind, k, in.Labels[k]})
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readText adds the description.
func (c *Clusterer) readText(in *Incident, e *evidence) {
	text := in.Description
	if text == in.Title {
		return
	}
	c.tokens = scan(start(text, longestText), c.tokens[:0])
	c.words.read(c.tokens)
	c.names.blank(c.tokens, c.names.of(in.Service))
	c.stems = c.stems[:0]
	for _, t := range c.tokens {
		if t.kind == word || t.kind == coded {
			if w := &c.words.entries[t.word]; !w.silent && len(w.text) > 1 {
				c.stems = append(c.stems, w.stem)
			}
		}
	}
	slices.Sort(c.stems)
	c.stems = slices.Compact(c.stems)
	if len(c.stems) < leastText {
		return
	}
	c.key = appendKey(c.key[:0], c.stems)
	if sum := city.CH64(c.key); !c.texts.has(sum) {
		c.words.texts.note(c.stems)
	}
	e.texts = [][]int32{slices.Clone(c.stems)}
}

// add puts what one shows to what others have shown. It says which titles and
// texts are new.
func (e *evidence) add(more *evidence) (titles []int32, texts [][]int32) {
	for _, t := range more.titles {
		if !slices.Contains(e.titles, t) && len(e.titles) < mostTitles {
			e.titles = append(e.titles, t)
			titles = append(titles, t)
		}
	}
	for _, t := range more.texts {
		if len(e.texts) < mostTexts && !slices.ContainsFunc(e.texts, func(x []int32) bool { return slices.Equal(x, t) }) {
			e.texts = append(e.texts, t)
			texts = append(texts, t)
		}
	}
	e.members += more.members
	for _, f := range []struct{ to, from *tally }{
		{&e.rules, &more.rules}, {&e.services, &more.services}, {&e.causes, &more.causes}, {&e.labels, &more.labels},
	} {
		for _, c := range *f.from {
			f.to.add(c.id, c.n, mostFacts)
		}
	}
	first := len(e.titles) == len(titles)
	e.bare, e.form = more.bare && (first || e.bare), more.form && (first || e.form)
	return titles, texts
}

// beyond is what one shows that others have not shown: of an incident that was
// counted already, nothing is counted twice.
func (e *evidence) beyond(others *evidence) *evidence {
	more := &evidence{titles: e.titles, texts: e.texts, bare: e.bare, form: e.form}
	for _, f := range []struct {
		to          *tally
		mine, known tally
	}{
		{&more.rules, e.rules, others.rules},
		{&more.services, e.services, others.services},
		{&more.causes, e.causes, others.causes},
		{&more.labels, e.labels, others.labels},
	} {
		for _, c := range f.mine {
			if f.known.of(c.id) == 0 {
				*f.to = append(*f.to, c)
			}
		}
	}
	return more
}

// eachShared gives the facts of which it is known in how many clusters they are.
func (e *evidence) eachShared(do func(id int32)) {
	for _, list := range []tally{e.services, e.labels} {
		for _, f := range list {
			do(f.id)
		}
	}
}

func (e *evidence) shares(id int32) bool { return e.services.of(id)+e.labels.of(id) > 0 }

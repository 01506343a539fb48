package recurrence

import "strings"

// names knows what services are called. In a title the name of a service says
// where, not what.
//
// The name of the incident's own service is blanked. Those of others are blanked
// when they cannot be anything else: names of several words or with a hyphen, dot
// or digit. A plain word such as "memory" may be what is wrong; it stays in the
// title, but a title that has nothing but such words says nothing.
type names struct {
	lexicon *lexicon
	known   map[string]bool // in lower case, words separated by one space
	// longest is for the first word of a name of how many words the longest is.
	longest map[string]int
	// opens has a bit for each word of the lexicon, set where a name begins with it:
	// most words need no look at the names.
	opens []uint64
	seen  bounded[string, *name]
	asked string // the last service that was asked for
	last  *name  // and its name
	lower []byte // scratch
}

// name is a service's name in the form in which it is looked up.
type name struct {
	text  string
	words int
	first int32 // its first word, in the lexicon
	// learned: others' titles are looked through for it.
	learned bool
}

const (
	// longestName is how much of a service's name is read, in bytes.
	longestName = 200
	// mostNameWords is how many words of it.
	mostNameWords = 6
	mostNames     = 1 << 14
)

func newNames(l *lexicon) names {
	return names{
		lexicon: l, known: make(map[string]bool), longest: make(map[string]int),
		seen: newBounded[string, *name](mostNames),
	}
}

// of is a service's name in the form in which it is looked up; without words when
// it has no letters or too many words.
func (n *names) of(service string) *name {
	if n.last == nil || service != n.asked {
		n.asked, n.last = service, n.find(service)
	}
	return n.last
}

// find is of without what was asked for last, which is often asked for again.
func (n *names) find(service string) *name {
	if m, known := n.seen.get(service); known {
		return m
	}
	m := &name{}
	tokens := scan(start(service, longestName), nil)
	if len(tokens) <= mostNameWords {
		parts := make([]string, len(tokens))
		for i, t := range tokens {
			parts[i] = strings.ToLower(t.text)
		}
		m.text, m.words = strings.Join(parts, " "), len(parts)
		if len(parts) > 0 {
			m.first = n.lexicon.number(parts[0])
		}
	}
	n.seen.put(service, m)
	return m
}

// learn lets a name be found in any title.
func (n *names) learn(m *name) {
	if m.learned {
		return
	}
	m.learned = true
	switch {
	case m.words == 0:
	case m.words == 1 && !strings.ContainsAny(m.text, "-._0123456789"):
		n.lexicon.entry(stem(m.text)).isName = true
	default:
		n.known[m.text] = true
		first := n.lexicon.entries[m.first].text
		n.longest[first] = max(n.longest[first], m.words)
		for int(m.first)/64 >= len(n.opens) {
			n.opens = append(n.opens, 0)
		}
		n.opens[m.first/64] |= 1 << (m.first % 64)
	}
}

// blank makes values of the tokens that name a service: the incident's own, or
// one whose name cannot be anything else.
func (n *names) blank(tokens []token, own *name) {
	lower := n.lower
	for i := range tokens {
		if w := tokens[i].word; tokens[i].kind == word && w != own.first && !n.isOpening(w) {
			continue
		}
		lower = appendLower(lower[:0], tokens[i].text)
		longest, named := n.longest[string(lower)], 0
		if strings.HasPrefix(own.text, string(lower)) {
			longest = max(longest, own.words)
		}
		for j := 0; j < longest && i+j < len(tokens); j++ {
			if j > 0 {
				lower = appendLower(append(lower, ' '), tokens[i+j].text)
			}
			if n.known[string(lower)] || own.words == j+1 && own.text == string(lower) {
				named = j + 1
			}
		}
		if named == 0 && tokens[i].kind == coded && n.isHost(strings.ToLower(tokens[i].text), own.text) {
			named = 1
		}
		for ; named > 0; named-- {
			tokens[i+named-1].kind = value
		}
	}
	n.lower = lower
}

func (n *names) isOpening(word int32) bool {
	return int(word)/64 < len(n.opens) && n.opens[word/64]>>(word%64)&1 != 0
}

// isHost says whether a coded word is the name of a service with a number and
// perhaps more behind it.
func (n *names) isHost(word, own string) bool {
	for i := len(word) - 1; i > 0; i-- {
		if (word[i] == '-' || word[i] == '_') && (n.known[word[:i]] || word[:i] == own) {
			return true
		}
	}
	return false
}

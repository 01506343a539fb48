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
	known   map[string]bool // in lower case, words separated by one space
	words   map[string]bool // stems of names that are plain words
	longest int             // of a name, in words
	seen    bounded[string, name]
}

// name is a service's name in the form in which it is looked up.
type name struct {
	text  string
	words int
}

const (
	// longestName is how much of a service's name is read, in bytes.
	longestName = 200
	// mostNameWords is how many words of it.
	mostNameWords = 6
	mostNames     = 1 << 14
)

func newNames() names {
	return names{known: make(map[string]bool), words: make(map[string]bool), seen: newBounded[string, name](mostNames)}
}

// normal is a name in the form in which it is looked up; without words when it
// has no letters or too many words.
func (n *names) normal(service string) name {
	normal, known := n.seen.get(service)
	if known {
		return normal
	}
	tokens := scan(start(service, longestName), nil)
	if len(tokens) <= mostNameWords {
		parts := make([]string, len(tokens))
		for i, t := range tokens {
			parts[i] = strings.ToLower(t.text)
		}
		normal = name{strings.Join(parts, " "), len(parts)}
	}
	n.seen.put(service, normal)
	return normal
}

func (n *names) add(service string) {
	normal := n.normal(service)
	switch {
	case normal.words == 0:
	case normal.words == 1 && !strings.ContainsAny(normal.text, "-._0123456789"):
		n.words[stem(normal.text)] = true
	default:
		n.known[normal.text] = true
		n.longest = max(n.longest, normal.words)
	}
}

// blank makes values of the tokens that name a service: the incident's own, or
// one whose name cannot be anything else.
func (n *names) blank(tokens []token, service string, lower []byte) {
	own := n.normal(service)
	for i := range tokens {
		lower = lower[:0]
		named := 0
		for j := 0; j < max(n.longest, own.words) && i+j < len(tokens); j++ {
			if j > 0 {
				lower = append(lower, ' ')
			}
			lower = appendLower(lower, tokens[i+j].text)
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

package recurrence

import "strings"

// names knows what services are called. In a title the name of a service says
// where, not what.
type names struct {
	// by their first word in lower case
	byFirst map[string][][]string
	known   map[string]bool
}

// longestName is how much of a service's name is read, in bytes.
const longestName = 200

func newNames() names {
	return names{byFirst: make(map[string][][]string), known: make(map[string]bool)}
}

func (n *names) add(service string) {
	service = start(service, longestName)
	if service == "" || n.known[service] {
		return
	}
	n.known[service] = true
	n.known[strings.ToLower(service)] = true
	var words []string
	for _, t := range scan(service, nil) {
		words = append(words, strings.ToLower(t.text))
	}
	if len(words) > 0 {
		n.byFirst[words[0]] = append(n.byFirst[words[0]], words)
	}
}

// blank makes values of the tokens that name a service.
func (n *names) blank(tokens []token, lower []byte) {
	for i := range tokens {
		lower = appendLower(lower[:0], tokens[i].text)
		longest := 0
		for _, words := range n.byFirst[string(lower)] {
			if len(words) > longest && startsWith(tokens[i:], words) {
				longest = len(words)
			}
		}
		if longest == 0 && tokens[i].kind == coded && n.isHost(string(lower)) {
			longest = 1
		}
		for ; longest > 0; longest-- {
			tokens[i+longest-1].kind = value
		}
	}
}

// isHost says whether a coded word is the name of a service with a number and
// perhaps more behind it.
func (n *names) isHost(word string) bool {
	for i := len(word) - 1; i > 0; i-- {
		if (word[i] == '-' || word[i] == '_') && n.known[word[:i]] {
			return true
		}
	}
	return false
}

func startsWith(tokens []token, words []string) bool {
	if len(tokens) < len(words) {
		return false
	}
	for i, w := range words {
		if !strings.EqualFold(tokens[i].text, w) {
			return false
		}
	}
	return true
}

package recurrence

import "strings"

// In most texts a number is what differs from one time to the next. In some it
// is the meaning: "Category 55 Subcategory 170", "node 21 of system 20". Such
// texts are forms: nearly every text of their source has the same phrases, which
// therefore say nothing, and the numbers in them come again.
const (
	// codesFrom is how many texts of a source must have been read before it may
	// be found to write forms.
	codesFrom = 32
	// formShare is the share of a source's texts that must have a phrase.
	formShare = 0.8
	// codeShare is the share in which another phrase of such a source must
	// stand for its number to be a code as well.
	codeShare = 0.02
	// codeComesBack is how often a code comes at least, on average.
	codeComesBack = 2
	// mostCodes is how many codes of a phrase are told apart; with more it is
	// held to be a running number.
	mostCodes = 1 << 16
)

// source knows how a sending system writes.
type source struct {
	texts int
	// phrases by the word before the number.
	phrases map[string]*phrase
	// form: its titles are forms.
	form bool
	// early are the clusters of its first incidents, until it is known to be one.
	early []int32
	// tellsMore: its incidents have more than titles.
	tellsMore bool
}

// phrase is a word with a whole number behind it.
type phrase struct {
	texts int
	codes map[string]struct{}
	// code: the number is one.
	code bool
}

// note reads one more title.
func (s *source) note(tokens []token) {
	s.texts++
	for i := 1; i < len(tokens); i++ {
		if !isPhrase(tokens, i) {
			continue
		}
		p := s.phrases[tokens[i-1].text]
		if p == nil {
			p = &phrase{codes: make(map[string]struct{})}
			s.phrases[tokens[i-1].text] = p
		}
		p.texts++
		if len(p.codes) < mostCodes {
			p.codes[tokens[i].text] = struct{}{}
		}
	}
	if s.texts&(s.texts-1) == 0 {
		s.decide()
	}
}

func isPhrase(tokens []token, i int) bool {
	return tokens[i].kind == integer && tokens[i-1].kind == word
}

// decide says whether the source writes forms, and which phrases are codes.
// What was once found stays.
func (s *source) decide() {
	if s.texts < codesFrom {
		return
	}
	for _, p := range s.phrases {
		s.form = s.form || float64(p.texts) >= formShare*float64(s.texts) && p.comesBack()
	}
	for _, p := range s.phrases {
		p.code = p.code || s.form && float64(p.texts) >= codeShare*float64(s.texts) && p.comesBack()
	}
}

func (p *phrase) comesBack() bool {
	return len(p.codes)*codeComesBack <= p.texts && len(p.codes) < mostCodes
}

// keepCodes makes words of the numbers that are codes.
func (s *source) keepCodes(tokens []token) {
	for i, t := range tokens {
		switch {
		case t.kind == coded && (isErrorCode(t.text) || i > 0 && isCode(tokens, i)):
			tokens[i].kind = word
		case i == 0 || !isPhrase(tokens, i):
		case isCode(tokens, i):
			tokens[i].kind = word
		default:
			if p := s.phrases[tokens[i-1].text]; p != nil && p.code {
				tokens[i].kind = word
			}
		}
	}
}

// isCode says whether a code word stands before a number, or "code" and before
// that a code word.
func isCode(tokens []token, i int) bool {
	if tokens[i-1].kind != word {
		return false
	}
	before := strings.ToLower(tokens[i-1].text)
	if before == "code" && i > 1 {
		before = strings.ToLower(tokens[i-2].text)
	}
	return codeWords[before]
}

// codeWords are words behind which a whole number is a code in every source.
var codeWords = wordSet("http error event errno sqlstate ora exit signal")

// isErrorCode says whether a coded word is one by which vendors number their
// errors: ORA-00600, KB5034441, CVE-2024-3094.
func isErrorCode(text string) bool {
	for _, prefix := range []string{"ORA-", "KB", "CVE-", "TNS-", "SQLSTATE-"} {
		if rest, found := strings.CutPrefix(text, prefix); found && strings.Trim(rest, "0123456789-") == "" {
			return true
		}
	}
	return false
}

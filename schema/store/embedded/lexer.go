package embedded

import "strings"

type tokenKind int

const (
	endOfText tokenKind = iota
	word                // a keyword, a bare name or a number
	quoted              // a string or a quoted name
	symbol              // any other character
)

// token is one lexical element of a statement.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

func (t token) is(keyword string) bool { return t.kind == word && strings.EqualFold(t.text, keyword) }

func (t token) startsSelect() bool { return t.is("SELECT") || t.is("WITH") }

// lexer cuts a statement into tokens and leaves comments out.
type lexer struct {
	text     string
	position int
	depth    int // open brackets, after the token returned last
}

func (l *lexer) peek() token {
	ahead := *l
	return ahead.next()
}

func (l *lexer) next() token {
	l.skipBlank()
	start := l.position
	if start >= len(l.text) {
		return token{start: start, end: start}
	}
	kind := symbol
	switch c := l.text[start]; {
	case isWordByte(c):
		kind = word
		for l.position < len(l.text) && (isWordByte(l.text[l.position]) || l.text[l.position] == '$') {
			l.position++
		}
	case c == '\'' || c == '"' || c == '`':
		kind = quoted
		l.skipQuoted(c)
	case c == '$' && l.skipHeredoc():
		kind = quoted
	default:
		l.countBracket(c)
		l.position++
	}
	return token{kind: kind, text: l.text[start:l.position], start: start, end: l.position}
}

func (l *lexer) countBracket(c byte) {
	switch c {
	case '(', '[', '{':
		l.depth++
	case ')', ']', '}':
		l.depth--
	}
}

// skipBlank passes white space and comments.
func (l *lexer) skipBlank() {
	for l.position < len(l.text) {
		rest := l.text[l.position:]
		switch {
		case strings.IndexByte(" \t\n\v\f\r", rest[0]) >= 0:
			l.position++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
			l.skipPast(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			l.skipPast(rest[2:], "*/")
		default:
			return
		}
	}
}

// skipPast moves behind the first mark in rest, a tail of the text.
func (l *lexer) skipPast(rest, mark string) {
	_, after, _ := strings.Cut(rest, mark)
	l.position = len(l.text) - len(after)
}

// skipQuoted passes a quoted text. A doubled quote reads as two texts side by
// side, which makes no difference here.
func (l *lexer) skipQuoted(quote byte) {
	for l.position++; l.position < len(l.text); l.position++ {
		switch l.text[l.position] {
		case '\\':
			l.position++
		case quote:
			l.position++
			return
		}
	}
	l.position = len(l.text)
}

// skipHeredoc passes a text between two equal $tags$, if one begins here.
func (l *lexer) skipHeredoc() bool {
	rest := l.text[l.position+1:]
	length := 0
	for length < len(rest) && isWordByte(rest[length]) {
		length++
	}
	if length == len(rest) || rest[length] != '$' {
		return false
	}
	tag := "$" + rest[:length+1]
	if !strings.Contains(rest[length+1:], tag) {
		return false
	}
	l.skipPast(rest[length+1:], tag)
	return true
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

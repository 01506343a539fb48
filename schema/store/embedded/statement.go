package embedded

import "strings"

// statement is one SQL statement, taken apart as far as the endpoint needs:
// the engine takes formats apart from the SQL, and rows apart from an INSERT.
type statement struct {
	sql    string // without its FORMAT clause; an INSERT also without its rows
	format string // named by the FORMAT clause, "" if there is none
	insert bool   // an INSERT whose rows come with the request
	rows   string // rows that follow an INSERT in the same text
	reads  bool   // begins as a SELECT does, so that its output can be streamed
}

// parseStatement takes a statement apart. It only looks for the clauses above:
// whether the SQL makes sense is the engine's business.
func parseStatement(text string) statement {
	l := lexer{text: text}
	first := l.next()
	if first.is("INSERT") {
		return parseInsert(&l)
	}
	s := parseQuery(text)
	s.reads = first.is("SELECT") || first.is("WITH") || first.is("FROM") || first.text == "("
	return s
}

// parseQuery takes the FORMAT clause off a statement. It is the last one but
// for SETTINGS, so a column or alias called "format" is not mistaken for it.
func parseQuery(text string) statement {
	l := lexer{text: text}
	s := statement{sql: text}
	for token := l.next(); token.kind != endOfText; token = l.next() {
		if l.depth > 0 || !token.is("FORMAT") {
			continue
		}
		ahead := l
		name := ahead.next()
		after := ahead.next()
		if name.kind != word || !(after.kind == endOfText || after.text == ";" || after.is("SETTINGS")) {
			continue
		}
		s.sql, s.format = text[:token.start]+text[name.end:], name.text
	}
	return s
}

// parseInsert takes an INSERT apart, behind its first word. One that selects
// its rows is left whole.
func parseInsert(l *lexer) statement {
	skipTarget(l)
	end := l.position
	for token := l.next(); token.kind != endOfText; token = l.next() {
		switch {
		case token.text == "(" && l.depth == 1 && l.peek().startsSelect():
			return parseQuery(l.text)
		case l.depth > 0:
		case token.startsSelect(), token.is("FROM"):
			return parseQuery(l.text)
		case token.is("VALUES"):
			return statement{sql: l.text[:end], format: "Values", insert: true, rows: l.text[token.end:]}
		case token.is("FORMAT"):
			name := l.next()
			return statement{sql: l.text[:end], format: name.text, insert: true, rows: skipLineEnd(l.text[name.end:])}
		}
		if token.text != ";" {
			end = token.end
		}
	}
	return statement{sql: l.text[:end], insert: true}
}

// skipTarget passes INTO [TABLE | FUNCTION] and the table's name, which may
// look like one of the clauses that follow it.
func skipTarget(l *lexer) {
	for _, keyword := range []string{"INTO", "TABLE", "FUNCTION"} {
		if l.peek().is(keyword) {
			l.next()
		}
	}
	for {
		token := l.next()
		for l.depth > 0 && token.kind != endOfText { // {name:Identifier}
			token = l.next()
		}
		if l.peek().text != "." {
			return
		}
		l.next()
	}
}

// skipLineEnd passes the rest of the line that names the format: the rows
// begin behind it.
func skipLineEnd(text string) string {
	text = strings.TrimLeft(text, " \t\f")
	text = strings.TrimPrefix(text, "\r")
	return strings.TrimPrefix(text, "\n")
}

package embedded

import (
	"net/http"
	"strings"
)

// classReadOnly is the class of statements that leave no trace.
const classReadOnly = 0

// admit decides whether the statement may run, and says what class it is of.
// The engine would run several statements as readily as one, and part of them
// before it found a mistake in the next.
func (j *job) admit(method string) (uint32, error) {
	text := j.statement.sql
	if j.statement.insert {
		text += " FORMAT " + j.format
	}
	found := j.conn.classify(text)
	switch {
	case found.statements == 0:
		return 0, j.syntaxError(text)
	case found.statements > 1:
		return 0, exceptionf(codeSyntaxError, "SYNTAX_ERROR", "Multi-statements are not allowed")
	case j.reader && found.class != classReadOnly:
		return 0, exceptionf(codeReadOnly, "READONLY", "Cannot execute query in readonly mode")
	case method != http.MethodPost && found.class != classReadOnly:
		return 0, exceptionf(codeReadOnly, "READONLY", "Cannot execute query in readonly mode. "+
			"For queries over HTTP, method %s implies readonly. You should use method POST for modifying queries", method)
	case j.reader:
		return found.class, j.server.engine.guard(text, j.database)
	}
	return found.class, nil
}

// syntaxError has the engine say what is wrong with a text, without running it.
func (j *job) syntaxError(text string) error {
	if strings.TrimSpace(text) == "" {
		return exceptionf(codeSyntaxError, "SYNTAX_ERROR", "Empty query")
	}
	if _, err := j.server.engine.ask("SELECT formatQuery({text:String})", parameter{"text", escape(text)}); err != nil {
		return err
	}
	return exceptionf(codeSyntaxError, "SYNTAX_ERROR", "Cannot parse the statement")
}

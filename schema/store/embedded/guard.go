package embedded

import (
	"strconv"
	"strings"
)

// A read-only connection refuses most of what reaches outside the engine, but
// not all: the function file() reads any file, DESCRIBE url(…) connects before
// it asks whether it may, and both can hide in APPLY, in a lambda's place or in
// the WHERE of a SHOW. So a reader's statement may not name them at all.

// outsideFunctions are ordinary functions that read files or use the network.
var outsideFunctions = lowerSet("file", "catboostEvaluate", "showCertificate",
	"aiClassify", "aiEmbed", "aiExtract", "aiGenerate", "aiTranslate")

// insideTableFunctions only compute, or read tables the reader may read. Any
// other table function, also one that a later engine brings, is refused.
var insideTableFunctions = lowerSet("format", "generateRandom", "generateSeries", "generate_series", "merge",
	"mergeTreeIndex", "mergeTreeProjection", "null", "numbers", "numbers_mt", "primes", "SQLStandardValues",
	"timeSeriesData", "timeSeriesMetrics", "timeSeriesSamples", "timeSeriesSelector", "timeSeriesTags",
	"values", "view", "viewExplain", "viewIfPermitted", "zeros", "zeros_mt")

// guard checks a statement of the reader. It errs towards refusing.
func (e *engine) guard(text string) error {
	tokens, err := e.tokens(text)
	if err != nil {
		return err
	}
	for i, token := range tokens {
		called := i+1 < len(tokens) && tokens[i+1].kind == "OpeningRoundBracket"
		qualified := i > 0 && tokens[i-1].kind == "Dot"
		name := token.name()
		escaped := token.kind == "QuotedIdentifier" && strings.Contains(token.text, `\`)
		if escaped || outsideFunctions[name] && (called || !qualified) || called && e.outsideTableFunctions[name] {
			return exceptionf(codeAccessDenied, "ACCESS_DENIED", "Not enough privileges: a reader may not use %s "+
				"(a column of that name must be qualified by its table's)", token.text)
		}
	}
	return nil
}

// engineToken is a token as the engine's own lexer sees it.
type engineToken struct{ kind, text string }

// tokens has the engine cut a statement into tokens: a lexer that differed
// from it in one detail would be a way around the guard.
func (e *engine) tokens(text string) ([]engineToken, error) {
	fields, err := e.ask("SELECT t.1, t.2, t.3 FROM (SELECT arrayJoin(tokenizeQuery({text:String})) AS t) "+
		"WHERE t.3 NOT IN ('Whitespace', 'Comment')", parameter{"text", escape(text)})
	if err != nil {
		return nil, err
	}
	var tokens []engineToken
	for ; len(fields) >= 3; fields = fields[3:] {
		begin, beginErr := strconv.Atoi(fields[0])
		end, endErr := strconv.Atoi(fields[1])
		if beginErr != nil || endErr != nil || begin > end || end > len(text) {
			return nil, exceptionf(codeAccessDenied, "ACCESS_DENIED", "Cannot tell what the statement uses")
		}
		tokens = append(tokens, engineToken{kind: fields[2], text: text[begin:end]})
	}
	return tokens, nil
}

// name is what a token would name, in lower case.
func (t engineToken) name() string {
	switch t.kind {
	case "BareWord":
		return strings.ToLower(t.text)
	case "QuotedIdentifier":
		return strings.ToLower(strings.Trim(t.text, "`\"\u201c\u201d"))
	}
	return ""
}

func lowerSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[strings.ToLower(name)] = true
	}
	return set
}

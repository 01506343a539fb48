package embedded

import (
	"strconv"
	"strings"
)

// A read-only connection refuses most of what reaches outside the engine, but
// not all: the function file() reads any file, DESCRIBE url(…) connects before
// it asks whether it may, and both can hide in APPLY, in a lambda's place or in
// the WHERE of a SHOW. So a reader's statement may not name them at all.
//
// Nor does it keep readers apart, as all statements run in one user's name: some
// tables of system show what others ask, and some end this process when they are read
// (stack_trace, which sends signals to Go's threads, and asynchronous_inserts). So of
// system there are only some, which a statement must name in full.

// outsideFunctions are ordinary functions that read files or use the network.
var outsideFunctions = lowerSet("file", "catboostEvaluate", "showCertificate",
	"aiClassify", "aiEmbed", "aiExtract", "aiGenerate", "aiTranslate")

// insideTableFunctions only compute, or read tables the reader may read. Any
// other table function, also one that a later engine brings, is refused.
var insideTableFunctions = lowerSet("format", "generateRandom", "generateSeries", "generate_series",
	"mergeTreeIndex", "mergeTreeProjection", "null", "numbers", "numbers_mt", "primes", "SQLStandardValues",
	"timeSeriesData", "timeSeriesMetrics", "timeSeriesSamples", "timeSeriesSelector", "timeSeriesTags",
	"values", "view", "viewExplain", "viewIfPermitted", "zeros", "zeros_mt")

// systemDatabase holds what the engine says about itself.
const systemDatabase = "system"

// systemTables are those of its tables that a reader may read: what there is, and what
// the engine understands. Any other, also one that a later engine brings, is refused.
var systemTables = lowerSet("aggregate_function_combinators", "build_options", "collations", "columns", "constraints",
	"contributors", "data_skipping_indices", "data_type_families", "databases", "dictionaries", "documentation",
	"formats", "functions", "keywords", "licenses", "merge_tree_settings", "numbers", "numbers_mt", "one", "parts",
	"parts_columns", "projections", "settings", "table_engines", "table_functions", "tables", "time_zones", "zeros", "zeros_mt")

// guard checks a statement of the reader in a database. It errs towards refusing.
func (e *engine) guard(text, database string) error {
	if database == systemDatabase {
		return exceptionf(codeAccessDenied, "ACCESS_DENIED", "Not enough privileges: a reader may not use the database system; "+
			"name its tables in full, as system.tables")
	}
	tokens, err := e.tokens(text)
	if err != nil {
		return err
	}
	if err := e.guardFunctions(tokens); err != nil {
		return err
	}
	return guardTables(tokens)
}

// guardFunctions refuses what reaches outside the engine.
func (e *engine) guardFunctions(tokens []engineToken) error {
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

// guardTables refuses tables of system that are not for readers, and the two ways to read
// a table that the statement does not name: a parameter, and SHOW PROCESSLIST.
func guardTables(tokens []engineToken) error {
	after := func(i int) engineToken {
		if i < len(tokens) {
			return tokens[i]
		}
		return engineToken{}
	}
	for i, token := range tokens {
		refused := ""
		switch table := after(i + 2); {
		case token.name() == systemDatabase && after(i+1).kind == "Dot" && !systemTables[table.name()]:
			refused = token.text + "." + table.text
		case token.kind == "Colon" && after(i+1).name() == "identifier" && table.kind == "ClosingCurlyBrace":
			refused = "parameters of type Identifier"
		case token.name() == "show" && after(i+1).name() == "processlist":
			refused = "SHOW PROCESSLIST"
		}
		if refused != "" {
			return exceptionf(codeAccessDenied, "ACCESS_DENIED", "Not enough privileges: a reader may not use %s", refused)
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

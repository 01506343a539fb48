package datasource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// macro is one that SQL may use.
type macro struct {
	Name    string `json:"name"`
	Usage   string `json:"usage"`
	Meaning string `json:"meaning"`

	takesColumn bool
	expand      func(q *query, column string) string
}

// macros stand for the range and interval of the panel.
var macros = []macro{
	{"$__timeFilter", "$__timeFilter(opened_at)", "the column lies in the range of the dashboard", true, func(q *query, column string) string {
		return fmt.Sprintf("(%[1]s >= %[2]s AND %[1]s < %[3]s)", column, moment(q.from), moment(q.to))
	}},
	{"$__dateFilter", "$__dateFilter(week)", "the column, a date, lies in the range", true, func(q *query, column string) string {
		return fmt.Sprintf("(%[1]s >= toDate32('%[2]s') AND %[1]s <= toDate32('%[3]s'))", column, q.from.Format(time.DateOnly), q.to.Add(-time.Millisecond).Format(time.DateOnly))
	}},
	{"$__timeInterval", "$__timeInterval(opened_at)", "the column rounded down to the interval of the panel", true, func(q *query, column string) string {
		return fmt.Sprintf("toStartOfInterval(toDateTime(%s, 'UTC'), INTERVAL %d second)", column, q.intervalSeconds())
	}},
	{"$__from", "$__from", "the start of the range", false, func(q *query, _ string) string { return moment(q.from) }},
	{"$__to", "$__to", "the end of the range", false, func(q *query, _ string) string { return moment(q.to) }},
	{"$__interval_s", "$__interval_s", "the interval of the panel in seconds", false, func(q *query, _ string) string { return fmt.Sprint(q.intervalSeconds()) }},
}

func moment(t time.Time) string {
	return "toDateTime64('" + t.UTC().Format("2006-01-02 15:04:05.000") + "', 3, 'UTC')"
}

func (q *query) intervalSeconds() int64 { return max(1, int64(q.interval.Seconds())) }

// expand replaces the macros outside of quotes and comments.
func (q *query) expand(sql string) (string, error) {
	var b strings.Builder
	for len(sql) > 0 {
		if n := quoted(sql); n > 0 {
			b.WriteString(sql[:n])
			sql = sql[n:]
			continue
		}
		if !strings.HasPrefix(sql, "$__") {
			b.WriteByte(sql[0])
			sql = sql[1:]
			continue
		}
		text, rest, err := q.expandOne(sql)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		sql = rest
	}
	return b.String(), nil
}

// expandOne replaces the macro at the beginning of sql.
func (q *query) expandOne(sql string) (text, rest string, err error) {
	end := len("$__")
	for end < len(sql) && isNameByte(sql[end]) {
		end++
	}
	name, rest := sql[:end], sql[end:]
	at := slices.IndexFunc(macros, func(m macro) bool { return m.Name == name })
	if at < 0 {
		return "", "", mistakef("there is no macro %s; there are %s", name, macroUsages())
	}
	m := macros[at]
	if !m.takesColumn {
		return m.expand(q, ""), rest, nil
	}
	column, rest, ok := argument(rest)
	if !ok || strings.TrimSpace(column) == "" {
		return "", "", mistakef("%s needs a column in parentheses, as in %s", name, m.Usage)
	}
	return m.expand(q, strings.TrimSpace(column)), rest, nil
}

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func macroUsages() string {
	var usages []string
	for _, m := range macros {
		usages = append(usages, m.Usage)
	}
	return strings.Join(usages, ", ")
}

// argument is what stands between the parentheses at the beginning of a text.
func argument(text string) (inside, rest string, ok bool) {
	if !strings.HasPrefix(text, "(") {
		return "", text, false
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		if n := quoted(text[i:]); n > 0 {
			i += n - 1
			continue
		}
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text[1:i], text[i+1:], true
			}
		}
	}
	return "", text, false
}

// quoted is how long the string, quoted name or comment is at the beginning of sql; 0
// when there is none.
func quoted(sql string) int {
	switch {
	case strings.HasPrefix(sql, "--"):
		return until(sql, "\n", 2)
	case strings.HasPrefix(sql, "/*"):
		return until(sql, "*/", 2)
	case sql[0] != '\'' && sql[0] != '"' && sql[0] != '`':
		return 0
	}
	for i := 1; i < len(sql); i++ {
		switch sql[i] {
		case '\\':
			i++
		case sql[0]:
			return i + 1
		}
	}
	return len(sql)
}

// until is up to behind an end, from a place on.
func until(sql, end string, from int) int {
	if i := strings.Index(sql[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(sql)
}

func sortedNames(params map[string]string) []string { return slices.Sorted(maps.Keys(params)) }

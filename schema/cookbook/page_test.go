package cookbook_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema/store"
)

const (
	page = "../SQL.md"
	// made begins the part of the page that is made from the recipes.
	made = "<!-- Made by `make cookbook` from cookbook/*.sql. -->\n"
	// shown is how many rows of an answer the page has.
	shown = 8
	// fewest is how many questions there must be.
	fewest = 22
)

// recipe is a question with its SQL.
type recipe struct{ file, question, reading, sql string }

// recipes are all of them, in the order of their numbers.
func recipes(t *testing.T) []recipe {
	t.Helper()
	files, err := filepath.Glob("*.sql")
	if err != nil {
		t.Fatal(err)
	}
	list := make([]recipe, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := regexp.MustCompile(`(?s)\A-- ([^\n]+\?)\n-- ([^\n]+\.)\n((?:SELECT|WITH)\b.*)\n\z`).FindStringSubmatch(string(text))
		if parts == nil || !strings.HasPrefix(file, fmt.Sprintf("%02d_", i+1)) {
			t.Fatalf("%s must be the %d. recipe: a question?, how to read the answer., and a SELECT", file, i+1)
		}
		list[i] = recipe{file: file, question: parts[1], reading: parts[2], sql: parts[3]}
	}
	return list
}

// TestRecipesCanBePasted looks for what ties a recipe to a moment or to a client.
func TestRecipesCanBePasted(t *testing.T) {
	list := recipes(t)
	if len(list) < fewest {
		t.Errorf("%d recipes, fewer than %d", len(list), fewest)
	}
	for _, r := range list {
		if bound := regexp.MustCompile(`(?i)\b(now|now64|today|yesterday)\(|\{\w+:|;|\$__`).FindString(r.sql); bound != "" {
			t.Errorf("%s says %q", r.file, bound)
		}
	}
}

// TestPage asks every question with the rights of the reader, and wants the page to show the
// recipes as they are and the answers as they come.
func TestPage(t *testing.T) {
	var cookbook bytes.Buffer
	asUser(t, reader, func(s *store.Store) {
		for i, r := range recipes(t) {
			writeRecipe(&cookbook, i+1, r, ask(t, s, r))
		}
	})
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	byHand, old, found := strings.Cut(string(text), made)
	if !found {
		t.Fatalf("%s lacks the line %s", page, made)
	}
	if *update {
		if err := os.WriteFile(page, []byte(byHand+made+cookbook.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, want := strings.Split(cookbook.String(), "\n"), strings.Split(old, "\n")
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s is not up to date, run make cookbook\n got %q\nwant %q", page, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s has %d lines of recipes instead of %d, run make cookbook", page, len(want), len(got))
	}
}

// ask gives the names of the columns and the rows of an answer.
func ask(t *testing.T, s *store.Store, r recipe) [][]string {
	t.Helper()
	var answer bytes.Buffer
	if err := s.Export(t.Context(), &answer, r.sql, store.FormatCSV, nil); err != nil {
		t.Fatalf("%s: %v", r.file, err)
	}
	rows, err := csv.NewReader(&answer).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", r.file, err)
	}
	if len(rows) < 2 {
		t.Fatalf("%s has no answer", r.file)
	}
	return rows
}

func writeRecipe(to *bytes.Buffer, number int, r recipe, rows [][]string) {
	fmt.Fprintf(to, "\n### %d. %s\n\n%s\n\n```sql\n%s\n```\n\n", number, r.question, r.reading, r.sql)
	for i, row := range rows[:min(len(rows), shown+1)] {
		for column, cell := range row {
			row[column] = cellText(cell)
		}
		fmt.Fprintf(to, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(to, "|%s\n", strings.Repeat(" --- |", len(row)))
		}
	}
	if more := len(rows) - 1 - shown; more > 0 {
		fmt.Fprintf(to, "\n… and %d more.\n", more)
	}
}

// cellText writes a value so that Markdown shows it as it is; \N is what CSV has for NULL.
func cellText(value string) string {
	if value == `\N` {
		return "NULL"
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "\n", " ").Replace(value)
}

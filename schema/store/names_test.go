package store_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// namesFile says what people may build on: they write SQL against these names and
// bookmark it, so what stands there stays. A new name or column may be added.
const namesFile = "testdata/names.txt"

// TestStableNames holds the names that are promised to people with SQL against what is
// in a migrated database: that they are there, in full, with a comment on everything.
func TestStableNames(t *testing.T) {
	s := storetest.Open(t)
	var got strings.Builder
	for i, name := range storetest.StableNames {
		if i > 0 {
			got.WriteString("\n")
		}
		got.WriteString(described(t, s, name))
	}
	if *update {
		if err := os.WriteFile(namesFile, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(namesFile)
	if err != nil {
		t.Fatal(err)
	}
	wantSameLines(t, strings.Split(got.String(), "\n"), strings.Split(string(want), "\n"))
}

// described is a name with its columns, types and comments; what is missing fails.
func described(t *testing.T, s *store.Store, name string) string {
	t.Helper()
	var text strings.Builder
	line := func(what, kind, comment string) {
		if comment == "" {
			t.Errorf("%s %s has no comment", name, what)
		}
		fmt.Fprintf(&text, "%-24s %-31s %s\n", what, kind, comment)
	}
	each := func(query string, do func(store.Rows) error) {
		t.Helper()
		if err := s.Each(t.Context(), query, map[string]string{"name": name}, do); err != nil {
			t.Fatal(err)
		}
	}
	var comment string
	each("SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {name:String}",
		func(rows store.Rows) error { return rows.Scan(&comment) })
	fmt.Fprintf(&text, "# %s\n%s\n\n", name, comment)
	if comment == "" {
		t.Errorf("%s is missing, or has no comment", name)
	}
	each("SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = {name:String} ORDER BY position",
		func(rows store.Rows) error {
			var column, kind, comment string
			err := rows.Scan(&column, &kind, &comment)
			line(column, kind, comment)
			return err
		})
	return text.String()
}

// wantSameLines names the first line that is not the same.
func wantSameLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var is, should string
		if i < len(got) {
			is = got[i]
		}
		if i < len(want) {
			should = want[i]
		}
		if is != should {
			t.Fatalf("%s:%d differs (-update writes it anew; nobody may lose a name)\n got %q\nwant %q", namesFile, i+1, is, should)
		}
	}
}

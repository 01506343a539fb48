package datasource_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vividium/firebreak/dashboards/datasource"
)

// The guide names every macro and table, and each text by which it helps is one that the
// code says.
func TestGuideIsUpToDate(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	catalogue, err := datasource.CatalogueJSON()
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Macros, Tables []struct{ Name string } }
	if err := json.Unmarshal(catalogue, &c); err != nil {
		t.Fatal(err)
	}
	for _, named := range append(c.Macros, c.Tables...) {
		if !strings.Contains(guide, "`"+named.Name) {
			t.Errorf("the guide does not name %s", named.Name)
		}
	}
	code := sources(t, "*.go", "../../schema/store/migrate.go")
	_, troubles, _ := strings.Cut(guide, "## When something is wrong")
	said := regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(troubles, -1)
	if len(said) < 15 {
		t.Fatalf("%d texts", len(said))
	}
	for _, line := range said {
		for _, text := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line[1], -1) {
			// What varies stands for anything.
			pattern := regexp.QuoteMeta(text[1])
			for _, varying := range []string{"\\$team", "10000", "11", "9", "…"} {
				pattern = strings.ReplaceAll(pattern, varying, `.{1,20}?`)
			}
			if !regexp.MustCompile(pattern).MatchString(code) {
				t.Errorf("nothing says %q", text[1])
			}
		}
	}
}

// sources are files of code in one text.
func sources(t *testing.T, patterns ...string) string {
	t.Helper()
	var b strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(text)
		}
	}
	return b.String()
}

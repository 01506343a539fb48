// Package firebreak_test holds the directions in which the packages may import
// each other.
package firebreak_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/vividium/firebreak"

// ours says what each of our packages may import of our packages; a path ending
// in /... stands for all below it as well. Tests may import more: they bring
// the real engine and broker, and the worlds that they measure.
var ours = map[string][]string{
	"schema":                {},
	"schema/store":          {"schema", "schema/store/native"},
	"schema/store/native":   {},
	"schema/store/embedded": {},
	// Questions in SQL, and tests.
	"schema/cookbook": {},
	"schema/audit":    {"schema", "schema/store"},
	// For tests; no other code may import it.
	"schema/store/storetest": {"schema/store", "schema/store/embedded"},
	"ingest":                 {"schema"},
	"ingest/broker":          {},
	"aggregate":              {"schema", "schema/store", "aggregate/stats", "aggregate/recurrence", "aggregate/settings"},
	"aggregate/stats":        {},
	"aggregate/recurrence":   {"schema"},
	"aggregate/settings":     {"schema/store"},
	"aggregate/reference":    {"aggregate"},
	"aggregate/review":       {"schema/store", "aggregate", "aggregate/stats", "aggregate/settings"},
	"aggregate/keep":         {"schema/store", "aggregate", "aggregate/recurrence", "aggregate/review", "aggregate/settings"},
	"loadtest/...":           {"schema", "schema/audit", "schema/store", "schema/store/embedded", "ingest", "ingest/broker", "aggregate", "aggregate/...", "loadtest/..."},
	"dashboards/...":         {"schema", "schema/store", "aggregate", "aggregate/stats", "dashboards/..."},
	// For tests; no other code may import it.
	"dashboards/grafanatest": {},
	// An auditor's own check, which must not share code with what it checks.
	"cmd/firebreak-audit-check": {},
	"cmd/...": {
		"schema", "schema/store", "schema/store/embedded", "schema/audit", "ingest", "ingest/broker", "aggregate", "aggregate/...",
		"loadtest/...", "dashboards/...", "cmd/...",
	},
}

// testsOnly are packages that only tests may import.
var testsOnly = []string{"schema/store/storetest", "loadtest/kafkatest", "dashboards/grafanatest"}

// neverTogether are packages that must not depend on each other, not even by
// a detour. Their tests may.
var neverTogether = [][2]string{{"ingest", "aggregate"}, {"aggregate", "ingest"}, {"schema", "aggregate"}, {"schema/store", "schema/store/embedded"}}

// theirs says who may import what is not ours, tests included.
var theirs = map[string][]string{
	"github.com/caarlos0/env":             {"cmd/..."},
	"github.com/spf13/cobra":              {"cmd/..."},
	"github.com/spf13/pflag":              {"cmd/..."},
	"github.com/ClickHouse/clickhouse-go": {"schema/store", "loadtest/throughput", "schema/store/embedded [test]"},
	"github.com/ClickHouse/ch-go":         {"schema/store/embedded"},
	"github.com/grafana":                  {"dashboards/..."},
	"github.com/hashicorp":                {"dashboards/...", "aggregate/review"},
	"go.yaml.in/yaml":                     {"aggregate/settings", "dashboards/datasource [test]"},
}

// goPackage is what `go list` says of a package.
type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

func TestImportsGoTheRightWay(t *testing.T) {
	packages := list(t)
	for _, broken := range violations(packages) {
		t.Error(broken)
	}
	for _, name := range []string{"schema", "schema/store", "ingest", "aggregate", "cmd/firebreak"} {
		if !slices.ContainsFunc(packages, func(p goPackage) bool { return p.ImportPath == module+"/"+name }) {
			t.Errorf("go list does not know %s", name)
		}
	}
}

func list(t *testing.T) []goPackage {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// violations says everything that is against the rules.
func violations(packages []goPackage) []string {
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, p := range packages {
		name, ok := strings.CutPrefix(p.ImportPath, module+"/")
		if !ok {
			continue // the root holds nothing but this test
		}
		allowed, known := rule(name)
		if !known {
			report("%s is in no rule of this test; say what it may import", name)
		}
		for _, imported := range p.Imports {
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && !matches(allowed, own) {
				report("%s imports %s", name, own)
			}
			if own := strings.TrimPrefix(imported, module+"/"); slices.Contains(testsOnly, own) {
				report("%s imports %s, which is for tests", name, own)
			}
		}
		for _, pair := range neverTogether {
			if name == pair[0] && slices.Contains(p.Deps, module+"/"+pair[1]) {
				report("%s depends on %s by a detour or straight", pair[0], pair[1])
			}
		}
		for library, users := range theirs {
			if imports(p.Imports, library) && !matches(users, name) {
				report("%s imports %s", name, library)
			}
			if imports(slices.Concat(p.TestImports, p.XTestImports), library) && !matches(users, name) && !slices.Contains(users, name+" [test]") {
				report("the tests of %s import %s", name, library)
			}
		}
	}
	slices.Sort(found)
	return found
}

// rule is what a package of ours may import of ours.
func rule(name string) (allowed []string, known bool) {
	if allowed, known = ours[name]; known {
		return allowed, true
	}
	for pattern, allowed := range ours {
		if matches([]string{pattern}, name) {
			return allowed, true
		}
	}
	return nil, false
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, below := strings.CutSuffix(pattern, "/...")
		return name == folder || below && strings.HasPrefix(name, folder+"/")
	})
}

// imports says whether one of the paths lies in a library, of any version.
func imports(paths []string, library string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return matches([]string{library + "/..."}, path) })
}

// Each rule notices what breaks it.
func TestEveryRuleCanFail(t *testing.T) {
	pkg := func(name string, imports ...string) goPackage {
		return goPackage{ImportPath: module + "/" + name, Imports: imports}
	}
	own := func(name string) string { return module + "/" + name }
	for what, p := range map[string]goPackage{
		"schema imports the store":              pkg("schema", own("schema/store")),
		"the store imports the engine":          pkg("schema/store", own("schema/store/embedded")),
		"ingest imports aggregate":              pkg("ingest", own("aggregate")),
		"ingest imports the store":              pkg("ingest", own("schema/store")),
		"aggregate imports ingest":              pkg("aggregate", own("ingest")),
		"aggregate imports the engine":          pkg("aggregate", own("schema/store/embedded")),
		"the statistics import something":       pkg("aggregate/stats", own("schema")),
		"code imports what is for tests":        pkg("cmd/firebreak", own("schema/store/storetest")),
		"a package that nobody thought of":      pkg("utilities"),
		"ingest reads the environment":          pkg("ingest", "github.com/caarlos0/env/v10"),
		"aggregate has flags":                   pkg("aggregate", "github.com/spf13/cobra"),
		"aggregate talks to ClickHouse itself":  pkg("aggregate", "github.com/ClickHouse/clickhouse-go/v2/lib/driver"),
		"what checks exports shares code":       pkg("cmd/firebreak-audit-check", own("schema/audit")),
		"the engine talks to ClickHouse itself": pkg("schema/store/embedded", "github.com/ClickHouse/clickhouse-go/v2"),
		"Grafana in the command":                pkg("cmd/firebreak", "github.com/grafana/grafana-plugin-sdk-go/backend"),
		"a detour":                              {ImportPath: own("ingest"), Deps: []string{own("schema"), own("aggregate")}},
		"a test with flags":                     {ImportPath: own("ingest"), XTestImports: []string{"github.com/spf13/cobra"}},
	} {
		if found := violations([]goPackage{p}); len(found) != 1 && what != "code imports what is for tests" || len(found) == 0 {
			t.Errorf("%s: %q", what, found)
		}
	}
	for what, p := range map[string]goPackage{
		"aggregate reads the store":     pkg("aggregate", own("schema/store"), own("aggregate/stats"), "time"),
		"the store talks to ClickHouse": pkg("schema/store", "github.com/ClickHouse/clickhouse-go/v2"),
		"a test with a real engine":     {ImportPath: own("aggregate"), XTestImports: []string{own("schema/store/storetest")}},
		"Grafana in its place":          pkg("dashboards/datasource", "github.com/grafana/grafana-plugin-sdk-go/backend", own("aggregate")),
		"the command":                   pkg("cmd/firebreak", own("ingest"), own("aggregate"), own("loadtest/world"), "github.com/caarlos0/env/v10"),
	} {
		if found := violations([]goPackage{p}); len(found) != 0 {
			t.Errorf("%s: %q", what, found)
		}
	}
}

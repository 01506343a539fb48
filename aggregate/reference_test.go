package aggregate_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/aggregate"
)

func TestReferenceIsFresh(t *testing.T) {
	page, err := os.ReadFile("METRICS.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != aggregate.Reference() {
		t.Error("METRICS.md is not what the catalogue says: run `make reference`")
	}
}

// Whatever stands beside an estimate is explained, and every companion does.
func TestReferenceIsComplete(t *testing.T) {
	for line := range strings.Lines(aggregate.Reference()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "- ") && strings.HasSuffix(line, ":") && line != "- beside it:" {
			t.Errorf("nothing is said: %q", line)
		}
	}
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		for _, name := range m.Companions {
			if !slices.Contains(m.Beside(), name) {
				t.Errorf("%s never has its companion %s", m.Name, name)
			}
		}
	}
}

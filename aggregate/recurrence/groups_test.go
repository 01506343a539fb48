package recurrence_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// paragraphs reads a file of testdata/groups.
func paragraphs(t *testing.T, file string) [][]*recurrence.Incident {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups [][]*recurrence.Incident
	for paragraph := range strings.SplitSeq(string(text), "\n\n") {
		var group []*recurrence.Incident
		for line := range strings.Lines(paragraph) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				group = append(group, parse(line))
			}
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func parse(line string) *recurrence.Incident {
	parts := append(strings.Split(line, "|"), "", "", "")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	in := &recurrence.Incident{Title: parts[0], Service: parts[1], Description: parts[3], Source: "pager"}
	if parts[2] != "" {
		in.Rules = []string{parts[2]}
	}
	return in
}

// inTurn lines the groups up, the first of each, the second of each, and names
// the incidents by group and turn.
func inTurn(groups [][]*recurrence.Incident) []*recurrence.Incident {
	var stream []*recurrence.Incident
	for turn := 0; ; turn++ {
		before := len(stream)
		for g, group := range groups {
			if turn < len(group) {
				in := group[turn]
				in.ID = fmt.Sprintf("group %d, line %d", g+1, turn+1)
				in.OpenedAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, len(stream))
				stream = append(stream, in)
			}
		}
		if len(stream) == before {
			return stream
		}
	}
}

func TestGroups(t *testing.T) {
	files, err := filepath.Glob("testdata/groups/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/groups: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			stream := inTurn(append(paragraphs(t, "testdata/background.txt"), paragraphs(t, file)...))
			t.Run("as they come", func(t *testing.T) { checkGroups(t, recurrence.New(), stream) })
			t.Run("as a history", func(t *testing.T) {
				c := recurrence.New()
				c.Learn(slices.Values(stream))
				checkGroups(t, c, stream)
			})
		})
	}
}

func checkGroups(t *testing.T, c *recurrence.Clusterer, stream []*recurrence.Incident) {
	t.Helper()
	clusters := assign(c, stream)
	for i, a := range stream {
		for _, b := range stream[:i] {
			together := clusters[a.ID] == clusters[b.ID]
			if together == sameGroup(a, b) {
				continue
			}
			t.Errorf("%s (%q) and %s (%q): together %v, want %v: %+v", b.ID, b.Title, a.ID, a.Title, together, !together, c.Explain(b, a))
		}
	}
}

func sameGroup(a, b *recurrence.Incident) bool {
	x, _, _ := strings.Cut(a.ID, ",")
	y, _, _ := strings.Cut(b.ID, ",")
	return x == y
}

// assign adds the incidents and gives the cluster of each, once all are there.
func assign(c *recurrence.Clusterer, stream []*recurrence.Incident) map[string]string {
	clusters := make(map[string]string)
	for _, in := range stream {
		clusters[in.ID] = c.Add(in).Cluster
	}
	c.Settle()
	for id, cluster := range clusters {
		clusters[id] = c.Top(cluster)
	}
	return clusters
}

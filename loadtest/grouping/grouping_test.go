package grouping

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// realData are public event streams that are not part of the repository.
const realData = "../../../shared/data"

func letters(s string) []string { return strings.Split(s, "") }

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name, found, truth string
		want               Scores
	}{
		{"the same under other names", "xxyzz", "aabcc", Scores{1, 1, 1, 1, 1, 1, 3, 3}},
		// Truth {0,1,2} {3}; found {0,1} {2,3}. No group is exact. One of two
		// found pairs is true, of three true pairs one is found. Precision by item
		// 1, 1, ½, ½, so ¾; recall ⅔, ⅔, ⅓, 1, so ⅔.
		{"one astray", "xxyy", "aaab", Scores{0, 0, 0.5, 1.0 / 3, 0.4, 12.0 / 17, 2, 2}},
		// Found {0,1} {2} {3}; truth {0,1} {2,3}. Two of four items are in an exact
		// group; one of three found and of two true groups is exact. B-cubed
		// recall 1, 1, ½, ½.
		{"one split", "xxyz", "aabb", Scores{0.5, 0.4, 1, 0.5, 2.0 / 3, 6.0 / 7, 3, 2}},
		{"all alone, rightly", "xyz", "abc", Scores{1, 1, 1, 1, 1, 1, 3, 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Compare(letters(test.found), letters(test.truth))
			for i, pair := range [][2]float64{
				{got.GA, test.want.GA},
				{got.FGA, test.want.FGA},
				{got.Precision, test.want.Precision},
				{got.Recall, test.want.Recall},
				{got.F1, test.want.F1},
				{got.BCubed, test.want.BCubed},
				{float64(got.Groups), float64(test.want.Groups)},
			} {
				if math.Abs(pair[0]-pair[1]) > 1e-12 {
					t.Errorf("measure %d is %v, want %v", i, pair[0], pair[1])
				}
			}
		})
	}
}

func TestRecall(t *testing.T) {
	// Items 2, 3 and 4 have an earlier one of their group: 2 finds it first, 3
	// second, 4 not at all.
	nearest := [][]int{{}, {0}, {0, 1}, {0, 1, 2}, {1, 3}}
	shares, asked := Recall(nearest, letters("abaBa"), 1, 2)
	if asked != 2 {
		t.Errorf("asked %d, want 2: items 2 and 4", asked)
	}
	if shares[0] != 0.5 || shares[1] != 0.5 {
		t.Errorf("shares %v, want 0.5 and 0.5: item 2 finds item 0 first, item 4 finds none", shares)
	}
}

func TestChanged(t *testing.T) {
	// Together in either: 01, 02, 12, 23. In one only: 02, 12, 23.
	if got := Changed(letters("aaab"), letters("xxyy")); got != 0.75 {
		t.Errorf("%v of the pairs changed, want 0.75", got)
	}
	if got := Changed(letters("aab"), letters("yyx")); got != 0 {
		t.Errorf("%v changed by other names, want 0", got)
	}
}

func TestBaselines(t *testing.T) {
	var incidents []*recurrence.Incident
	for _, title := range []string{"disk full on 17", "disk full on 18", "disk full on /var", "link up"} {
		incidents = append(incidents, &recurrence.Incident{Title: title})
	}
	for _, test := range []struct {
		name   string
		group  func([]*recurrence.Incident) []string
		groups int
	}{{"exact title", ExactTitle, 4}, {"masked digits", MaskedDigits, 3}, {"Drain", Drain, 2}} {
		if got := Compare(test.group(incidents), test.group(incidents)).Groups; got != test.groups {
			t.Errorf("%s finds %d groups, want %d", test.name, got, test.groups)
		}
	}
}

func TestGeneratedCompanies(t *testing.T) {
	for _, style := range Styles {
		t.Run(style.Name, func(t *testing.T) {
			set, strangers := Company(1, style)
			clusters := Clusters(set.Incidents)
			scores, found := Compare(clusters, set.Truth), strangers.Found(clusters)
			t.Logf("%d incidents, %+v, %.3f of %d strangers found", len(clusters), scores, found, len(strangers))
			if scores.Precision < 0.95 {
				t.Errorf("precision %.3f: what only looks alike is put together", scores.Precision)
			}
			if (style.Rules || style.Descriptions) && scores.F1 < 0.95 {
				t.Errorf("F1 %.3f, want 0.95", scores.F1)
			}
			if style.Rules && style.Descriptions && found < 0.95 {
				t.Errorf("%.3f of the strangers found, want 0.95", found)
			}
		})
	}
}

func TestWorlds(t *testing.T) {
	for _, rules := range []bool{true, false} {
		set := World(7, rules)
		scores := Compare(Clusters(set.Incidents), set.Truth)
		t.Logf("%s: %+v", set.Name, scores)
		if scores.F1 < 0.95 || scores.Precision < 0.98 {
			t.Errorf("%s: F1 %.3f, precision %.3f", set.Name, scores.F1, scores.Precision)
		}
	}
}

// TestStability says how much the groups change when they should not.
func TestStability(t *testing.T) {
	const most = 0.01
	sets := []Set{World(7, true), World(8, false)}
	for _, style := range Styles {
		set, _ := Company(1, style)
		sets = append(sets, set)
	}
	for _, set := range sets {
		t.Run(set.Name, func(t *testing.T) {
			stream := Stream(set.Incidents)
			if got := Changed(stream, Stream(set.Incidents)); got != 0 {
				t.Errorf("a second run changes %.4f of the pairs", got)
			}
			if got := Changed(stream, Shuffled(set.Incidents, 3)); got > most {
				t.Errorf("another order within each day changes %.4f of the pairs", got)
			}
			if got := Changed(stream, Restarted(set.Incidents)); got > most {
				t.Errorf("a restart changes %.4f of the pairs", got)
			}
			if got := Changed(stream, Again(set.Incidents, stream)); got > most {
				t.Errorf("clustering the history anew changes %.4f of the pairs", got)
			}
		})
	}
}

func realSets(t *testing.T) map[string]Set {
	t.Helper()
	if _, err := os.Stat(realData); err != nil {
		t.Skip("no public event streams beside the repository")
	}
	list, err := ReadFolder(realData)
	if err != nil {
		t.Fatal(err)
	}
	sets := make(map[string]Set)
	for _, set := range list {
		sets[set.Name] = set
	}
	return sets
}

func TestLabelledLogs(t *testing.T) {
	ga, fga, n := 0.0, 0.0, 0.0
	for name, set := range realSets(t) {
		if strings.HasPrefix(name, "loghub-") {
			s := Compare(Clusters(set.Incidents), set.Truth)
			ga, fga, n = ga+s.GA, fga+s.FGA, n+1
		}
	}
	if ga/n < 0.95 || fga/n < 0.92 {
		t.Errorf("mean grouping accuracy %.3f, mean FGA %.3f; want 0.95 and 0.92", ga/n, fga/n)
	}
}

func TestLabelledBugs(t *testing.T) {
	set := realSets(t)["gitbugs-hadoop"]
	shares, asked := Recall(Nearest(set.Incidents, 10), set.Truth, 1, 10)
	if shares[0] < 0.5 || shares[1] < 0.82 {
		t.Errorf("of %d the duplicate is found first in %.3f and among ten in %.3f; want 0.5 and 0.82", asked, shares[0], shares[1])
	}
}

// TestCodesAreKept: where digits are the meaning, none are merged away.
func TestCodesAreKept(t *testing.T) {
	sets := realSets(t)
	for _, name := range []string{"servicenow", "lanl"} {
		set := sets[name]
		titles := make(map[string]map[string]bool)
		for i, cluster := range Clusters(set.Incidents) {
			if titles[cluster] == nil {
				titles[cluster] = make(map[string]bool)
			}
			titles[cluster][set.Incidents[i].Title] = true
		}
		for cluster, seen := range titles {
			if len(seen) > 1 {
				t.Errorf("%s: the cluster %s has %d titles", name, cluster, len(seen))
			}
		}
	}
}

// TestEmptyTitlesJoinNothing: outages whose titles say nothing are not put
// together.
func TestEmptyTitlesJoinNothing(t *testing.T) {
	set := realSets(t)["github-status"]
	sizes := make(map[string]int)
	for i, cluster := range Clusters(set.Incidents) {
		if title := set.Incidents[i].Title; strings.HasPrefix(title, "Incident ") || strings.HasPrefix(title, "Disruption") || strings.Contains(title, "nvestigating") {
			sizes[cluster]++
		}
	}
	if len(sizes) == 0 {
		t.Fatal("no such title")
	}
	for cluster, n := range sizes {
		if n > 2 {
			t.Errorf("%d outages with empty titles are in the cluster %s", n, cluster)
		}
	}
}

func TestFolderErrors(t *testing.T) {
	if _, err := ReadFolder(t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no file") {
		t.Errorf("an empty folder gives %v", err)
	}
}

func TestCompanyIsTheSameForTheSameSeed(t *testing.T) {
	a, _ := Company(5, Styles[0])
	b, _ := Company(5, Styles[0])
	if !slices.EqualFunc(a.Incidents, b.Incidents, func(x, y *recurrence.Incident) bool { return x.Title == y.Title && x.Description == y.Description }) {
		t.Error("two companies of one seed differ")
	}
}

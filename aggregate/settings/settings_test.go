package settings

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const example = `
tier_weight:
  checkout-api: 3
  wiki: 0.5
alignment:
  INC-1042: 1.25
automations:
  restart-pool:
    build:
      - {hours: 24, date: 2026-01-15}
      - {hours: 6.5, date: 2026-03-01T12:00:00+01:00}
    upkeep:
      - {hours_per_month: 2, since: 2026-02-01, until: 2026-08-01}
      - {hours_per_month: 4, since: 2026-08-01}
  warm-up:
    upkeep:
      - {hours_per_month: 1, since: 2026-01-01}
`

func parse(t *testing.T, text string) *Settings {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func TestWeights(t *testing.T) {
	s := parse(t, example)
	for _, test := range []struct {
		what      string
		got, want float64
	}{
		{"a tier weight that is set", s.TierWeight("checkout-api"), 3},
		{"one that is not", s.TierWeight("search"), 1},
		{"an alignment that is set", s.Alignment("INC-1042"), 1.25},
		{"one that is not", s.Alignment("INC-1"), 1},
		{"of settings that say nothing", (&Settings{}).TierWeight("checkout-api") + (&Settings{}).Alignment("INC-1042"), 2},
	} {
		if test.got != test.want {
			t.Errorf("%s is %v, want %v", test.what, test.got, test.want)
		}
	}
}

func TestDeclaredHours(t *testing.T) {
	s := parse(t, example)
	const week = 7 * 24.0 / 730.5 // months
	for _, test := range []struct {
		what, automation string
		from, to         time.Time
		want             float64
	}{
		{"nothing before it was built", "restart-pool", date(2025, 1, 1), date(2026, 1, 15), 0},
		{"the build on its day, the window's first", "restart-pool", date(2026, 1, 15), date(2026, 1, 16), 24},
		{"a time in another zone: 11:00 UTC", "restart-pool", date(2026, 3, 1).Add(11 * time.Hour), date(2026, 3, 1).Add(11*time.Hour + time.Second), 6.5 + 2.0/3600/730.5},
		{"upkeep from its first day on", "restart-pool", date(2026, 1, 25), date(2026, 2, 8), 2 * week},
		{"one upkeep after the other", "restart-pool", date(2026, 7, 25), date(2026, 8, 8), 2*week + 4*week},
		{"upkeep without end", "restart-pool", date(2030, 1, 1), date(2030, 1, 8), 4 * week},
		{"365.25 days are twelve months", "warm-up", date(2027, 1, 1), date(2027, 1, 1).Add(8766 * time.Hour), 12},
		{"nobody declared anything", "drain-node", date(2020, 1, 1), date(2030, 1, 1), 0},
		{"an empty window", "restart-pool", date(2026, 3, 1), date(2026, 3, 1), 0},
	} {
		if got := s.DeclaredHours(test.automation, test.from, test.to); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: %v hours, want %v", test.what, got, test.want)
		}
	}
	if got, want := s.AllDeclaredHours(date(2026, 2, 1), date(2026, 2, 8)), 2*week+week; math.Abs(got-want) > 1e-9 {
		t.Errorf("all automations: %v hours, want %v", got, want)
	}
	if got := s.Automations(); !slices.Equal(got, []string{"restart-pool", "warm-up"}) {
		t.Errorf("automations with costs: %v", got)
	}
	var nothing Settings
	if nothing.AllDeclaredHours(date(2020, 1, 1), date(2030, 1, 1)) != 0 || len(nothing.Automations()) > 0 {
		t.Error("settings that say nothing have hours")
	}
}

// All mistakes of a file are told at once, each with its line.
func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", []string{"the file says nothing; to take back everything that was declared, import {}"}},
		{"# only this\n", []string{"the file says nothing;"}},
		{"a: [", []string{"not YAML: "}},
		{"{}\n---\n{}", []string{"several documents"}},
		{"- 1", []string{"line 1: the file must be a mapping"}},
		{"tier_weight: 3", []string{"line 1: tier_weight must be a mapping"}},
		{"tier_wieght: {}\ncolour: red", []string{`line 1: the file: there is no "tier_wieght"; there is alignment, automations, tier_weight`, `line 2: the file: there is no "colour"`}},
		{
			"tier_weight:\n  a: 0\n  b: many\n  a: 3\n  c: 101\n  d: .nan\n  e: \"2\"\n  f:\n",
			[]string{"line 2: tier_weight of a is 0; it must be from 0.01 to 100", "line 3: tier_weight of b must be a number", `line 4: tier_weight: "a" comes twice, first on line 2`, "line 5: tier_weight of c is 101", "line 6: tier_weight of d must", "line 7: tier_weight of e must", "line 8: tier_weight of f must"},
		},
		{"alignment: {INC-1: 0.79, INC-2: 1.26}", []string{"line 1: alignment of INC-1 is 0.79; it must be from 0.8 to 1.25", "line 1: alignment of INC-2 is 1.26"}},
		{"automations:\n  a: {}\n  b:\n    build: {hours: 1, date: 2026-01-01}\n", []string{"line 2: a has neither build nor upkeep", "line 4: build of b must be a list"}},
		{
			"automations:\n  a:\n    build:\n      - {hours: -1}\n      - {date: 2026-02-30, hours: 1, days: 2}\n",
			[]string{"line 4: build of a: hours is -1; it must be from 0 to 100000", "line 4: build of a: date is missing", `line 5: build of a: date "2026-02-30" is neither`, `line 5: build of a: there is no "days"; there is date, hours`},
		},
		{
			"automations:\n  a:\n    upkeep:\n      - {hours_per_month: 1, since: 2026-02-01, until: 2026-02-01}\n      - {hours_per_month: 1, since: 2026-03-01}\n      - {hours_per_month: 1, since: 2027-01-01}\n      - {until: 2020-01-01}",
			[]string{"line 4: upkeep of a: since must be before until", "line 6: upkeep of a overlaps another one", "line 7: upkeep of a: hours_per_month is missing", "line 7: upkeep of a: since is missing"},
		},
		{strings.Repeat("#", MaxBytes+1), []string{"the file has 1048577 bytes; 1048576 are allowed"}},
	} {
		_, err := Parse([]byte(test.text))
		if err == nil {
			t.Errorf("%.60q is taken", test.text)
			continue
		}
		got := strings.Split(err.Error(), "\n")
		if len(got) != len(test.want) {
			t.Errorf("%.60q: %d mistakes, want %d:\n%v", test.text, len(got), len(test.want), err)
			continue
		}
		for i, want := range test.want {
			if !strings.HasPrefix(got[i], want) && !strings.Contains(got[i], want) {
				t.Errorf("%.60q: %q, want %q", test.text, got[i], want)
			}
		}
	}
}

func TestWhatIsNoMistake(t *testing.T) {
	for _, text := range []string{
		"{}",
		"tier_weight:\nalignment:\nautomations:\n", // everything below is a comment
		"tier_weight: {a: &w 2, b: *w, 404: 1}",
		"automations: {a: {build: [{hours: 0, date: 2026-01-01}]}}",
		"automations: {a: {upkeep: [{hours_per_month: 1, since: 2026-01-01, until: 2026-02-01}, {hours_per_month: 1, since: 2026-02-01}]}}",
	} {
		parse(t, text)
	}
}

func TestChanges(t *testing.T) {
	s := parse(t, example)
	got := strings.Join(s.Changes(parse(t, strings.NewReplacer("  wiki: 0.5\n", "  search: 2\n", "hours: 24,", "hours: 30,").Replace(example))), "\n")
	want := `automation restart-pool: built in 24 h by 2026-01-15; built in 6.5 h by 2026-03-01T11:00:00Z; kept with 2 h a month since 2026-02-01 until 2026-08-01; kept with 4 h a month since 2026-08-01, was built in 30 h by 2026-01-15; built in 6.5 h by 2026-03-01T11:00:00Z; kept with 2 h a month since 2026-02-01 until 2026-08-01; kept with 4 h a month since 2026-08-01
tier_weight of search: not set, was 2
tier_weight of wiki: 0.5, was not set`
	if got != want {
		t.Errorf("changes:\n%s\nwant:\n%s", got, want)
	}
	if same := s.Changes(parse(t, example)); len(same) > 0 {
		t.Errorf("nothing changed, but %v", same)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("automations: &a {x: *a}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := Parse(content)
		if err != nil {
			return
		}
		for _, a := range s.Automations() {
			if h := s.DeclaredHours(a, date(2020, 1, 1), date(2030, 1, 1)); !(h >= 0) || math.IsInf(h, 0) {
				t.Errorf("%v hours of %q", h, a)
			}
		}
		if len(s.Changes(s)) > 0 {
			t.Error("it differs from itself")
		}
	})
}

package aggregate_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestEveryMetricIsComplete(t *testing.T) {
	seen := make(map[string]bool)
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(m.Name) || seen[m.Name] {
			t.Errorf("%q comes twice or is not in snake case", m.Name)
		}
		seen[m.Name] = true
		if found, err := aggregate.Find(m.Name); found != m || err != nil {
			t.Errorf("%s is not found by its name: %v", m.Name, err)
		}
		for n, d := range m.Dimensions {
			if slices.Contains(m.Dimensions[:n], d) {
				t.Errorf("%s has the dimension %s twice", m.Name, d)
			}
		}
		if !strings.HasSuffix(m.Description, ".") {
			t.Errorf("the description of %s is no sentence: %q", m.Name, m.Description)
		}
	}
}

// A forgotten field must not pass for a choice.
func TestTheZeroMetricIsInvalid(t *testing.T) {
	err := (&aggregate.Metric{}).Validate()
	if err == nil {
		t.Fatal("the zero metric is valid")
	}
	for _, lacking := range []string{
		"Name", "Title", "Unit", "Better", "Description", "Formula", "Dimensions", "Estimator", "MinSample or NoMinimum", ".sql",
	} {
		if !strings.Contains(err.Error(), lacking) {
			t.Errorf("%q does not name %s", err, lacking)
		}
	}
}

func TestEveryFieldOfAMetricIsRequired(t *testing.T) {
	for lacking, forget := range map[string]func(*aggregate.Metric){
		"Name":                   func(m *aggregate.Metric) { m.Name = "" },
		"Title":                  func(m *aggregate.Metric) { m.Title = "" },
		"Unit":                   func(m *aggregate.Metric) { m.Unit = "" },
		"Better":                 func(m *aggregate.Metric) { m.Better = "" },
		"Description":            func(m *aggregate.Metric) { m.Description = "" },
		"Formula":                func(m *aggregate.Metric) { m.Formula = "" },
		"Dimensions":             func(m *aggregate.Metric) { m.Dimensions = nil },
		"Estimator":              func(m *aggregate.Metric) { m.Estimator = "" },
		"MinSample or NoMinimum": func(m *aggregate.Metric) { m.MinSample = 0 },
	} {
		m := *find(t, "time_to_resolve")
		forget(&m)
		if err := m.Validate(); err == nil || !strings.HasSuffix(err.Error(), "lacks "+lacking) {
			t.Errorf("without %s: %v", lacking, err)
		}
	}
	both := *find(t, "time_to_resolve")
	both.NoMinimum = true
	if both.Validate() == nil {
		t.Error("a metric with a minimum and without one is valid")
	}
}

func find(t *testing.T, name string) *aggregate.Metric {
	t.Helper()
	m, err := aggregate.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAnUnknownMetricSaysWhereTheyAreListed(t *testing.T) {
	_, err := aggregate.Find("incidents'; --")
	if err == nil || !strings.Contains(err.Error(), "firebreak metric list") {
		t.Error(err)
	}
}

// The SELECTs take the window and the as-of, all of them, and nothing else; those of
// changes also take the window before.
func TestEverySelectNamesTheDeclaredParametersOnly(t *testing.T) {
	const window = "{from:DateTime64(3, 'UTC')} {to:DateTime64(3, 'UTC')} {as_of:DateTime64(3, 'UTC')}"
	declared := []string{"from:DateTime64(3, 'UTC')", "to:DateTime64(3, 'UTC')", "as_of:DateTime64(3, 'UTC')"}
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		declared := declared
		if strings.HasSuffix(m.Name, "_change") {
			declared = append(slices.Clone(declared), "from_before:DateTime64(3, 'UTC')", "to_before:DateTime64(3, 'UTC')", "as_of_before:DateTime64(3, 'UTC')")
		}
		var named []string
		takes := strings.NewReplacer("{{runs}}", window, "{{members}}", window, "{{all}}", "{as_of:DateTime64(3, 'UTC')}", "{{incidents}}", "{as_of:DateTime64(3, 'UTC')}",
			"{{incidents_before}}", "{as_of_before:DateTime64(3, 'UTC')}", "{{intervals}}", window)
		for _, match := range regexp.MustCompile(`\{(\w+:[^}]*)\}`).FindAllStringSubmatch(takes.Replace(m.SQL()), -1) {
			named = append(named, match[1])
			if !slices.Contains(declared, match[1]) {
				t.Errorf("%s takes {%s}", m.Name, match[1])
			}
		}
		for _, d := range declared {
			if !slices.Contains(named, d) {
				t.Errorf("%s does not take {%s}", m.Name, d)
			}
		}
	}
}

// Each dimension of a metric is a column that it can be grouped by and
// narrowed to: named all at once, a missing one is an error that names it.
// Without groups there is always one row.
func TestEveryDimensionIsAColumn(t *testing.T) {
	s := storetest.Open(t)
	for i := range aggregate.Catalogue {
		m := &aggregate.Catalogue[i]
		q := aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9), AsOf: date(2026, 3, 16)}
		for _, d := range m.Dimensions {
			q.Where = append(q.Where, aggregate.Only(d, "x"))
		}
		if rows, err := aggregate.Run(t.Context(), s, m, q); err != nil || len(rows) != 1 {
			t.Errorf("%s where %v: %d rows of nothing, %v", m.Name, q.Where, len(rows), err)
		}
		q.By = m.Dimensions
		if rows, err := aggregate.Run(t.Context(), s, m, q); err != nil || len(rows) != 0 {
			t.Errorf("%s by %v: %d rows of nothing, %v", m.Name, q.By, len(rows), err)
		}
	}
}

// A dimension that is no column would be noticed.
func TestADimensionWithoutAColumnIsAnError(t *testing.T) {
	m := *find(t, "alert_count")
	m.Dimensions = append(slices.Clone(m.Dimensions), "weather")
	q := aggregate.Query{From: date(2026, 3, 2), To: date(2026, 3, 9), AsOf: date(2026, 3, 16), By: m.Dimensions}
	if _, err := aggregate.Run(t.Context(), storetest.Open(t), &m, q); err == nil || !strings.Contains(err.Error(), "weather") {
		t.Error(err)
	}
}

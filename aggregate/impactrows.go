package aggregate

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// An incident may have runs of several automations, so that it is in several
// groups when they are grouped by automation. That is done here, not by ClickHouse.

// runDimensions are the dimensions of the runs rather than of the incidents.
var runDimensions = []Dimension{automationID, "automation_version", "pattern", "stage"}

func (r *impactRun) value(d Dimension) string {
	switch d {
	case automationID:
		return r.automation
	case "automation_version":
		return r.version
	case "pattern":
		return r.pattern
	}
	return r.stage
}

func (*impact) columns(*Metric) []string {
	columns := []string{"stratum", "toString(severity)", "opened", "assumeNotNull(resolved)", "is_open"}
	for _, field := range []string{"2", "3", "4", "5", "6"} {
		columns = append(columns, "arrayMap(run -> run."+field+", runs)")
	}
	return together(columns...)
}

func (m *impact) targets(*Metric) []any {
	return []any{&m.strata, &m.severities, &m.opened, &m.resolved, &m.open, &m.began, &m.automations, &m.versions, &m.patterns, &m.stages}
}

// impactColumns are the cases as ClickHouse gives them.
type impactColumns struct {
	strata, severities                      []string
	opened, resolved                        []int64
	open                                    []bool
	began                                   [][]int64
	automations, versions, patterns, stages [][]string
}

func (c *impactColumns) cases() []impactCase {
	cases := make([]impactCase, len(c.strata))
	for i := range cases {
		cases[i] = impactCase{stratum: stratum{c.strata[i], c.severities[i], 0}, opened: c.opened[i], resolved: c.resolved[i], isOpen: c.open[i]}
		if c.strata[i] == "" {
			cases[i].stratum.alone = i + 1
		}
		for j := range c.began[i] {
			cases[i].runs = append(cases[i].runs, impactRun{c.began[i][j], c.automations[i][j], c.versions[i][j], c.patterns[i][j], c.stages[i][j]})
		}
		slices.SortStableFunc(cases[i].runs, func(a, b impactRun) int { return cmp.Compare(a.began, b.began) })
	}
	return cases
}

// meant says which runs a row is about: all, or those with some values.
type meant struct {
	filters []Filter
	by      []Dimension
	values  []string // of by
}

func (m *meant) all() bool { return len(m.filters)+len(m.by) == 0 }

func (m *meant) has(r *impactRun) bool {
	for _, f := range m.filters {
		if !f.keeps(r.value(f.Dimension)) {
			return false
		}
	}
	for i, d := range m.by {
		if r.value(d) != m.values[i] {
			return false
		}
	}
	return true
}

// rows gives one row, or one for each automation, version, pattern or stage when
// these are asked for.
func (m *impact) rows(base Row) []Row {
	cases := m.cases()
	var own meant
	for _, f := range base.Query.Where {
		if slices.Contains(runDimensions, f.Dimension) {
			own.filters = append(own.filters, f)
		}
	}
	var positions []int // in By
	for i, d := range base.Query.By {
		if slices.Contains(runDimensions, d) {
			own.by, positions = append(own.by, d), append(positions, i)
		}
	}
	if len(own.by) == 0 {
		compareImpact(&base, cases, &own)
		return []Row{base}
	}
	var rows []Row
	for _, values := range valuesOf(cases, own) {
		r := base
		r.Dims = slices.Clone(base.Dims)
		for i, at := range positions {
			r.Dims[at] = values[i]
		}
		own.values = values
		compareImpact(&r, cases, &own)
		rows = append(rows, r)
	}
	return rows
}

// valuesOf lists what values the runs have that pass the filters.
func valuesOf(cases []impactCase, own meant) [][]string {
	passes := meant{filters: own.filters}
	found := make(map[string][]string)
	for i := range cases {
		for j := range cases[i].runs {
			if r := &cases[i].runs[j]; passes.has(r) {
				values := make([]string, len(own.by))
				for n, d := range own.by {
					values[n] = r.value(d)
				}
				found[strings.Join(values, "\x00")] = values
			}
		}
	}
	return slices.Collect(maps.Values(found))
}

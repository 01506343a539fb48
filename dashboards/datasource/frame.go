package datasource

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/vividium/firebreak/aggregate"
)

// tableFrame has a row for each group: its dimensions, and the numbers that are asked
// for, or else the number with its interval, n, the status, and what stands beside it;
// with compare the window before as well.
func tableFrame(q *query, m *aggregate.Metric, w aggregate.Query, rows, before []aggregate.Row, names *groupNames) *data.Frame {
	frame := newFrame(m, w)
	for i, dimension := range w.By {
		values := make([]string, len(rows))
		for n := range rows {
			values[n] = rows[n].Dims[i]
		}
		f := data.NewField(string(dimension), nil, values)
		f.Config = &data.FieldConfig{DisplayNameFromDS: words(string(dimension)), Description: "Dimension of the metric; empty when unknown", Mappings: emptyIs(unknownValue)}
		frame.Fields = append(frame.Fields, f)
		if dimension == aggregate.ClusterID {
			frame.Fields = append(frame.Fields, templateField(values, names))
		}
	}
	for _, name := range q.shown(standard...) {
		frame.Fields = append(frame.Fields, numberField(m, name, rows))
	}
	if len(q.Show) == 0 {
		frame.Fields = append(frame.Fields, statusField(rows))
		for _, name := range m.Beside() {
			frame.Fields = append(frame.Fields, numberField(m, name, rows))
		}
	}
	if q.Compare {
		addCompared(frame, m, rows, before)
	}
	return frame
}

func statusField(rows []aggregate.Row) *data.Field {
	status := make([]string, len(rows))
	for i := range rows {
		status[i] = string(rows[i].Status)
	}
	f := data.NewField("status", nil, status)
	f.Config = &data.FieldConfig{Description: "ok, or why there is no number", Mappings: statusMappings()}
	return f
}

func templateField(clusters []string, names *groupNames) *data.Field {
	texts := make([]string, len(clusters))
	for i, c := range clusters {
		texts[i] = names.clusters[c]
	}
	f := data.NewField("template", nil, texts)
	f.Config = &data.FieldConfig{DisplayNameFromDS: "trouble", Description: "What the titles of the cluster have in common, <*> where they vary"}
	return f
}

// addCompared sets the same groups of the window before beside them.
func addCompared(frame *data.Frame, m *aggregate.Metric, rows, before []aggregate.Row) {
	earlier := make([]aggregate.Row, len(rows))
	of := make(map[string]*aggregate.Row)
	for i := range before {
		of[groupOf(&before[i])] = &before[i]
	}
	changes, verdicts := make([]*float64, len(rows)), make([]string, len(rows))
	for i := range rows {
		if b := of[groupOf(&rows[i])]; b != nil {
			earlier[i] = *b
		} else {
			earlier[i] = aggregate.Row{Metric: m, Status: aggregate.StatusInsufficient}
		}
		changes[i], verdicts[i] = compareRows(m, &rows[i], &earlier[i])
	}
	for _, name := range standard {
		f := numberField(m, name, earlier)
		f.Name += "_before"
		f.Config.DisplayNameFromDS = strings.TrimSpace(f.Config.DisplayNameFromDS + " before")
		frame.Fields = append(frame.Fields, f)
	}
	change := data.NewField("change", nil, changes)
	change.Config = &data.FieldConfig{Unit: unitPercent, Description: changeMeaning(m)}
	verdict := data.NewField("verdict", nil, verdicts)
	verdict.Config = &data.FieldConfig{Description: "better, worse or no clear change: clear is a change in which the 95 % intervals do not overlap"}
	frame.Fields = append(frame.Fields, change, verdict)
}

func changeMeaning(m *aggregate.Metric) string {
	if m.Unit == aggregate.Proportion {
		return "Now minus before, in percentage points"
	}
	return "Now ÷ before − 1"
}

// compareRows says by how much a number changed, and whether that is clear.
func compareRows(m *aggregate.Metric, now, before *aggregate.Row) (change *float64, verdict string) {
	if now.Estimate == nil || before.Estimate == nil {
		return nil, "too few cases"
	}
	switch {
	case m.Unit == aggregate.Proportion:
		change = new(*now.Estimate - *before.Estimate)
	case *before.Estimate != 0:
		change = new(*now.Estimate / *before.Estimate - 1)
	}
	if now.Low == nil && now.High == nil || before.Low == nil && before.High == nil {
		return change, "no interval"
	}
	up := now.Low != nil && before.High != nil && *now.Low > *before.High
	down := now.High != nil && before.Low != nil && *now.High < *before.Low
	switch {
	case !up && !down:
		return change, "no clear change"
	case m.Better == aggregate.Neutral && up:
		return change, "more"
	case m.Better == aggregate.Neutral:
		return change, "fewer"
	case up == (m.Better == aggregate.MoreIsBetter):
		return change, "better"
	}
	return change, "worse"
}

// numbersFrame is one row of numbers with labels, as alert rules want it.
func numbersFrame(m *aggregate.Metric, rows []aggregate.Row, show []string, names *groupNames) *data.Frame {
	frame := data.NewFrame(m.Name)
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeNumericWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	for i := range rows {
		for _, name := range show {
			f := numberField(m, name, rows[i:i+1])
			f.Labels = labels(&rows[i])
			f.Config.DisplayNameFromDS = seriesName(m, name, &rows[i], names, len(show) == 1)
			frame.Fields = append(frame.Fields, f)
		}
	}
	return frame
}

// statFrame is a number for each group, called by its interval and n: a panel that
// shows name and value shows how sure it is.
func statFrame(m *aggregate.Metric, rows, before []aggregate.Row, names *groupNames) *data.Frame {
	frame := data.NewFrame(m.Name)
	frame.Meta = &data.FrameMeta{}
	for i := range rows {
		r := &rows[i]
		f := numberField(m, "estimate", rows[i:i+1])
		f.Labels = labels(r)
		parts := []string{certainty(m, r)}
		if len(r.Dims) > 0 {
			parts = slices.Insert(parts, 0, names.of(r.Query.By, r.Dims))
		}
		if i < len(before) && len(r.Dims) == 0 {
			parts = append(parts, changed(m, r, &before[i]))
		}
		f.Config.DisplayNameFromDS = strings.Join(parts, " · ")
		f.Config.Mappings = nullIs(reasons[r.Status])
		frame.Fields = append(frame.Fields, f)
	}
	return frame
}

// certainty says how sure a number is.
func certainty(m *aggregate.Metric, r *aggregate.Row) string {
	n := fmt.Sprintf("n %d", r.N)
	switch {
	case r.Low != nil && r.High != nil:
		return fmt.Sprintf("95 %%: %s to %s, %s", readable(m.Unit, *r.Low), readable(m.Unit, *r.High), n)
	case r.Low != nil:
		return fmt.Sprintf("95 %%: at least %s, %s", readable(m.Unit, *r.Low), n)
	}
	return n
}

// changed says how it was before.
func changed(m *aggregate.Metric, now, before *aggregate.Row) string {
	if before.Estimate == nil {
		return "before: " + reasons[before.Status]
	}
	_, verdict := compareRows(m, now, before)
	return fmt.Sprintf("before: %s, %s", readable(m.Unit, *before.Estimate), verdict)
}

// seriesFrame has the windows as rows and the numbers of each group as columns.
func seriesFrame(m *aggregate.Metric, w aggregate.Query, rows []aggregate.Row, length time.Duration, show []string, names *groupNames) *data.Frame {
	frame := newFrame(m, w)
	frame.Meta.Type, frame.Meta.TypeVersion = data.FrameTypeTimeSeriesWide, data.FrameTypeVersion{0, 1}
	var times []time.Time
	place := make(map[time.Time]int)
	for at := w.From; len(rows) > 0 && at.Before(w.To); at = at.Add(length) {
		place[at] = len(times)
		times = append(times, at)
	}
	timeField := data.NewField("time", nil, times)
	timeField.Config = &data.FieldConfig{Interval: float64(length.Milliseconds()), DisplayNameFromDS: "time"}
	frame.Fields = append(frame.Fields, timeField)
	var order []string
	groups := make(map[string][]aggregate.Row)
	for i := range rows {
		key := groupOf(&rows[i])
		if groups[key] == nil {
			order = append(order, key)
			groups[key] = make([]aggregate.Row, len(times))
			nothing := m.Nothing(rows[i].Query) // until a row says otherwise
			nothing.Dims = rows[i].Dims
			for n := range groups[key] {
				groups[key][n] = nothing
			}
		}
		groups[key][place[rows[i].Query.From]] = rows[i]
	}
	slices.Sort(order)
	for _, key := range order {
		for _, name := range show {
			f := numberField(m, name, groups[key])
			f.Labels = labels(&groups[key][0])
			f.Config.DisplayNameFromDS = seriesName(m, name, &groups[key][0], names, len(show) == 1)
			frame.Fields = append(frame.Fields, f)
		}
	}
	return frame
}

func labels(r *aggregate.Row) data.Labels {
	if len(r.Dims) == 0 {
		return nil
	}
	l := make(data.Labels)
	for i, d := range r.Query.By {
		l[string(d)] = r.Dims[i]
	}
	return l
}

// seriesName is what a legend calls a number of a group.
func seriesName(m *aggregate.Metric, name string, r *aggregate.Row, names *groupNames, alone bool) string {
	number := displayName(m, name)
	switch {
	case len(r.Dims) == 0:
		return number
	case alone || name == "estimate":
		return names.of(r.Query.By, r.Dims)
	}
	return names.of(r.Query.By, r.Dims) + ": " + number
}

func newFrame(m *aggregate.Metric, w aggregate.Query) *data.Frame {
	frame := data.NewFrame(m.Name)
	frame.Meta = &data.FrameMeta{Custom: map[string]any{
		"metric": m.Name, "from": w.From.Format(time.RFC3339), "to": w.To.Format(time.RFC3339), "asOf": w.AsOf.Format(time.RFC3339),
	}}
	return frame
}

// numberField is one number of rows, with its unit and meaning; null where it is not
// known.
func numberField(m *aggregate.Metric, name string, rows []aggregate.Row) *data.Field {
	values := make([]*float64, len(rows))
	for i := range rows {
		values[i] = number(&rows[i], name)
	}
	f := data.NewField(name, nil, values)
	f.Config = numberConfig(m, name)
	return f
}

// number is one of the numbers of a row; nil when it is not known.
func number(r *aggregate.Row, name string) *float64 {
	switch name {
	case "estimate":
		return r.Estimate
	case "low":
		return r.Low
	case "high":
		return r.High
	case "n":
		return new(float64(r.N))
	}
	for _, f := range r.Beside {
		if f.Name != name {
			continue
		}
		switch v := f.Value.(type) {
		case int64:
			return new(float64(v))
		case *float64:
			return v
		case *bool:
			if v != nil {
				return new(map[bool]float64{true: 1}[*v])
			}
		}
	}
	return nil
}

// cut says that there is more than is shown.
type cut struct {
	what      string
	shown, of int // of is 0 when nobody knows how many there are
	chosen    bool
	order     string
}

func noticeCut(frame *data.Frame, c cut) {
	if c.shown == 0 {
		return
	}
	of, order := "more", ""
	if c.of > 0 {
		of = fmt.Sprintf("%d", c.of)
	}
	if c.order != "" {
		order = ", " + c.order
	}
	advice := "add filters, or raise the row limit in the settings of the datasource"
	severity := data.NoticeSeverityWarning
	if c.chosen {
		advice, severity = "that is the limit of the query", data.NoticeSeverityInfo
	}
	notice(frame, severity, "only %d of %s %s are shown%s: %s", c.shown, of, c.what, order, advice)
}

// noticeMissing says for how many rows there is no number, and why.
func noticeMissing(frame *data.Frame, m *aggregate.Metric, rows []aggregate.Row) {
	missing := make(map[aggregate.Status]int)
	for i := range rows {
		if rows[i].Status != aggregate.StatusOK {
			missing[rows[i].Status]++
		}
	}
	for _, status := range []aggregate.Status{aggregate.StatusInsufficient, aggregate.StatusNotReached, aggregate.StatusImmature, aggregate.StatusNoBaseline} {
		if n := missing[status]; n > 0 {
			least := ""
			if status == aggregate.StatusInsufficient && m.MinSample > 0 {
				least = fmt.Sprintf(" (fewer than %d)", m.MinSample)
			}
			notice(frame, data.NoticeSeverityInfo, "%d of %d have no number: %s%s", n, len(rows), reasons[status], least)
		}
	}
}

func notice(frame *data.Frame, severity data.NoticeSeverity, format string, args ...any) {
	frame.AppendNotices(data.Notice{Severity: severity, Text: fmt.Sprintf(format, args...)})
}

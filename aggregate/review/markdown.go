package review

import (
	"io"
	"strings"
	"text/template"

	"github.com/vividium/firebreak/aggregate"
)

var markdown = template.Must(template.New("review.md").Funcs(template.FuncMap{
	"cell":    cell,
	"code":    code,
	"ratio":   func(field string, l Line) string { return l.figure(field, aggregate.Ratio).Text },
	"chance":  func(field string, l Line) string { return l.chance(field).Text },
	"toil":    toilReading,
	"reading": reading,
	"change":  func(c Change) string { return c.reading() },
	"quarter": quarterReading,
	"title":   func(l Line) string { return cell(titleFigure(&l).Text) },
	"nameOf":  func(l Line) string { return cell(nameOf(&l).Text) },
	"count":   func(field string, l Line) string { return l.figure(field, aggregate.Count).Text },
	"tenths":  func(field string, l Line) string { return l.figure(field, aggregate.PerThousand).Text },
	"hours":   func(field string, l Line) string { return l.figure(field, aggregate.Hours).Text },
	"list":    func(field string, l Line) string { return cell(strings.Join(l.List(field), ", ")) },
	"on":      on,
	"at":      at,
	"when":    func(field string, l Line) string { return at(l.Time(field)) },
	"metric":  catalogued,
	"pattern": patternName,
	"unknowns": func(l Line) string {
		var parts []string
		for _, u := range unknowns(&l) {
			parts = append(parts, u.Figure.Text+" "+u.Word)
		}
		return strings.Join(parts, ", ")
	},
}).ParseFS(templateFiles, "templates/review.md"))

// WriteMarkdown writes a report for chats and wikis: without drawings, and without the runs
// event by event.
func WriteMarkdown(to io.Writer, r *Report) error { return markdown.Execute(to, r) }

// cell is text that means nothing but itself, also in a cell of a table: what Markdown gives
// a meaning is escaped.
func cell(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c == '\n', c == '\r', c == '\t':
			c = ' '
		case strings.ContainsRune("\\`*_[]<>|~&", c):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// code is text as it is, in a span of code.
func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "\r", " ", "|", "\\|").Replace(text) + "`"
}

// reading is a metric's line as people read it; what there is no row of is a dash.
func reading(l any) string {
	switch l := l.(type) {
	case Line:
		return l.reading()
	case *Line:
		if l != nil {
			return l.reading()
		}
	}
	return unknownText
}

// quarterReading is the quarter's number, of counts for as long as the week.
func quarterReading(r *Report, h Headline) string {
	switch m := h.Quarter.Metric(); {
	case m == nil:
		return "not known"
	case h.Quarter.OK() && isPerWeek(m):
		return h.Quarter.inAsManyDays("estimate", h.Week.days()).Text + " " + r.quarterUnit()
	}
	return h.Quarter.reading()
}

// toilReading is what an automation saved, or why that is no number.
func toilReading(l *Line) string {
	if l.OK() {
		return l.reading()
	}
	if l.HasCost() {
		return earning(l) + ", cost " + l.Figure("wasted").Text
	}
	return earning(l)
}

// would says which changes would have shown.
func (c *Change) would(end func(*float64) string) string {
	switch {
	case c.DetectableLow != nil && c.DetectableHigh != nil:
		return end(c.DetectableLow) + " or " + end(c.DetectableHigh) + " would have shown"
	case c.DetectableLow != nil:
		return end(c.DetectableLow) + " would have shown, an increase would not"
	case c.DetectableHigh != nil:
		return end(c.DetectableHigh) + " would have shown, a decrease would not"
	}
	return "with so few, none would have shown"
}

// reading is a change as people read it.
func (c *Change) reading() string {
	end := func(v *float64) string {
		if v == nil {
			return "?"
		}
		return c.text(*v)
	}
	switch {
	case c.Why != "":
		return string(c.Verdict) + " (" + c.Why + ")"
	case c.IsNone():
		return string(c.Verdict) + " (" + c.would(end) + ")"
	case c.Estimate != nil:
		return "**" + string(c.Verdict) + "** " + end(c.Estimate) + " [" + end(c.Low) + ", " + end(c.High) + "]"
	}
	return string(c.Verdict)
}

package review

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/vividium/firebreak/aggregate"
)

//go:embed templates
var templateFiles embed.FS

// Issue is a report with what surrounds it on a page.
type Issue struct {
	*Report

	// Others are the other issues of the week; none in a file.
	Others []OtherIssue
	// History are the weeks that can be looked at, the latest first; none in a file.
	History []Past
}

// OtherIssue is an issue with the address of its page.
type OtherIssue struct {
	Issue   int
	Address string
}

// Past is a week with the address of its page.
type Past struct {
	Week, Address string
	Tone          Tone
	IsThis        bool
	Restated      int // how often it has been restated
}

var page = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"figure": func(field string, l *Line) Figure { return l.Figure(field) },
	"count":  func(field string, l *Line) Figure { return l.figure(field, aggregate.Count) },
	"hours":  func(field string, l *Line) Figure { return l.figure(field, aggregate.Hours) },
	"ratio":  func(field string, l *Line) Figure { return l.figure(field, aggregate.Ratio) },
	"tenths": func(field string, l *Line) Figure { return l.figure(field, aggregate.PerThousand) },
	"chance": func(field string, l *Line) Figure { return l.chance(field) },
	"text":   func(field string, l *Line) Figure { return l.naming(field, l.Text(field)) },
	"list":   func(field string, l *Line) Figure { return l.naming(field, strings.Join(l.List(field), ", ")) },
	"on":     on,
	"at":     at,
	"title":  titleFigure,
	"nameOf": nameOf,
	"line":   func(l Line) *Line { return &l },
	"quarter": func(h *Headline) Figure {
		if m := h.Quarter.Metric(); m != nil && isPerWeek(m) {
			return h.Quarter.inAsManyDays("estimate", h.Week.days())
		}
		return h.Quarter.Figure("estimate")
	},
	"hasInterval": func(l *Line) bool { _, _, ok := l.estimate(); return ok },
	"isPerWeek":   func(l *Line) bool { m := l.Metric(); return m != nil && isPerWeek(m) },
	"statusText":  statusText,
	"earning":     earning,
	"change":      func(c Change, name string) changeView { return changeView{&c, name} },
	"hasValue":    func(f Figure) string { return strconv.FormatFloat(*f.Value, 'g', -1, 64) },
	"metric":      func(name string) *aggregate.Metric { return catalogued(name) },
	"pattern":     patternName,
	"chart":       chartOf,
	"plane":       planeOf,
	"slug":        slug,
	"position":    position,
	"more":        more,
	"when":        func(field string, l *Line) Figure { return l.moment(field) },
	"style": func() (template.CSS, error) {
		text, err := templateFiles.ReadFile("templates/style.css")
		return template.CSS(text), err
	},
	"runOf":    func(r *Report, id string) runLink { return runLink{id, r.shows(id)} },
	"unknowns": unknowns,
}).ParseFS(templateFiles, "templates/*.html"))

// changeView is a change with its name.
type changeView struct {
	*Change
	Name string
}

// End is one of the numbers of a change.
func (c changeView) End(field string) Figure {
	return c.figure(c.Name, field, map[string]*float64{
		"estimate": c.Estimate, "low": c.Low, "high": c.High, "detectable_low": c.DetectableLow, "detectable_high": c.DetectableHigh,
	}[field])
}

// Class is how it is coloured.
func (c changeView) Class() string {
	switch c.Verdict {
	case Better:
		return "good"
	case Worse:
		return "bad"
	}
	return "plain"
}

// isPerWeek says whether a metric's number grows with the window.
func isPerWeek(m *aggregate.Metric) bool {
	return m.Estimator == aggregate.EventCount || m.Estimator == aggregate.Total || m.Estimator == aggregate.Toil
}

// statusText says why there is no number.
func statusText(l *Line) string {
	switch aggregate.Status(l.Text("status")) {
	case aggregate.StatusOK:
		return ""
	case aggregate.StatusInsufficient:
		if l.number("n") == 0 {
			return "none"
		}
		return "too few"
	case aggregate.StatusNotReached:
		return "beyond what was observed"
	case aggregate.StatusImmature:
		return "too many are open"
	case aggregate.StatusNoBaseline:
		return "nothing before"
	}
	return "not known"
}

// more is how many rows there are of which only the first are shown; nil when all are.
func more(shown []Line) *Figure {
	if len(shown) == 0 || shown[0].number("kinds") <= float64(len(shown)) {
		return nil
	}
	f := shown[0].figure("kinds", aggregate.Count)
	return &f
}

// position is where an event stands in Kafka.
func position(l *Line) Figure {
	where := fmt.Sprintf("%s/%.0f@%.0f", l.Text("topic"), l.number("partition"), l.number("offset"))
	return l.naming("topic partition offset", where)
}

// slug makes an id of a page of any text.
func slug(prefix, text string) string {
	var b strings.Builder
	b.WriteString(prefix)
	for _, c := range []byte(text) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			b.WriteString("_" + strconv.FormatUint(uint64(c), 16))
		}
	}
	return b.String()
}

// WriteHTML writes a report as a page that needs nothing else.
func WriteHTML(to io.Writer, r *Report) error { return (&Issue{Report: r}).WriteHTML(to) }

// WriteHTML writes the report with what surrounds it.
func (i *Issue) WriteHTML(to io.Writer) error { return page.Execute(to, i) }

// runLink is the name of a run, a link where its events are shown.
type runLink struct {
	ID    string
	Shown bool
}

func (r *Report) shows(run string) bool {
	return slices.ContainsFunc(r.Runs, func(shown Run) bool { return shown.ID == run })
}

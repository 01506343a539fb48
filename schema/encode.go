package schema

import (
	"strconv"

	"github.com/segmentio/encoding/json"
)

// writer appends the members of one JSON object.
type writer struct{ b []byte }

func newWriter(b []byte, c *Common) *writer {
	w := &writer{b: append(b, '{')}
	w.text("event_id", c.EventID)
	w.text("type", c.Type)
	w.key("occurred_at")
	w.instant(c.OccurredAt)
	if c.Source != "" {
		w.text("source", c.Source)
	}
	w.optLabels("labels", c.Labels)
	w.members(c.Extra)
	return w
}

// members appends what is between the braces of an object.
func (w *writer) members(object []byte) {
	if len(object) > 2 {
		w.b = append(w.b, ',')
		w.b = append(w.b, object[1:len(object)-1]...)
	}
}

func (w *writer) end() []byte { return append(w.b, '}') }

func (w *writer) key(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

func (w *writer) str(s string) { w.b = json.AppendEscape(w.b, s, 0) }

func (w *writer) text(name, value string) {
	w.key(name)
	w.str(value)
}

func (w *writer) optText(name string, v Opt[string]) {
	if v.Set {
		w.text(name, v.Value)
	}
}

func (w *writer) instant(m Millis) {
	w.b = append(w.b, '"')
	w.b = m.AppendRFC3339(w.b)
	w.b = append(w.b, '"')
}

func (w *writer) optInstant(name string, v Opt[Millis]) {
	if v.Set {
		w.key(name)
		w.instant(v.Value)
	}
}

func (w *writer) optFlag(name string, v Opt[bool]) {
	if v.Set {
		w.key(name)
		w.b = strconv.AppendBool(w.b, v.Value)
	}
}

func (w *writer) optAmount(name string, v Opt[float64]) {
	if v.Set {
		w.key(name)
		w.b = strconv.AppendFloat(w.b, v.Value, 'g', -1, 64)
	}
}

func (w *writer) optTexts(name string, v Opt[[]string]) {
	if !v.Set {
		return
	}
	w.key(name)
	w.b = append(w.b, '[')
	for i, s := range v.Value {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.str(s)
	}
	w.b = append(w.b, ']')
}

func (w *writer) optLabels(name string, v Opt[[]Label]) {
	if !v.Set {
		return
	}
	w.key(name)
	w.b = append(w.b, '{')
	for i, l := range v.Value {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.str(l.Name)
		w.b = append(w.b, ':')
		w.str(l.Value)
	}
	w.b = append(w.b, '}')
}

func (w *writer) optActions(name string, v Opt[[]Action]) {
	if !v.Set {
		return
	}
	w.key(name)
	w.b = append(w.b, '[')
	for i, a := range v.Value {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, '{')
		w.text("id", a.ID)
		w.text("kind", a.Kind)
		w.key("automatable")
		w.b = strconv.AppendBool(w.b, a.Automatable)
		w.text("ticket", a.Ticket)
		w.members(a.Extra)
		w.b = append(w.b, '}')
	}
	w.b = append(w.b, ']')
}

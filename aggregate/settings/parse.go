package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is how long a file may be.
const MaxBytes = 1 << 20

// The ranges of what can be declared, both ends included.
const (
	// MinAlignment is how little a cluster can be aligned. The range keeps
	// people's wishes from outweighing what was measured.
	MinAlignment = 0.8
	// MaxAlignment is the other end of it.
	MaxAlignment = 1.25
	// MinTierWeight is the least that a service can matter. The range is wide; what
	// lies outside is a slip.
	MinTierWeight = 0.01
	// MaxTierWeight is the other end of it.
	MaxTierWeight = 100
	// maxBuildHours and maxUpkeepHours, of a month, are more than a large team
	// works on one automation.
	maxBuildHours, maxUpkeepHours = 100_000, 10_000
)

// Mistake is something in a file that cannot be imported.
type Mistake struct {
	// Line counts from 1; 0 is the whole file.
	Line int
	Text string
}

// Mistakes is the error of a file that cannot be imported: all that is wrong
// with it, in the order of its lines.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		if lines[i] = mistake.Text; mistake.Line > 0 {
			lines[i] = fmt.Sprintf("line %d: %s", mistake.Line, mistake.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// Parse reads a file. The error is of type [Mistakes].
func Parse(content []byte) (*Settings, error) {
	root, err := document(content)
	if err != nil {
		return nil, Mistakes{{Text: err.Error()}}
	}
	s := &Settings{tiers: make(map[string]float64), alignments: make(map[string]float64), automations: make(map[string]cost)}
	p := &parser{}
	p.fields(root, "the file", map[string]func(*yaml.Node){
		"tier_weight": func(n *yaml.Node) { p.weights(n, "tier_weight", MinTierWeight, MaxTierWeight, s.tiers) },
		"alignment":   func(n *yaml.Node) { p.weights(n, "alignment", MinAlignment, MaxAlignment, s.alignments) },
		"automations": func(n *yaml.Node) {
			p.entries(n, "automations", func(key, value *yaml.Node) { s.automations[key.Value] = p.cost(value, key) })
		},
	})
	if len(p.mistakes) > 0 {
		slices.SortStableFunc(p.mistakes, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
		return nil, p.mistakes
	}
	return s, nil
}

// document is the one document of a file.
func document(content []byte) (*yaml.Node, error) {
	if len(content) > MaxBytes {
		return nil, fmt.Errorf("the file has %d bytes; %d are allowed", len(content), MaxBytes)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var doc, more yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file says nothing; to take back everything that was declared, import {}")
	case err != nil:
		return nil, fmt.Errorf("not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file has several documents (---); put everything into one")
	}
	return doc.Content[0], nil
}

// parser walks a file and collects what is wrong with it.
type parser struct{ mistakes Mistakes }

func (p *parser) wrong(at *yaml.Node, format string, args ...any) {
	p.mistakes = append(p.mistakes, Mistake{Line: at.Line, Text: fmt.Sprintf(format, args...)})
}

// entries gives every entry of a mapping to each; an empty one may be left out
// after its key.
func (p *parser) entries(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	n = target(n)
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.wrong(n, "%s must be a mapping (NAME: VALUE)", what)
		return
	}
	lines := make(map[string]int)
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			p.wrong(key, "%s: a name is missing", what)
		case lines[key.Value] > 0:
			p.wrong(key, "%s: %q comes twice, first on line %d", what, key.Value, lines[key.Value])
		default:
			lines[key.Value] = key.Line
			each(key, value)
		}
	}
}

// target is the node itself, or what an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// fields reads a mapping of which every key is known.
func (p *parser) fields(n *yaml.Node, what string, known map[string]func(*yaml.Node)) {
	p.entries(n, what, func(key, value *yaml.Node) {
		if read, ok := known[key.Value]; ok {
			read(value)
			return
		}
		p.wrong(key, "%s: there is no %q; there is %s", what, key.Value, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	})
}

func (p *parser) weights(n *yaml.Node, what string, low, high float64, into map[string]float64) {
	p.entries(n, what, func(key, value *yaml.Node) {
		into[key.Value] = p.number(value, what+" of "+key.Value, low, high)
	})
}

func (p *parser) cost(n, key *yaml.Node) cost {
	var c cost
	name, before := key.Value, len(p.mistakes)
	p.fields(n, name, map[string]func(*yaml.Node){
		"build": func(n *yaml.Node) {
			p.items(n, "build of "+name, func(item *yaml.Node, what string) { c.build = append(c.build, p.build(item, what)) })
		},
		"upkeep": func(n *yaml.Node) {
			p.items(n, "upkeep of "+name, func(item *yaml.Node, what string) {
				u := p.upkeep(item, what)
				if slices.ContainsFunc(c.upkeep, u.overlaps) {
					p.wrong(item, "%s overlaps another one: end that with until, or add the two up", what)
				}
				c.upkeep = append(c.upkeep, u)
			})
		},
	})
	if len(c.build)+len(c.upkeep) == 0 && len(p.mistakes) == before {
		p.wrong(key, "%s has neither build nor upkeep: declare one, or leave it out", name)
	}
	return c
}

// overlaps says whether two are kept at a time; one without a since, which is a
// mistake by itself, overlaps nothing.
func (u upkeep) overlaps(other upkeep) bool {
	return !u.since.IsZero() && !other.since.IsZero() &&
		(u.until.IsZero() || other.since.Before(u.until)) && (other.until.IsZero() || u.since.Before(other.until))
}

// items gives every item of a list to each.
func (p *parser) items(n *yaml.Node, what string, each func(item *yaml.Node, what string)) {
	n = target(n)
	if n.Kind != yaml.SequenceNode {
		p.wrong(n, "%s must be a list (- …)", what)
		return
	}
	for _, item := range n.Content {
		each(item, what)
	}
}

func (p *parser) build(n *yaml.Node, what string) build {
	var b build
	seen := make(map[string]bool)
	p.fields(n, what, map[string]func(*yaml.Node){
		"hours": func(n *yaml.Node) { seen["hours"], b.hours = true, p.number(n, what+": hours", 0, maxBuildHours) },
		"date":  func(n *yaml.Node) { seen["date"], b.date = true, p.time(n, what+": date") },
	})
	p.need(n, what, seen, "hours", "date")
	return b
}

func (p *parser) upkeep(n *yaml.Node, what string) upkeep {
	var u upkeep
	seen := make(map[string]bool)
	p.fields(n, what, map[string]func(*yaml.Node){
		"hours_per_month": func(n *yaml.Node) {
			seen["hours_per_month"], u.perMonth = true, p.number(n, what+": hours_per_month", 0, maxUpkeepHours)
		},
		"since": func(n *yaml.Node) { seen["since"], u.since = true, p.time(n, what+": since") },
		"until": func(n *yaml.Node) { u.until = p.time(n, what+": until") },
	})
	p.need(n, what, seen, "hours_per_month", "since")
	if !u.since.IsZero() && !u.until.IsZero() && !u.since.Before(u.until) {
		p.wrong(n, "%s: since must be before until", what)
	}
	return u
}

func (p *parser) need(n *yaml.Node, what string, seen map[string]bool, names ...string) {
	for _, name := range names {
		if !seen[name] {
			p.wrong(n, "%s: %s is missing", what, name)
		}
	}
}

func (p *parser) number(n *yaml.Node, what string, low, high float64) float64 {
	n = target(n)
	var v float64
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&v) != nil || math.IsNaN(v) {
		p.wrong(n, "%s must be a number", what)
		return 0
	}
	if v < low || v > high {
		p.wrong(n, "%s is %s; it must be from %v to %v", what, n.Value, low, high)
	}
	return v
}

// time reads a date (midnight UTC) or an RFC 3339 time.
func (p *parser) time(n *yaml.Node, what string) time.Time {
	n = target(n)
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if at, err := time.Parse(layout, n.Value); err == nil {
			return at.UTC()
		}
	}
	p.wrong(n, "%s %q is neither a date like 2026-01-31 nor a time like 2026-01-31T12:00:00Z", what, n.Value)
	return time.Time{}
}

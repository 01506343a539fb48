package schema

// Peek reads just enough of a record's value to send it on its way: the event
// type and the ids, of a plain event or of a structured CloudEvent. It takes
// anything; what cannot be read is left empty.
func Peek(value []byte) (p Peeked) {
	var s scanner
	_ = s.document(value, func(key []byte) error { return p.member(&s, key) })
	return p
}

// Peeked is what Peek found.
type Peeked struct {
	// Type is the event's type as it is written.
	Type string
	// IDs are the ids of the entities that it names.
	IDs map[Entity]string
	// CloudEvent says that the value is a structured CloudEvent.
	CloudEvent bool
}

// Entity is what the event is about, and its id. A type that the contract does
// not know falls back on the ids, as the event should get where it is refused
// with a reason; ok is false when nothing helps.
func (p Peeked) Entity() (e Entity, id string, ok bool) {
	if e, ok = EntityOf(p.Type); ok {
		return e, p.IDs[e], true
	}
	for _, e := range []Entity{Execution, Alert, Incident} {
		if id := p.IDs[e]; id != "" {
			return e, id, true
		}
	}
	return 0, "", false
}

func (p *Peeked) member(s *scanner, key []byte) error {
	switch string(key) {
	case "type":
		if text, ok := s.string(); ok && p.Type == "" {
			p.Type = text
		}
	case "specversion":
		p.CloudEvent = true
	case "data":
		if s.tok.Delim == '{' {
			return s.object(func(key []byte) error { return p.member(s, key) })
		}
	default:
		p.id(s, key)
	}
	return s.skip()
}

func (p *Peeked) id(s *scanner, key []byte) {
	for _, e := range Entities {
		if string(key) != e.IDField() {
			continue
		}
		if text, ok := s.string(); ok {
			if p.IDs == nil {
				p.IDs = make(map[Entity]string)
			}
			p.IDs[e] = text
		}
	}
}

package schema

import "slices"

// texts reads an array of strings. An event has at most two such fields.
func (r *reader) texts(into *Opt[[]string]) {
	if r.tok.Delim != '[' {
		r.reject("an array of strings")
		return
	}
	store := &r.textLists[r.textsUsed%len(r.textLists)]
	r.textsUsed++
	list := (*store)[:0]
	r.err = r.elements(func() error {
		s, ok := r.string()
		if !ok {
			r.reject("a string")
		}
		if r.invalid == nil { // a record that is refused anyway need not grow
			list = append(list, s)
		}
		return r.err
	})
	*store = list
	*into = Some(list)
}

// elements reads an array and calls element on each value but null, which is
// the same as absent.
func (r *reader) elements(element func() error) error {
	r.at.element, r.at.index = true, -1
	err := r.array(func() error {
		if r.at.index++; r.null() {
			return nil
		}
		return element()
	})
	r.at.element, r.at.member = false, ""
	return err
}

func (r *reader) labelSet(into *Opt[[]Label]) {
	if r.tok.Delim != '{' {
		r.reject("an object of strings")
		return
	}
	r.labels = r.labels[:0]
	count := 0
	r.err = r.object(func(key []byte) error {
		if r.null() {
			return nil
		}
		r.at.member = viewString(key)
		s, ok := r.string()
		if !ok {
			r.reject("a string")
			return r.err
		}
		if count++; count <= MaxLabels {
			r.labels = append(r.labels, Label{viewString(key), s})
		}
		return nil
	})
	if count > MaxLabels && r.invalid == nil {
		r.invalid = invalidField("labels", "has %d labels; at most %d are taken", count, MaxLabels)
	}
	*into = Some(r.labels)
}

func (r *reader) actions(into *Opt[[]Action]) {
	if r.tok.Delim != '[' {
		r.reject("an array of actions")
		return
	}
	list := r.actionList[:0]
	r.err = r.elements(func() error {
		var a Action
		r.action(&a)
		if r.invalid == nil {
			list = append(list, a)
		}
		return r.err
	})
	r.actionList = list
	*into = Some(list)
}

func (r *reader) action(a *Action) {
	r.at.member = ""
	if r.tok.Delim != '{' {
		r.reject("an object with id, kind, automatable and ticket")
		return
	}
	r.err = r.object(func(key []byte) error {
		if r.null() {
			return nil
		}
		r.at.member = viewString(key)
		return r.actionMember(key, a)
	})
	if a.Kind == "" && r.invalid == nil {
		r.at.member = "kind"
		r.invalid = invalidField(r.at.String(), "must be one of %v", ActionKinds)
	}
}

func (r *reader) actionMember(key []byte, a *Action) error {
	switch string(key) {
	case "id":
		r.word(&a.ID)
	case "kind":
		var kind Opt[string]
		r.oneOf(&kind, ActionKinds)
		a.Kind = kind.Value
	case "automatable":
		var yes Opt[bool]
		r.flag(&yes)
		a.Automatable = yes.Value
	case "ticket":
		r.word(&a.Ticket)
	default:
		return r.keep(&a.Extra)
	}
	return r.err
}

// word reads a string whose absence means the same as "".
func (r *reader) word(into *string) {
	var s Opt[string]
	r.text(&s)
	*into = s.Value
}

// unknown keeps a field that the contract does not know. All of them fit into
// as many bytes as the input has.
func (r *reader) unknown(c *Common) error {
	if c.Extra == nil {
		c.Extra = slices.Grow(r.extra[:0], len(r.input)+len("{:}"))
	}
	err := r.keep(&c.Extra)
	r.extra = c.Extra
	return err
}

// keep adds the current member, its key and value as they were written, to a
// JSON object of such members.
func (r *reader) keep(object *[]byte) error {
	key := r.stringAt(r.keys[len(r.keys)-1].offset())
	value, err := r.raw()
	if err != nil {
		return err
	}
	b := slices.Grow(*object, len(key)+len(value)+len("{:}"))
	if len(b) == 0 {
		b = append(b, '{')
	} else {
		b[len(b)-1] = ','
	}
	b = append(b, key...)
	b = append(b, ':')
	b = append(b, value...)
	*object = append(b, '}')
	return nil
}

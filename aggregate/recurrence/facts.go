package recurrence

import (
	"encoding/binary"
	"slices"

	"github.com/go-faster/city"
)

// facts numbers the names of rules, services, causes and labels, and knows how
// common each is.
type facts struct {
	ids  sums // of kinds and names
	text []string
	seen []int32 // by how many incidents
	in   []int32 // in how many different titles (rules) or clusters (the others)
	// labels is how many of them are values of labels.
	labels int

	key []byte // scratch
}

// fact is the name of a rule, service or cause, or a label's value.
type fact struct {
	kind  factKind
	label string // what the label is called
	name  string
}

type factKind uint8

const (
	ruleKind factKind = iota
	serviceKind
	causeKind
	labelKind
	factKinds
)

const (
	// mostLabelValues is how many values of labels are told apart. There may be new
	// ones in every incident (pods, requests); when there are more, those that
	// are new say nothing.
	mostLabelValues = 1 << 19
)

// id gives a fact its number; none when there is no room for it.
func (f *facts) id(what fact) int32 {
	key := append(append(f.key[:0], byte(what.kind)), what.name...)
	if what.kind == labelKind {
		key = binary.AppendUvarint(append(key, what.label...), uint64(len(what.label)))
	}
	f.key = key
	sum := city.CH64(key)
	id, known := f.ids.get(sum)
	if !known {
		if what.kind == labelKind {
			if f.labels == mostLabelValues {
				return none
			}
			f.labels++
		}
		id = int32(len(f.text))
		f.ids.put(sum, id)
		f.text = append(f.text, what.name)
		f.seen, f.in = append(f.seen, 0), append(f.in, 0)
	}
	return id
}

// tally counts facts.
type tally []count

type count struct{ id, n int32 }

func (t tally) of(id int32) int32 {
	for _, c := range t {
		if c.id == id {
			return c.n
		}
	}
	return 0
}

// add counts n more. At most most facts are kept; the rarest makes room.
func (t *tally) add(id, n int32, most int) {
	for i := range *t {
		if (*t)[i].id == id {
			(*t)[i].n += n
			return
		}
	}
	if len(*t) >= most {
		rarest := 0
		for i, c := range *t {
			if c.n < (*t)[rarest].n {
				rarest = i
			}
		}
		*t = slices.Delete(*t, rarest, rarest+1)
	}
	*t = append(*t, count{id, n})
}

// most is the fact that was counted most often, the earliest of several; none
// when there is no fact.
func (t tally) most() int32 {
	id, n := int32(none), int32(0)
	for _, c := range t {
		if c.n > n {
			id, n = c.id, c.n
		}
	}
	return id
}

// none stands for a fact that is not known.
const none = -1

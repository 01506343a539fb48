package recurrence

import (
	"strconv"
	"testing"
)

// Values of labels that never come again must not take all memory, nor the room
// of what says more.
func TestLabelsAreBounded(t *testing.T) {
	var f facts
	first := f.id(fact{labelKind, "pod", "0"})
	for i := range mostLabelValues {
		f.id(fact{labelKind, "pod", strconv.Itoa(i)})
	}
	if got := f.id(fact{labelKind, "pod", "another"}); got != none {
		t.Errorf("a label beyond the bound is told apart: %d", got)
	}
	if got := f.id(fact{labelKind, "pod", "0"}); got != first {
		t.Errorf("a label that was known is %d, was %d", got, first)
	}
	if got := len(f.text); got != mostLabelValues {
		t.Errorf("%d facts are remembered, want %d", got, mostLabelValues)
	}
	if f.id(fact{kind: serviceKind, name: "checkout"}) == none || f.id(fact{kind: ruleKind, name: "DiskFull"}) == none {
		t.Error("labels took the room of services and rules")
	}
	c := New()
	c.facts = f
	e := c.readTitle(&Incident{ID: "a", Title: "Disk full", Labels: map[string]string{"pod": "another", "alertname": "DiskFull"}})
	if len(e.labels) != 0 || len(e.rules) != 1 {
		t.Errorf("labels %v and rules %v, want none and one", e.labels, e.rules)
	}
}

// A label without a name is not taken for another whose name ends as it does.
func TestLabelsAreToldApart(t *testing.T) {
	var f facts
	if f.id(fact{labelKind, "a", "x"}) == f.id(fact{labelKind, "", "xa\x01"}) {
		t.Error("two labels are one")
	}
}

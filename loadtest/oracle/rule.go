package oracle

import "github.com/vividium/firebreak/schema"

// The rules by which a field folds. Records come in their turn, so whatever
// comes later overrules what is there. An absent field says nothing; an empty
// text or list that is carried is a value.

// replace is the rule of most fields: the latest carried value.
func replace[T any](field *T, carried schema.Opt[T]) {
	if carried.Set {
		*field = carried.Value
	}
}

// replaceKnown is replace for a field that stays unknown until it is carried.
func replaceKnown[T any](field *schema.Opt[T], carried schema.Opt[T]) {
	if carried.Set {
		*field = carried
	}
}

// greatest is the rule of running totals.
func greatest(field *schema.Opt[float64], carried schema.Opt[float64]) {
	if carried.Set && (!field.Set || carried.Value > field.Value) {
		*field = carried
	}
}

// earliest is the rule of times that come from event types.
func earliest(field *schema.Opt[schema.Millis], at schema.Millis) {
	if !field.Set || at < field.Value {
		*field = schema.Some(at)
	}
}

// latest is the rule of resolved_at and reopened_at.
func latest(field *schema.Opt[schema.Millis], at schema.Millis) {
	if !field.Set || at > field.Value {
		*field = schema.Some(at)
	}
}

// Span is when an entity was first and last heard of, by occurred_at.
type Span struct{ FirstEventAt, LastEventAt schema.Millis }

func spanOf(life []record) Span {
	return Span{FirstEventAt: life[0].occurredAt(), LastEventAt: life[len(life)-1].occurredAt()}
}

func labelsOf(carried schema.Opt[[]schema.Label]) schema.Opt[map[string]string] {
	if !carried.Set {
		return schema.Opt[map[string]string]{}
	}
	labels := make(map[string]string)
	for _, l := range carried.Value {
		labels[l.Name] = l.Value
	}
	return schema.Some(labels)
}

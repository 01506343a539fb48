package store

import (
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/native"
)

// symbol is an optional text of few different values.
type symbol struct{ native.LowCardinality }

func newSymbol() symbol { return symbol{native.LowCardinality{Null: true}} }

func (c *symbol) add(v schema.Opt[string]) {
	if v.Set {
		c.Append(v.Value)
	} else {
		c.AppendNull()
	}
}

// text is an optional text.
type text struct {
	native.Nullable[*native.Strings]
}

func newText() text {
	return text{native.Nullable[*native.Strings]{Values: &native.Strings{}}}
}

func (c *text) add(v schema.Opt[string]) {
	c.Mark(!v.Set)
	c.Values.Append(v.Value)
}

// number is an optional number.
type number struct {
	native.Nullable[*native.Fixed]
}

func newNumber(width int) number {
	return number{native.Nullable[*native.Fixed]{Values: &native.Fixed{Width: width}}}
}

func (c *number) addAmount(v schema.Opt[float64]) {
	c.Mark(!v.Set)
	c.Values.AppendFloat(v.Value)
}

func (c *number) addInstant(v schema.Opt[schema.Millis]) {
	c.Mark(!v.Set)
	c.Values.AppendInt(int64(v.Value))
}

func (c *number) addFlag(v schema.Opt[bool]) {
	c.Mark(!v.Set)
	c.Values.AppendInt(flagInt(v.Value))
}

func flagInt(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// texts is an array of texts. Whether the event carried it is a bit of the
// carried column, as ClickHouse has no array that is NULL.
type texts struct {
	native.Array
	items native.Strings
}

func newTexts() *texts {
	c := &texts{}
	c.Items = []native.Column{&c.items}
	return c
}

func (c *texts) add(v schema.Opt[[]string]) {
	for _, s := range v.Value {
		c.items.Append(s)
	}
	c.Close()
}

// The bits of the carried column. Bit 0 is the same for all entities; the
// others are the entity's own.
const (
	carriesLabels       = 1 << 0
	carriesAlertIDs     = 1 << 1
	carriesExecutionIDs = 1 << 2
	carriesActions      = 1 << 3
	carriesTargets      = 1 << 1
)

func bit(set bool, b uint8) uint8 {
	if set {
		return b
	}
	return 0
}

package world

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// dice is the chance in one part of the world. Each part has its own, seeded
// by its purpose, so that a change to one trouble leaves the others as they
// were.
type dice struct{ *rand.Rand }

func newDice(seed uint64, purpose string) dice {
	return dice{rand.New(rand.NewPCG(seed, hash(purpose)))}
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

func (d dice) between(low, high float64) float64 { return low + (high-low)*d.Float64() }

// around is log-normal: times to acknowledge, repair and approve all are.
func (d dice) around(median, spread float64) float64 {
	return median * math.Exp(spread*d.NormFloat64())
}

// count is Poisson with the given mean.
func (d dice) count(mean float64) int {
	n, limit := 0, math.Exp(-mean)
	for p := d.Float64(); p > limit; p *= d.Float64() {
		n++
	}
	return n
}

// weighted picks an index with a chance in proportion to its weight.
func (d dice) weighted(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	x := d.Float64() * total
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// mostlyFirst picks the first half of the time: a rule words its alerts the
// same way each time, people do not.
func mostlyFirst[T any](d dice, from []T) T {
	if d.chance(0.5) {
		return from[0]
	}
	return pick(d, from)
}

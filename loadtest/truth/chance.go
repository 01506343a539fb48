package truth

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// dice is the chance in one world. Each world has its own, so that one more
// world, or a change to another scenario, leaves it as it was.
type dice struct{ *rand.Rand }

func newDice(seed uint64, scenario string, world int) dice {
	h := fnv.New64a()
	h.Write([]byte(scenario))
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()+uint64(world)))}
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

func (d dice) between(low, high float64) float64 { return low + (high-low)*d.Float64() }

// evenly is between low and high so that each factor is as likely as any other:
// 1 to 2 as 2 to 4.
func (d dice) evenly(low, high float64) float64 { return low * math.Pow(high/low, d.Float64()) }

// around is log-normal.
func (d dice) around(median, spread float64) float64 {
	return median * math.Exp(spread*d.NormFloat64())
}

// count is Poisson.
func (d dice) count(mean float64) int { return int(distuv.Poisson{Lambda: mean, Src: d}.Rand()) }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

package stats

import "math"

// Concentration says around which point of a cycle events gather.
type Concentration struct {
	// Mean is the direction of the mean vector, as a share of the cycle in [0, 1).
	Mean float64
	// Strength is the length of the mean vector: 0 when events are spread evenly,
	// 1 when all come at one point.
	Strength float64
	// P is the probability of so strong a concentration, or a stronger one, when
	// every point is equally likely (Rayleigh's test).
	P float64
}

// Rayleigh tests whether events gather around one point of a cycle. Each phase
// is a share of the cycle. Events that gather around several points, such as
// noon and midnight, may escape it.
//
// It panics when there is no phase.
//
// Source: J. H. Zar, Biostatistical Analysis, 4th ed. (1999), equation 27.4, for
// P; K. V. Mardia and P. E. Jupp, Directional Statistics (2000), for the test.
func Rayleigh(phases []float64) Concentration {
	if len(phases) == 0 {
		panic("stats: Rayleigh's test of no phases")
	}
	sin, cos := 0.0, 0.0
	for _, phase := range phases {
		s, c := math.Sincos(2 * math.Pi * phase)
		sin, cos = sin+s, cos+c
	}
	n, length := float64(len(phases)), math.Hypot(sin, cos)
	mean := math.Atan2(sin, cos) / (2 * math.Pi)
	if mean < 0 {
		mean++
	}
	return Concentration{
		Mean: math.Mod(mean, 1), Strength: min(1, length/n),
		P: min(1, math.Exp(math.Sqrt(1+4*n+4*(n*n-length*length))-(1+2*n))),
	}
}

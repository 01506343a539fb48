package grouping

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
)

// Clusters groups incidents as Firebreak does a history.
func Clusters(incidents []*recurrence.Incident) []string {
	c := recurrence.New()
	c.Learn(slices.Values(incidents))
	return finish(c, assign(c, incidents))
}

// Stream groups incidents as they come, each on what was known until then.
func Stream(incidents []*recurrence.Incident) []string {
	c := recurrence.New()
	return finish(c, assign(c, incidents))
}

// Restarted groups incidents as they come, with a restart in the middle.
func Restarted(incidents []*recurrence.Incident) []string {
	half := len(incidents) / 2
	before := recurrence.New()
	clusters := assign(before, incidents[:half])
	for i := range clusters {
		clusters[i] = before.Top(clusters[i])
	}
	after := recurrence.New()
	after.Learn(slices.Values(incidents[:half]))
	for i, in := range incidents[:half] {
		after.Restore(in, clusters[i])
	}
	after.Live()
	return finish(after, append(clusters, assign(after, incidents[half:])...))
}

// Again groups incidents anew on all that is known, from where they were.
func Again(incidents []*recurrence.Incident, before []string) []string {
	c := recurrence.New()
	c.Learn(slices.Values(incidents))
	clusters := make([]string, len(incidents))
	near := make(map[string]string)
	for i, in := range incidents {
		clusters[i] = c.AddAgain(in, near[before[i]]).Cluster
		if near[before[i]] == "" {
			near[before[i]] = clusters[i]
		}
	}
	return finish(c, clusters)
}

func assign(c *recurrence.Clusterer, incidents []*recurrence.Incident) []string {
	clusters := make([]string, len(incidents))
	for i, in := range incidents {
		clusters[i] = c.Add(in).Cluster
		for _, doubted := range c.Doubts() {
			reconsider(c, doubted, incidents[:i+1], clusters)
		}
	}
	return clusters
}

// reconsider looks again at the members of a cluster that came into doubt.
func reconsider(c *recurrence.Clusterer, cluster string, incidents []*recurrence.Incident, clusters []string) {
	var members []*recurrence.Incident
	var at []int
	for i, in := range incidents {
		if c.Top(clusters[i]) == cluster {
			members, at = append(members, in), append(at, i)
		}
	}
	for n, a := range c.Reconsider(cluster, members) {
		clusters[at[n]] = a.Cluster
	}
}

func finish(c *recurrence.Clusterer, clusters []string) []string {
	c.Settle()
	for i := range clusters {
		clusters[i] = c.Top(clusters[i])
	}
	return clusters
}

// Shuffled streams the incidents in another order within each day, and gives
// the clusters in the old order.
func Shuffled(incidents []*recurrence.Incident, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 3))
	order := make([]int, len(incidents))
	for i := range order {
		order[i] = i
	}
	day := func(i int) time.Time { return incidents[order[i]].OpenedAt.Truncate(24 * time.Hour) }
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && day(to).Equal(day(from)) {
			to++
		}
		today := order[from:to]
		random.Shuffle(len(today), func(i, j int) { today[i], today[j] = today[j], today[i] })
		from = to
	}
	mixed := make([]*recurrence.Incident, len(order))
	for i, from := range order {
		mixed[i] = incidents[from]
	}
	clusters := make([]string, len(order))
	for i, cluster := range Stream(mixed) {
		clusters[order[i]] = cluster
	}
	return clusters
}

// Nearest gives for each incident the positions of the k before it that resemble
// it most.
func Nearest(incidents []*recurrence.Incident, k int) [][]int {
	at := make(map[string]int, len(incidents))
	n := recurrence.NewNeighbours()
	nearest := make([][]int, len(incidents))
	for i, in := range incidents {
		for _, x := range n.Nearest(in, k) {
			nearest[i] = append(nearest[i], at[x.ID])
		}
		at[in.ID] = i
		n.Add(in)
	}
	return nearest
}

// Changed is the share of the pairs that are together in either grouping which
// are so in one only.
func Changed(a, b []string) float64 {
	type both struct{ a, b string }
	inA, inB, inBoth := make(map[string]int), make(map[string]int), make(map[both]int)
	for i := range a {
		inA[a[i]]++
		inB[b[i]]++
		inBoth[both{a[i], b[i]}]++
	}
	together := pairs(inBoth)
	either := pairs(inA) + pairs(inB) - together
	return ratio(either-together, either)
}

// Found is the share of strangers that were put together.
func (s Strangers) Found(clusters []string) float64 {
	found := 0
	for _, pair := range s {
		if clusters[pair[0]] == clusters[pair[1]] {
			found++
		}
	}
	return ratio(float64(found), float64(len(s)))
}

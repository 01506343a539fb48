package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/vividium/firebreak/loadtest/grouping"
)

const (
	clustersShown = 10
	titlesShown   = 4
)

// largest shows the largest clusters of a set with their most frequent titles.
func largest(to io.Writer, set grouping.Set) {
	titles := make(map[string]map[string]int)
	sizes := make(map[string]int)
	for i, cluster := range grouping.Clusters(set.Incidents) {
		if titles[cluster] == nil {
			titles[cluster] = make(map[string]int)
		}
		titles[cluster][set.Incidents[i].Title]++
		sizes[cluster]++
	}
	alone := 0
	for _, n := range sizes {
		if n == 1 {
			alone++
		}
	}
	fmt.Fprintf(to, "\n%s: %d incidents, %d clusters, %d of one incident; the largest:\n", set.Name, len(set.Incidents), len(sizes), alone)
	for _, cluster := range byCount(sizes)[:min(clustersShown, len(sizes))] {
		fmt.Fprintf(to, "%6d in %d titles:", sizes[cluster], len(titles[cluster]))
		for _, title := range byCount(titles[cluster])[:min(titlesShown, len(titles[cluster]))] {
			fmt.Fprintf(to, " %q ×%d", title, titles[cluster][title])
		}
		fmt.Fprintln(to)
	}
}

func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// Command eval prints how well Firebreak groups incidents, beside three simple
// ways to group: for every labelled set of a folder, for generated companies
// whose troubles are known, and then how stable the groups are and what an
// incident costs as the history grows. One configuration for everything.
//
//	eval [-quick] FOLDER
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vividium/firebreak/aggregate/recurrence"
	"github.com/vividium/firebreak/loadtest/grouping"
)

func main() {
	quick := flag.Bool("quick", false, "leave out the speed with long histories")
	flag.Parse()
	if err := run(os.Stdout, flag.Arg(0), *quick); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(to io.Writer, folder string, quick bool) error {
	var sets []grouping.Set
	if folder != "" {
		var err error
		if sets, err = grouping.ReadFolder(folder); err != nil {
			return err
		}
	}
	labelled(to, sets)
	recall(to, sets)
	generated(to)
	unlabelled(to, sets)
	stability(to, sets)
	if !quick {
		speed(to)
	}
	return nil
}

// methods are the ways to group, ours first: a history as a whole, and incidents as
// they come, each on what was known until then.
var methods = []struct {
	name  string
	group func([]*recurrence.Incident) []string
}{
	{"firebreak", grouping.Clusters},
	{"firebreak live", grouping.Stream},
	{"exact title", grouping.ExactTitle},
	{"masked digits", grouping.MaskedDigits},
	{"drain", grouping.Drain},
}

func table(to io.Writer, title string, columns ...string) (row func(...any), end func()) {
	fmt.Fprintf(to, "\n%s\n", title)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row = func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			if f, ok := cell.(float64); ok {
				fmt.Fprintf(w, "%.3f", f)
			} else {
				fmt.Fprint(w, cell)
			}
		}
		fmt.Fprintln(w)
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		header[i] = c
	}
	row(header...)
	return row, func() { w.Flush() }
}

var scoreColumns = []string{"set", "method", "GA", "FGA", "precision", "recall", "F1", "B-cubed", "groups", "of"}

func scored(row func(...any), set, method string, s grouping.Scores) {
	row(set, method, s.GA, s.FGA, s.Precision, s.Recall, s.F1, s.BCubed, s.Groups, s.TrueGroups)
}

func labelled(to io.Writer, sets []grouping.Set) {
	row, end := table(to, "Labelled sets", scoreColumns...)
	defer end()
	for _, m := range methods {
		ga, fga, n := 0.0, 0.0, 0.0
		for _, set := range sets {
			if len(set.Truth) == 0 {
				continue
			}
			s := grouping.Compare(m.group(set.Incidents), set.Truth)
			scored(row, set.Name, m.name, s)
			if strings.HasPrefix(set.Name, "loghub-") {
				ga, fga, n = ga+s.GA, fga+s.FGA, n+1
			}
		}
		if n > 0 {
			row("mean of loghub-*", m.name, ga/n, fga/n)
		}
	}
}

func recall(to io.Writer, sets []grouping.Set) {
	row, end := table(to, "An earlier incident of the same group among the nearest", "set", "method", "asked", "@1", "@5", "@10")
	defer end()
	for _, m := range []struct {
		name    string
		nearest func([]*recurrence.Incident, int) [][]int
	}{{"firebreak", grouping.Nearest}, {"tf-idf", grouping.NearestTFIDF}} {
		for _, set := range sets {
			if len(set.Truth) > 0 {
				shares, asked := grouping.Recall(m.nearest(set.Incidents, 10), set.Truth, 1, 5, 10)
				row(set.Name, m.name, asked, shares[0], shares[1], shares[2])
			}
		}
	}
}

const seeds = 3

func generated(to io.Writer) {
	row, end := table(to, "Generated companies; strangers came back after 110 days and more, reworded or elsewhere", append(scoreColumns, "strangers", "found")...)
	defer end()
	for seed := uint64(1); seed <= seeds; seed++ {
		for _, style := range grouping.Styles {
			set, strangers := grouping.Company(seed, style)
			for _, m := range methods {
				clusters := m.group(set.Incidents)
				s := grouping.Compare(clusters, set.Truth)
				row(named(set, seed), m.name, s.GA, s.FGA, s.Precision, s.Recall, s.F1, s.BCubed, s.Groups, s.TrueGroups, len(strangers), strangers.Found(clusters))
			}
		}
		for _, rules := range []bool{true, false} {
			set := grouping.World(seed, rules)
			for _, m := range methods {
				scored(row, named(set, seed), m.name, grouping.Compare(m.group(set.Incidents), set.Truth))
			}
		}
	}
}

func named(set grouping.Set, seed uint64) string { return fmt.Sprintf("%s (%d)", set.Name, seed) }

// unlabelled shows the largest clusters of the sets of which nobody knows the
// truth, to be judged by reading.
func unlabelled(to io.Writer, sets []grouping.Set) {
	for _, set := range sets {
		if len(set.Truth) > 0 || len(set.Incidents) == 0 {
			continue
		}
		largest(to, set)
	}
}

func stability(to io.Writer, sets []grouping.Set) {
	row, end := table(to, "Share of pairs that change; of generated sets in the worst of the seeds", "set", "shuffled within days", "restarted", "clustered anew", "run twice")
	defer end()
	for _, style := range grouping.Styles {
		var all []grouping.Set
		for seed := range uint64(stabilitySeeds) {
			set, _ := grouping.Company(seed+1, style)
			all = append(all, set)
		}
		changes(row, all)
	}
	for _, rules := range []bool{true, false} {
		var all []grouping.Set
		for seed := range uint64(seeds) {
			all = append(all, grouping.World(seed+1, rules))
		}
		changes(row, all)
	}
	for _, set := range sets {
		changes(row, []grouping.Set{set})
	}
}

// stabilitySeeds is of how many companies the worst is shown.
const stabilitySeeds = 6

// changes shows the worst of sets of one kind.
func changes(row func(...any), sets []grouping.Set) {
	var worst [4]float64
	for _, set := range sets {
		stream := grouping.Stream(set.Incidents)
		for i, again := range [][]string{
			grouping.Shuffled(set.Incidents, 1), grouping.Restarted(set.Incidents), grouping.Again(set.Incidents, stream), grouping.Stream(set.Incidents),
		} {
			worst[i] = max(worst[i], grouping.Changed(stream, again))
		}
	}
	row(sets[0].Name, worst[0], worst[1], worst[2], worst[3])
}

// parts is into how many parts the incidents are cut whose matching is measured: the
// mean is of all, the best and the worst part say how quiet the machine was.
const parts = 20

// speed matches incidents against histories of growing length.
func speed(to io.Writer) {
	row, end := table(to, "Cost of an incident on one core, matched against a history", "incidents of", "history", "clusters", "incidents/s", "µs each", "median part", "best part", "worst part", "memory MiB")
	defer end()
	runtime.GOMAXPROCS(1)
	for _, size := range []int{2, 19, 183} {
		set, _ := grouping.Conglomerate(1, grouping.Styles[0], size)
		measure(row, "companies", set.Incidents)
	}
	for _, size := range []int{11_000, 110_000, 1_040_000} {
		measure(row, "texts that never repeat", grouping.FreeText(1, size))
	}
}

// measure matches the last tenth of incidents against the others.
func measure(row func(...any), kind string, incidents []*recurrence.Incident) {
	before := heap()
	c := recurrence.New()
	history := incidents[:len(incidents)*9/10]
	clusters := 0
	for _, in := range history {
		got := c.Add(in)
		if clusters -= len(got.Merged); got.Founded {
			clusters++
		}
	}
	memory := heap() - before
	var each []time.Duration
	all := time.Duration(0)
	for part := range slices.Chunk(incidents[len(history):], (len(incidents)-len(history)+parts-1)/parts) {
		began := time.Now()
		for _, in := range part {
			c.Add(in)
		}
		took := time.Since(began)
		all += took
		each = append(each, took/time.Duration(len(part)))
	}
	slices.Sort(each)
	mean := all / time.Duration(len(incidents)-len(history))
	row(kind, len(history), clusters, fmt.Sprintf("%.0f", 1/mean.Seconds()), micros(mean), micros(each[len(each)/2]), micros(each[0]), micros(each[len(each)-1]), memory>>20)
	runtime.KeepAlive(c)
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

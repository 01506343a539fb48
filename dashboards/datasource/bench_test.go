package datasource_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vividium/firebreak/dashboards/grafanatest"
)

// folder is a store to measure in place of the generated company's.
var folder = flag.String("store", "", "a folder that loadtest/fill/run filled")

// Opens each dashboard as Grafana does: first its variables, then all panels, those in
// folded rows as well, and marks at once, of a datasource that remembers nothing.
func BenchmarkDashboards(b *testing.B) {
	cluster := mostFrequent(b)
	for _, board := range readBoards(b) {
		b.Run(board.UID, func(b *testing.B) {
			variables, shown := asksOf(b, &board, cluster)
			var whole []time.Duration
			each := make(map[string][]time.Duration)
			for b.Loop() {
				s := settings()
				s.JSON["timeout"] = 600
				s.Updated = time.Now() // another datasource to the backend
				began := time.Now()
				askTogether(b, s, variables, each)
				askTogether(b, s, shown, each)
				whole = append(whole, time.Since(began))
			}
			b.ReportMetric(percentile(whole, 50).Seconds(), "p50-s")
			b.ReportMetric(percentile(whole, 95).Seconds(), "p95-s")
			slowest := slices.SortedFunc(maps.Keys(each), func(a, b string) int { return cmp.Compare(percentile(each[b], 95), percentile(each[a], 95)) })
			for _, name := range slowest[:5] {
				b.Logf("%6.2f s  %s", percentile(each[name], 95).Seconds(), name)
			}
		})
	}
}

// asksOf are the requests of a dashboard by what shows the answer.
func asksOf(b *testing.B, board *board, cluster string) (variables, shown map[string]grafanatest.Ask) {
	from, to := at(b, board.Time.From, false), at(b, board.Time.To, true)
	variables, shown = make(map[string]grafanatest.Ask), make(map[string]grafanatest.Ask)
	ask := func(targets ...map[string]any) grafanatest.Ask {
		a := grafanatest.Ask{From: from, To: to, Queries: make(map[string]any), Interval: 2 * time.Hour, MostPoints: 800}
		for i, target := range targets {
			a.Queries[fmt.Sprint(i)] = resolved(b, target, cluster)
		}
		return a
	}
	for _, v := range board.Templating.List {
		if v.Type == "query" {
			variables["the variable "+v.Name] = ask(v.Query.(map[string]any))
		}
	}
	for _, p := range board.all() {
		if len(p.Targets) > 0 {
			shown[fmt.Sprintf("%d %s", p.ID, p.Title)] = ask(p.Targets...)
		}
	}
	for _, a := range board.Annotations.List {
		shown["marks: "+a.Name] = ask(a.Target)
	}
	return variables, shown
}

func askTogether(b *testing.B, s grafanatest.Settings, asks map[string]grafanatest.Ask, each map[string][]time.Duration) {
	var mutex sync.Mutex
	var group sync.WaitGroup
	for name, ask := range asks {
		group.Go(func() {
			began := time.Now()
			answer, err := process.Query(b.Context(), s, ask)
			mutex.Lock()
			defer mutex.Unlock()
			each[name] = append(each[name], time.Since(began))
			if err != nil {
				b.Errorf("%s: %v", name, err)
				return
			}
			for _, r := range answer.Responses {
				if r.Error != nil {
					b.Errorf("%s: %v", name, r.Error)
				}
			}
		})
	}
	group.Wait()
}

// percentile is the smallest that so many percent do not exceed.
func percentile(list []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)*percent+99)/100-1]
}

package review

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/settings"
)

const (
	// troublesShown is how many new, worst and ended troubles are shown, backlogShown how
	// much of the backlog.
	troublesShown = 6
	backlogShown  = 8
	// recursFrom is how many incidents make a trouble one that comes back.
	recursFrom = 2
	// automateFrom is how often a trouble must have come in the last 90 days to be
	// proposed: what came once or twice may never come again.
	automateFrom = 3
)

// clusters finds the troubles of the week, and what to automate next.
func (r *reader) clusters(ctx context.Context, report *Report) error {
	at := report.endOfWeek()
	read, err := aggregate.Reading(ctx, r.store, r.kept, func(kept aggregate.Fold) (*aggregate.ClusterReading, error) {
		return aggregate.AllClusters(ctx, r.store, at, kept)
	})
	if err != nil {
		return err
	}
	before, err := r.before(ctx, report, read)
	if err != nil {
		return err
	}
	surely := endOfMany(read.Facts)
	incidents, err := r.by(ctx, "incident_count", report.ofWeek(), aggregate.ClusterID)
	if err != nil {
		return err
	}
	hours, err := r.by(ctx, "responder_hours", report.ofWeek(), aggregate.ClusterID)
	if err != nil {
		return err
	}
	id := r.source("clusters", "--as-of", stamp(at), "--limit", "0", "--least", "1")
	var inWeek []Trouble
	for i := range read.Facts {
		f := &read.Facts[i]
		was := before[f.ClusterID]
		ended := surely(f) && !surely(&was)
		if incidents[f.ClusterID] == nil && f.State == was.State && !ended {
			continue
		}
		t := Trouble{Cluster: newLine(id, []string{"cluster_id"}, f.Fields()), Incidents: incidents[f.ClusterID], Hours: hours[f.ClusterID]}
		inWeek = append(inWeek, t)
		switch {
		case ended:
			report.Troubles.Ended = append(report.Troubles.Ended, t)
		case f.State == aggregate.Emerging && was.State != aggregate.Emerging,
			!f.FirstSeen.Before(report.From) && f.FirstSeen.Before(report.To) && f.Incidents >= recursFrom:
			report.Troubles.New = append(report.Troubles.New, t)
		}
	}
	report.Troubles.sort(inWeek)
	if err := r.lookAgain(ctx, report, read); err != nil {
		return err
	}
	return r.backlog(ctx, report, read)
}

// lookAgain finds which of those that ended came back after the week, as far as is known:
// they are no longer silent since what ended them.
func (r *reader) lookAgain(ctx context.Context, report *Report, read *aggregate.ClusterReading) error {
	ended := report.Troubles.Ended
	if len(ended) == 0 || !report.AsOf.After(report.To) {
		return nil
	}
	ids := make([]string, len(ended))
	for i := range ended {
		ids[i] = ended[i].Cluster.Text("cluster_id")
	}
	facts, err := aggregate.Clusters(ctx, r.store, report.AsOf, ids, read.Around, read.Template)
	if err != nil {
		return err
	}
	silent := make(map[string]bool)
	for i := range facts {
		silent[facts[i].ClusterID] = facts[i].State == aggregate.Eliminated
	}
	for i := range ended {
		ended[i].CameBack = !silent[ids[i]]
	}
	return nil
}

// endOfMany says of which troubles it is clear that they have ended. The longer many are
// watched the more of them fall silent for a while by chance: silence must be as unlikely
// among all troubles that could have ended as it is of one that is eliminated
// (Bonferroni's correction).
func endOfMany(facts []aggregate.ClusterFacts) func(*aggregate.ClusterFacts) bool {
	watched := 0
	for i := range facts {
		if facts[i].SilenceP != nil {
			watched++
		}
	}
	return func(f *aggregate.ClusterFacts) bool {
		return f.State == aggregate.Eliminated && *f.SilenceP*float64(watched) < 1-confidence
	}
}

// before are, at the beginning of the week, the facts of the clusters that may have changed
// in it.
func (r *reader) before(ctx context.Context, report *Report, read *aggregate.ClusterReading) (map[string]aggregate.ClusterFacts, error) {
	var changed []string
	for i := range read.Facts {
		if s := read.Facts[i].State; s == aggregate.Eliminated || s == aggregate.Emerging {
			changed = append(changed, read.Facts[i].ClusterID)
		}
	}
	before := make(map[string]aggregate.ClusterFacts)
	if len(changed) == 0 {
		return before, nil
	}
	facts, err := aggregate.Clusters(ctx, r.store, report.From, changed, read.Around, read.Template)
	for i := range facts {
		before[facts[i].ClusterID] = facts[i]
	}
	return before, err
}

// sort puts the most frequent first, and of all finds the worst.
func (t *Troubles) sort(all []Trouble) {
	most := func(of func(*Trouble) float64) func(a, b Trouble) int {
		return func(a, b Trouble) int {
			return cmp.Or(cmp.Compare(of(&b), of(&a)), cmp.Compare(b.inWeek(), a.inWeek()), strings.Compare(a.Cluster.Text("cluster_id"), b.Cluster.Text("cluster_id")))
		}
	}
	ever := func(t *Trouble) float64 { return t.Cluster.number("incident_count") }
	slices.SortFunc(t.New, most(ever))
	slices.SortFunc(t.Ended, most(ever))
	for _, trouble := range all {
		if trouble.inWeek() > 0 && trouble.Cluster.number("incident_count") >= recursFrom {
			t.Worst = append(t.Worst, trouble)
		}
	}
	slices.SortFunc(t.Worst, most(func(t *Trouble) float64 {
		if t.Hours == nil {
			return 0
		}
		return t.Hours.number("estimate")
	}))
	for _, list := range []*[]Trouble{&t.New, &t.Worst, &t.Ended} {
		*list = slices.Clip((*list)[:min(troublesShown, len(*list))])
	}
}

// inWeek is how many incidents of it opened in the week.
func (t *Trouble) inWeek() float64 {
	if t.Incidents == nil {
		return 0
	}
	return t.Incidents.number("n")
}

// backlog is the top of it at the end of the week: of what keeps coming, and is not
// automation's own doing.
func (r *reader) backlog(ctx context.Context, report *Report, read *aggregate.ClusterReading) error {
	declared, err := settings.Read(ctx, r.store)
	if err != nil {
		return err
	}
	id := r.source("backlog", "--as-of", stamp(report.endOfWeek()), "--limit", "0")
	items := aggregate.Backlog(read.Facts, declared)
	for i := range items {
		if len(report.Backlog) == backlogShown {
			break
		}
		switch l := newLine(id, []string{"cluster_id"}, items[i].Fields()); {
		case items[i].Incidents < automateFrom:
		case items[i].SelfInflicted:
			report.SelfInflicted = append(report.SelfInflicted, l)
		default:
			report.Backlog = append(report.Backlog, l)
		}
	}
	return nil
}

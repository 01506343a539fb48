package aggregate

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/schema/store"
)

//go:embed clusters/*.sql
var clusterFiles embed.FS

// Surroundings are what the facts of clusters rest on beside their incidents.
// They take long to read, for they are found by every execution there is.
type Surroundings struct {
	// Since is when the first incident of any kind opened.
	Since time.Time
	// Automations, Cures, Reach and Caused by cluster.
	Automations map[string][]string
	Cures       map[string][]Cure
	Reach       map[string]Reach
	Caused      map[string]Caused
}

// ReadSurroundings reads them as of a moment, with what is kept of executions.
func ReadSurroundings(ctx context.Context, s *store.Store, asOf time.Time, kept Fold) (*Surroundings, error) {
	r := clusterReader{store: s, asOf: asOf, kept: kept, params: map[string]string{"as_of": store.TimeParameter(asOf), "kept": store.TimeParameter(kept.At)}}
	around := &Surroundings{Automations: make(map[string][]string), Cures: make(map[string][]Cure), Reach: make(map[string]Reach), Caused: make(map[string]Caused)}
	for _, read := range []func(context.Context, *Surroundings) error{r.since, r.automations, r.fixes, r.caused} {
		if err := read(ctx, around); err != nil {
			return nil, err
		}
	}
	for _, cures := range around.Cures {
		slices.SortStableFunc(cures, func(a, b Cure) int { return a.At.Compare(b.At) })
	}
	return around, nil
}

// ReadCaused reads again what automation is confirmed to have caused, which takes little and
// changes with what people find out.
func (s *Surroundings) ReadCaused(ctx context.Context, from *store.Store, asOf time.Time) error {
	r := clusterReader{store: from, asOf: asOf, params: map[string]string{"as_of": store.TimeParameter(asOf)}}
	s.Caused = make(map[string]Caused)
	return r.caused(ctx, s)
}

// Clusters computes the facts of recurrence clusters as of a moment: of those
// that are named, or of all when none is. Clusters without an incident that
// counts by then are left out. The template of a cluster is given by template.
func Clusters(ctx context.Context, s *store.Store, asOf time.Time, only []string, around *Surroundings, template func(cluster string) string) ([]ClusterFacts, error) {
	data, err := readClusterData(ctx, s, asOf, only, around, template)
	if err != nil {
		return nil, err
	}
	facts := make([]ClusterFacts, 0, len(data))
	for _, d := range data {
		facts = append(facts, FactsOf(d))
	}
	slices.SortFunc(facts, func(a, b ClusterFacts) int { return strings.Compare(a.ClusterID, b.ClusterID) })
	return facts, nil
}

// ClusterReading is what the store says of all clusters as of a moment.
type ClusterReading struct {
	Around   *Surroundings
	Template func(cluster string) string
	Facts    []ClusterFacts
}

// AllClusters computes the facts of all clusters as of a moment, with what is kept of
// executions.
func AllClusters(ctx context.Context, s *store.Store, asOf time.Time, kept Fold) (*ClusterReading, error) {
	templates, err := Templates(ctx, s)
	if err != nil {
		return nil, err
	}
	r := &ClusterReading{Template: func(cluster string) string { return templates[cluster] }}
	if r.Around, err = ReadSurroundings(ctx, s, asOf, kept); err != nil {
		return nil, err
	}
	r.Facts, err = Clusters(ctx, s, asOf, nil, r.Around, r.Template)
	return r, err
}

// Interventions compares the time before and after each intervention of clusters as
// of a moment: of those clusters that are named, or of all when none is, by cluster
// and in the order in which they went live.
func Interventions(ctx context.Context, s *store.Store, asOf time.Time, only []string, around *Surroundings, template func(cluster string) string) ([]Intervention, error) {
	data, err := readClusterData(ctx, s, asOf, only, around, template)
	if err != nil {
		return nil, err
	}
	var list []Intervention
	for _, id := range slices.Sorted(maps.Keys(data)) {
		list = append(list, InterventionsOf(data[id])...)
	}
	return list, nil
}

func readClusterData(ctx context.Context, s *store.Store, asOf time.Time, only []string, around *Surroundings, template func(cluster string) string) (map[string]*ClusterData, error) {
	r := clusterReader{store: s, asOf: asOf, params: map[string]string{"as_of": store.TimeParameter(asOf), "clusters": store.TextsParameter(only)}}
	data, err := r.members(ctx)
	for _, d := range data {
		d.DataSince, d.AsOf, d.Template = around.Since, asOf, template(d.ID)
		d.Automations, d.Cures, d.Reach, d.Caused = around.Automations[d.ID], around.Cures[d.ID], around.Reach[d.ID], around.Caused[d.ID]
	}
	return data, err
}

// clusterReader reads what the facts of clusters are computed from.
type clusterReader struct {
	store  *store.Store
	asOf   time.Time
	kept   Fold
	params map[string]string
}

func (r *clusterReader) each(ctx context.Context, name string, do func(store.Rows) error) error {
	sql, err := clusterFiles.ReadFile("clusters/" + name + ".sql")
	if err != nil {
		return err
	}
	if err := r.store.Each(ctx, r.kept.asOf(r.asOf, string(sql)), r.params, do); err != nil {
		return fmt.Errorf("clusters (%s): %w", name, err)
	}
	return nil
}

func (r *clusterReader) since(ctx context.Context, around *Surroundings) error {
	return r.each(ctx, "since", func(rows store.Rows) error { return rows.Scan(&around.Since) })
}

func (r *clusterReader) members(ctx context.Context) (map[string]*ClusterData, error) {
	data := make(map[string]*ClusterData)
	err := r.each(ctx, "members", func(rows store.Rows) error {
		var id string
		var m ClusterMember
		if err := rows.Scan(&id, &m.IncidentID, &m.OpenedAt, &m.Title, &m.Service, &m.Team, &m.FalseAlarm, &m.Open, &m.ResolveSeconds, &m.ResponderMinutes, &m.Severity, &m.Cause, &m.TriggerKind); err != nil {
			return err
		}
		if data[id] == nil {
			data[id] = &ClusterData{ID: id}
		}
		data[id].Members = append(data[id].Members, m)
		return nil
	})
	return data, err
}

func (r *clusterReader) automations(ctx context.Context, around *Surroundings) error {
	return r.each(ctx, "automations", func(rows store.Rows) error {
		var id, automation, version, stage string
		var services uint64
		var since time.Time
		if err := rows.Scan(&id, &automation, &services, &version, &stage, &since); err != nil {
			return err
		}
		if !slices.Contains(around.Automations[id], automation) {
			around.Automations[id] = append(around.Automations[id], automation)
		}
		if int(services) > around.Reach[id].Services {
			around.Reach[id] = Reach{Automation: automation, Services: int(services)}
		}
		if stage != "" {
			name := strings.TrimSpace(automation+" "+version) + " (" + stage + ")"
			around.Cures[id] = append(around.Cures[id], Cure{At: since, Name: name, Automation: automation, Version: version})
		}
		return nil
	})
}

func (r *clusterReader) fixes(ctx context.Context, around *Surroundings) error {
	return r.each(ctx, "fixes", func(rows store.Rows) error {
		var id, incident string
		var at time.Time
		if err := rows.Scan(&id, &at, &incident); err != nil {
			return err
		}
		around.Cures[id] = append(around.Cures[id], Cure{At: at, Name: "fix decided in the review of " + incident})
		return nil
	})
}

func (r *clusterReader) caused(ctx context.Context, around *Surroundings) error {
	return r.each(ctx, "caused", func(rows store.Rows) error {
		var id, automation string
		var incidents uint64
		if err := rows.Scan(&id, &automation, &incidents); err != nil {
			return err
		}
		c := around.Caused[id]
		c.Incidents, c.By = c.Incidents+int(incidents), append(c.By, automation)
		around.Caused[id] = c
		return nil
	})
}

// OpenedBetween names the clusters of which an incident that counts opened in
// [from, to), as of a moment.
func OpenedBetween(ctx context.Context, s *store.Store, from, to, asOf time.Time) (map[string]bool, error) {
	r := clusterReader{store: s, asOf: asOf, params: map[string]string{
		"from": store.TimeParameter(from), "to": store.TimeParameter(to), "as_of": store.TimeParameter(asOf),
	}}
	clusters := make(map[string]bool)
	err := r.each(ctx, "opened", func(rows store.Rows) error {
		var id string
		err := rows.Scan(&id)
		clusters[id] = true
		return err
	})
	return clusters, err
}

// Templates reads what the titles of each cluster have in common, as it was
// last found.
func Templates(ctx context.Context, s *store.Store) (map[string]string, error) {
	templates := make(map[string]string)
	err := s.Each(ctx, "SELECT cluster_id, template FROM clusters", nil, func(rows store.Rows) error {
		var id, template string
		err := rows.Scan(&id, &template)
		templates[id] = template
		return err
	})
	return templates, err
}

package truth

import (
	"context"
	"fmt"
	"iter"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// Answer is what a metric said of all worlds of a scenario.
type Answer struct {
	Scenario *Scenario
	Claim    Claim
	Readings []Reading // one for each world, in order
}

// Measure makes up worlds of a scenario in a migrated store that holds nothing yet,
// and asks the metrics: one answer for each claim.
func Measure(ctx context.Context, s *store.Store, scenario *Scenario, worlds int, seed uint64) ([]Answer, error) {
	p := population{scenario: scenario, seed: seed, size: worlds}
	if _, err := fill.Into(ctx, s, p.events()); err != nil {
		return nil, fmt.Errorf("telling %q: %w", scenario.Name, err)
	}
	if err := s.InsertRows(ctx, "cluster_members", []string{"incident_id", "cluster_id"}, p.members); err != nil {
		return nil, err
	}
	rows := make(map[string]map[string]*aggregate.Row)
	var answers []Answer
	for _, claim := range scenario.Claims {
		if rows[claim.Metric] == nil {
			found, err := ask(ctx, s, claim.Metric)
			if err != nil {
				return nil, err
			}
			rows[claim.Metric] = found
		}
		answers = append(answers, Answer{scenario, claim, p.readings(claim, rows[claim.Metric])})
	}
	return answers, nil
}

// ask gives a metric's row of each environment.
func ask(ctx context.Context, s *store.Store, metric string) (map[string]*aggregate.Row, error) {
	m, err := aggregate.Find(metric)
	if err != nil {
		return nil, err
	}
	found, err := aggregate.Run(ctx, s, m, aggregate.Query{From: from, To: to, AsOf: to, By: []aggregate.Dimension{"environment"}})
	if err != nil {
		return nil, err
	}
	rows := make(map[string]*aggregate.Row)
	for i := range found {
		rows[found[i].Dims[0]] = &found[i]
	}
	return rows, nil
}

// population is the worlds of a scenario.
type population struct {
	scenario *Scenario
	seed     uint64
	size     int
	worlds   []*world
	members  [][]any // incident and cluster
}

// events tells world after world.
func (p *population) events() iter.Seq[schema.Event] {
	return func(yield func(schema.Event) bool) {
		over := false
		for n := 0; n < p.size && !over; n++ {
			w := newWorld(p.seed, p.scenario.Name, n)
			w.tell = func(e schema.Event) { over = over || !yield(e) }
			w.place = func(incident, cluster string) { p.members = append(p.members, []any{incident, cluster}) }
			p.scenario.populate(w)
			p.worlds = append(p.worlds, w)
		}
	}
}

// readings are what the rows say of each world. Of one in which nothing of the kind
// happened there is no row.
func (p *population) readings(claim Claim, rows map[string]*aggregate.Row) []Reading {
	var readings []Reading
	for _, w := range p.worlds {
		reading := Reading{Status: aggregate.StatusInsufficient}
		if row := rows[w.environment]; row != nil {
			reading = claim.read(row, w.truth[claim.Truth])
		}
		readings = append(readings, reading)
	}
	return readings
}

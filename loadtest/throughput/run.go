package throughput

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

var topics = func() map[string]schema.Entity {
	byTopic := make(map[string]schema.Entity)
	for entity, topic := range ingest.DefaultConfig().Topics {
		byTopic[topic] = entity
	}
	return byTopic
}()

func topicNames() []string {
	var names []string
	for name := range topics {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// runFirebreak ingests until total records have landed, then folds the state
// of every entity.
func runFirebreak(ctx context.Context, brokers []string, to store.Config, total int) error {
	s, err := store.Open(to)
	if err != nil {
		return err
	}
	defer s.Close()
	registry := prometheus.NewRegistry()
	cfg := ingest.DefaultConfig()
	debug.SetMemoryLimit(cfg.MemoryLimit())
	cfg.Group = to.Database
	p, err := ingest.New(cfg, ingest.Deps{
		Store:     s,
		NewBatch:  func(e schema.Entity) ingest.Batch { return s.NewBatch(e) },
		Retryable: store.Retryable,
		Kafka:     []kgo.Opt{kgo.SeedBrokers(brokers...)},
		Metrics:   ingest.NewMetrics(registry),
		Logger:    slog.New(slog.DiscardHandler),
		Now:       time.Now,
	})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(running) }()
	if err := awaitLanded(registry, total, ended); err != nil {
		return err
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}
	return foldState(ctx, s)
}

// awaitLanded watches the pipeline's own counters, which cost the engine
// nothing; that all rows are there is checked afterwards.
func awaitLanded(counters prometheus.Gatherer, total int, ended <-chan error) error {
	for {
		landed, err := sumCounters(counters, "firebreak_ingest_records_written_total")
		if err != nil {
			return err
		}
		if landed >= total {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the pipeline ended early: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func sumCounters(from prometheus.Gatherer, name string) (int, error) {
	families, err := from.Gather()
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			sum += m.GetCounter().GetValue()
		}
	}
	return int(sum), nil
}

// stateQueries read the state of every entity, as far as metrics look at it.
var stateQueries = []string{
	"SELECT service, severity, count(), countIf(is_open), sum(time_to_acknowledge_seconds), sum(time_to_resolve_seconds), sum(responder_minutes) FROM incidents GROUP BY service, severity",
	"SELECT service, severity, count(), countIf(verdict != ''), min(fired_at), max(resolved_at) FROM alerts GROUP BY service, severity",
	"SELECT automation_id, stage, count(), countIf(is_live), countIf(is_success), countIf(mutating), sum(residual_minutes) FROM executions GROUP BY automation_id, stage",
}

// foldState folds the state of every entity, which is done on reading.
func foldState(ctx context.Context, s *store.Store) error {
	for _, query := range stateQueries {
		rows, err := s.Query(ctx, query, nil)
		if err != nil {
			return err
		}
		for rows.Next() {
			continue
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

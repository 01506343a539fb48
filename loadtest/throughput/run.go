package throughput

import (
	"context"
	"fmt"
	"log/slog"
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
	cfg := ingest.DefaultConfig()
	cfg.Group = to.Database
	p, err := ingest.New(cfg, ingest.Deps{
		Store:     s,
		NewBatch:  func(e schema.Entity) ingest.Batch { return s.NewBatch(e) },
		Retryable: store.Retryable,
		Kafka:     []kgo.Opt{kgo.SeedBrokers(brokers...)},
		Metrics:   ingest.NewMetrics(prometheus.NewRegistry()),
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
	if err := awaitLanded(ctx, s, total, ended); err != nil {
		return err
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}
	return foldState(ctx, s)
}

func awaitLanded(ctx context.Context, s *store.Store, total int, ended <-chan error) error {
	for {
		landed := 0
		for topic, entity := range topics {
			last, err := s.Landed(ctx, entity, topic)
			if err != nil {
				return err
			}
			for _, offset := range last {
				landed += int(offset) + 1
			}
		}
		if landed >= total {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the pipeline ended early: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// foldState reads the whole current state of every entity.
func foldState(ctx context.Context, s *store.Store) error {
	for _, e := range schema.Entities {
		rows, err := s.Query(ctx, fmt.Sprintf("SELECT sum(cityHash64(tuple(*)) %% 2) FROM %ss", e), nil)
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

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/ingest/broker"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

// stack is everything that one process runs: the embedded Kafka and ClickHouse
// where none is configured, and the connection to what is.
type stack struct {
	set      *settings
	log      *slog.Logger
	registry *prometheus.Registry
	store    *store.Store
	workers  *workers // nil when the process keeps nothing that is derived
	seals    *seals   // nil when the process seals nothing

	broker *broker.Broker
	engine *embedded.Server
}

// startStack starts what is embedded and brings the schema up to date.
func startStack(ctx context.Context, set *settings) (*stack, error) {
	s := newStack(set)
	if err := s.start(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// connectStack is for a process that embeds nothing: it connects to what runs
// elsewhere.
func connectStack(set *settings) (*stack, error) {
	s := newStack(set)
	var err error
	if s.store, err = store.Open(set.writer()); err != nil {
		return nil, usagef("%w", err)
	}
	return s, nil
}

func newStack(set *settings) *stack {
	s := &stack{set: set, log: set.logger(), registry: prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

func (s *stack) start(ctx context.Context) error {
	if len(s.set.KafkaBrokers) == 0 {
		b, err := broker.Start(broker.Config{
			Dir:        filepath.Join(s.set.Data, "kafka"),
			Addr:       s.set.KafkaListen,
			Topics:     slices.Sorted(maps.Values(s.set.topics())),
			Partitions: s.set.KafkaPartitions,
			Logger:     s.log,
		})
		if err != nil {
			return fmt.Errorf("%w (--kafka-listen, --data)", err)
		}
		s.broker = b
		s.set.KafkaListen = b.Addr()
	}
	if s.set.ClickHouseAddr == "" {
		engine, err := embedded.Start(ctx, s.set.engine(s.log))
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("the embedded ClickHouse cannot use its address, choose another with --clickhouse-listen: %w", err)
		}
		if err != nil {
			return err
		}
		s.engine = engine
		s.set.ClickHouseListen = engine.Addr()
	}
	if _, err := store.Migrate(ctx, s.set.writer()); err != nil {
		return explain(s.set, err)
	}
	var err error
	s.store, err = store.Open(s.set.writer())
	return err
}

// close stops what was started, the newest first.
func (s *stack) close() {
	if s.store != nil {
		s.store.Close()
	}
	if s.seals != nil {
		s.seals.close()
	}
	if s.engine != nil {
		if err := s.engine.Close(); err != nil {
			s.log.Warn("stopping the embedded ClickHouse", "error", err)
		}
	}
	if s.broker != nil {
		if err := s.broker.Close(); err != nil {
			s.log.Warn("stopping the embedded Kafka", "error", err)
		}
	}
}

// pipeline makes this process a member of the consumer group.
func (s *stack) pipeline() (*ingest.Pipeline, error) {
	return ingest.New(s.set.ingestConfig(), ingest.Deps{
		Store:     s.store,
		NewBatch:  func(e schema.Entity) ingest.Batch { return s.store.NewBatch(e) },
		Retryable: store.Retryable,
		Kafka:     s.set.kafka(),
		Metrics:   ingest.NewMetrics(s.registry),
		Logger:    s.log,
		Now:       time.Now,
	})
}

// kafkaClient connects to produce or to ask.
func kafkaClient(set *settings, opts ...kgo.Opt) (*kgo.Client, error) {
	client, err := kgo.NewClient(append(set.kafka(), opts...)...)
	if err != nil {
		return nil, usagef("the Kafka settings cannot be used: %w", err)
	}
	return client, nil
}

// explain says what to do about an error of Kafka or ClickHouse.
func explain(set *settings, err error) error {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("%s cannot be found: check --clickhouse-addr and --kafka-brokers: %w", lookup.Name, err)
	}
	var dial *net.OpError
	if !errors.As(err, &dial) || !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	if len(set.KafkaBrokers) == 0 && set.ClickHouseAddr == "" {
		return fmt.Errorf("nothing answers on %s: start `firebreak up`, or name a server with --clickhouse-addr and --kafka-brokers", dial.Addr)
	}
	return fmt.Errorf("nothing answers on %s: check --clickhouse-addr and --kafka-brokers, and that the server runs", dial.Addr)
}

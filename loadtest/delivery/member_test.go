package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// memberPlan is what a member's process is told.
type memberPlan struct {
	Brokers  []string
	Group    string
	Topics   map[schema.Entity]string
	Engine   string // address of ClickHouse, or of what stands before it
	Database string
	Protocol ingest.Protocol
	Instance string
	Session  time.Duration
	Lease    time.Duration
	MaxRows  int
	MaxWait  time.Duration
	Memory   int
	// AcceptLoss goes on where records were deleted before they were read.
	AcceptLoss bool
	Fail       failpoint
}

const planVariable = "FIREBREAK_DELIVERY_PLAN"

// runMember is one member of the group: the pipeline that `firebreak ingest`
// runs, with a failpoint in what surrounds it.
func runMember() error {
	var plan memberPlan
	if err := json.Unmarshal([]byte(os.Getenv(planVariable)), &plan); err != nil {
		return err
	}
	plan.Fail.arm()
	engine, err := plan.Fail.guardEngine(plan.Engine)
	if err != nil {
		return err
	}
	s, err := store.Open(store.Config{Addr: engine, Database: plan.Database, User: "firebreak"})
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	debug.SetMemoryLimit(plan.config().MemoryLimit())
	pipeline, err := ingest.New(plan.config(), ingest.Deps{
		Store:     &watchedStore{s, &plan.Fail},
		NewBatch:  func(e schema.Entity) ingest.Batch { return &watchedBatch{s.NewBatch(e), &plan.Fail} },
		Retryable: store.Retryable,
		Kafka:     []kgo.Opt{kgo.SeedBrokers(plan.Brokers...), kgo.Dialer(plan.Fail.dial), kgo.MetadataMinAge(100 * time.Millisecond)},
		Metrics:   ingest.NewMetrics(registry),
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now:       time.Now,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(listener, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	// Whoever reads the address may ask the member to stop.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println(listener.Addr())
	return pipeline.Run(ctx)
}

func (p memberPlan) config() ingest.Config {
	cfg := ingest.DefaultConfig()
	cfg.Topics, cfg.Group = p.Topics, p.Group
	cfg.Protocol, cfg.Instance, cfg.Session = p.Protocol, p.Instance, p.Session
	cfg.AcceptLoss = p.AcceptLoss
	cfg.MaxRows, cfg.MaxWait, cfg.StopTimeout = p.MaxRows, p.MaxWait, time.Second
	if p.Memory > 0 {
		cfg.Memory = p.Memory
	}
	if p.Lease > 0 {
		cfg.Lease = p.Lease
	}
	return cfg
}

// watchedStore and watchedBatch hit points around what the pipeline asks of the
// store.
type watchedStore struct {
	*store.Store
	fail *failpoint
}

func (s *watchedStore) Claim(ctx context.Context, topic, id, group string, takeOver bool) (heldID, heldGroup string, err error) {
	defer s.fail.hit("topic claimed")
	return s.Store.Claim(ctx, topic, id, group, takeOver)
}

func (s *watchedStore) Landed(ctx context.Context, e schema.Entity, topic string) (map[int32]int64, error) {
	defer s.fail.hit("what has landed was asked")
	return s.Store.Landed(ctx, e, topic)
}

type watchedBatch struct {
	*store.Batch
	fail *failpoint
}

func (b *watchedBatch) Insert(ctx context.Context, token string, lease time.Time) error {
	b.fail.hit("before the insert")
	err := b.Batch.Insert(ctx, token, lease)
	b.fail.hit("after the insert")
	return err
}

package ingest_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// group is the consumer group of every test; each has a broker of its own.
const group = "firebreak"

// setup is what a pipeline is started with; tests change it before.
type setup struct {
	cfg  ingest.Config
	deps ingest.Deps
}

// ready is a setup from the broker into the store that cuts batches quickly.
func ready(k *kafka, s *store.Store) setup {
	cfg := ingest.DefaultConfig()
	cfg.Group = group
	cfg.MaxWait = 50 * time.Millisecond
	cfg.StopTimeout = 5 * time.Second
	return setup{cfg, ingest.Deps{
		Store:     s,
		NewBatch:  func(e schema.Entity) ingest.Batch { return s.NewBatch(e) },
		Retryable: store.Retryable,
		// Members notice each other soon.
		Kafka:  []kgo.Opt{kgo.SeedBrokers(k.addr), kgo.HeartbeatInterval(100 * time.Millisecond)},
		Logger: slog.New(slog.DiscardHandler),
		Now:    time.Now,
	}}
}

// running is a pipeline at work.
type running struct {
	t      *testing.T
	reg    *prometheus.Registry
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // after ended
}

// start runs a pipeline until stop, or the end of the test.
func (s setup) start(t *testing.T) *running {
	t.Helper()
	r := &running{t: t, reg: prometheus.NewRegistry(), ended: make(chan struct{})}
	s.deps.Metrics = ingest.NewMetrics(r.reg)
	p, err := ingest.New(s.cfg, s.deps)
	if err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	go func() {
		defer close(r.ended)
		r.err = p.Run(ctx)
	}()
	t.Cleanup(func() {
		r.cancel()
		<-r.ended
	})
	return r
}

// stop ends the pipeline, which must not have had a reason of its own to.
func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	if err := r.wait(); err != nil {
		r.t.Fatal(err)
	}
}

// wait is what Run returns, as soon as it does.
func (r *running) wait() error {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(30 * time.Second):
		r.t.Fatal("the pipeline does not end")
	}
	return r.err
}

// count sums a metric over all its labels, or over those of one value.
func (r *running) count(name string, labelValues ...string) int {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() != "firebreak_ingest_"+name {
			continue
		}
		for _, m := range family.GetMetric() {
			if hasLabelValues(m, labelValues) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return int(sum)
}

func hasLabelValues(m *dto.Metric, wanted []string) bool {
	has := make(map[string]bool)
	for _, l := range m.GetLabel() {
		has[l.GetValue()] = true
	}
	for _, w := range wanted {
		if !has[w] {
			return false
		}
	}
	return true
}

// landed is how many records the pipeline has written.
func (r *running) landed() int {
	return r.count("records_written_total") + r.count("records_dead_total")
}

// wantReconciled checks the sum of the counters.
func (r *running) wantReconciled() {
	r.t.Helper()
	consumed, duplicate, released := r.count("records_consumed_total"), r.count("records_duplicate_total"), r.count("records_released_total")
	if consumed != r.landed()+duplicate+released {
		r.t.Errorf("consumed %d, landed %d, duplicate %d, released %d", consumed, r.landed(), duplicate, released)
	}
}

// openUnmigrated is a store whose database does not exist.
func openUnmigrated(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

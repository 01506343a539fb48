package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/aggregate/review"
)

func newAggregate(set *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "aggregate",
		Short: "Run the worker that keeps what is derived from events: recurrence clusters, backlog, verdicts, snapshots",
		Long: `Matches incidents with those that came before, carries out what people decided
about clusters, ranks the backlog, judges automations once a week, and computes the
metrics of days and weeks in which something landed, folds incidents and executions
for dashboards to read, and makes the weekly reviews. It keeps the tables
incident_clusters, clusters, backlog, promotions, metrics_daily, metrics_weekly and reviews. It
reads nothing from Kafka. Of several that run, "firebreak up" among them, one works
and the others stand by. With --audit-key it seals the audit trail as well.`,
		Example: `  firebreak aggregate --clickhouse-addr clickhouse:8123
  firebreak aggregate --listen 127.0.0.1:8322   # beside an ingest on one machine`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if err := checkSchema(cmd.Context(), set); err != nil {
				return err
			}
			s, err := connectStack(set)
			if err != nil {
				return err
			}
			defer s.close()
			listener, err := s.listen(cmd.Context())
			if err != nil {
				return err
			}
			keeper := s.keepDerived()
			if set.AuditKey != "" {
				if err := s.keepSealed(false); err != nil {
					listener.Close()
					return err
				}
			}
			group, ctx := errgroup.WithContext(cmd.Context())
			group.Go(func() error { return s.serveHTTP(ctx, listener, readyToKeep{s}) })
			group.Go(func() error { return s.work(ctx, keeper) })
			return group.Wait()
		},
	}
}

// embedder is the holder of the leases for keeping what is derived in a ClickHouse
// that is embedded. Its folder is locked by the process that embeds it, so whoever
// asks under this name is the only one, and may go on at once after a crash.
const embedder = "embedder"

// workers keep what is derived from events.
type workers struct {
	*keep.Keeper
	snapshots *keep.Snapshots
	members   *keep.Members
	reviews   *keep.Reviews

	deliveries *keep.Deliveries
}

// keepDerived makes the process one that keeps what is derived from events: it is not
// ready while that fails.
func (s *stack) keepDerived() *workers {
	cfg := keep.Config{Every: s.set.AggregateEvery, Log: s.log, Now: time.Now, Metrics: keep.NewMetrics(s.registry)}
	if s.engine != nil {
		cfg.Holder = embedder
	}
	if s.set.ReviewWebhook != "" {
		cfg.Deliver = func(ctx context.Context, r *review.Report) error { return s.set.webhook(r).Send(ctx, r) }
	}
	s.workers = &workers{keep.New(s.store, cfg), keep.NewSnapshots(s.store, cfg), keep.NewMembers(s.store, cfg), keep.NewReviews(s.store, cfg), keep.NewDeliveries(s.store, cfg)}
	return s.workers
}

// Run lets them work until ctx ends.
func (w *workers) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.Keeper.Run(ctx) })
	group.Go(func() error { return w.snapshots.Run(ctx) })
	group.Go(func() error { return w.members.Run(ctx) })
	group.Go(func() error { return w.reviews.Run(ctx) })
	group.Go(func() error { return w.deliveries.Run(ctx) })
	return group.Wait()
}

// Failure is why the last pass of one of them failed; nil when none did.
func (w *workers) Failure() error {
	return cmp.Or(w.Keeper.Failure(), w.snapshots.Failure(), w.members.Failure(), w.reviews.Failure())
}

// readyToKeep says whether the workers can do their work: their last passes did.
type readyToKeep struct{ s *stack }

// ServeHTTP implements http.Handler.
func (r readyToKeep) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if err := cmp.Or(r.s.workers.Failure(), r.s.seals.failure()); err != nil {
		http.Error(w, oneLine(err), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

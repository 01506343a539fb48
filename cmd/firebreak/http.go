package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/vividium/firebreak/aggregate/review"
	"github.com/vividium/firebreak/schema/store"
)

const (
	headerTimeout = 10 * time.Second
	probeTimeout  = 5 * time.Second
)

func (s *stack) listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.set.Listen)
	if err != nil {
		return nil, fmt.Errorf("the monitoring address cannot be used, choose another with --listen: %w", err)
	}
	s.set.Listen = listener.Addr().String()
	return listener, nil
}

// serveHTTP shows the weekly reviews and answers for monitoring until ctx ends; ready says
// whether the process can do its work.
func (s *stack) serveHTTP(ctx context.Context, listener net.Listener, ready http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.Handle("GET /readyz", ready)
	reader, err := store.Open(s.set.reader())
	if err != nil {
		return err
	}
	defer reader.Close()
	(&review.Pages{Store: reader, Explain: func(err error) error { return explain(s.set, err) }}).Register(mux)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	stop := context.AfterFunc(ctx, func() {
		bounded, cancel := context.WithTimeout(context.Background(), probeTimeout)
		defer cancel()
		_ = server.Shutdown(bounded)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// readiness says whether this process can do its work: ClickHouse and Kafka
// answer, not too many records wait, and keeping clusters and sealing, if it does that,
// did not fail.
type readiness struct {
	s     *stack
	admin *kadm.Client
}

func newReadiness(s *stack) (*readiness, error) {
	client, err := kafkaClient(s.set)
	if err != nil {
		return nil, err
	}
	return &readiness{s: s, admin: kadm.NewClient(client)}, nil
}

func (r *readiness) close() { r.admin.Close() }

// ServeHTTP implements http.Handler.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), probeTimeout)
	defer cancel()
	var faults []string
	if err := r.s.store.Ping(ctx); err != nil {
		faults = append(faults, "ClickHouse is out of reach: "+oneLine(err))
	}
	lag, err := kafkaLag(ctx, r.admin, r.s.set)
	switch {
	case err != nil:
		faults = append(faults, "Kafka is out of reach: "+oneLine(err))
	case lag > int64(r.s.set.MaxLag):
		faults = append(faults, fmt.Sprintf("%d records wait in Kafka, more than %d", lag, r.s.set.MaxLag))
	}
	if keeper := r.s.workers; keeper != nil {
		if err := keeper.Failure(); err != nil {
			faults = append(faults, "keeping clusters fails: "+oneLine(err))
		}
	}
	if err := r.s.seals.failure(); err != nil {
		faults = append(faults, "sealing the audit trail fails: "+oneLine(err))
	}
	if len(faults) > 0 {
		http.Error(w, strings.Join(faults, "\n"), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintf(w, "ready; %d records wait in Kafka\n", lag)
}

// kafkaLag is how many records of our topics the group has not committed.
func kafkaLag(ctx context.Context, admin *kadm.Client, set *settings) (int64, error) {
	var topics []string
	for _, topic := range set.topics() {
		topics = append(topics, topic)
	}
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return 0, err
	}
	starts, err := admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return 0, err
	}
	committed, err := admin.FetchOffsets(ctx, set.KafkaGroup)
	if err != nil {
		return 0, err
	}
	var lag int64
	var faults []error
	ends.Each(func(end kadm.ListedOffset) {
		if end.Err != nil {
			faults = append(faults, fmt.Errorf("topic %s: %w", end.Topic, end.Err))
			return
		}
		done := int64(0)
		if start, ok := starts.Lookup(end.Topic, end.Partition); ok {
			done = start.Offset
		}
		if at, ok := committed.Lookup(end.Topic, end.Partition); ok && at.At > done {
			done = at.At
		}
		lag += max(0, end.Offset-done)
	})
	return lag, errors.Join(faults...)
}

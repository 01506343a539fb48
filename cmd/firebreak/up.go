package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/vividium/firebreak/schema/store"
)

func newUp(set *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Run everything in one process: ingest, aggregate and serve, with Kafka and ClickHouse embedded where none is configured",
		Example: `  firebreak up
  firebreak up --data /var/lib/firebreak
  firebreak up --kafka-brokers kafka:9092 --clickhouse-addr clickhouse:8123`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			s, err := startStack(cmd.Context(), set)
			if err != nil {
				return err
			}
			defer s.close()
			keeper := s.keepDerived()
			if err := s.keepSealed(true); err != nil {
				return err
			}
			return s.serve(cmd.Context(), func(ctx context.Context) error {
				s.announce(cmd.OutOrStdout())
				return s.work(ctx, keeper)
			})
		},
	}
}

func newIngest(set *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "ingest",
		Short: "Run the ingest alone; any number of them share the work",
		Example: `  firebreak ingest --kafka-brokers kafka:9092 --clickhouse-addr clickhouse:8123
  firebreak ingest --listen 127.0.0.1:8322   # beside another on one machine`,
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
			if os.Getenv("GOMEMLIMIT") == "" {
				debug.SetMemoryLimit(set.ingestConfig().MemoryLimit())
			}
			return s.serve(cmd.Context(), nil)
		},
	}
}

// checkSchema refuses a database whose schema is not this program's. One that
// does not answer is waited for later.
func checkSchema(ctx context.Context, set *settings) error {
	pending, err := store.Pending(ctx, set.writer())
	if err != nil && !store.Retryable(err) {
		return explain(set, err)
	}
	if len(pending) > 0 {
		return fmt.Errorf("the database lacks %d steps of the schema: run `firebreak migrate`", len(pending))
	}
	return nil
}

// serve ingests and answers over HTTP until ctx ends or one of them fails;
// beside, when given, is done meanwhile.
func (s *stack) serve(ctx context.Context, beside func(context.Context) error) error {
	// The pipeline comes last: it asks Kafka and ClickHouse from the moment on
	// that it is made, and only Run ends it.
	listener, err := s.listen(ctx)
	if err != nil {
		return err
	}
	ready, err := newReadiness(s)
	if err != nil {
		listener.Close()
		return err
	}
	defer ready.close()
	pipeline, err := s.pipeline()
	if err != nil {
		listener.Close()
		return usagef("%w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return pipeline.Run(ctx) })
	group.Go(func() error { return s.serveHTTP(ctx, listener, ready) })
	if beside != nil {
		group.Go(func() error { return beside(ctx) })
	}
	return group.Wait()
}

// work keeps what is derived, and seals if the process does, until ctx ends.
func (s *stack) work(ctx context.Context, keeper *workers) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return keeper.Run(ctx) })
	if s.seals != nil {
		group.Go(func() error { return s.seals.Run(ctx) })
	}
	return group.Wait()
}

// announce tells where everything answers.
func (s *stack) announce(to io.Writer) {
	fmt.Fprintln(to, "Firebreak is up; Ctrl-C stops it.")
	line := func(what, where string, isOurs bool) {
		if isOurs {
			where += " (embedded)"
		}
		fmt.Fprintf(to, "  %-11s %s\n", what, where)
	}
	line("Kafka", join(s.set.brokers()), s.broker != nil)
	line("ClickHouse", "http://"+s.set.writer().Addr, s.engine != nil)
	line("Review", "http://"+s.set.Listen+"/", false)
	line("Monitoring", "http://"+s.set.Listen+"/metrics, /healthz, /readyz", false)
}

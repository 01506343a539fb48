package cookbook_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/vividium/firebreak/aggregate"
	"github.com/vividium/firebreak/aggregate/keep"
	"github.com/vividium/firebreak/aggregate/settings"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

var update = flag.Bool("update", false, "write ../SQL.md anew")

// The company of the demo, for half a span. Its 26 weeks lie far enough back that no metric
// of them waits for what is still open, and so every answer is the same for ever.
var span = world.Config{Seed: 1, Start: time.Date(2025, 6, 16, 0, 0, 0, 0, time.UTC), Days: 28 * 7, Scale: 1}

// engine is the one of this process. There is one at a time, with the rights of one user.
var engine struct {
	dir    string
	user   string
	server *embedded.Server
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "firebreak-cookbook-")
	if err == nil {
		defer os.RemoveAll(dir)
		engine.dir = dir
		err = bringTheWorld(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { engine.server.Close() }()
	return m.Run()
}

// bringTheWorld lets each user of a server do its part.
func bringTheWorld(ctx context.Context) error {
	if err := restart(ctx, owner); err != nil {
		return err
	}
	if _, err := store.Migrate(ctx, access()); err != nil {
		return fmt.Errorf("migrating as %s: %w", owner, err)
	}
	if err := as(ctx, ingester, land); err != nil {
		return err
	}
	if err := as(ctx, owner, keepAll); err != nil {
		return err
	}
	return restart(ctx, reader)
}

// restart closes the engine and starts it anew on the same folder, with the rights of a user.
func restart(ctx context.Context, user string) error {
	if engine.server != nil {
		if err := engine.server.Close(); err != nil {
			return err
		}
	}
	rights, err := rightsOf(user)
	if err != nil {
		return err
	}
	engine.user = user
	engine.server, err = embedded.Start(ctx, embedded.Config{Dir: engine.dir, Rights: rights, Logger: slog.New(slog.DiscardHandler)})
	return err
}

// access is the login for what the engine runs as now. Readers are held to reading by the
// engine's own limits besides.
func access() store.Config {
	login := map[string]string{reader: "firebreak_reader", auditor: "firebreak_reader"}[engine.user]
	if login == "" {
		login = "firebreak"
	}
	return store.Config{Addr: engine.server.Addr(), User: login}
}

// as does something on an engine with the rights of a user.
func as(ctx context.Context, user string, do func(context.Context, *store.Store) error) error {
	if engine.user != user {
		if err := restart(ctx, user); err != nil {
			return err
		}
	}
	s, err := store.Open(access())
	if err != nil {
		return err
	}
	defer s.Close()
	if err := do(ctx, s); err != nil {
		return fmt.Errorf("as %s: %w", user, err)
	}
	return nil
}

// land does what `firebreak ingest` does: it checks the schema, claims the topics, asks
// where to go on, and inserts.
func land(ctx context.Context, s *store.Store) error {
	if pending, err := store.Pending(ctx, access()); err != nil || len(pending) > 0 {
		return fmt.Errorf("%d steps of the schema are pending: %w", len(pending), err)
	}
	if _, err := fill.Into(ctx, s, world.Generate(span).Events()); err != nil {
		return err
	}
	for _, e := range schema.Entities {
		topic := "firebreak." + e.String() + "s"
		for range 2 { // the second finds the first
			if _, group, err := s.Claim(ctx, topic, "id", "firebreak", true); err != nil || group != "firebreak" {
				return fmt.Errorf("claiming %s for %q: %w", topic, group, err)
			}
		}
		if landed, err := s.Landed(ctx, e, topic); err != nil || landed[0] == 0 {
			return fmt.Errorf("of %s %v has landed: %w", topic, landed, err)
		}
	}
	return landBroken(ctx, s)
}

// landBroken lands what a sender gets wrong, on a partition of its own.
func landBroken(ctx context.Context, s *store.Store) error {
	for entity, values := range map[schema.Entity][]string{
		schema.Incident: {
			`{"event_id":"a","type":"incident.opened","occurred_at":"2025-12-01T08:00:00Z","title":"Checkout is down"}`,
			`{"event_id":"b","type":"incident.opened","occurred_at":"2025-12-01T08:05:00Z","incident_id":"1","title":"Slow","severity":"terrible"}`,
			`{"event_id":"c","type":"incident.closed","occurred_at":"2025-12-01T08:10:00Z","incident_id":"1"}`,
		},
		schema.Alert: {`{"event_id":"d","type":"alert.fired",`, `{"event_id":"e","type":"alert.fired",`},
		schema.Execution: {
			`{"event_id":"f","type":"execution.started","occurred_at":"2025-12-01T08:00:00Z","execution_id":"1"}`,
			`{"event_id":"g","type":"execution.started","occurred_at":"2025-12-01T08:00:00Z","execution_id":"2"}`,
			``,
		},
	} {
		batch := s.NewBatch(entity)
		for i, value := range values {
			rec := &schema.Record{Topic: "firebreak." + entity.String() + "s", Partition: 1, Offset: int64(i), Timestamp: schema.MillisOf(span.End()), Value: []byte(value)}
			_, fault := schema.NewDecoder(entity).Decode(rec, span.End())
			if fault == nil {
				return fmt.Errorf("%s is no dead letter", value)
			}
			batch.Add(rec, nil, fault)
		}
		if err := batch.Insert(ctx, "", time.Now().Add(time.Minute)); err != nil {
			return err
		}
	}
	return nil
}

// keepAll does what `firebreak aggregate` does. Then it goes back to the world's end with what
// depends on the moment at which it is computed.
func keepAll(ctx context.Context, s *store.Store) error {
	now := time.Now() // stands still, so that a pass judges all weeks
	cfg := keep.Config{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	if _, err := keep.New(s, cfg).Pass(ctx); err != nil {
		return err
	}
	if _, err := keep.NewSnapshots(s, cfg).Pass(ctx); err != nil {
		return err
	}
	if err := keep.NewMembers(s, cfg).Pass(ctx); err != nil {
		return err
	}
	if _, err := keep.NewReviews(s, cfg).Once(ctx, span.End()); err != nil {
		return err
	}
	return backToTheEnd(ctx, s)
}

// backToTheEnd computes clusters and backlog as of the world's end.
func backToTheEnd(ctx context.Context, s *store.Store) error {
	read, err := aggregate.AllClusters(ctx, s, span.End(), aggregate.Fold{})
	if err != nil {
		return err
	}
	facts := read.Facts
	items := aggregate.Backlog(facts, &settings.Settings{})
	clusters, backlog := make([][]aggregate.Field, len(facts)), make([][]aggregate.Field, len(items))
	for i := range facts {
		clusters[i] = facts[i].Fields()
	}
	for i := range items {
		items[i].ComputedAt = span.End()
		backlog[i] = items[i].Fields()
	}
	return errors.Join(replaceAll(ctx, s, "cluster_facts", clusters), replaceAll(ctx, s, "backlog_items", backlog))
}

// replaceAll puts rows into a table in the place of all that are there.
func replaceAll(ctx context.Context, s *store.Store, table string, fields [][]aggregate.Field) error {
	if err := s.Exec(ctx, "ALTER TABLE "+table+" DELETE WHERE true SETTINGS mutations_sync = 1", nil); err != nil {
		return err
	}
	var columns []string
	rows := make([][]any, len(fields))
	for i, row := range fields {
		columns = columns[:0]
		for _, f := range row {
			columns, rows[i] = append(columns, f.Name), append(rows[i], f.Value)
		}
	}
	return s.InsertRows(ctx, table, columns, rows)
}

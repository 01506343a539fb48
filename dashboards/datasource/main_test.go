package datasource_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/vividium/firebreak/dashboards/datasource"
	"github.com/vividium/firebreak/dashboards/grafanatest"
	"github.com/vividium/firebreak/loadtest/fill"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

// What all tests share: a generated year in an embedded ClickHouse, and the backend
// built and started as Grafana does it.
var (
	server  *embedded.Server
	company *store.Store
	binary  string
	process *grafanatest.Process
	// yearStart is fixed, so that what is shown of a range is the same for ever.
	yearStart = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	yearEnd   = yearStart.AddDate(0, 0, 365)
)

const readerPassword = "reads'only\\"

// TestMain could serve itself. It never does: the built backend is what is tested. But
// so all of it is in the test program, whose results are not taken from the cache when
// the backend has changed.
func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("FIREBREAK_TEST_SERVES") != "" {
		os.Exit(map[bool]int{true: 1}[datasource.Serve() != nil])
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "firebreak-datasource-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Close()
	defer company.Close()
	defer process.Kill()
	return m.Run()
}

func prepare(ctx context.Context, dir string) (err error) {
	server, err = embedded.Start(ctx, embedded.Config{Dir: cmp.Or(*folder, dir+"/clickhouse"), Reader: embedded.Credential{User: "reader", Password: readerPassword}})
	if err != nil {
		return err
	}
	cfg := store.Config{Addr: server.Addr(), User: "firebreak"}
	if _, err := store.Migrate(ctx, cfg); err != nil {
		return err
	}
	if company, err = store.Open(cfg); err != nil {
		return err
	}
	if *folder == "" {
		err = fill.Company(ctx, company, yearStart, 365)
	} else {
		err = asIfWorkersRan(ctx)
	}
	if err != nil {
		return err
	}
	if binary, err = grafanatest.Build(ctx, dir); err != nil {
		return err
	}
	process, err = grafanatest.Launch(binary)
	return err
}

// asIfWorkersRan lets a store that was filled once look like one beside which the workers
// run: what they kept is not old.
func asIfWorkersRan(ctx context.Context) error {
	err := company.Each(ctx, "SELECT max(opened_at) FROM incidents", nil, func(rows store.Rows) error { return rows.Scan(&yearEnd) })
	if err != nil {
		return err
	}
	yearEnd = yearEnd.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for _, sql := range []string{
		"INSERT INTO worker_progress (worker, landed_at) SELECT 'snapshots', now64(3)",
		"INSERT INTO members_moments SELECT max(kept_at), 'members', true, now64(3) FROM members_moments WHERE is_whole",
	} {
		if err := company.Exec(ctx, sql, nil); err != nil {
			return err
		}
	}
	return nil
}

// settings are those of a datasource that is set up well.
func settings() grafanatest.Settings {
	return grafanatest.Settings{
		JSON:    map[string]any{"address": server.Addr(), "username": "reader"},
		Secrets: map[string]string{"password": readerPassword},
		Updated: yearStart,
	}
}

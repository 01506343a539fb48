// Package storetest gives tests a real ClickHouse: one embedded engine a test
// program, and in it a migrated database a test.
package storetest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

var (
	engine   *embedded.Server
	database atomic.Int64
)

// Main runs a package's tests with an engine beside them; call it from
// TestMain. It ends the process itself, as the engine asks for.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "firebreak-store-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	engine, err = embedded.Start(context.Background(), embedded.Config{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the embedded ClickHouse:", err)
		return 1
	}
	defer engine.Close()
	return m.Run()
}

// Config points at a database that nothing else uses and that does not exist
// yet. It is dropped when the test ends.
func Config(tb testing.TB) store.Config {
	tb.Helper()
	cfg := store.Config{
		Addr:     engine.Addr(),
		Database: fmt.Sprintf("test_%d", database.Add(1)),
		User:     "firebreak",
	}
	tb.Cleanup(func() { drop(tb, cfg) })
	return cfg
}

// Open is a migrated store in a database of its own.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	s, _ := OpenConfig(tb)
	return s
}

// OpenConfig is Open for tests that need to connect themselves, too.
func OpenConfig(tb testing.TB) (*store.Store, store.Config) {
	tb.Helper()
	cfg := Config(tb)
	if _, err := store.Migrate(tb.Context(), cfg); err != nil {
		tb.Fatal(err)
	}
	s, err := store.Open(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s, cfg
}

func drop(tb testing.TB, cfg store.Config) {
	name := cfg.Database
	cfg.Database = "default"
	s, err := store.Open(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	rows, err := s.Query(context.Background(), "DROP DATABASE IF EXISTS "+name, nil)
	if err != nil {
		tb.Errorf("dropping %s: %v", name, err)
		return
	}
	rows.Close()
}

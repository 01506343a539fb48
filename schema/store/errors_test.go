package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

// TestInsertErrors lets inserts fail in every way that is told apart.
func TestInsertErrors(t *testing.T) {
	cases := []struct {
		name      string
		broken    func(t *testing.T) *store.Store
		code      int // 0: ClickHouse did not answer
		retryable bool
		message   string
	}{
		{"no table", without("DROP TABLE alert_records"), 60, false, "firebreak migrate"},
		{"no database", unmigrated, 81, false, "firebreak migrate"},
		{"no column", without("ALTER TABLE alert_records DROP COLUMN summary"), 16, false, "firebreak migrate"},
		{"wrong password", changed(func(c *store.Config) { c.Password = "guessed" }), 516, false, "FIREBREAK_CLICKHOUSE_PASSWORD"},
		{"too many parts", tooManyParts, 252, true, "Too many parts"},
		{"a login that only reads", changed(func(c *store.Config) { c.User = "firebreak_reader" }), 164, false, "can only read"},
		{"nobody there", changed(func(c *store.Config) { c.Addr = freeAddress() }), 0, true, "connection refused"},
		{"an answer that does not come", answering(hang), 0, true, "inserting into ClickHouse"},
		{"a connection that breaks", answering(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), 0, true, "EOF"},
		{"a disk that cannot be written to", answering(refusal("75")), 75, true, "something"},
		{"a setting that it does not know", answering(refusal("115")), 115, false, "something"},
		{"a proxy's answer", answering(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "bad gateway", http.StatusBadGateway) }), 0, true, "not ClickHouse's answer: HTTP 502"},
		{"somebody else's answer", answering(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("Ok.")) }), 0, true, "not ClickHouse's answer: HTTP 200"},
		{"a redirect", answering(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				w.Header().Set("X-ClickHouse-Summary", "{}") // where a client that follows would end
				return
			}
			http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
		}), 0, true, "not ClickHouse's answer: HTTP 301"},
		{"an answer that breaks off", answering(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("part"))
		}), 0, true, "reading ClickHouse's answer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := c.broken(t).NewBatch(schema.Alert)
			add(b, schema.Alert, recordAt(schema.Alert, 0, fullEvents[schema.Alert]))
			err := b.Insert(t.Context(), "t", lease())
			if err == nil {
				t.Fatal("it went well")
			}
			code := 0
			if refused, ok := errors.AsType[*store.Error](err); ok {
				code = refused.Code
			}
			if code != c.code || store.Retryable(err) != c.retryable || !strings.Contains(err.Error(), c.message) {
				t.Errorf("code %d, retryable %v: %v", code, store.Retryable(err), err)
			}
			if want := c.code == 60 || c.code == 81; store.Unmigrated(err) != want {
				t.Errorf("unmigrated is %v", !want)
			}
		})
	}
}

// refusal is ClickHouse's answer with an error code.
func refusal(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-ClickHouse-Exception-Code", code)
		http.Error(w, "something", http.StatusInternalServerError)
	}
}

// without is a store after a statement that breaks it.
func without(statement string) func(*testing.T) *store.Store {
	return func(t *testing.T) *store.Store {
		s := storetest.Open(t)
		command(t, s, statement)
		return s
	}
}

func tooManyParts(t *testing.T) *store.Store {
	s := storetest.Open(t)
	command(t, s, "SYSTEM STOP MERGES alert_records")
	command(t, s, "ALTER TABLE alert_records MODIFY SETTING parts_to_delay_insert = 1, parts_to_throw_insert = 1")
	b := s.NewBatch(schema.Alert)
	add(b, schema.Alert, recordAt(schema.Alert, 1, ""))
	insert(t, b, "the part that is one too many for the next")
	return s
}

func unmigrated(t *testing.T) *store.Store { return open(t, storetest.Config(t)) }

// changed is a migrated store that is connected to in another way.
func changed(change func(*store.Config)) func(*testing.T) *store.Store {
	return func(t *testing.T) *store.Store {
		_, cfg := storetest.OpenConfig(t)
		change(&cfg)
		return open(t, cfg)
	}
}

// answering is a store at something that is no ClickHouse, with little patience.
func answering(handler http.HandlerFunc) func(*testing.T) *store.Store {
	return func(t *testing.T) *store.Store {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return open(t, store.Config{Addr: server.Listener.Addr().String(), User: "u", InsertTimeout: 300 * time.Millisecond})
	}
}

func open(t *testing.T, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// freeAddress is one where nobody listens.
func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// hang answers never. It reads all there is, so as to notice when the client
// goes away.
func hang(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// TestCancelledInsert checks that our own giving up is not tried again.
func TestCancelledInsert(t *testing.T) {
	s := answering(hang)(t)
	b := s.NewBatch(schema.Alert)
	add(b, schema.Alert, recordAt(schema.Alert, 0, ""))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	err := b.Insert(ctx, "t", lease())
	if !errors.Is(err, context.Canceled) || store.Retryable(err) {
		t.Errorf("retryable %v: %v", store.Retryable(err), err)
	}
}

func TestQueryErrors(t *testing.T) {
	s := storetest.Open(t)
	_, err := s.Query(t.Context(), "SELECT * FROM nowhere", nil)
	var refused *store.Error
	if !errors.As(err, &refused) || refused.Code != 60 {
		t.Errorf("Query: %v", err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	_, err = unmigrated(t).Landed(t.Context(), schema.Alert, "t")
	if !store.Unmigrated(err) || store.Retryable(err) {
		t.Errorf("Landed without a database: %v", err)
	}
	_, err = open(t, store.Config{Addr: freeAddress()}).Landed(t.Context(), schema.Alert, "t")
	if err == nil || !store.Retryable(err) {
		t.Errorf("Landed with nobody there: %v", err)
	}
	if _, err := store.Open(store.Config{}); err == nil {
		t.Error("Open without an address went well")
	}
}

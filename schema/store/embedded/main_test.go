package embedded_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/vividium/firebreak/schema/store/embedded"
)

const (
	writer         = "firebreak"
	writerPassword = "write-secret"
	reader         = "firebreak_reader"
	readerPassword = "read-secret"
)

// transport leaves compression to the tests that are about it.
var transport = &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8}

// server is shared by the tests: a process can only run one engine at a time.
var server *embedded.Server

func TestMain(m *testing.M) {
	if runChild() {
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "embedded")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	server, err = embedded.Start(context.Background(), config(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Close()
	return m.Run()
}

func config(dir string) embedded.Config {
	return embedded.Config{
		Dir:    dir,
		Writer: embedded.Credential{Password: writerPassword},
		Reader: embedded.Credential{Password: readerPassword},
		Logger: slog.New(slog.DiscardHandler),
	}
}

var databases atomic.Int64

// newDatabase makes a database for one test.
func newDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	post(t, "CREATE DATABASE "+name, nil)
	t.Cleanup(func() { post(t, "DROP DATABASE "+name+" SYNC", nil) })
	return name
}

// options are those of clickhouse-go for the writer.
func options(database string) *clickhouse.Options {
	return &clickhouse.Options{
		Protocol: clickhouse.HTTP,
		Addr:     []string{server.Addr()},
		Auth:     clickhouse.Auth{Database: database, Username: writer, Password: writerPassword},
	}
}

// open connects clickhouse-go.
func open(t testing.TB, o *clickhouse.Options) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// answer is what the endpoint answered.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // while reading the body
}

func (a answer) code() string { return a.header.Get("X-ClickHouse-Exception-Code") }

// send makes a request as the given user.
func send(t testing.TB, user, password, method string, parameters url.Values, body io.Reader, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, "http://"+server.Addr()+"/?"+parameters.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(user, password)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(content), err}
}

// write makes a request as the writer, whatever becomes of it.
func write(t testing.TB, sql string, parameters url.Values, headers ...string) answer {
	t.Helper()
	return send(t, writer, writerPassword, http.MethodPost, parameters, strings.NewReader(sql), headers...)
}

// read makes a request as the reader, whatever becomes of it.
func read(t testing.TB, sql string, parameters url.Values, headers ...string) answer {
	t.Helper()
	return send(t, reader, readerPassword, http.MethodPost, parameters, strings.NewReader(sql), headers...)
}

// post makes a request as the writer that must succeed, and returns its output.
func post(t testing.TB, sql string, parameters url.Values) string {
	t.Helper()
	a := write(t, sql, parameters)
	if a.status != http.StatusOK || a.err != nil {
		t.Fatalf("%s: status %d: %s (%v)", sql, a.status, a.body, a.err)
	}
	return a.body
}

// values makes URL parameters of pairs.
func values(pairs ...string) url.Values {
	v := make(url.Values)
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Server is a running engine and its HTTP endpoint.
type Server struct {
	config   Config
	engine   *engine
	lock     *os.File
	listener net.Listener
	http     *http.Server
	cancel   context.CancelFunc // of every request
	served   chan struct{}
	entrance sync.Mutex // guards closed, and requests against a late Add
	closed   bool
	requests sync.WaitGroup
	writers  chan struct{}
	readers  chan struct{}
	close    func() error
}

// maxWriters is how many statements of the writer run at the same time.
const maxWriters = 64

// running is the folder of the engine that runs in this process: libchdb can
// only have one at a time.
var running struct {
	sync.Mutex
	dir string
}

// Start starts the engine and its endpoint. There can be one at a time in a
// process; after Close, another may start, on the same folder or another.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	if err := claimProcess(cfg.Dir); err != nil {
		return nil, err
	}
	s := &Server{
		config:  cfg,
		served:  make(chan struct{}),
		writers: make(chan struct{}, maxWriters),
		readers: make(chan struct{}, cfg.ReaderLimits.Queries),
	}
	if err := s.open(ctx); err != nil {
		s.release()
		return nil, err
	}
	s.close = sync.OnceValue(s.shutdown)
	s.prepare()
	go s.serve()
	return s, nil
}

func claimProcess(dir string) error {
	running.Lock()
	defer running.Unlock()
	if running.dir != "" {
		return fmt.Errorf("embedded: an engine runs in this process already, on %s: close it first", running.dir)
	}
	running.dir = dir
	return nil
}

// open takes everything the server needs, the engine last.
func (s *Server) open(ctx context.Context) error {
	path, err := Locate(s.config.Library)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.config.Dir, 0o750); err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	if s.lock, err = lockDir(s.config.Dir); err != nil {
		return err
	}
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", s.config.Addr); err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	lib, err := load(path)
	if err != nil {
		return err
	}
	s.engine, err = startEngine(lib, s.config.Dir, s.config.Rights)
	return err
}

// release gives back what open took.
func (s *Server) release() {
	if s.engine != nil {
		s.engine.close()
	}
	if s.listener != nil {
		s.listener.Close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
	running.Lock()
	running.dir = ""
	running.Unlock()
}

func (s *Server) prepare() {
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 20, // statements may come in the URL
		ErrorLog:          slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
}

func (s *Server) serve() {
	defer close(s.served)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.config.Logger.Error("embedded ClickHouse stopped serving", "error", err)
	}
}

// Addr is the host:port the endpoint listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

const (
	// closeGrace is how long Close waits for requests to finish by themselves.
	closeGrace = 3 * time.Second
	// cancelGrace is how long it then waits for the engine to give them up.
	cancelGrace = 15 * time.Second
)

// Close stops accepting requests, gives those under way a moment to finish,
// cancels the rest, and stops the engine, which writes out what it holds. A
// query that does not end is an error: the engine then runs on, and keeps the
// folder, until the process ends.
func (s *Server) Close() error { return s.close() }

func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		s.cancel()
		s.http.Close()
	}
	s.cancel()
	<-s.served
	if !s.emptied(cancelGrace) {
		return fmt.Errorf("embedded: a query did not end when it was cancelled; the engine on %s still runs", s.config.Dir)
	}
	s.release()
	return nil
}

// enter admits a request; none gets in once the server closes.
func (s *Server) enter() bool {
	s.entrance.Lock()
	defer s.entrance.Unlock()
	if s.closed {
		return false
	}
	s.requests.Add(1)
	return true
}

// emptied lets no further request in, and waits until none uses the engine.
func (s *Server) emptied(patience time.Duration) bool {
	s.entrance.Lock()
	s.closed = true
	s.entrance.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.requests.Wait()
	}()
	select {
	case <-done:
		return true
	case <-time.After(patience):
		return false
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Ok.\n") })
	mux.HandleFunc("/{$}", s.handle)
	// A web page must not reach the engine through its visitor's browser, nor by
	// a name of its own that it lets point here.
	return onlyAddressedHere(http.NewCrossOriginProtection().Handler(mux))
}

// onlyAddressedHere refuses requests that were sent to a name other than
// localhost.
func onlyAddressedHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if host != "localhost" && net.ParseIP(strings.Trim(host, "[]")) == nil {
			http.Error(w, "this endpoint is reached by its address or as localhost only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "the server is closing", http.StatusServiceUnavailable)
		return
	}
	defer s.requests.Done()
	if r.Method == http.MethodGet && r.URL.RawQuery == "" {
		_, _ = io.WriteString(w, "Ok.\n")
		return
	}
	q, err := parseRequest(r)
	if err != nil {
		q = &request{}
	}
	out := newResponse(w, r, q)
	if err == nil {
		err = s.authenticate(r, q)
	}
	if err == nil {
		err = s.queue(r, q, out)
	}
	if err != nil {
		drain(r.Body)
		out.fail(err)
	}
}

// queue executes a request when it is its turn.
func (s *Server) queue(r *http.Request, q *request, out *response) error {
	turn := s.writers
	if q.reader {
		turn = s.readers
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
		return s.execute(r, q, out)
	case <-r.Context().Done():
		return exceptionf(codeQueryWasCancelled, "QUERY_WAS_CANCELLED", "Query was cancelled")
	}
}

// drainLimit is how much of a body is read after it has lost its use. Clients
// that are still writing would otherwise see a broken connection instead of
// the answer.
const drainLimit = 64 << 20

func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, drainLimit) }

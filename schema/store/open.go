package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Config says where ClickHouse is. Its HTTP interface is used, because that is
// what a server and the embedded engine have in common.
type Config struct {
	// Addr is host:port of the HTTP interface.
	Addr string
	// Database holds the tables; made by Migrate. Default "firebreak".
	Database string
	User     string
	Password string
	// TLS makes it HTTPS; nil is plain HTTP.
	TLS *tls.Config
	// DialTimeout bounds connecting. Default 5 s.
	DialTimeout time.Duration
	// Dial connects, as through a proxy; nil connects directly.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// InsertTimeout bounds one insert. Default 2 minutes.
	InsertTimeout time.Duration
}

const (
	// DefaultDatabase is the database that holds everything.
	DefaultDatabase      = "firebreak"
	defaultDialTimeout   = 5 * time.Second
	defaultInsertTimeout = 2 * time.Minute
	// maxConnections is how many requests one Store has under way at most.
	maxConnections = 16
)

func (c Config) withDefaults() Config {
	if c.Database == "" {
		c.Database = DefaultDatabase
	}
	if c.DialTimeout == 0 {
		c.DialTimeout = defaultDialTimeout
	}
	if c.InsertTimeout == 0 {
		c.InsertTimeout = defaultInsertTimeout
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: c.DialTimeout}).DialContext
	}
	return c
}

// Store is a connection to ClickHouse, for any number of goroutines.
type Store struct {
	cfg     Config
	conn    driver.Conn
	inserts *http.Client // bounded by InsertTimeout
	exports *http.Client // bounded by the caller's context
	baseURL url.URL
	clock   *clock // ClickHouse's
}

// Open prepares a connection. Nothing is sent before the first use, so that a
// ClickHouse that is away does not keep a program from starting; Ping asks.
func Open(cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	conn, err := dial(cfg, cfg.Database)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, conn: conn, clock: newClock()}
	s.baseURL = url.URL{Scheme: "http", Host: cfg.Addr, Path: "/"}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DialContext = cfg.Dial
	transport.MaxIdleConnsPerHost = maxConnections
	transport.WriteBufferSize = 256 << 10
	transport.DisableCompression = true
	if cfg.TLS != nil {
		s.baseURL.Scheme = "https"
		transport.TLSClientConfig = cfg.TLS
	}
	s.inserts = &http.Client{Transport: transport, Timeout: cfg.InsertTimeout, CheckRedirect: stay}
	s.exports = &http.Client{Transport: transport, CheckRedirect: stay}
	return s, nil
}

// stay follows no redirect: it would turn an insert into a question, and take
// the password elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func dial(cfg Config, database string) (driver.Conn, error) {
	if cfg.Addr == "" {
		return nil, errors.New("no address for ClickHouse: give host:port of its HTTP interface")
	}
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol:     clickhouse.HTTP,
		Addr:         []string{cfg.Addr},
		Auth:         clickhouse.Auth{Database: database, Username: cfg.User, Password: cfg.Password},
		TLS:          cfg.TLS,
		DialTimeout:  cfg.DialTimeout,
		DialContext:  func(ctx context.Context, addr string) (net.Conn, error) { return cfg.Dial(ctx, "tcp", addr) },
		MaxOpenConns: maxConnections,
		MaxIdleConns: maxConnections,
	})
	if err != nil {
		return nil, fmt.Errorf("the address or login of ClickHouse cannot be used: %w", err)
	}
	return conn, nil
}

// Close lets the connections go.
func (s *Store) Close() error {
	s.inserts.CloseIdleConnections()
	return s.conn.Close()
}

// Ping asks ClickHouse for an answer, with the login and in the database.
func (s *Store) Ping(ctx context.Context) error {
	var one uint8
	return wrap(s.conn.QueryRow(cancelOnly{ctx}, "SELECT 1").Scan(&one))
}

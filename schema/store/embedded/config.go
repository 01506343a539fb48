package embedded

import (
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"time"
)

// Credential is a user of the endpoint.
type Credential struct{ User, Password string }

// Limits bound what one statement of the reader may use. Zero values take
// the defaults.
type Limits struct {
	ExecutionTime time.Duration // 60 s
	Memory        int64         // bytes; 2 GiB
	ResultRows    int64         // 10 million
	ResultBytes   int64         // 1 GiB
	Threads       int64         // half the processors, at least one
	Queries       int           // at the same time; 32
}

// Config says how to run the engine.
type Config struct {
	// Dir is the data folder of the engine. It is created if missing.
	Dir string
	// Addr is the loopback address to listen on; 127.0.0.1:0, the default,
	// picks a free port.
	Addr string
	// Library is the path of libchdb; Locate looks for it if empty.
	Library string
	// Writer may do everything. Its user is "firebreak" by default.
	Writer Credential
	// Reader may only read, within ReaderLimits. Its user is
	// "firebreak_reader" by default.
	Reader       Credential
	ReaderLimits Limits
	// Rights, when there are any, are all that either user may do, as GRANT says it:
	// "SELECT ON firebreak.incidents". With them this engine can stand in for a
	// server in which a user has just these. A right that the engine cannot read
	// keeps it from starting. Interrupting a statement takes KILL QUERY ON *.*.
	Rights []string
	// Logger takes what the endpoint has to say; slog.Default by default.
	Logger *slog.Logger
}

// complete fills in the defaults and refuses what cannot work.
func (c Config) complete() (Config, error) {
	if c.Dir == "" {
		return c, fmt.Errorf("embedded: no data folder given")
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if err := requireLoopback(c.Addr); err != nil {
		return c, err
	}
	if c.Writer.User == "" {
		c.Writer.User = "firebreak"
	}
	if c.Reader.User == "" {
		c.Reader.User = "firebreak_reader"
	}
	if c.Writer.User == c.Reader.User {
		return c, fmt.Errorf("embedded: writer and reader are both called %q", c.Writer.User)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.ReaderLimits = c.ReaderLimits.complete()
	return c, nil
}

func (l Limits) complete() Limits {
	defaultTo(&l.ExecutionTime, 60*time.Second)
	defaultTo(&l.Memory, 2<<30)
	defaultTo(&l.ResultRows, 10_000_000)
	defaultTo(&l.ResultBytes, 1<<30)
	defaultTo(&l.Threads, int64(max(1, runtime.NumCPU()/2)))
	defaultTo(&l.Queries, 32)
	return l
}

func defaultTo[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// requireLoopback refuses addresses other machines could reach: the endpoint
// has no TLS, and its two users are all the access control there is.
func requireLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("embedded: address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("embedded: address %q is not a loopback address: the embedded engine has no TLS and no users "+
		"of its own, so it only listens on 127.0.0.1 or [::1]", addr)
}

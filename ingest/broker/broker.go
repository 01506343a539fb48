// Package broker is Kafka in this process: kfake, which speaks Kafka's
// protocol, on a real loopback port, with its log kept in a folder. It is for a
// single machine, for tests and for a first look; there is one copy of the data
// and no replication.
//
// It promises that any Kafka client can produce to it and consume from it, and
// that after a restart on the same folder records and committed offsets are
// what they were.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Config says how to run the broker.
type Config struct {
	// Dir keeps the log; it is created if missing.
	Dir string
	// Addr is the loopback address to listen on; port 0 picks a free one.
	Addr string
	// Topics are created if missing, with this many Partitions each.
	Topics     []string
	Partitions int
	Logger     *slog.Logger
}

// Broker is a running broker.
type Broker struct {
	cluster *kfake.Cluster
	lock    *os.File
	addr    string
}

// Start runs a broker. It fails when another process uses the folder or the
// address.
func Start(cfg Config) (*Broker, error) {
	host, port, err := loopback(cfg.Addr)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cluster, err := kfake.NewCluster(options(cfg, host, port)...)
	if err != nil {
		lock.Close()
		return nil, startError(cfg.Addr, err)
	}
	return &Broker{cluster: cluster, lock: lock, addr: cluster.ListenAddrs()[0]}, nil
}

// Addr is the host:port that clients connect to.
func (b *Broker) Addr() string { return b.addr }

// Close stops the broker and writes out what is left.
func (b *Broker) Close() error {
	b.cluster.Close()
	return b.lock.Close()
}

func loopback(addr string) (host string, port int, err error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("the embedded Kafka's address %q is not host:port", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", 0, fmt.Errorf("the embedded Kafka asks for no login, so it listens on a loopback address only, not on %q", host)
	}
	port, err = strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("the embedded Kafka's port %q is not a number from 0 to 65535", portText)
	}
	return host, port, nil
}

// lockFolder keeps a second process away: kfake itself would write into the
// same files.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the embedded Kafka's folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the embedded Kafka's folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s is in use by another firebreak process: stop it, or choose another folder", dir)
	}
	return file, nil
}

func startError(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the embedded Kafka cannot listen on %s, something else does: choose another address", addr)
	}
	return fmt.Errorf("starting the embedded Kafka: %w", err)
}

func options(cfg Config, host string, port int) []kfake.Opt {
	return []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID("firebreak-embedded"),
		kfake.Ports(port),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return new(net.ListenConfig).Listen(context.Background(), network, net.JoinHostPort(host, port))
		}),
		kfake.DataDir(filepath.Join(cfg.Dir, "log")),
		kfake.SeedTopics(int32(cfg.Partitions), cfg.Topics...),
		kfake.BrokerConfigs(map[string]string{
			// A record of the contract may have 1 MiB, a batch more.
			"message.max.bytes": strconv.Itoa(maxMessageBytes),
			// Members of a group learn soon that another came or went.
			"group.consumer.heartbeat.interval.ms": "500",
		}),
		kfake.WithLogger(logger{cfg.Logger}),
	}
}

// maxMessageBytes is the largest batch of records that the broker takes.
const maxMessageBytes = 16 << 20

// logger passes on what kfake says of errors and warnings.
type logger struct{ to *slog.Logger }

// Logf implements kfake.Logger.
func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.to.Error("embedded Kafka: " + fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.to.Warn("embedded Kafka: " + fmt.Sprintf(format, args...))
	}
}

package broker_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/vividium/firebreak/ingest/broker"
)

const (
	topic    = "firebreak.incidents"
	loopback = "127.0.0.1:0"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func config(dir, addr string) broker.Config {
	return broker.Config{Dir: dir, Addr: addr, Topics: []string{topic}, Partitions: 2, Logger: slog.New(slog.DiscardHandler)}
}

// start runs a broker until the test ends; closing it twice does no harm.
func start(t *testing.T, cfg broker.Config) *broker.Broker {
	t.Helper()
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func connect(t *testing.T, b *broker.Broker, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func produce(t *testing.T, client *kgo.Client, values ...string) {
	t.Helper()
	for i, v := range values {
		record := &kgo.Record{
			Topic: topic, Partition: int32(i % 2), Key: []byte("k"), Value: []byte(v),
			Headers: []kgo.RecordHeader{{Key: "h", Value: []byte{0, 0xff}}},
		}
		if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// consume reads n records from the start, written as partition/offset=value.
func consume(t *testing.T, b *broker.Broker, n int) map[string]bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := connect(t, b, kgo.ConsumeTopics(topic))
	got := make(map[string]bool)
	for len(got) < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d records: %v", len(got), n, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			got[fmt.Sprintf("%d/%d=%s %q", r.Partition, r.Offset, r.Value, r.Headers[0].Value)] = true
		})
	}
	client.Close()
	return got
}

// TestRestart checks that a broker on the same folder has the records and
// committed offsets that the one before had, and goes on after them.
func TestRestart(t *testing.T) {
	cfg := config(t.TempDir(), loopback)
	first := start(t, cfg)
	client := connect(t, first)
	produce(t, client, "a", "b", "c")
	var offsets kadm.Offsets
	offsets.AddOffset(topic, 0, 2, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), "group", offsets); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := start(t, cfg)
	client = connect(t, second)
	committed, err := kadm.NewClient(client).FetchOffsets(t.Context(), "group")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := committed.Lookup(topic, 0); !ok || o.At != 2 {
		t.Errorf("committed is %+v, want 2", o)
	}
	produce(t, client, "d")
	got := consume(t, second, 4)
	for _, want := range []string{`0/0=a`, `1/0=b`, `0/1=c`, `0/2=d`} {
		if !got[want+` "\x00\xff"`] {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	used := t.TempDir()
	start(t, config(used, loopback))
	file := filepath.Join(t.TempDir(), "lock", "lock") // a folder where the lock's file should be
	cases := []struct {
		name, dir, addr, want string
	}{
		{"a folder in use", used, loopback, used + " is in use by another firebreak process"},
		{"a port in use", t.TempDir(), taken.Addr().String(), "cannot listen on " + taken.Addr().String() + ", something else does"},
		{"every address", t.TempDir(), "0.0.0.0:0", `loopback address only, not on "0.0.0.0"`},
		{"every address, unnamed", t.TempDir(), ":9092", `loopback address only, not on ""`},
		{"an address of the network", t.TempDir(), "192.0.2.1:9092", `loopback address only, not on "192.0.2.1"`},
		{"a name", t.TempDir(), "kafka.example:9092", `loopback address only, not on "kafka.example"`},
		{"no port", t.TempDir(), "127.0.0.1", `"127.0.0.1" is not host:port`},
		{"a port that is none", t.TempDir(), "127.0.0.1:http", `port "http" is not a number from 0 to 65535`},
		{"a port too high", t.TempDir(), "127.0.0.1:65536", `port "65536" is not a number from 0 to 65535`},
		{"a folder that cannot be", "/dev/null/kafka", loopback, "making the embedded Kafka's folder"},
		{"a lock that cannot be", filepath.Dir(file), loopback, "locking the embedded Kafka's folder"},
	}
	if err := os.MkdirAll(file, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, err := broker.Start(config(c.dir, c.addr))
			if err == nil {
				b.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestFolderIsFreeAfterAFailedStart checks that a start which failed for the
// port holds on to nothing.
func TestFolderIsFreeAfterAFailedStart(t *testing.T) {
	taken, err := net.Listen("tcp", loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	if _, err := broker.Start(config(dir, taken.Addr().String())); err == nil {
		t.Fatal("it started")
	}
	produce(t, connect(t, start(t, config(dir, loopback))), "a")
}

func TestAddresses(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "[::1]:0"} {
		t.Run(addr, func(t *testing.T) {
			if l, err := net.Listen("tcp", addr); err != nil {
				t.Skip("this machine has no such address: ", err)
			} else {
				l.Close()
			}
			b := start(t, config(t.TempDir(), addr))
			host, _, err := net.SplitHostPort(b.Addr())
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				t.Errorf("it listens on %s", b.Addr())
			}
			produce(t, connect(t, b), "a")
			consume(t, b, 1)
		})
	}
}

// TestLargestRecord sends a value of a little more than the contract takes:
// that must come through, to become a dead letter.
func TestLargestRecord(t *testing.T) {
	b := start(t, config(t.TempDir(), loopback))
	client := connect(t, b, kgo.ProducerBatchMaxBytes(2<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	produce(t, client, strings.Repeat("x", 1<<20+1))
	consume(t, b, 1)
}

// TestKcat lets another implementation of Kafka's protocol write and read.
func TestKcat(t *testing.T) {
	if _, err := exec.LookPath("kcat"); err != nil {
		t.Skip("kcat is not installed")
	}
	b := start(t, config(t.TempDir(), loopback))
	kcat(t, "incident-1\t{\"n\":1}\nincident-2\t{\"n\":2}\n", "-P", "-b", b.Addr(), "-t", topic, "-p", "1", "-K", "\t", "-H", "ce_id=7")
	got := kcat(t, "", "-C", "-b", b.Addr(), "-t", topic, "-p", "1", "-o", "beginning", "-e", "-q", "-f", "%o %k %s %h\n")
	want := "0 incident-1 {\"n\":1} ce_id=7\n1 incident-2 {\"n\":2} ce_id=7\n"
	if got != want {
		t.Errorf("kcat reads %q, want %q", got, want)
	}
	if list := kcat(t, "", "-L", "-b", b.Addr()); !strings.Contains(list, fmt.Sprintf("topic %q with 2 partitions", topic)) {
		t.Errorf("kcat lists %s", list)
	}
}

func kcat(t *testing.T, input string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "kcat", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("kcat %v: %v: %s", args, err, errs.String())
	}
	return out.String()
}

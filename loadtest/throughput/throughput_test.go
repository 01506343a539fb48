package throughput

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest/broker"
	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/embedded"
)

// The test program runs itself in three roles, told by the environment.
const (
	roleVariable = "FIREBREAK_THROUGHPUT_ROLE"
	roleHost     = "host"     // broker and engine
	roleConsumer = "consumer" // one of the ways
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case roleHost:
		exit(host())
	case roleConsumer:
		err := consumer()
		reportMemory()
		exit(err)
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// host runs the broker and the engine until its standard input ends, and says
// on its standard output where they are.
func host() error {
	dir := os.Getenv("FIREBREAK_THROUGHPUT_DIR")
	b, err := broker.Start(broker.Config{Dir: dir + "/kafka", Addr: "127.0.0.1:0", Topics: topicNames(), Partitions: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	engine, err := embedded.Start(context.Background(), embedded.Config{Dir: dir + "/clickhouse", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	fmt.Println(b.Addr(), engine.Addr())
	bufio.NewReader(os.Stdin).ReadByte()
	return nil
}

func consumer() error {
	total, err := strconv.Atoi(os.Getenv("FIREBREAK_THROUGHPUT_TOTAL"))
	if err != nil {
		return err
	}
	brokers := []string{os.Getenv("FIREBREAK_THROUGHPUT_BROKER")}
	to := store.Config{Addr: os.Getenv("FIREBREAK_THROUGHPUT_ENGINE"), Database: os.Getenv("FIREBREAK_THROUGHPUT_DATABASE"), User: "firebreak"}
	way := os.Getenv("FIREBREAK_THROUGHPUT_WAY")
	if unmarshal, ok := unmarshallers[way]; ok {
		return runPlain(context.Background(), brokers, to, unmarshal, total)
	}
	return runFirebreak(context.Background(), brokers, to, total)
}

// reportMemory prints the most memory that this process has had resident, in
// KiB. The parent cannot ask for it: what it would get includes its own.
func reportMemory() {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println(strings.Fields(kib)[0])
		}
	}
}

// bench is the host with its events.
type bench struct {
	broker, engine string
	pid            int // of the host
	total, bytes   int
	databases      int
}

func startBench(b *testing.B, scale float64) *bench {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+roleHost, "FIREBREAK_THROUGHPUT_DIR="+b.TempDir())
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal("the host did not start: ", err)
	}
	at := strings.Fields(line)
	h := &bench{broker: at[0], engine: at[1], pid: cmd.Process.Pid}
	h.produce(b, scale)
	return h
}

func (h *bench) produce(b *testing.B, scale float64) {
	b.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(h.broker), kgo.ProducerBatchMaxBytes(1<<20), kgo.ProducerLinger(5*time.Millisecond))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	topicOf := make(map[string]string)
	for topic, entity := range topics {
		topicOf[entity.String()] = topic
	}
	w := world.Generate(world.Config{Seed: 1, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 300, Scale: scale})
	for ev := range w.Events() {
		value := ev.AppendJSON(nil)
		h.total++
		h.bytes += len(value)
		client.Produce(context.Background(), &kgo.Record{Topic: topicOf[ev.Entity().String()], Key: []byte(ev.EntityID()), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				panic(err)
			}
		})
	}
	if err := client.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// cost is what one way took for all events.
type cost struct {
	wall, cpu time.Duration
	hostCPU   time.Duration // of broker and engine
	rss       int64         // bytes at most
}

// hostCPU is what broker and engine have used so far.
func (h *bench) hostCPU(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.pid))
	if err != nil {
		b.Fatal(err)
	}
	// The fields behind the command's name, which ends with the last bracket;
	// utime and stime are numbers 14 and 15 of proc(5), in ticks of 10 ms.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// run lets one way take all events into a database of its own.
func (h *bench) run(b *testing.B, way string) cost {
	b.Helper()
	h.databases++
	to := store.Config{Addr: h.engine, Database: fmt.Sprintf("way_%d", h.databases), User: "firebreak"}
	if _, err := store.Migrate(context.Background(), to); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+roleConsumer, "FIREBREAK_THROUGHPUT_WAY="+way,
		"FIREBREAK_THROUGHPUT_BROKER="+h.broker, "FIREBREAK_THROUGHPUT_ENGINE="+h.engine,
		"FIREBREAK_THROUGHPUT_DATABASE="+to.Database, "FIREBREAK_THROUGHPUT_TOTAL="+strconv.Itoa(h.total))
	cmd.Stderr = os.Stderr
	hostBefore := h.hostCPU(b)
	began := time.Now()
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(way, ": ", err)
	}
	c := cost{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	c.hostCPU = h.hostCPU(b) - hostBefore
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		b.Fatal(way, " did not report its memory: ", err)
	}
	c.rss = kib << 10
	h.check(b, to)
	return c
}

// check makes sure that the way really brought everything, and clears up.
func (h *bench) check(b *testing.B, to store.Config) {
	b.Helper()
	s, err := store.Open(to)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var rows uint64
	for _, entity := range topics {
		var n uint64
		answer, err := s.Query(context.Background(), fmt.Sprintf("SELECT count() FROM %s_records", entity), nil)
		if err != nil {
			b.Fatal(err)
		}
		for answer.Next() {
			if err := answer.Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
		answer.Close()
		rows += n
	}
	if int(rows) != h.total {
		b.Fatalf("%d of %d records landed", rows, h.total)
	}
	if answer, err := s.Query(context.Background(), "DROP DATABASE "+to.Database+" SYNC", nil); err != nil {
		b.Fatal(err)
	} else {
		answer.Close()
	}
}

// BenchmarkWholeWay takes a generated year through each way in turn; the
// medians over the turns and their ratio to ours are reported.
func BenchmarkWholeWay(b *testing.B) {
	ways := []string{"firebreak", "segmentio", "encoding/json"}
	h := startBench(b, 16)
	costs := make(map[string][]cost)
	for b.Loop() {
		for _, way := range ways {
			costs[way] = append(costs[way], h.run(b, way))
		}
	}
	b.ReportMetric(0, "ns/op")
	report(b, h, ways, costs)
}

// report prints a table for people and the same numbers as benchmark metrics.
func report(b *testing.B, h *bench, ways []string, costs map[string][]cost) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%d events of %d bytes, %d turns\tevents/s\tfirebreak is\tconsumer CPU s/M\tbroker+engine CPU s/M\tconsumer MiB\n",
		h.total, h.bytes/h.total, len(costs[ways[0]]))
	var ours float64
	for _, way := range ways {
		rate := float64(h.total) / median(costs[way], func(c cost) float64 { return c.wall.Seconds() })
		cpu := median(costs[way], func(c cost) float64 { return c.cpu.Seconds() }) / float64(h.total) * 1e6
		host := median(costs[way], func(c cost) float64 { return c.hostCPU.Seconds() }) / float64(h.total) * 1e6
		mib := float64(slices.MaxFunc(costs[way], func(a, b cost) int { return cmp.Compare(a.rss, b.rss) }).rss) / (1 << 20)
		if way == ways[0] {
			ours = rate
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.2f times as fast\t%.1f\t%.1f\t%.0f\n", way, rate, ours/rate, cpu, host, mib)
		b.ReportMetric(rate, way+"-events/s")
		b.ReportMetric(ours/rate, "ratio-to-"+way)
		b.ReportMetric(mib, way+"-MiB")
	}
	table.Flush()
}

func median(costs []cost, of func(cost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

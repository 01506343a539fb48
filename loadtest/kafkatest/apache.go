package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// apache is Apache Kafka: a process a node, each broker and controller (KRaft).
type apache struct {
	dir, jars   string
	brokerPorts []int
	votePorts   []int
	processes   []*process
	launches    chan func()
}

// process is a node's.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func newApache(tb testing.TB, nodes int, jars string) (*apache, error) {
	found, err := filepath.Glob(filepath.Join(jars, "kafka_*.jar"))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("%s (%s) has no jars of Apache Kafka: run `make test-kafka`, which fetches them", jars, JarsVariable)
	}
	if _, err := exec.LookPath("java"); err != nil {
		return nil, errors.New("no java: Apache Kafka needs Java 17 or later, install openjdk-17-jre-headless or its like")
	}
	ports, err := freePorts(2 * nodes)
	if err != nil {
		return nil, err
	}
	dir := tb.TempDir()
	if strings.Contains(dir, ",") {
		return nil, fmt.Errorf("a test on Apache Kafka must not have a comma in its name: Kafka takes %s for two folders", dir)
	}
	a := &apache{dir: dir, jars: jars, brokerPorts: ports[:nodes], votePorts: ports[nodes:], processes: make([]*process, nodes), launches: make(chan func())}
	go a.launch()
	tb.Cleanup(func() {
		for node := range nodes {
			a.kill(node)
		}
		close(a.launches)
	})
	for node := range nodes {
		if err := a.format(node); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// launch starts processes from one thread that lives as long as the cluster:
// the kernel ends a process whose parent dies when the thread that started it
// does.
func (a *apache) launch() {
	runtime.LockOSThread()
	for start := range a.launches {
		start()
	}
}

const (
	clusterID = "ZmlyZWJyZWFrLXRlc3QtMQ"
	// javaOptions favour a quick start in little memory.
	javaOptions = "-Xms192m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
)

// java is a process that outlives the test's context: Kafka goes last.
func (a *apache) java(class string, arguments ...string) *exec.Cmd {
	line := append(strings.Fields(javaOptions), "-Dlog4j2.configurationFile="+filepath.Join(a.dir, "log4j2.properties"), "-cp", filepath.Join(a.jars, "*"), class)
	return exec.CommandContext(context.Background(), "java", append(line, arguments...)...)
}

// format prepares a node's folder.
func (a *apache) format(node int) error {
	const quiet = "status=error\nappender.console.type=Console\nappender.console.name=C\nappender.console.layout.type=PatternLayout\n" +
		"appender.console.layout.pattern=%d %p %m%n%throwable{2}\nrootLogger.level=warn\nrootLogger.appenderRef.console.ref=C\n"
	if err := os.WriteFile(filepath.Join(a.dir, "log4j2.properties"), []byte(quiet), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(a.config(node), []byte(a.properties(node)), 0o644); err != nil {
		return err
	}
	if out, err := a.java("kafka.tools.StorageTool", "format", "-t", clusterID, "-c", a.config(node)).CombinedOutput(); err != nil {
		return fmt.Errorf("preparing Kafka's folder: %w: %s", err, out)
	}
	return nil
}

func (a *apache) config(node int) string {
	return filepath.Join(a.dir, fmt.Sprintf("node-%d.properties", node))
}

func (a *apache) properties(node int) string {
	var voters []string
	for n, port := range a.votePorts {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", n, port))
	}
	replicas := min(3, len(a.processes))
	settings := []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", node),
		"controller.quorum.voters=" + strings.Join(voters, ","),
		fmt.Sprintf("listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", a.brokerPorts[node], a.votePorts[node]),
		fmt.Sprintf("advertised.listeners=PLAINTEXT://127.0.0.1:%d", a.brokerPorts[node]),
		"controller.listener.names=CONTROLLER",
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs=" + filepath.Join(a.dir, fmt.Sprintf("node-%d", node)),
		"auto.create.topics.enable=false",
		"unclean.leader.election.enable=false",
		fmt.Sprintf("min.insync.replicas=%d", (replicas+2)/2),
		fmt.Sprintf("offsets.topic.replication.factor=%d", replicas),
		"offsets.topic.num.partitions=3",
		fmt.Sprintf("transaction.state.log.replication.factor=%d", replicas),
		fmt.Sprintf("transaction.state.log.min.isr=%d", (replicas+2)/2),
		"transaction.state.log.num.partitions=1",
		"share.coordinator.state.topic.replication.factor=1",
		"share.coordinator.state.topic.min.isr=1",
		"message.max.bytes=16777216",
		"replica.fetch.max.bytes=16777216",
		// Members and brokers are missed soon.
		"group.min.session.timeout.ms=300",
		"group.initial.rebalance.delay.ms=0",
		"group.consumer.min.session.timeout.ms=300",
		"group.consumer.session.timeout.ms=1500",
		"group.consumer.min.heartbeat.interval.ms=50",
		"group.consumer.heartbeat.interval.ms=200",
		"broker.session.timeout.ms=3000",
		"broker.heartbeat.interval.ms=500",
		"replica.lag.time.max.ms=3000",
		"log.retention.check.interval.ms=3600000",
		"file.delete.delay.ms=100",
	}
	return strings.Join(settings, "\n") + "\n"
}

func (a *apache) start(node int) error {
	out, err := os.OpenFile(a.output(node), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := a.java("kafka.Kafka", a.config(node))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	a.launches <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return err
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	a.processes[node] = p
	return a.awaitPort(node)
}

// awaitPort waits until the broker listens.
func (a *apache) awaitPort(node int) error {
	if slices.Contains(a.processes, nil) {
		return nil // the nodes need each other to start
	}
	address := fmt.Sprintf("127.0.0.1:%d", a.brokerPorts[node])
	dialer := net.Dialer{Timeout: time.Second}
	for deadline := time.Now().Add(startPatience); time.Now().Before(deadline); time.Sleep(look) {
		if conn, err := dialer.DialContext(context.Background(), "tcp", address); err == nil {
			return conn.Close()
		}
	}
	return fmt.Errorf("a node does not listen on %s", address)
}

func (a *apache) output(node int) string {
	return filepath.Join(a.dir, fmt.Sprintf("node-%d.log", node))
}

func (a *apache) kill(node int) {
	if p := a.processes[node]; p != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		a.processes[node] = nil
	}
}

func (a *apache) addrs() []string {
	var list []string
	for _, port := range a.brokerPorts {
		list = append(list, fmt.Sprintf("127.0.0.1:%d", port))
	}
	return list
}

func (a *apache) moveLeaders(ctx context.Context, admin *kadm.Client, topic string) error {
	topics, err := admin.ListTopicsWithInternal(ctx, topic)
	if err != nil {
		return err
	}
	var assignments kadm.AlterPartitionAssignmentsReq
	elections := make(kadm.TopicsSet)
	wanted := make(map[int32]int32)
	for id, partition := range topics[topic].Partitions {
		// The next replica becomes the first, which is the one to lead.
		replicas := partition.Replicas
		at := max(0, slices.Index(replicas, partition.Leader))
		rotated := slices.Concat(replicas[(at+1)%len(replicas):], replicas[:(at+1)%len(replicas)])
		assignments.Assign(topic, id, rotated)
		elections.Add(topic, id)
		wanted[id] = rotated[0]
	}
	if _, err := admin.AlterPartitionAssignments(ctx, assignments); err != nil {
		return err
	}
	for {
		_, _ = admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, elections)
		topics, err := admin.ListTopicsWithInternal(ctx, topic)
		if err == nil && ledBy(topics[topic].Partitions, wanted) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the leaders of %s do not move: %w", topic, ctx.Err())
		case <-time.After(look):
		}
	}
}

func ledBy(partitions kadm.PartitionDetails, wanted map[int32]int32) bool {
	for id, leader := range wanted {
		if partitions[id].Leader != leader {
			return false
		}
	}
	return true
}

// moveCoordinator moves all coordinators: they are the leaders of a topic.
func (a *apache) moveCoordinator(ctx context.Context, admin *kadm.Client, _ string) error {
	return a.moveLeaders(ctx, admin, "__consumer_offsets")
}

// log is the end of what every node said.
func (a *apache) log() string {
	const most = 3000
	var all bytes.Buffer
	for node, p := range a.processes {
		text, _ := os.ReadFile(a.output(node))
		state := "was not started"
		if p != nil {
			state = fmt.Sprint("runs as ", p.cmd.Process.Pid)
			select {
			case <-p.ended:
				state = fmt.Sprint("has ended: ", p.cmd.ProcessState)
			default:
			}
		}
		fmt.Fprintf(&all, "node %d %s:\n%s\n", node, state, text[max(0, len(text)-most):])
	}
	return all.String()
}

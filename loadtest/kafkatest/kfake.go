package kafkatest

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
)

// fake is kfake: all nodes in one, on one folder.
type fake struct {
	dir     string
	nodes   int
	ports   []int
	cluster *kfake.Cluster
	list    []string
}

func newKfake(tb testing.TB, nodes int) (*fake, error) {
	f := &fake{dir: tb.TempDir(), nodes: nodes}
	var err error
	if f.ports, err = freePorts(nodes); err != nil {
		return nil, err
	}
	tb.Cleanup(func() { f.kill(0) })
	return f, nil
}

func (f *fake) start(int) error {
	if f.cluster != nil {
		return nil
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(f.nodes), kfake.Ports(f.ports...), kfake.DataDir(f.dir),
		kfake.GroupMinSessionTimeout(100*time.Millisecond),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes":                    "16777216",
			"group.consumer.heartbeat.interval.ms": "100",
			"group.consumer.session.timeout.ms":    "600",
		}),
	)
	if err != nil {
		return err
	}
	f.cluster, f.list = cluster, cluster.ListenAddrs()
	return nil
}

func (f *fake) kill(int) {
	if f.cluster != nil {
		f.cluster.Close()
		f.cluster = nil
	}
}

func (f *fake) addrs() []string { return f.list }

func (f *fake) moveLeaders(ctx context.Context, admin *kadm.Client, topic string) error {
	topics, err := admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	for id := range topics[topic].Partitions {
		next := (f.cluster.LeaderFor(topic, id) + 1) % int32(f.nodes)
		if err := f.cluster.MoveTopicPartition(topic, id, next); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) moveCoordinator(context.Context, *kadm.Client, string) error {
	f.cluster.RehashCoordinators()
	return nil
}

func (f *fake) log() string { return "" }

// Faults lets requests fail; it is nil on Apache Kafka, which cannot be told to.
func (c *Cluster) Faults(faults ...kfake.Fault) *kfake.FaultHandle {
	if f, ok := c.backend.(*fake); ok {
		return f.cluster.Fault(faults...)
	}
	return nil
}

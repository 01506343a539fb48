// Package kafkatest gives tests a Kafka whose nodes they can kill and whose
// leaders they can move: Apache Kafka, in processes of its own, where the
// environment names the folder with its jars (FIREBREAK_TEST_KAFKA, which
// `make test-kafka` sets), and kfake in the test's process elsewhere.
//
// It promises that records and committed offsets that were acknowledged survive
// Kill and Restart, and that everything ends with the test. On kfake a node is
// not a process: Kill takes the whole cluster away, writing out what it holds,
// and moving a leader or coordinator moves no data.
package kafkatest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// JarsVariable names the folder with the jars of Apache Kafka.
const JarsVariable = "FIREBREAK_TEST_KAFKA"

// Config says what cluster to start.
type Config struct {
	Nodes      int // 1 when 0
	Topics     []string
	Partitions int
}

// backend is one kind of cluster. Nodes are numbered from 0.
type backend interface {
	start(node int) error
	kill(node int)
	addrs() []string
	moveLeaders(ctx context.Context, admin *kadm.Client, topic string) error
	moveCoordinator(ctx context.Context, admin *kadm.Client, group string) error
	log() string // its latest lines, for the one who looks for what went wrong
}

// Cluster is a running Kafka.
type Cluster struct {
	tb      testing.TB
	cfg     Config
	backend backend
	client  *kgo.Client
	admin   *kadm.Client
}

// Real says whether tests run on Apache Kafka.
func Real() bool { return os.Getenv(JarsVariable) != "" }

// Start runs a cluster with its topics until the test ends.
func Start(tb testing.TB, cfg Config) *Cluster {
	tb.Helper()
	cfg.Nodes, cfg.Partitions = max(1, cfg.Nodes), max(1, cfg.Partitions)
	c := &Cluster{tb: tb, cfg: cfg}
	if err := c.launch(); err != nil {
		tb.Fatal(err)
	}
	c.createTopics(cfg.Topics...)
	return c
}

// launch starts the nodes.
func (c *Cluster) launch() (err error) {
	if Real() {
		c.backend, err = newApache(c.tb, c.cfg.Nodes, os.Getenv(JarsVariable))
	} else {
		c.backend, err = newKfake(c.tb, c.cfg.Nodes)
	}
	if err != nil {
		return err
	}
	for node := range c.cfg.Nodes {
		if err := c.backend.start(node); err != nil {
			return err
		}
	}
	if c.client, err = kgo.NewClient(kgo.SeedBrokers(c.backend.addrs()...), kgo.MetadataMinAge(50*time.Millisecond)); err != nil {
		return err
	}
	c.tb.Cleanup(c.client.Close)
	c.admin = kadm.NewClient(c.client)
	if !within(startPatience, c.complete) {
		return fmt.Errorf("waited in vain until all nodes are in the cluster:\n%s", c.backend.log())
	}
	return nil
}

// Addrs are the brokers.
func (c *Cluster) Addrs() []string { return c.backend.addrs() }

// Kill ends a node as kill -9 does.
func (c *Cluster) Kill(node int) { c.backend.kill(node) }

// Restart brings a node back, on its address and with its data.
func (c *Cluster) Restart(node int) {
	c.tb.Helper()
	c.must(c.backend.start(node))
	c.eventually("all nodes are in the cluster", c.complete)
}

// MoveLeaders gives every partition of the topic another leader; it takes more
// than one node.
func (c *Cluster) MoveLeaders(topic string) {
	c.tb.Helper()
	ctx, cancel := bounded()
	defer cancel()
	c.must(c.backend.moveLeaders(ctx, c.admin, topic))
}

// MoveCoordinator moves the coordinator of a consumer group; it takes more than
// one node.
func (c *Cluster) MoveCoordinator(group string) {
	c.tb.Helper()
	ctx, cancel := bounded()
	defer cancel()
	c.must(c.backend.moveCoordinator(ctx, c.admin, group))
}

// RecreateTopic deletes a topic and makes it anew.
func (c *Cluster) RecreateTopic(topic string) {
	c.tb.Helper()
	ctx, cancel := bounded()
	defer cancel()
	answers, err := c.admin.DeleteTopics(ctx, topic)
	c.must(errors.Join(err, answers.Error()))
	c.eventually("the topic is gone", func() bool {
		topics, err := c.admin.ListTopics(ctx)
		return err == nil && !topics.Has(topic)
	})
	c.createTopics(topic)
}

// DeleteRecords removes what lies before an offset, as retention does.
func (c *Cluster) DeleteRecords(topic string, partition int32, before int64) {
	c.tb.Helper()
	ctx, cancel := bounded()
	defer cancel()
	var offsets kadm.Offsets
	offsets.AddOffset(topic, partition, before, -1)
	answers, err := c.admin.DeleteRecords(ctx, offsets)
	c.must(errors.Join(err, answers.Error()))
}

const (
	// startPatience bounds starting a node and every question to the cluster.
	startPatience = 90 * time.Second
	look          = 50 * time.Millisecond
)

func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), startPatience)
}

func (c *Cluster) createTopics(names ...string) {
	c.tb.Helper()
	replicas := int16(min(3, c.cfg.Nodes))
	for _, name := range names {
		c.eventually("topic "+name+" is made", func() bool {
			ctx, cancel := bounded()
			defer cancel()
			_, err := c.admin.CreateTopic(ctx, int32(c.cfg.Partitions), replicas, nil, name)
			return err == nil
		})
		c.eventually("topic "+name+" has leaders", func() bool {
			ctx, cancel := bounded()
			defer cancel()
			ends, err := c.admin.ListEndOffsets(ctx, name)
			return cmp.Or(err, ends.Error()) == nil && len(ends[name]) == c.cfg.Partitions
		})
	}
}

// complete says whether all brokers are in the cluster. It asks the cluster:
// kadm answers questions for brokers alone from what the client heard last.
func (c *Cluster) complete() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{}
	metadata, err := request.RequestWith(ctx, c.client)
	return err == nil && len(metadata.Brokers) == c.cfg.Nodes
}

func (c *Cluster) eventually(what string, holds func() bool) {
	c.tb.Helper()
	if !within(startPatience, holds) {
		c.tb.Fatalf("waited in vain until %s:\n%s", what, c.backend.log())
	}
}

// within waits until something holds, for so long.
func within(patience time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(look) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func (c *Cluster) must(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatalf("%v\n%s", err, c.backend.log())
	}
}

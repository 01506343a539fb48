package kafkatest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/loadtest/kafkatest"
)

// TestWhatIsAcknowledgedSurvives kills every node in turn between producing
// and committing on the one side and looking on the other.
func TestWhatIsAcknowledgedSurvives(t *testing.T) {
	for _, nodes := range []int{1, 3} {
		t.Run(fmt.Sprint(nodes, " nodes"), func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Config{Nodes: nodes, Topics: []string{"t"}, Partitions: 3})
			client, admin := connect(t, c)
			produced := 0
			for node := range nodes {
				for range 30 {
					r := client.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte("v")})
					if err := r.FirstErr(); err != nil {
						t.Fatal(err)
					}
					produced++
				}
				commit(t, admin, int64(produced))
				c.Kill(node)
				c.Restart(node)
				if n := inLog(t, admin); n != int64(produced) {
					t.Errorf("%d records, acknowledged were %d", n, produced)
				}
				eventually(t, "the offset is there", func() bool {
					offsets, err := admin.FetchOffsets(t.Context(), "g")
					o, ok := offsets.Lookup("t", 0)
					return err == nil && ok && o.At == int64(produced) && o.Metadata == "a word"
				})
			}
		})
	}
}

// TestMoves checks that leaders and coordinators move and that a consumer goes
// on.
func TestMoves(t *testing.T) {
	c := kafkatest.Start(t, kafkatest.Config{Nodes: 3, Topics: []string{"t"}, Partitions: 3})
	client, admin := connect(t, c, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for range 3 {
		before := leaders(t, admin)
		c.MoveLeaders("t")
		c.MoveCoordinator("g")
		eventually(t, "the leaders have moved", func() bool { return leaders(t, admin) != before })
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for seen := 0; seen < 3; {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d of 3 records came", seen)
		}
		// A consumer whose coordinator moved may be told that it is no member;
		// the client joins again by itself.
		if err := fetches.Err(); err != nil {
			t.Log("reading goes on after: ", err)
		}
		seen += fetches.NumRecords()
	}
}

func TestRecreateTopic(t *testing.T) {
	c := kafkatest.Start(t, kafkatest.Config{Topics: []string{"t"}, Partitions: 2})
	_, admin := connect(t, c)
	id := func() kadm.TopicID {
		topics, err := admin.ListTopics(t.Context(), "t")
		if err != nil {
			t.Fatal(err)
		}
		return topics["t"].ID
	}
	before := id()
	c.RecreateTopic("t")
	eventually(t, "the topic has another id", func() bool {
		after := id()
		return after != before && after != (kadm.TopicID{})
	})
}

func connect(t *testing.T, c *kafkatest.Cluster, opts ...kgo.Opt) (*kgo.Client, *kadm.Client) {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.Addrs()...), kgo.MetadataMinAge(50*time.Millisecond), kgo.ProducerLinger(0))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, kadm.NewClient(client)
}

func commit(t *testing.T, admin *kadm.Client, at int64) {
	t.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: "t", At: at, LeaderEpoch: -1, Metadata: "a word"})
	eventually(t, "the offset is committed", func() bool {
		answers, err := admin.CommitOffsets(t.Context(), "g", offsets)
		return errors.Join(err, answers.Error()) == nil
	})
}

func inLog(t *testing.T, admin *kadm.Client) (n int64) {
	t.Helper()
	eventually(t, "Kafka says what it has", func() bool {
		ends, err := admin.ListEndOffsets(t.Context(), "t")
		n = 0
		ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
		return errors.Join(err, ends.Error()) == nil
	})
	return n
}

func leaders(t *testing.T, admin *kadm.Client) string {
	t.Helper()
	topics, err := admin.ListTopics(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, p := range topics["t"].Partitions.Sorted() {
		text += fmt.Sprint(p.Partition, ":", p.Leader, " ")
	}
	return text
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

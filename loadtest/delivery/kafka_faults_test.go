package delivery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/loadtest/kafkatest"
	"github.com/vividium/firebreak/schema"
)

// TestBrokerIsKilled kills the only broker twice under load and starts it again.
func TestBrokerIsKilled(t *testing.T) {
	eachProtocol(t, 1, func(s *scene) {
		if mayLoseMembers(s.protocol) {
			s.tb.Skip("after a restart kfake may leave the members of such a group without partitions for good")
		}
		s.start(nil)
		s.start(nil)
		const times = 2
		s.underLoad(func() {
			for range times {
				s.kafka.Kill(0)
				time.Sleep(faultTime / 4)
				s.kafka.Restart(0)
				time.Sleep(faultTime / 2)
			}
		})
		s.settle()
		s.wantExact(false)
		s.reportProtocol("Kafka", "the only broker killed and restarted", "%d times", times)
	})
}

// mayLoseMembers: after a broker was killed, kfake may go on taking the heartbeats of
// the members of such a group and never assign anything to them.
func mayLoseMembers(protocol ingest.Protocol) bool {
	return protocol == ingest.ProtocolConsumer && !kafkatest.Real()
}

// TestNodesChange kills each of three brokers in turn, and moves leaders and
// coordinators, under load.
func TestNodesChange(t *testing.T) {
	eachProtocol(t, 3, func(s *scene) {
		s.start(nil)
		s.start(nil)
		cases := []struct {
			name string
			do   func()
		}{
			{"leaders moved", func() {
				for _, topic := range topics {
					s.kafka.MoveLeaders(topic)
				}
			}},
			{"the coordinator moved", func() { s.kafka.MoveCoordinator(group) }},
			{"each of three brokers killed and restarted", func() {
				for node := range 3 {
					s.kafka.Kill(node)
					time.Sleep(faultTime / 4)
					s.kafka.Restart(node)
				}
			}},
		}
		if mayLoseMembers(s.protocol) {
			cases = cases[:2]
		}
		for _, c := range cases {
			s.underLoad(c.do)
			s.drain()
			s.wantNoLag()
			s.wantExact(true)
			s.reportProtocol("Kafka", c.name, "")
		}
		s.stopAll()
		s.wantExact(false)
	})
}

// TestRequestsFail lets the brokers refuse requests with every error that they
// may give and that passes.
func TestRequestsFail(t *testing.T) {
	if kafkatest.Real() {
		t.Skip("Apache Kafka cannot be told to fail")
	}
	cases := []struct {
		name string
		keys []kmsg.Key
		errs []*kerr.Error
	}{
		{"fetches", []kmsg.Key{kmsg.Fetch}, []*kerr.Error{kerr.NotLeaderForPartition, kerr.FencedLeaderEpoch, kerr.KafkaStorageError, kerr.UnknownServerError, kerr.ReplicaNotAvailable}},
		{"commits", []kmsg.Key{kmsg.OffsetCommit}, []*kerr.Error{kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.RequestTimedOut, kerr.UnknownServerError, kerr.RebalanceInProgress}},
		{"questions for offsets", []kmsg.Key{kmsg.OffsetFetch, kmsg.ListOffsets}, []*kerr.Error{kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress, kerr.UnknownServerError}},
		{"heartbeats", []kmsg.Key{kmsg.Heartbeat, kmsg.ConsumerGroupHeartbeat}, []*kerr.Error{kerr.CoordinatorNotAvailable, kerr.NotCoordinator, kerr.UnknownMemberID, kerr.CoordinatorLoadInProgress}},
	}
	eachProtocol(t, 1, func(s *scene) {
		s.start(nil)
		s.start(nil)
		for _, c := range cases {
			handles := make(map[string]*kfake.FaultHandle)
			for _, err := range c.errs {
				handles[err.Message] = s.kafka.Faults(kfake.Fault{Keys: c.keys, Err: err, Count: 4, When: groupOrConsumer})
			}
			s.underLoad(func() {
				s.start(nil) // so that offsets are asked for
				time.Sleep(faultTime)
			})
			s.drain()
			s.wantNoLag()
			s.wantExact(true)
			var told []string
			for _, err := range c.errs {
				handle := handles[err.Message]
				if handle.Hits() == 0 {
					s.tb.Errorf("no %s failed with %s", c.name, err.Message)
				}
				told = append(told, fmt.Sprintf("%d× %s", handle.Hits(), err.Message))
				handle.Remove()
			}
			s.reportProtocol("Kafka", c.name+" refused", "%s", strings.Join(told, ", "))
		}
		s.stopAll()
		s.wantExact(false)
	})
}

// groupOrConsumer spares the test's own questions, which are asked for a group
// or topic without being a member.
func groupOrConsumer(r kmsg.Request) bool {
	switch r := r.(type) {
	case *kmsg.OffsetFetchRequest:
		return len(r.Groups) > 0 && r.Groups[0].MemberID != nil
	default:
		return true
	}
}

// TestTopicIsMadeAnew deletes a topic and makes it again while members run, and
// again when they are started anew: they halt and say so, and nothing of the new
// topic is taken for the old one's.
func TestTopicIsMadeAnew(t *testing.T) {
	eachProtocol(t, 1, func(s *scene) {
		m := s.start(nil)
		s.produce(900)
		s.drain()
		s.wantNoLag()
		before := s.landed()
		s.kafka.RecreateTopic(topics[schema.Alert])
		s.fillAnew(topics[schema.Alert])
		s.awaitHalt(m, "made anew")
		s.awaitHalt(s.start(nil), "made anew")
		if n := s.landed(); n != before {
			s.tb.Errorf("%d records landed of the topic that was made anew", n-before)
		}
		s.wantExact(false)
		s.reportProtocol("Kafka", "a topic deleted and made anew", "members halt and say so")
	})
}

// fillAnew gives every partition of a topic more records than it had; none is in
// the ledger, because none may arrive.
func (s *scene) fillAnew(topic string) {
	s.tb.Helper()
	var records []*kgo.Record
	for i := range 2 * int(s.ledger.Records()) {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: []byte("{}")})
	}
	producer := s.producer() // that knows nothing of the topic before
	for _, result := range producer.ProduceSync(s.tb.Context(), records...) {
		if result.Err != nil {
			s.tb.Fatal(result.Err)
		}
	}
}

// TestTopicIsTruncated deletes records before they are read: members halt, and
// go on when they are told to accept it.
func TestTopicIsTruncated(t *testing.T) {
	s := newScene(t, 1)
	m := s.start(nil)
	s.produce(900)
	s.drain()
	s.wantNoLag()
	s.stop(m)
	lost := s.events.next(900)
	for _, result := range s.client.ProduceSync(t.Context(), lost...) { // not in the ledger: they never arrive
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	ends, err := s.admin.ListEndOffsets(t.Context(), topics[schema.Alert], topics[schema.Incident], topics[schema.Execution])
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range ends.Offsets().Sorted() {
		s.kafka.DeleteRecords(end.Topic, end.Partition, end.At)
	}
	s.produce(900)
	s.awaitHalt(s.start(nil), "--accept-loss")
	m = s.start(func(p *memberPlan) { p.AcceptLoss = true })
	s.drain()
	s.wantNoLag()
	s.stop(m)
	s.wantLogged(m, "deleted before they were read")
	s.wantExact(false)
	s.report("Kafka", "records deleted before they were read", "members halt and say so; with --accept-loss they go on with the rest")
}

// eachProtocol runs a case under both protocols of consumer groups, its steps
// one after the other.
func eachProtocol(t *testing.T, nodes int, steps ...func(*scene)) {
	t.Helper()
	for _, protocol := range []ingest.Protocol{ingest.ProtocolClassic, ingest.ProtocolConsumer} {
		t.Run(string(protocol), func(t *testing.T) {
			s := newScene(t, nodes)
			s.protocol = protocol
			for _, step := range steps {
				step(s)
			}
		})
	}
}

func (s *scene) reportProtocol(part, name, figures string, args ...any) {
	s.tb.Helper()
	s.report(part, fmt.Sprintf("%s (%s protocol)", name, s.protocol), figures, args...)
}

// awaitHalt waits until a member has ended by itself with an error that says
// something.
func (s *scene) awaitHalt(m *member, says string) {
	s.tb.Helper()
	select {
	case <-m.ended:
	case <-time.After(patience):
		s.tb.Fatalf("the member goes on:\n%s", m.log.String())
	}
	if m.err == nil || !strings.Contains(m.log.String(), says) {
		s.tb.Errorf("the member ended with %v:\n%s", m.err, m.log.String())
	}
}

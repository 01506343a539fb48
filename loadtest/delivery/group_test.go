package delivery

import (
	"context"
	"fmt"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/vividium/firebreak/ingest"
)

// TestRebalanceStorm lets eight members join and leave every two seconds: half
// of those that leave say so, the others are killed.
func TestRebalanceStorm(t *testing.T) {
	const (
		most  = 8
		every = 2 * time.Second
	)
	rounds := effort(1, 5)
	eachProtocol(t, 1, func(s *scene) {
		defer s.load(faultLoad)()
		for range rounds {
			for len(s.running()) < most {
				s.start(nil)
			}
			time.Sleep(every)
			for i, m := range s.running()[:most/2] {
				if i%2 == 0 {
					s.stop(m)
				} else {
					m.kill()
				}
			}
			time.Sleep(every)
		}
	}, func(s *scene) {
		s.settle()
		s.wantExact(false)
		s.reportProtocol("Group", "rebalance storm", "%d members, half of them replaced %d times", most, rounds)
	})
}

// TestPausedMember stops a member's process with SIGSTOP at points of its work
// until the group has given its partitions to another, and lets it go on.
func TestPausedMember(t *testing.T) {
	cases := []struct {
		point string
		lease time.Duration // 0: the default, which is longer than the pause
	}{
		{"before the intent", 0},
		{"intent sent", 0},
		{"intent taken", 0},
		{"before the insert", 0},
		{"before the insert", time.Second}, // which ends during the pause
		{"in the middle of the insert", 0},
		{"in the middle of the insert", time.Second},
		{"insert sent", 0},
		{"after the insert", 0},
		{"before the commit", 0},
		{"before a heartbeat", 0},
	}
	eachProtocol(t, 1, func(s *scene) {
		outer := s.tb.(*testing.T)
		for i, c := range cases {
			if i%2 == 1 && testing.Short() {
				continue
			}
			name := c.point
			if c.lease > 0 {
				name += fmt.Sprintf(", with a lease of %s", c.lease)
			}
			outer.Run(name, func(t *testing.T) {
				s.during(t, func() {
					s.lease = c.lease
					s.pauseAt(c.point)
					s.report("Paused by SIGSTOP until another owns its partitions, then continued", fmt.Sprintf("%s (%s protocol)", name, s.protocol), "")
				})
			})
		}
	}, func(s *scene) { s.wantExact(false) })
}

func (s *scene) pauseAt(point string) {
	s.tb.Helper()
	const nth = 2
	s.produce(900)
	paused := s.start(func(p *memberPlan) { p.Fail = failpoint{Point: point, Nth: nth, Pause: true} })
	stop := s.load(faultLoad)
	s.awaitPause(paused)
	other := s.start(nil)
	s.awaitProgress()
	paused.signal(syscall.SIGCONT)
	time.Sleep(2 * session)
	stop()
	s.settle()
	s.wantExact(true)
	s.wantEnded(paused, other)
}

// awaitProgress waits until all that is there now has landed.
func (s *scene) awaitProgress() {
	s.tb.Helper()
	have := s.ledger.Records()
	eventually(s.tb, "what was produced until now has landed", func() bool { return s.landed() >= have })
}

// wantEnded checks that members which were stopped have ended without an error.
func (s *scene) wantEnded(members ...*member) {
	s.tb.Helper()
	for _, m := range members {
		if m.runs() || m.err != nil {
			s.tb.Errorf("a member ended with %v:\n%s", m.err, m.log.String())
		}
	}
}

// TestStaticMember ends a static member and starts it again under its name: it
// goes on at once, long before the group would have missed it. With the consumer
// protocol it has to be stopped for that: the brokers keep the name of one that
// was killed until its session has ended.
func TestStaticMember(t *testing.T) {
	const (
		longSession = 50 * time.Second
		soon        = 5 * time.Second // with what waits to be seen
	)
	times := effort(1, 3)
	eachProtocol(t, 1, func(s *scene) {
		s.setGroup("consumer.session.timeout.ms", longSession)
		static := func(name string) *member {
			return s.start(func(p *memberPlan) { p.Session, p.Instance = longSession, name })
		}
		first, second := static("first"), static("second")
		stop := s.load(faultLoad)
		for range times {
			time.Sleep(faultTime / 2)
			s.awaitProgress()
			if s.protocol == ingest.ProtocolConsumer {
				s.stop(first)
			} else {
				first.kill()
			}
			began := time.Now()
			first = static("first")
			time.Sleep(faultTime / 2)
			s.awaitProgress()
			if took := time.Since(began); took > soon {
				s.tb.Errorf("it took %s until the partitions of the killed member were read again", took)
			}
		}
		stop()
		s.settle()
		s.wantEnded(first, second)
		s.wantExact(false)
		s.reportProtocol("Group", "a static member ended and started again", "%d times, each taken back long before its session of %s had ended", times, longSession)
	})
}

// setGroup sets what the brokers decide for groups of the consumer protocol.
func (s *scene) setGroup(name string, value time.Duration) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = []kmsg.IncrementalAlterConfigsRequestResource{{
		ResourceType: kmsg.ConfigResourceTypeGroupConfig, ResourceName: group,
		Configs: []kmsg.IncrementalAlterConfigsRequestResourceConfig{{Name: name, Value: new(strconv.FormatInt(value.Milliseconds(), 10))}},
	}}
	answer, err := request.RequestWith(ctx, s.client)
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, r := range answer.Resources {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			s.tb.Fatal(name, ": ", err)
		}
	}
}

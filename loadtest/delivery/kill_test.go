package delivery

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/loadtest/kafkatest"
)

// TestKillAtEveryPoint kills a member at each point of its work, the first time
// and a later time that it comes there, and lets another go on.
func TestKillAtEveryPoint(t *testing.T) {
	for _, protocol := range []ingest.Protocol{ingest.ProtocolClassic, ingest.ProtocolConsumer} {
		t.Run(string(protocol), func(t *testing.T) {
			s := newScene(t, 1)
			s.protocol = protocol
			for _, point := range points {
				for _, nth := range []int{1, 5} {
					if !reachable(protocol, point, nth) {
						continue
					}
					t.Run(fmt.Sprintf("%s, time %d", point, nth), func(t *testing.T) { s.killAt(t, point, nth) })
				}
			}
			last := s.start(nil) // what a killed member did not commit, the next owner does
			s.wantNoLag()
			s.stop(last)
			s.wantExact(false)
		})
	}
}

// reachable leaves out what a member of the protocol does not do, or does once.
func reachable(protocol ingest.Protocol, point string, nth int) bool {
	switch point {
	case "before the group is joined", "before the assignment is asked", "before leaving the group":
		return protocol == ingest.ProtocolClassic && nth == 1
	case "before the group's offsets are asked", "topic claimed", "what has landed was asked", "before the commit", "commit sent", "commit taken":
		return nth == 1 // what comes later depends on how busy the member is
	}
	return true
}

// killAt lets one member die at a point of its work and another go on.
func (s *scene) killAt(t *testing.T, point string, nth int) {
	s.during(t, func() {
		s.produce(900)
		first := s.start(func(p *memberPlan) { p.Fail = failpoint{Point: point, Nth: nth} })
		if point == "before leaving the group" {
			s.drain()
			first.signal(syscall.SIGTERM)
		}
		s.awaitDeath(first)
		second := s.start(nil)
		s.drain()
		s.stop(second)
		s.wantExact(true)
	})
}

// during lets the scene report to a test of its own.
func (s *scene) during(t *testing.T, do func()) {
	t.Helper()
	outer := s.tb
	s.tb = t
	defer func() { s.tb = outer }()
	do()
}

// killsVariable says how many random kills there are.
const killsVariable = "FIREBREAK_DELIVERY_KILLS"

func kills(t *testing.T) int {
	t.Helper()
	n := 60
	if kafkatest.Real() {
		n = 50
	}
	if text := os.Getenv(killsVariable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(killsVariable, ": ", err)
		}
	}
	return n
}

// TestRandomKills kills members at random moments under load.
func TestRandomKills(t *testing.T) {
	const (
		seed     = 4711
		slots    = 2
		shortest = 30 * time.Millisecond
		longest  = 900 * time.Millisecond
	)
	s := newScene(t, 1)
	dice := rand.New(rand.NewPCG(seed, 0))
	stop := s.load(1000)
	members := make([]*member, slots)
	for i := range members {
		members[i] = s.start(nil)
	}
	n := kills(t)
	for kill := range n {
		time.Sleep(shortest + time.Duration(dice.Int64N(int64(longest-shortest))))
		victim := dice.IntN(slots)
		select {
		case <-members[victim].ended:
			t.Fatalf("a member ended by itself: %v\n%s", members[victim].err, members[victim].log.String())
		default:
		}
		members[victim].kill()
		members[victim] = s.start(nil)
		if kill%10 == 9 {
			t.Logf("%d kills, %d of %d records have landed", kill+1, s.landed(), s.ledger.Records())
		}
	}
	stop()
	s.drain()
	s.wantNoLag()
	for _, m := range members {
		s.stop(m)
	}
	s.wantExact(false)
	t.Logf("%d kills, %d records, each there once", n, s.ledger.Records())
}

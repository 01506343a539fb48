package delivery

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/loadtest/kafkatest"
)

// TestKillAtEveryPoint kills a member at each point of its work, the first time
// and a later time that it comes there, and lets another go on.
func TestKillAtEveryPoint(t *testing.T) {
	eachProtocol(t, 1, func(s *scene) {
		outer := s.tb.(*testing.T)
		for _, point := range points {
			for _, nth := range effort([]int{1}, []int{1, 5}) {
				if reachable(s.protocol, point, nth) {
					outer.Run(fmt.Sprintf("%s, time %d", point, nth), func(t *testing.T) { s.killAt(t, point, nth) })
				}
			}
		}
		last := s.start(nil) // what a killed member did not commit, the next owner does
		s.wantNoLag()
		s.stop(last)
		s.wantExact(false)
	})
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
		s.report("Kill at a point, "+string(s.protocol)+" protocol", fmt.Sprintf("%s, time %d", point, nth), "")
	})
}

// TestKillDuringHealing kills a member at each point of the work on what another
// one, that was killed before, left half done.
func TestKillDuringHealing(t *testing.T) {
	// What the first leaves behind: a batch that has not landed, one that may have,
	// and one that has although nobody was told.
	leavings := effort([]string{"insert sent"}, []string{"intent taken", "insert sent", "insert answered"})
	healing := []string{
		"topic claimed", "what has landed was asked", "before the intent", "intent taken",
		"before the insert", "in the middle of the insert", "insert sent", "insert answered", "after the insert", "before the commit",
	}
	eachProtocol(t, 1, func(s *scene) {
		outer := s.tb.(*testing.T)
		for _, left := range leavings {
			for _, point := range healing {
				outer.Run(left+", then "+point, func(t *testing.T) {
					s.during(t, func() {
						s.produce(900)
						for _, p := range []string{left, point} {
							s.awaitDeath(s.start(func(plan *memberPlan) { plan.Fail = failpoint{Point: p, Nth: 1} }))
						}
						last := s.start(nil)
						s.drain()
						s.stop(last)
						s.wantExact(true)
						s.report("Kill while healing, "+string(s.protocol)+" protocol", "killed at "+left+", the next one at "+point, "")
					})
				})
			}
		}
		s.wantExact(false)
	})
}

// TestKillDuringRebalance kills a member while it gives partitions to another
// that joins, and one while it takes them.
func TestKillDuringRebalance(t *testing.T) {
	type kill struct {
		point string
		nth   int
	}
	joining := []kill{{"before the group is joined", 1}, {"before the assignment is asked", 1}}
	giving := map[ingest.Protocol][]kill{
		ingest.ProtocolClassic:  append(joining, kill{"before the group is joined", 2}, kill{"before the assignment is asked", 2}),
		ingest.ProtocolConsumer: {{"before a heartbeat", 1}, {"before a heartbeat", 2}, {"before a heartbeat", 3}, {"before a heartbeat", 4}},
	}
	taking := map[ingest.Protocol][]kill{
		ingest.ProtocolClassic:  joining,
		ingest.ProtocolConsumer: {{"before a heartbeat", 1}, {"before a heartbeat", 2}, {"before a heartbeat", 3}},
	}
	taken := []kill{{"before the group's offsets are asked", 1}, {"topic claimed", 1}, {"before the intent", 1}}
	eachProtocol(t, 1, func(s *scene) {
		outer := s.tb.(*testing.T)
		try := func(who string, k kill, do func(failpoint)) {
			outer.Run(fmt.Sprintf("%s: %s, time %d", who, k.point, k.nth), func(t *testing.T) {
				s.during(t, func() {
					stop := s.load(faultLoad)
					do(failpoint{Point: k.point, Nth: k.nth})
					stop()
					s.settle()
					s.wantExact(true)
					s.report("Kill while partitions change hands, "+string(s.protocol)+" protocol", fmt.Sprintf("%s: %s, time %d", who, k.point, k.nth), "")
				})
			})
		}
		for _, k := range giving[s.protocol] {
			try("who gives them", k, func(f failpoint) {
				f.Later = true
				giver := s.start(func(p *memberPlan) { p.Fail = f })
				s.awaitProgress()
				giver.signal(armSignal)
				s.start(nil)
				s.awaitDeath(giver)
			})
		}
		for _, k := range append(taking[s.protocol], taken...) {
			try("who takes them", k, func(f failpoint) {
				s.start(nil)
				s.awaitProgress()
				s.awaitDeath(s.start(func(p *memberPlan) { p.Fail = f }))
			})
		}
		s.wantExact(false)
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

// TestRandomKills kills members at random moments under load, half of the kills
// under each protocol.
func TestRandomKills(t *testing.T) {
	eachProtocol(t, 1, func(s *scene) {
		n := effort(20, 300) / 2
		if kafkatest.Real() {
			n = effort(10, 50) / 2
		}
		s.killAtRandom(n, rand.New(rand.NewPCG(killSeed, 0)))
		s.settle()
		s.wantExact(false)
		s.report("Kill at random moments", fmt.Sprintf("%s protocol, %d records a second", s.protocol, killLoad), "%d kills", n)
	})
}

const (
	killSeed  = 4711
	killSlots = 2
	// The shortest time between two kills falls into a hand-over, the longest
	// lets the group come to work.
	shortestLife = 30 * time.Millisecond
	longestLife  = 2 * time.Second
	killLoad     = 500 // records in a second
)

// killAtRandom kills and replaces members under load, leaving the last ones.
func (s *scene) killAtRandom(n int, dice *rand.Rand) {
	s.tb.Helper()
	stop := s.load(killLoad)
	defer stop()
	members := make([]*member, killSlots)
	for i := range members {
		members[i] = s.start(nil)
	}
	for range n {
		time.Sleep(shortestLife + time.Duration(dice.Int64N(int64(longestLife-shortestLife))))
		victim := dice.IntN(killSlots)
		s.wantRunning(members[victim])
		members[victim].kill()
		members[victim] = s.start(nil)
	}
}

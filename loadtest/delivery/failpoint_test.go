package delivery

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// failpoint ends or pauses the member's own process when it comes to a point
// for the Nth time.
type failpoint struct {
	Point string
	Nth   int
	Pause bool // SIGSTOP instead of SIGKILL
	Later bool // it counts from when armSignal comes

	armed *atomic.Bool
	hits  *atomic.Int64
}

// points are all that a failpoint may name: whatever a member does that others
// can see lies between two of them.
var points = []string{
	"before the group is joined", "before the assignment is asked", "before the group's offsets are asked", "topic claimed", "what has landed was asked",
	"before the intent", "intent sent", "intent taken",
	"before the insert", "in the middle of the insert", "insert sent", "insert answered", "after the insert",
	"before the commit", "commit sent", "commit taken",
	"before a heartbeat", "before leaving the group",
}

// armSignal arms the failpoint of a member that has come to work.
const armSignal = syscall.SIGUSR1

func (f *failpoint) arm() {
	f.armed, f.hits = new(atomic.Bool), new(atomic.Int64)
	f.armed.Store(!f.Later)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, armSignal)
	go func() {
		<-signals
		f.armed.Store(true)
	}()
}

func (f *failpoint) hit(point string) {
	if point == "" || f.Point != point || !f.armed.Load() || f.hits.Add(1) != int64(f.Nth) {
		return
	}
	fatal := syscall.SIGKILL
	if f.Pause {
		fatal = syscall.SIGSTOP
	}
	_ = syscall.Kill(os.Getpid(), fatal)
	if !f.Pause {
		select {} // until the signal has come
	}
}

// dial connects to a broker over a connection that knows requests by their key.
func (f *failpoint) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &kafkaConn{Conn: conn, fail: f}, nil
}

// kafkaConn hits points before and after requests to a broker, and when the
// answer to the latest of them comes.
type kafkaConn struct {
	net.Conn
	fail    *failpoint
	awaited atomic.Pointer[string]
}

func (c *kafkaConn) Write(request []byte) (int, error) {
	before, sent, taken := c.pointsOf(request)
	c.fail.hit(before)
	if taken != "" {
		c.awaited.Store(&taken)
	}
	n, err := c.Conn.Write(request)
	c.fail.hit(sent)
	return n, err
}

func (c *kafkaConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if taken := c.awaited.Swap(nil); taken != nil && n > 0 {
		c.fail.hit(*taken)
	}
	return n, err
}

const keyAt = 4 // behind the request's length

func (c *kafkaConn) pointsOf(request []byte) (before, sent, taken string) {
	if len(request) < keyAt+2 {
		return "", "", ""
	}
	switch kmsg.Key(binary.BigEndian.Uint16(request[keyAt:])) {
	case kmsg.JoinGroup:
		return "before the group is joined", "", ""
	case kmsg.SyncGroup:
		return "before the assignment is asked", "", ""
	case kmsg.OffsetFetch:
		return "before the group's offsets are asked", "", ""
	case kmsg.Heartbeat, kmsg.ConsumerGroupHeartbeat:
		return "before a heartbeat", "", ""
	case kmsg.LeaveGroup:
		return "before leaving the group", "", ""
	case kmsg.OffsetCommit:
		if bytes.Contains(request, []byte("firebreak/1 until=")) {
			return "before the intent", "intent sent", "intent taken"
		}
		return "before the commit", "commit sent", "commit taken"
	}
	return "", "", ""
}

// guardEngine puts a proxy before ClickHouse, in this process, where the
// failpoint lies in the middle of a request; it is the engine's address else.
func (f *failpoint) guardEngine(engine string) (string, error) {
	p, err := newProxy(engine)
	if err != nil {
		return "", err
	}
	p.watch(func(e proxyEvent) {
		switch e {
		case insertHalfSent:
			f.hit("in the middle of the insert")
		case insertSent:
			f.hit("insert sent")
		case insertAnswered:
			f.hit("insert answered")
		}
	})
	return p.addr(), nil
}

package delivery

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// member is a running member's process.
type member struct {
	cmd     *exec.Cmd
	log     lockedBuffer
	metrics string // address
	ended   chan struct{}
	err     error // after ended
}

// lockedBuffer takes a process's output while a test may look at it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a member; change, when given, changes its plan before.
func (s *scene) start(change func(*memberPlan)) *member {
	s.tb.Helper()
	plan := memberPlan{
		Brokers: s.kafka.Addrs(), Group: group, Topics: topics, Engine: s.engine, Database: s.to.Database,
		Protocol: s.protocol, Session: session, Lease: s.lease, MaxRows: 100, MaxWait: 100 * time.Millisecond,
	}
	if change != nil {
		change(&plan)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		s.tb.Fatal(err)
	}
	m := &member{cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	m.cmd.Env = append(os.Environ(), roleVariable+"="+roleMember, planVariable+"="+string(text))
	m.cmd.Stderr = &m.log
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		s.tb.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		s.tb.Fatal(err)
	}
	lines := bufio.NewReader(out)
	addr, _ := lines.ReadString('\n')
	m.metrics = strings.TrimSpace(addr)
	go func() {
		_, _ = lines.WriteTo(&m.log)
		m.err = m.cmd.Wait()
		close(m.ended)
	}()
	s.mu.Lock()
	s.members = append(s.members, m)
	s.mu.Unlock()
	s.tb.Cleanup(func() {
		if s.tb.Failed() {
			m.signal(syscall.SIGQUIT) // tells in its log what it was doing
		} else {
			m.kill()
		}
		<-m.ended
		if log := m.log.String(); s.tb.Failed() && strings.Contains(log, "SIGQUIT") {
			s.tb.Log("a member that was running:\n" + log)
		}
	})
	return m
}

func (m *member) signal(signal syscall.Signal) { _ = m.cmd.Process.Signal(signal) }

// kill ends the process as kill -9 does.
func (m *member) kill() {
	m.signal(syscall.SIGKILL)
	<-m.ended
}

// stop ends it as an operator would.
func (s *scene) stop(m *member) {
	s.tb.Helper()
	m.signal(syscall.SIGTERM)
	select {
	case <-m.ended:
	case <-time.After(30 * time.Second):
		s.tb.Fatalf("the member does not stop:\n%s", m.log.String())
	}
	if m.err != nil {
		s.tb.Fatalf("the member stopped with %v:\n%s", m.err, m.log.String())
	}
}

// stopAll stops the members that are running.
func (s *scene) stopAll() {
	s.tb.Helper()
	for _, m := range s.running() {
		s.stop(m)
	}
}

func (s *scene) running() []*member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var running []*member
	for _, m := range s.members {
		if m.runs() {
			running = append(running, m)
		}
	}
	return running
}

func (m *member) runs() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

func (s *scene) wantRunning(m *member) {
	s.tb.Helper()
	if !m.runs() {
		s.tb.Fatalf("a member ended by itself: %v\n%s", m.err, m.log.String())
	}
}

// awaitDeath waits until the member has killed itself.
func (s *scene) awaitDeath(m *member) {
	s.tb.Helper()
	select {
	case <-m.ended:
	case <-time.After(patience):
		s.tb.Fatalf("the member did not come to its failpoint:\n%s", m.log.String())
	}
	if status, ok := m.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		s.tb.Fatalf("the member ended otherwise: %v\n%s", m.err, m.log.String())
	}
}

// awaitPause waits until the member has stopped itself.
func (s *scene) awaitPause(m *member) {
	s.tb.Helper()
	eventually(s.tb, "the member has paused itself", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.cmd.Process.Pid))
		if err != nil {
			return false
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		return fields[0] == "T"
	})
}

// metric is the sum of a counter over its labels, as the member tells it; -1
// when it cannot be asked.
func (m *member) metric(name string) float64 {
	answer, err := http.Get("http://" + m.metrics)
	if err != nil {
		return -1
	}
	defer answer.Body.Close()
	sum := 0.0
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if series, _, _ = strings.Cut(series, "{"); series == "firebreak_ingest_"+name {
			n, _ := strconv.ParseFloat(value, 64)
			sum += n
		}
	}
	return sum
}

// wantLogged checks that the member has told the operator of something.
func (s *scene) wantLogged(m *member, text string) {
	s.tb.Helper()
	if !strings.Contains(m.log.String(), text) {
		s.tb.Errorf("the member says nothing of %q:\n%s", text, m.log.String())
	}
}

// mostMemory is the most that the process has had resident, in bytes.
func (m *member) mostMemory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	var kib int64
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscanf(text, "%d", &kib)
		}
	}
	return kib << 10
}

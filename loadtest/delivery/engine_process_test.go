package delivery

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// engineProcess is a ClickHouse that can be killed. It keeps its address.
type engineProcess struct {
	s    *scene
	dir  string
	addr string
	cmd  *exec.Cmd
	end  io.Closer // of its standard input, which ends it
	log  lockedBuffer
}

func (e *engineProcess) start() {
	e.s.tb.Helper()
	e.cmd = exec.Command(os.Args[0])
	e.cmd.Env = append(os.Environ(), roleVariable+"="+roleEngine, dirVariable+"="+e.dir, addrVariable+"="+e.addr)
	e.cmd.Stderr = &e.log
	in, err := e.cmd.StdinPipe()
	if err != nil {
		e.s.tb.Fatal(err)
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		e.s.tb.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		e.s.tb.Fatal(err)
	}
	e.end = in
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		e.s.tb.Fatalf("ClickHouse does not start: %v\n%s", err, e.log.String())
	}
	e.addr = strings.TrimSpace(addr)
	e.s.tb.Cleanup(e.kill)
}

// kill ends the process as kill -9 does.
func (e *engineProcess) kill() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
	_ = e.end.Close()
}

// fillDisk takes all space of the file system, little by little as logs and
// downloads do, until release is called.
func fillDisk(tb testing.TB, dir string) (release func()) {
	tb.Helper()
	const pause = 10 * time.Millisecond
	path := filepath.Join(dir, "ballast")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; { // ever smaller pieces, until not a byte is left
		if _, err := file.Write(make([]byte, size)); err == nil {
			time.Sleep(pause)
			continue
		} else if !errors.Is(err, syscall.ENOSPC) {
			tb.Fatal(err)
		}
		size /= 2
	}
	return func() {
		if err := os.Remove(path); err != nil {
			tb.Error(fmt.Errorf("giving back the space: %w", err))
		}
	}
}

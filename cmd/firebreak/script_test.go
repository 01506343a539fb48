package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run firebreak as a program of its own. They
// may also say:
//
//	exec exits CODE PROGRAM ARGS…     must end with that code; when it is not
//	                                  0, with one line that begins "firebreak:"
//	exec get URL                      prints the status and what is answered
//	exec get -until PATTERN URL       asks until the answer matches
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"firebreak": main, "exits": exits, "get": get})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               prepare,
	})
}

// prepare gives a script free ports ($KAFKA, $CLICKHOUSE and $MONITORING, and a
// second set of them), the engine's library, and settings for small waits.
func prepare(env *testscript.Env) error {
	names := []string{"KAFKA", "CLICKHOUSE", "MONITORING", "KAFKA2", "CLICKHOUSE2", "MONITORING2"}
	addresses, err := freeAddresses(len(names))
	if err != nil {
		return err
	}
	for i, name := range names {
		env.Setenv(name, addresses[i])
	}
	library, err := engineLibrary()
	if err != nil {
		return err
	}
	env.Setenv("FIREBREAK_CHDB_LIBRARY", library)
	env.Setenv("FIREBREAK_DATA", filepath.Join(env.WorkDir, "data"))
	env.Setenv("FIREBREAK_KAFKA_LISTEN", addresses[0])
	env.Setenv("FIREBREAK_CLICKHOUSE_LISTEN", addresses[1])
	env.Setenv("FIREBREAK_LISTEN", addresses[2])
	env.Setenv("FIREBREAK_BATCH_WAIT", "20ms")
	if strings.HasSuffix(env.WorkDir, "script-audit") {
		if err := buildChecker(env); err != nil {
			return err
		}
	}
	env.Setenv("GORACE", "atexit_sleep_ms=0") // else the race detector holds each program for a second
	return nil
}

// buildChecker lets a script run firebreak-audit-check, which is a program of its own.
func buildChecker(env *testscript.Env) error {
	dir := filepath.Join(env.WorkDir, ".bin")
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "../firebreak-audit-check")
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building firebreak-audit-check: %w: %s", err, said)
	}
	env.Setenv("PATH", dir+string(filepath.ListSeparator)+env.Getenv("PATH"))
	return nil
}

// freeAddresses holds all of them open at once, so that they differ.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// engineLibrary is where `make deps` has put the embedded ClickHouse, unless
// the environment says that it is elsewhere.
func engineLibrary() (string, error) {
	if library := os.Getenv("FIREBREAK_CHDB_LIBRARY"); library != "" {
		return filepath.Abs(library)
	}
	pattern := filepath.Join("..", "..", "schema", "store", "embedded", "libchdb", "node_modules", "@chdb", "lib-*", "libchdb.so")
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("the embedded ClickHouse is not there, run `make deps`: nothing is like %s", pattern)
	}
	return filepath.Abs(found[0])
}

func exits() {
	want, err := strconv.Atoi(os.Args[1])
	fail(err)
	var stderr bytes.Buffer
	program := exec.Command(os.Args[2], os.Args[3:]...)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, io.MultiWriter(os.Stderr, &stderr)
	var failed *exec.ExitError
	if err := program.Run(); err != nil && !errors.As(err, &failed) {
		fail(err)
	}
	if got := program.ProcessState.ExitCode(); got != want {
		fail(fmt.Errorf("it exits with %d, want %d", got, want))
	}
	said := stderr.String()
	if want != 0 && (!strings.HasPrefix(said, "firebreak: ") || strings.Index(said, "\n") != len(said)-1) {
		fail(fmt.Errorf("not one line that begins \"firebreak:\": %q", said))
	}
}

// getTimeout bounds how long a script waits for an answer.
const getTimeout = time.Minute

func get() {
	until := flag.String("until", "", "pattern that the answer must match")
	flag.Parse()
	wanted := regexp.MustCompile(*until)
	for deadline := time.Now().Add(getTimeout); ; time.Sleep(20 * time.Millisecond) {
		text, err := answer(flag.Arg(0))
		if err == nil && wanted.MatchString(text) {
			fmt.Print(text)
			return
		}
		if *until == "" || time.Now().After(deadline) {
			fail(fmt.Errorf("the answer is %q, %w", text, err))
		}
	}
}

func answer(url string) (string, error) {
	client := &http.Client{Timeout: getTimeout}
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return fmt.Sprintf("%d\n%s", response.StatusCode, body), err
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

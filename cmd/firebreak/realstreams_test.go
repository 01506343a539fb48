package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema"
)

// realStreams is where real event streams may lie; they are no part of the
// project.
const realStreams = "../../../shared/data"

// Everything that real streams hold is there once: after producing it, after
// producing it a second time, and after a restart.
func TestRealStreamsAreThereOnce(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(realStreams, "*.ndjson.gz"))
	if len(files) == 0 {
		t.Skip("no real event streams in " + realStreams)
	}
	want := distinctEvents(t, files)
	u := newUpProgram(t)

	stop := u.start(t)
	u.firebreak(t, append([]string{"produce"}, files...)...)
	u.wantDistinct(t, want)
	u.firebreak(t, append([]string{"produce"}, files...)...)
	u.wantDistinct(t, want)
	stop()

	stop = u.start(t)
	u.wantDistinct(t, want)
	stop()
}

// distinctEvents counts the distinct pairs of source and event_id.
func distinctEvents(t *testing.T, files []string) map[schema.Entity]int {
	seen := make(map[schema.Entity]map[string]bool)
	for _, e := range schema.Entities {
		seen[e] = make(map[string]bool)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(unzipped)
		lines.Buffer(nil, schema.MaxRecordBytes)
		for lines.Scan() {
			var event struct {
				Source  string `json:"source"`
				EventID string `json:"event_id"`
				Type    string `json:"type"`
			}
			if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
				t.Fatal(err)
			}
			entity, ok := schema.EntityOf(event.Type)
			if !ok {
				t.Fatalf("%s: unknown type %q", name, event.Type)
			}
			seen[entity][event.Source+"\x00"+event.EventID] = true
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	counts := make(map[schema.Entity]int)
	for e, ids := range seen {
		counts[e] = len(ids)
	}
	return counts
}

// upProgram is `firebreak up` on a folder and ports of its own.
type upProgram struct {
	monitoring  string
	environment []string
}

func newUpProgram(t *testing.T) *upProgram {
	addresses, err := freeAddresses(3)
	if err != nil {
		t.Fatal(err)
	}
	library, err := engineLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return &upProgram{monitoring: addresses[2], environment: append(os.Environ(),
		"FIREBREAK_KAFKA_LISTEN="+addresses[0], "FIREBREAK_CLICKHOUSE_LISTEN="+addresses[1], "FIREBREAK_LISTEN="+addresses[2],
		"FIREBREAK_DATA="+t.TempDir(), "FIREBREAK_CHDB_LIBRARY="+library)}
}

// start runs it until stop, which asks it to end and waits.
func (u *upProgram) start(t *testing.T) (stop func()) {
	program := exec.CommandContext(t.Context(), "firebreak", "up")
	program.Env, program.Stderr = u.environment, os.Stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	u.awaitReady(t)
	return func() {
		if err := program.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := program.Wait(); err != nil {
			t.Fatal("firebreak up ended with ", err)
		}
	}
}

// awaitReady waits until nothing waits in Kafka.
func (u *upProgram) awaitReady(t *testing.T) {
	t.Helper()
	drained := regexp.MustCompile(`ready; 0 records wait`)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		text, err := answer("http://" + u.monitoring + "/readyz")
		if err == nil && drained.MatchString(text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %q, %v", text, err)
		}
	}
}

func (u *upProgram) firebreak(t *testing.T, args ...string) string {
	t.Helper()
	program := exec.CommandContext(t.Context(), "firebreak", args...)
	program.Env, program.Stderr = u.environment, os.Stderr
	out, err := program.Output()
	if err != nil {
		t.Fatalf("firebreak %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func (u *upProgram) wantDistinct(t *testing.T, want map[schema.Entity]int) {
	t.Helper()
	u.awaitReady(t)
	for entity, n := range want {
		query := fmt.Sprintf("SELECT uniqExact(source, event_id) AS n FROM %s_events", entity)
		got := strings.TrimSpace(u.firebreak(t, "sql", query, "--format", "json"))
		if got != fmt.Sprintf(`{"n":%d}`, n) {
			t.Errorf("%ss: %s distinct events, the files hold %d", entity, got, n)
		}
	}
	if got := u.firebreak(t, "sql", "SELECT count() AS n FROM dead_letters", "--format", "json"); strings.TrimSpace(got) != `{"n":0}` {
		t.Errorf("dead letters: %s", got)
	}
}

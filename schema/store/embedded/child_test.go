package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vividium/firebreak/schema/store/embedded"
)

// The tests below need processes of their own, as the engine of the test
// process runs all the time. The child is this binary with a role to play.
const (
	roleEnv = "EMBEDDED_TEST_ROLE"
	dirEnv  = "EMBEDDED_TEST_DIR"
)

func runChild() bool {
	roles := map[string]func(dir string) error{
		"serve": serveChild, "signal": signalChild, "restart": restartChild, "busy": busyChild, "rights": rightsChild,
	}
	role, found := roles[os.Getenv(roleEnv)]
	if !found {
		return false
	}
	if err := role(os.Getenv(dirEnv)); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	return true
}

// child is a running child process.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, role, dir string) *child {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), roleEnv+"="+role, dirEnv+"="+dir)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return &child{command, bufio.NewScanner(output)}
}

// line returns the next line the child prints.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the child said nothing more: %v", c.lines.Err())
	}
	return c.lines.Text()
}

// serveChild serves until it is killed.
func serveChild(dir string) error {
	s, err := embedded.Start(context.Background(), config(dir))
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	select {}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := startChild(t, "serve", dir)
	first.line(t)
	second := startChild(t, "serve", dir)
	got := second.line(t)
	if want := fmt.Sprintf("in use by another firebreak process (pid %d)", first.Process.Pid); !strings.Contains(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each block says which it is, so that what a kill left is asked for instead
// of sent again under its token: ClickHouse notes a token before the part is
// in its place, and a kill in between leaves a token without rows.
func TestKilledProcessKeepsAcknowledgedRows(t *testing.T) {
	const rows = 1000
	dir := t.TempDir()
	blocks := 0
	for range 3 {
		c := startChild(t, "serve", dir)
		addr := c.line(t)
		mustPost(t, addr, "CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = MergeTree ORDER BY n")
		blocks = blocksKept(t, addr, rows, blocks)
		killed := time.AfterFunc(400*time.Millisecond, func() { _ = c.Process.Kill() })
		acknowledged := 0
		for {
			sql := "INSERT INTO t FORMAT CSV\n"
			for i := range rows {
				sql += fmt.Sprintln((blocks+acknowledged)*rows + i)
			}
			if _, err := postTo(addr, sql); err != nil {
				break
			}
			acknowledged++
		}
		killed.Stop()
		_ = c.Wait()
		if acknowledged == 0 {
			t.Error("nothing was acknowledged before the kill")
		}
		blocks += acknowledged
	}
	c := startChild(t, "serve", dir)
	blocksKept(t, c.line(t), rows, blocks)
}

// blocksKept tells how many blocks there are: those acknowledged and, whole or
// not at all, the one that the kill met.
func blocksKept(t *testing.T, addr string, rows, acknowledged int) int {
	t.Helper()
	kept := mustPost(t, addr, "SELECT count(), uniqExact(n), if(count() = 0, 0, max(n) + 1) FROM t")
	for blocks := acknowledged; blocks <= acknowledged+1; blocks++ {
		if n := blocks * rows; kept == fmt.Sprintf("%d\t%d\t%d\n", n, n, n) {
			return blocks
		}
	}
	t.Fatalf("%d rows acknowledged; rows, distinct rows and highest: %q", acknowledged*rows, kept)
	return 0
}

func postTo(addr, sql string) (string, error) {
	request, err := http.NewRequest(http.MethodPost, "http://"+addr+"/", strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(writer, writerPassword)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(string(body))
	}
	return string(body), err
}

func mustPost(t *testing.T, addr, sql string) string {
	t.Helper()
	body, err := postTo(addr, sql)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// signalChild waits for signals, as Go programs do.
func signalChild(dir string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	s, err := embedded.Start(context.Background(), config(dir))
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	if !recovers() {
		return errors.New("no panic")
	}
	for range 2 {
		fmt.Println(<-signals)
	}
	return s.Close()
}

// recovers tells whether a fault is still Go's to handle.
func recovers() (recovered bool) {
	defer func() { recovered = recover() != nil }()
	var nothing *child
	return nothing.lines == nil
}

func TestSignalsReachGo(t *testing.T) {
	c := startChild(t, "signal", t.TempDir())
	addr := c.line(t)
	mustPost(t, addr, "SELECT sum(number) FROM numbers(1000000)")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if got := c.line(t); got != s.String() {
			t.Errorf("%q, want %q", got, s)
		}
	}
	if err := c.Wait(); err != nil {
		t.Errorf("the child ended with %v", err)
	}
}

// restartChild starts one engine after another.
func restartChild(dir string) error {
	before := goleak.IgnoreCurrent()
	for i, sub := range []string{"a", "b", "a"} {
		c := config(filepath.Join(dir, sub))
		s, err := embedded.Start(context.Background(), c)
		if err != nil {
			return err
		}
		c.Dir = filepath.Join(dir, "c")
		if _, err := embedded.Start(context.Background(), c); err == nil || !strings.Contains(err.Error(), "already") {
			return fmt.Errorf("a second engine: %w", err)
		}
		sql := "CREATE TABLE t ENGINE = MergeTree ORDER BY n AS SELECT number AS n FROM numbers(10)"
		if i == 2 {
			sql = "SELECT throwIf(count() != 10) FROM t"
		}
		if _, err := postTo(s.Addr(), sql); err != nil {
			return err
		}
		http.DefaultClient.CloseIdleConnections()
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			return err
		}
		if _, err := postTo(s.Addr(), "SELECT 1"); err == nil {
			return errors.New("it still answers")
		}
	}
	if err := goleak.Find(before); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

func TestRestartInOneProcess(t *testing.T) {
	if got := startChild(t, "restart", t.TempDir()).line(t); got != "done" {
		t.Error(got)
	}
}

// rightsTried are statements for an engine with all rights that there are, and then for one
// on the same folder with those of rightsGiven.
var (
	rightsTried = [2][]string{
		{"CREATE TABLE t (n UInt8, m UInt8) ENGINE = MergeTree ORDER BY n", "CREATE TABLE u (n UInt8) ENGINE = MergeTree ORDER BY n", "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')"},
		{
			"SELECT n FROM t", "SELECT m FROM t", "SELECT n FROM u", "INSERT INTO t VALUES (1, 1)", "INSERT INTO u VALUES (1)", "DROP TABLE u",
			"SELECT * FROM file('/etc/passwd', 'LineAsString')", "GRANT SELECT ON default.u TO default", "SELECT 1 + 1",
		},
	}
	rightsGiven = [2][]string{nil, {"SELECT(n) ON default.t", "INSERT ON default.u"}}
)

// rightsChild tells what engines with these rights may do. What lies in the working
// directory is not their configuration.
func rightsChild(dir string) error {
	library, err := embedded.Locate("") // looked for from the working directory upwards
	if err != nil {
		return err
	}
	other := []byte("<clickhouse><users_config>nowhere.xml</users_config></clickhouse>")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "config.xml"), other, 0o600), os.Chdir(dir)); err != nil {
		return err
	}
	c := config(dir)
	c.Library = library
	for i, statements := range rightsTried {
		c.Rights = rightsGiven[i]
		if err := tellRights(c, statements); err != nil {
			return err
		}
	}
	c.Rights = []string{"NONSENSE ON default.t"}
	if _, err := embedded.Start(context.Background(), c); err == nil {
		fmt.Println("may NONSENSE")
	}
	fmt.Println("done")
	return nil
}

func tellRights(c embedded.Config, statements []string) error {
	s, err := embedded.Start(context.Background(), c)
	if err != nil {
		return err
	}
	for _, sql := range statements {
		_, err := postTo(s.Addr(), sql)
		switch {
		case err == nil:
			fmt.Println("may", sql)
		case strings.Contains(err.Error(), "ACCESS_DENIED"):
			fmt.Println("may not", sql)
		default:
			return err
		}
	}
	http.DefaultClient.CloseIdleConnections()
	return s.Close()
}

// An engine with rights is one in which nobody may do anything else.
func TestRights(t *testing.T) {
	c := startChild(t, "rights", t.TempDir())
	for _, want := range []string{
		"may CREATE TABLE t (n UInt8, m UInt8) ENGINE = MergeTree ORDER BY n", "may CREATE TABLE u (n UInt8) ENGINE = MergeTree ORDER BY n", "may not SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
		"may SELECT n FROM t", "may not SELECT m FROM t", "may not SELECT n FROM u", "may not INSERT INTO t VALUES (1, 1)", "may INSERT INTO u VALUES (1)", "may not DROP TABLE u",
		"may not SELECT * FROM file('/etc/passwd', 'LineAsString')", "may not GRANT SELECT ON default.u TO default", "may SELECT 1 + 1", "done",
	} {
		if got := c.line(t); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// busyChild closes while a query and an insert are running.
func busyChild(dir string) error {
	s, err := embedded.Start(context.Background(), config(dir))
	if err != nil {
		return err
	}
	failed := make(chan error)
	go func() {
		_, err := postTo(s.Addr(), "SELECT count() FROM numbers(1000000000000)")
		failed <- err
	}()
	time.Sleep(200 * time.Millisecond)
	began := time.Now()
	if err := s.Close(); err != nil {
		return err
	}
	if took := time.Since(began); took > 10*time.Second {
		return fmt.Errorf("closing took %v", took)
	}
	if err := <-failed; err == nil {
		return errors.New("the query succeeded")
	}
	fmt.Println("done")
	return nil
}

func TestCloseCancelsRunningQueries(t *testing.T) {
	if got := startChild(t, "busy", t.TempDir()).line(t); got != "done" {
		t.Error(got)
	}
}

func TestRefusedConfigurations(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":8123", "192.0.2.1:1", "example.com:1", "nonsense"} {
		c := config(t.TempDir())
		c.Addr = addr
		if s, err := embedded.Start(t.Context(), c); err == nil {
			s.Close()
			t.Errorf("%s was accepted", addr)
		}
	}
	if _, err := embedded.Start(t.Context(), config("")); err == nil {
		t.Error("no folder was accepted")
	}
}

func TestLocate(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("FIREBREAK_CHDB_LIBRARY", "")
	if path, err := embedded.Locate(""); err == nil || !strings.Contains(err.Error(), "make deps") {
		t.Errorf("%q %v", path, err)
	}
	if path, err := embedded.Locate("missing.so"); err == nil {
		t.Errorf("found %q", path)
	}
	if err := os.WriteFile("lib.so", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FIREBREAK_CHDB_LIBRARY", "lib.so")
	if path, err := embedded.Locate(""); err != nil || filepath.Base(path) != "lib.so" {
		t.Errorf("%q %v", path, err)
	}
}

package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// waitUntilIdle waits until no query but the one that asks is running.
func waitUntilIdle(t testing.TB) {
	t.Helper()
	for range 500 {
		if post(t, "SELECT count() FROM system.processes", nil) == "1\n" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("still running: %s", post(t, "SELECT query, elapsed FROM system.processes", nil))
}

// residentMegabytes is the memory of this process, or its peak.
func residentMegabytes(t testing.TB, field string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc here")
	}
	_, rest, _ := strings.Cut(string(status), field+":")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes >> 10
}

// start makes a request whose body is read by the test.
func start(ctx context.Context, t testing.TB, sql string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+server.Addr()+"/", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(writer, writerPassword)
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func TestLongResultInBoundedMemory(t *testing.T) {
	before := residentMegabytes(t, "VmRSS")
	rows, err := open(t, options("")).Query(context.Background(), "SELECT number, toString(number) AS s FROM numbers(20000000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var count, n, peak uint64
	var s string
	for rows.Next() {
		if count++; count%1_000_000 == 0 {
			peak = max(peak, uint64(residentMegabytes(t, "VmRSS")))
			if err := rows.Scan(&n, &s); err != nil || n != count-1 {
				t.Fatalf("row %d is %d, error %v", count, n, err)
			}
		}
	}
	if rows.Err() != nil || count != 20_000_000 {
		t.Fatalf("%d rows, error %v", count, rows.Err())
	}
	if int(peak) > before+300 {
		t.Errorf("memory grew from %d MB to %d MB", before, peak)
	}
}

func TestSlowClientHoldsTheEngineBack(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	before := residentMegabytes(t, "VmRSS")
	response := start(ctx, t, "SELECT number, randomPrintableASCII(100) FROM numbers(1000000000) FORMAT RowBinary")
	if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if after := residentMegabytes(t, "VmRSS"); after > before+200 {
		t.Errorf("memory grew from %d MB to %d MB while the client waited", before, after)
	}
	cancel()
	waitUntilIdle(t)
}

func TestExceptionInTheMiddle(t *testing.T) {
	const sql = "SELECT number, throwIf(number = 3000000, 'boom') FROM numbers(10000000) SETTINGS max_block_size = 10000"
	for name, compression := range map[string]*clickhouse.Compression{
		"none": nil,
		"lz4":  {Method: clickhouse.CompressionLZ4},
		"zstd": {Method: clickhouse.CompressionZSTD},
		"gzip": {Method: clickhouse.CompressionGZIP, Level: 1},
	} {
		o := options("")
		o.Compression = compression
		rows, err := open(t, o).Query(context.Background(), sql)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for rows.Next() {
			count++
		}
		var exception *clickhouse.Exception
		if !errors.As(rows.Err(), &exception) || exception.Code != 395 || count == 0 {
			t.Errorf("%s: %d rows, error %v", name, count, rows.Err())
		}
		rows.Close()
	}
	response := start(context.Background(), t, sql+" FORMAT CSV")
	body, err := io.ReadAll(response.Body)
	if err == nil || !strings.Contains(string(body), "__exception__") {
		t.Errorf("a broken result ended well: error %v", err)
	}
	// A client that waits for the end gets no part of the result.
	if a := write(t, sql, values("wait_end_of_query", "1")); a.status != 500 || a.code() != "395" {
		t.Errorf("wait_end_of_query: %d %s", a.status, a.code())
	}
}

func TestCancelledQueryStops(t *testing.T) {
	conn := open(t, options(""))
	for _, sql := range []string{
		"SELECT count() FROM numbers(1000000000000)", // nothing sent yet
		"SELECT * FROM (SELECT count() FROM numbers(1000000000000)) SETTINGS max_threads = 1",
		"INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1000000000000)",
		"SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 1000000000",
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		began := time.Now()
		if err := conn.Exec(ctx, sql); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", sql, err)
		}
		cancel()
		waitUntilIdle(t)
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: stopped after %v", sql, took)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	rows, err := conn.Query(ctx, "SELECT number FROM numbers(1000000000000)")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	cancel()
	for rows.Next() {
	}
	rows.Close()
	waitUntilIdle(t)
}

func TestLineFormatsStream(t *testing.T) {
	for _, format := range []string{"TSV", "CSV", "JSONEachRow"} {
		lines := bufio.NewScanner(start(context.Background(), t, "SELECT number FROM numbers(1000000) FORMAT "+format).Body)
		count := 0
		for lines.Scan() {
			count++
		}
		if count != 1_000_000 || lines.Err() != nil {
			t.Errorf("%s: %d lines, error %v", format, count, lines.Err())
		}
	}
}

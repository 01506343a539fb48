package embedded_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// nativeBlock is a block of rows numbered from first, as the product posts it.
func nativeBlock(t testing.TB, first, rows int) []byte {
	t.Helper()
	var numbers proto.ColUInt64
	var texts proto.ColStr
	for i := first; i < first+rows; i++ {
		numbers.Append(uint64(i))
		texts.Append("text of a row")
	}
	block := proto.Block{Rows: rows, Columns: 2}
	input := proto.Input{{Name: "n", Data: numbers}, {Name: "s", Data: texts}}
	var buffer proto.Buffer
	if err := block.EncodeRawBlock(&buffer, 0, input); err != nil {
		t.Fatal(err)
	}
	return buffer.Buf
}

// insert posts rows with the statement in the URL.
func insert(t testing.TB, database, statement string, rows io.Reader, pairs ...string) answer {
	t.Helper()
	parameters := values(pairs...)
	parameters.Set("database", database)
	parameters.Set("query", statement)
	return send(t, writer, writerPassword, http.MethodPost, parameters, rows)
}

func newTable(t testing.TB, settings string) (database string) {
	database = newDatabase(t)
	post(t, "CREATE TABLE "+database+".t (n UInt64, s String) ENGINE = MergeTree ORDER BY n "+settings, nil)
	return database
}

func ask(t testing.TB, database, sql string) string {
	t.Helper()
	return strings.TrimSpace(post(t, sql, values("database", database)))
}

const activeParts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND active"

func TestOneNativeBlockIsOnePart(t *testing.T) {
	database := newTable(t, "")
	a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(nativeBlock(t, 0, 100_000)))
	if a.status != 200 || !strings.Contains(a.header.Get("X-ClickHouse-Summary"), `"written_rows":"100000"`) {
		t.Fatalf("%d %s %s", a.status, a.body, a.header.Get("X-ClickHouse-Summary"))
	}
	if got := ask(t, database, "SELECT count(), sum(n), uniqExact(s) FROM t"); got != "100000\t4999950000\t1" {
		t.Errorf("rows: %s", got)
	}
	if got := ask(t, database, activeParts); got != "1" {
		t.Errorf("%s parts", got)
	}
}

func TestInsertFormats(t *testing.T) {
	binaryRow := append(binary.LittleEndian.AppendUint64(nil, 1), 3, 'a', ';', 0)
	for statement, rows := range map[string]string{
		"INSERT INTO t FORMAT Native":                                   string(nativeBlock(t, 1, 1)),
		"INSERT INTO t FORMAT RowBinary":                                string(binaryRow),
		"INSERT INTO t FORMAT JSONEachRow":                              `{"n":1,"s":"a\nb"}`,
		"INSERT INTO t FORMAT CSV":                                      "1,\"a;b\"\n",
		"INSERT INTO t (s, n) FORMAT TSV":                               "a\t1\n",
		"INSERT INTO t VALUES":                                          "(1, 'a;b')",
		"INSERT INTO t":                                                 "(1, concat('a', 'b')); ",
		"INSERT INTO t SETTINGS max_insert_threads = 1 FORMAT CSV":      "1,a\n",
		"/* c */ INSERT INTO TABLE `t` (* EXCEPT(s)) -- c\n FORMAT CSV": "1\n",
		"INSERT INTO {table:Identifier} FORMAT CSV":                     "1,a\n",
	} {
		for _, inline := range []bool{false, true} {
			database := newTable(t, "")
			var a answer
			if inline && statement == "INSERT INTO t" {
				continue // rows in the text need a clause before them
			}
			if inline {
				a = write(t, statement+"\n"+rows, values("database", database, "param_table", "t"))
			} else {
				a = insert(t, database, statement, strings.NewReader(rows), "param_table", "t")
			}
			if got := ask(t, database, "SELECT count() FROM t WHERE n = 1"); a.status != 200 || got != "1" {
				t.Errorf("%q inline %v: %d %s: %s rows", statement, inline, a.status, a.body, got)
			}
		}
	}
}

func TestInsertSelectAndInline(t *testing.T) {
	database := newTable(t, "")
	for _, sql := range []string{
		"INSERT INTO t SELECT number, 'x' FROM numbers(2)",
		"INSERT INTO t (n, s) (SELECT number, 'x' FROM numbers(2))",
		"INSERT INTO t WITH 1 AS one SELECT one, 'x' FROM numbers(2)",
		"INSERT INTO t VALUES (1, 'a'), (2, 'FORMAT CSV')",
	} {
		post(t, sql, values("database", database))
	}
	if got := ask(t, database, "SELECT count() FROM t"); got != "8" {
		t.Errorf("%s rows", got)
	}
}

func TestLargeInlineInsert(t *testing.T) {
	database := newTable(t, "")
	var sql strings.Builder
	sql.WriteString("INSERT INTO t FORMAT CSV\n")
	for i := range 200_000 {
		fmt.Fprintf(&sql, "%d,text\n", i)
	}
	post(t, sql.String(), values("database", database))
	if got := ask(t, database, "SELECT count(), uniqExact(n) FROM t"); got != "200000\t200000" {
		t.Errorf("rows %s", got)
	}
}

func TestDeduplicationToken(t *testing.T) {
	database := newTable(t, "SETTINGS non_replicated_deduplication_window = 100")
	for _, token := range []string{"first", "first", "second"} {
		a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(nativeBlock(t, 0, 10)), "insert_deduplication_token", token)
		if a.status != 200 {
			t.Fatal(a.body)
		}
	}
	if got := ask(t, database, "SELECT count() FROM t"); got != "20" {
		t.Errorf("%s rows, want 20", got)
	}
}

// sendPart sends less of a body than its header promises, and returns the
// status line of the answer.
func sendPart(t *testing.T, database, format, rows string) string {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	parameters := values("database", database, "query", "INSERT INTO t FORMAT "+format, "user", writer, "password", writerPassword)
	fmt.Fprintf(conn, "POST /?%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", parameters.Encode(), len(rows)+1, rows)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	status, _ := bufio.NewReader(conn).ReadString('\n')
	return status
}

func TestBrokenInsertInsertsNothing(t *testing.T) {
	database := newTable(t, "")
	block := nativeBlock(t, 0, 200_000)
	for _, c := range []struct{ format, rows string }{
		{"Native", string(block[:len(block)/2])},
		{"Native", string(block)},
		{"CSV", "1,a\n2,b\n"},
		{"CSV", strings.Repeat("1,a\n", 1_000_000)},
	} {
		if status := sendPart(t, database, c.format, c.rows); strings.Contains(status, "200") {
			t.Errorf("part of %s: %s", c.format, status)
		}
	}
	// A complete body that holds half a block is an error as well.
	if a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(block[:len(block)/2])); a.status == 200 {
		t.Error("half a block was accepted")
	}
	waitUntilIdle(t)
	if got := ask(t, database, "SELECT count() FROM t"); got != "0" {
		t.Errorf("%s rows", got)
	}
}

func TestInsertErrors(t *testing.T) {
	database := newDatabase(t)
	post(t, "CREATE TABLE "+database+".t (n UInt64, s String, CONSTRAINT small CHECK n < 100) ENGINE = MergeTree ORDER BY n", nil)
	for _, c := range []struct{ statement, rows, code string }{
		{"INSERT INTO t FORMAT CSV", "1,a\n200,b\n", "469"},
		{"INSERT INTO t FORMAT CSV", "x,a\n", "27"},
		{"INSERT INTO t FORMAT Native", "garbage", ""},
		{"INSERT INTO t FORMAT Nonsense", "1", "73"},
		{"INSERT INTO missing FORMAT CSV", strings.Repeat("1,a\n", 1_000_000), "60"},
		{"INSERT INTO t (missing) FORMAT CSV", "1\n", "16"},
	} {
		a := insert(t, database, c.statement, strings.NewReader(c.rows))
		if a.status == 200 || c.code != "" && a.code() != c.code {
			t.Errorf("%s: %d, code %s, want %s: %s", c.statement, a.status, a.code(), c.code, a.body)
		}
	}
	batch, err := open(t, options(database)).PrepareBatch(context.Background(), "INSERT INTO t")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Append(uint64(200), "x"); err != nil {
		t.Fatal(err)
	}
	var exception *clickhouse.Exception
	if err := batch.Send(); !errors.As(err, &exception) || exception.Code != 469 {
		t.Errorf("batch: %v", err)
	}
	if got := ask(t, database, "SELECT count() FROM t"); got != "0" {
		t.Errorf("%s rows", got)
	}
}

func TestParallelInserts(t *testing.T) {
	database := newTable(t, "")
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range 5 {
				a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(nativeBlock(t, (worker*5+i)*1000, 1000)))
				if a.status != 200 {
					t.Error(a.body)
				}
			}
		})
	}
	wait.Wait()
	if got := ask(t, database, "SELECT count(), uniqExact(n) FROM t"); got != "40000\t40000" {
		t.Errorf("rows %s", got)
	}
}

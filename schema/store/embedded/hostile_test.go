package embedded_test

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema/store/embedded"
)

// hostileStatements are what a reader may not do, with stand-ins for a file to read (SECRET),
// one to write (OUTFILE) and somebody who listens (NETWORK).
var hostileStatements = []string{
	"INSERT INTO t VALUES (2, 'two')",
	"INSERT INTO t SELECT 2, 'two'",
	"INSERT INTO FUNCTION file('OUTFILE', 'CSV', 'a UInt8') SELECT 1",
	"CREATE TABLE x (a UInt8) ENGINE = Memory",
	"CREATE TEMPORARY TABLE x (a UInt8)",
	"CREATE DATABASE hostile",
	"CREATE FUNCTION hostile AS x -> x",
	"CREATE USER hostile",
	"CREATE VIEW v AS SELECT 1",
	"DROP TABLE t",
	"DROP DATABASE system",
	"TRUNCATE TABLE t",
	"ALTER TABLE t DELETE WHERE 1",
	"ALTER TABLE t ADD COLUMN b UInt8",
	"DELETE FROM t WHERE 1",
	"UPDATE t SET s = 'x' WHERE 1",
	"OPTIMIZE TABLE t FINAL",
	"RENAME TABLE t TO u",
	"SET readonly = 0",
	"SET max_execution_time = 0",
	"SELECT * FROM file('SECRET')",
	"SELECT file('SECRET')",
	"SELECT `file`('SECRET')",
	`SELECT "fi\x6ce"('SECRET')`,
	"SELECT \u201cfile\u201d('SECRET')",
	"SELECT file /* hidden */ ('SECRET')",
	"SELECT 1 // it's\n, file('SECRET') // '",
	"SELECT 1 -- it's\n, file('SECRET') -- '",
	"SELECT \u2018'\u2019, file('SECRET'), \u2018'\u2019",
	"SELECT arrayMap(file, ['SECRET'])",
	"SELECT * APPLY(file) FROM (SELECT 'SECRET' AS a)",
	"SELECT * APPLY file FROM (SELECT 'SECRET' AS a)",
	"WITH (SELECT file('SECRET')) AS x SELECT x",
	"SHOW TABLES FROM system WHERE file('SECRET') LIKE '%SECRET%'",
	"DESCRIBE file('SECRET')",
	"DESCRIBE (SELECT file('SECRET') AS c)",
	"SELECT * FROM default.`SECRET`",
	"SELECT * FROM `SECRET`",
	"SELECT * FROM 'SECRET'",
	"SELECT * FROM filesystem('SECRET')",
	"SELECT * FROM url('http://NETWORK/', 'CSV', 'a String')",
	"DESCRIBE url('http://NETWORK/', 'CSV')",
	"SELECT * FROM s3('http://NETWORK/bucket/key', 'CSV', 'a String')",
	"DESCRIBE s3('http://NETWORK/bucket/key', 'CSV')",
	"SELECT * FROM remote('NETWORK', 'system.one')",
	"SELECT * FROM mysql('NETWORK', 'a', 'b', 'c', 'd')",
	"SELECT * FROM postgresql('NETWORK', 'a', 'b', 'c', 'd')",
	"SELECT * FROM executable('ls', 'TSV', 'a String')",
	"SELECT * FROM sqlite('SECRET', 't')",
	"SELECT * FROM eval('SELECT file(\\'SECRET\\')')",
	"SELECT * FROM loop(file('SECRET'))",
	"SELECT * FROM view(SELECT file('SECRET'))",
	"SELECT catboostEvaluate('SECRET', 1)",
	"SELECT 1 INTO OUTFILE 'OUTFILE'",
	"SHOW PROCESSLIST INTO OUTFILE 'OUTFILE'",
	"EXPLAIN SELECT 1 INTO OUTFILE 'OUTFILE'",
	"SELECT 1; SELECT 2 INTO OUTFILE 'OUTFILE'",
	"SELECT 1 INTO OUTFILE 'OUTFILE'; garbage(",
	"SELECT 1; DROP TABLE t",
	"/* SELECT 1 */ DROP TABLE t -- SELECT",
	"DROP TABLE t PARALLEL WITH DROP TABLE u",
	"SYSTEM FLUSH LOGS",
	"SYSTEM SHUTDOWN",
	"SYSTEM DROP MARK CACHE",
	"KILL QUERY WHERE 1",
	"ATTACH TABLE x (a UInt8) ENGINE = Memory",
	"DETACH TABLE t",
	"GRANT ALL ON *.* TO default",
	"BACKUP TABLE t TO File('OUTFILE')",
	"EXECUTE AS default SELECT 1",
	"SELECT 1 SETTINGS readonly = 0",
	"SELECT count() FROM numbers(10) SETTINGS max_execution_time = 0",
	"SELECT * FROM numbers(10) SETTINGS max_result_rows = 0",
	"SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = 'OUTFILE'",
	"SELECT 1 FORMAT Template SETTINGS format_template_resultset = 'SECRET'",
	"USE system",
	"SELECT 1 INTO OUTFILE 'OUTFILE' AND STDOUT",
	"SELECT 1 INTO OUTFILE 'OUTFILE' TRUNCATE FORMAT CSV",
	"CREATE TABLE x ENGINE = Memory AS SELECT 1",
	"CREATE TABLE x AS file('SECRET')",
	"CREATE MATERIALIZED VIEW x ENGINE = Memory AS SELECT 1",
	"CREATE OR REPLACE VIEW t AS SELECT 1",
	"CREATE DICTIONARY d (a UInt8) PRIMARY KEY a SOURCE(FILE(path 'SECRET' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
	"CREATE NAMED COLLECTION x AS a = 1",
	"ALTER USER default SETTINGS readonly = 0",
	"ALTER SETTINGS PROFILE default SETTINGS readonly = 0",
	"EXCHANGE TABLES t AND u",
	"UNDROP TABLE t",
	"RESTORE TABLE t FROM File('OUTFILE')",
	"SYSTEM RELOAD CONFIG",
	"SYSTEM STOP MERGES",
	"KILL MUTATION WHERE 1",
	"BEGIN TRANSACTION",
	"SET ROLE default",
	"INSERT INTO FUNCTION url('http://NETWORK/', 'CSV', 'a UInt8') SELECT 1",
	"EXPLAIN SELECT * FROM file('SECRET')",
	"EXPLAIN ESTIMATE SELECT * FROM file('SECRET')",
	"EXPLAIN PIPELINE SELECT * FROM url('http://NETWORK/', 'CSV', 'a String')",
	"EXPLAIN QUERY TREE SELECT file('SECRET')",
	"SELECT 1 IN (SELECT * FROM file('SECRET'))",
	"SELECT * FROM viewIfPermitted(SELECT * FROM file('SECRET') ELSE null('a String'))",
	"SELECT * FROM fileCluster('default', 'SECRET')",
	"SELECT * FROM urlCluster('default', 'http://NETWORK/')",
	"SELECT * FROM cluster('default', system.one)",
	"SELECT * FROM remoteSecure('NETWORK', system.one)",
	"SELECT * FROM icebergLocal('SECRET')",
	"SELECT * FROM deltaLakeLocal('SECRET')",
	"SELECT * FROM paimonLocal('SECRET')",
	"SELECT * FROM arrowstream('NETWORK', 't')",
	"SELECT * FROM ytsaurus('http://NETWORK/', 't', 'a String')",
	"SELECT * FROM redis('NETWORK', 'k', 'k String')",
	"SELECT * FROM mongodb('NETWORK', 'a', 'b', 'c', 'd', 'e String')",
	"SELECT * FROM fuzzQuery('SELECT 1')",
	"SELECT * FROM dictionary('d')",
	"SELECT dictGet('d', 'a', 1)",
	"SELECT aiGenerate('hello')",
	"SELECT getClientHTTPHeader('Authorization')",
	"SELECT addressToLine(0)",
	"SELECT sleep(100)",
	"SELECT * FROM system.processes",
	"SELECT * FROM `system`.\"processes\"",
	"SELECT * FROM system /* hidden */ . processes",
	"SELECT 1 IN (SELECT query FROM system.processes)",
	"SHOW TABLES WHERE name IN (SELECT query FROM system.processes)",
	"SELECT * FROM merge('system', '^proc')",
	"SELECT * FROM merge(REGEXP('sys'), '^proc')",
	"SELECT * FROM loop('system', 'processes')",
	"SHOW PROCESSLIST",
	"SELECT * FROM system.{t:Identifier}",
	"SELECT * FROM { d : Identifier }.{ t : Identifier }",
	"SELECT last_error_message FROM system.errors",
	"SELECT * FROM system.asynchronous_inserts",
	"SELECT * FROM system.stack_trace",
	"SELECT * FROM system.query_cache",
	"SELECT * FROM system.query_log",
	"SELECT * FROM system.session_log",
	"SELECT * FROM system.users",
	"SELECT * FROM system.grants",
	"SELECT * FROM system.named_collections",
	"SELECT * FROM system.server_settings",
	"SELECT * FROM system.certificates",
	"SELECT * FROM system.zookeeper WHERE path = '/'",
	"EXPLAIN SELECT * FROM system.processes",
	"SELECT * FROM system.no_such_table",
}

// TestReaderCannotReachOut runs hostile statements as the reader. None may
// write, read a file, reach the network, stop others or lift a limit.
func TestReaderCannotReachOut(t *testing.T) {
	database := newDatabase(t)
	post(t, "CREATE TABLE "+database+".t (a UInt32, s String) ENGINE = MergeTree ORDER BY a", nil)
	post(t, "INSERT INTO "+database+".t VALUES (1, 'one')", nil)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\nSECRET,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	outfile := filepath.Join(dir, "out")
	reached, network := listen(t)
	replace := strings.NewReplacer("OUTFILE", outfile, "NETWORK", network, "'SECRET'", "'"+secret+"'",
		"`SECRET`", "`"+secret+"`", `\'SECRET\'`, `\'`+secret+`\'`)
	for _, sql := range hostileStatements {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			parameters := values("database", database, "query", replace.Replace(sql), "param_d", "system", "param_t", "processes")
			a := send(t, reader, readerPassword, method, parameters, nil)
			if a.status == http.StatusOK || a.code() == "" || strings.Contains(a.body, "SECRET,1") {
				t.Errorf("%s %s\n  status %d, code %q: %s", method, sql, a.status, a.code(), a.body)
			}
		}
	}
	if got := post(t, "SELECT * FROM "+database+".t", nil); got != "1\tone\n" {
		t.Errorf("the table has changed: %q", got)
	}
	if got := post(t, "SHOW TABLES FROM "+database, nil); got != "t\n" {
		t.Errorf("tables have changed: %q", got)
	}
	if _, err := os.Stat(outfile); err == nil {
		t.Error("a file was written")
	}
	select {
	case <-reached:
		t.Error("the network was reached")
	default:
	}
}

// TestReaderCannotExhaust runs statements that would go on for ever, fill the memory or
// never stop answering. Each must end by a limit that says so, and the next must be served.
func TestReaderCannotExhaust(t *testing.T) {
	const timeout, memory, rows, tooLarge = "159", "241", "396", "131"
	tight := values("max_execution_time", "0.5", "max_memory_usage", "100000000", "max_result_rows", "1000")
	for sql, codes := range map[string][]string{
		"SELECT count() FROM numbers(1000000000000000000)":                                                            {timeout},
		"SELECT count() FROM generateSeries(1, 1000000000000000)":                                                     {timeout},
		"SELECT count() FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b CROSS JOIN numbers(1000000) AS c": {timeout, memory},
		"SELECT sum(cityHash64(number)) FROM numbers_mt(1000000000000)":                                               {timeout},
		"SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1":                                        {"164"},
		"WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r":                      {timeout, "306"},
		"SELECT groupArray(number) FROM numbers(1000000000)":                                                          {memory, timeout},
		"SELECT uniqExact(number) FROM numbers(10000000000)":                                                          {memory, timeout},
		"SELECT number FROM numbers(10000000000) ORDER BY cityHash64(number)":                                         {memory, timeout},
		"SELECT length(repeat(repeat('x', 1000000), 1000000))":                                                        {memory, tooLarge, "128", "190"},
		"SELECT repeat('x', 10000000000)":                                                                             {memory, tooLarge},
		"SELECT range(10000000000)":                                                                                   {memory, tooLarge, "69"},
		"SELECT arrayMap(x -> repeat('x', 1000000), range(100000))":                                                   {memory, tooLarge, "69"},
		"SELECT number FROM numbers(100000000)":                                                                       {rows},
		"SELECT arrayJoin(range(1000000000))":                                                                         {memory, "69"},
		"SELECT repeat('x', 1000) FROM numbers(100000)":                                                               {rows},
	} {
		a := read(t, sql, tight, "Connection", "close")
		if code := a.code(); !slices.Contains(codes, code) && !slices.ContainsFunc(codes, func(c string) bool { return strings.Contains(a.body, "Code: "+c) }) {
			t.Errorf("%s\n  status %d, code %q: %.300s", sql, a.status, code, a.body)
		}
	}
	if a := read(t, "SELECT 1", nil); a.body != "1\n" {
		t.Errorf("afterwards: status %d: %s", a.status, a.body)
	}
}

// TestReaderMayLookAround reads every table of system that is left to readers: none may
// do harm to the process.
func TestReaderMayLookAround(t *testing.T) {
	for _, table := range embedded.SystemTables() {
		if a := read(t, "SELECT * FROM system."+table+" LIMIT 10 FORMAT Null", nil); a.status != http.StatusOK {
			t.Errorf("%s: %s", table, a.body)
		}
	}
	for _, name := range []string{"database", "X-ClickHouse-Database"} {
		parameters, headers := values("database", "system"), []string(nil)
		if name != "database" {
			parameters, headers = nil, []string{name, "system"}
		}
		if a := read(t, "SELECT count() FROM processes", parameters, headers...); a.code() != "497" {
			t.Errorf("system by %s: status %d, code %q", name, a.status, a.code())
		}
	}
}

// listen waits for someone to connect.
func listen(t *testing.T) (reached <-chan struct{}, address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	connected := make(chan struct{})
	go func() {
		if conn, err := listener.Accept(); err == nil {
			conn.Close()
			close(connected)
		}
	}()
	return connected, listener.Addr().String()
}

// TestReaderCannotLiftLimits asks for looser limits in the URL.
func TestReaderCannotLiftLimits(t *testing.T) {
	for _, refused := range []url.Values{
		values("readonly", "0"),
		values("format_schema", "/etc/passwd"),
		values("output_format_schema", "/tmp/x"),
		values("allow_introspection_functions", "1"),
		values("max_result_rows_x", "1"),
		values("path", "/"),
		values("insert_deduplication_token", "x"),
	} {
		if a := read(t, "SELECT 1", refused); a.status == http.StatusOK {
			t.Errorf("%v was accepted", refused)
		}
	}
	for name, limit := range map[string]string{
		"max_execution_time": "60", "max_memory_usage": "2147483648",
		"max_result_rows": "10000000", "readonly": "1",
	} {
		for _, value := range []string{"0", "-1", "1e300", "99999999999", "abc", ""} {
			if name == "readonly" && value == "0" {
				continue
			}
			a := read(t, "SELECT getSetting('"+name+"')", values(name, value))
			if a.status == http.StatusOK && strings.TrimSpace(a.body) != limit {
				t.Errorf("%s=%s gives %q", name, value, a.body)
			}
		}
	}
	if a := read(t, "SELECT * FROM numbers(20000000) FORMAT Null", nil); a.code() != "396" {
		t.Errorf("20 million rows: status %d, code %s", a.status, a.code())
	}
}

// TestReaderCanRead runs what dashboards and clickhouse-go send.
func TestReaderCanRead(t *testing.T) {
	database := newDatabase(t)
	post(t, "CREATE TABLE "+database+".t (a UInt32, file String, url String) ENGINE = MergeTree ORDER BY a", nil)
	post(t, "INSERT INTO "+database+".t VALUES (1, 'one', 'two')", nil)
	for sql, want := range map[string]string{
		"SELECT a, t.file, url FROM t":                                "1\tone\ttwo\n",
		"SELECT count() FROM t WHERE url IN ('two')":                  "1\n",
		"SELECT format('{}-{}', 'file(', 'b') /* file(1) */":          "file(-b\n",
		"SELECT {n:UInt8} + 1":                                        "8\n",
		"SELECT sum(number) FROM numbers(10)":                         "45\n",
		"SELECT getSetting('max_execution_time')":                     "5\n",
		"WITH 1 AS x SELECT x":                                        "1\n",
		"SHOW TABLES":                                                 "t\n",
		"EXISTS TABLE t":                                              "1\n",
		"DESCRIBE TABLE t FORMAT JSONCompactEachRow SETTINGS limit=1": "",
		"EXPLAIN SELECT a FROM t":                                     "",
		"SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 't' LIMIT 1": "a\n",
	} {
		a := read(t, sql, values("database", database, "param_n", "7", "max_execution_time", "5", "wait_end_of_query", "1",
			"session_id", "s", "readonly", "1", "output_format_json_quote_64bit_integers", "1", "client_protocol_version", "54460"))
		if want == "" && a.code() == "164" {
			continue
		}
		if a.status != http.StatusOK || want != "" && a.body != want {
			t.Errorf("%s: status %d: %q", sql, a.status, a.body)
		}
	}
	o := options(database)
	o.Auth.Username, o.Auth.Password = reader, readerPassword
	o.Settings = map[string]any{"max_execution_time": 30}
	var count uint64
	if err := open(t, o).QueryRow(t.Context(), "SELECT count() FROM t WHERE a = {a:UInt32}", namedUint("a", 1)).Scan(&count); err != nil || count != 1 {
		t.Errorf("count %d, error %v", count, err)
	}
}

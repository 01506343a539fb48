package embedded_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func get(t *testing.T, path string, prepare func(*http.Request)) answer {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+server.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(request)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body), err}
}

func TestPing(t *testing.T) {
	for _, path := range []string{"/", "/ping"} {
		if a := get(t, path, nil); a.status != http.StatusOK || a.body != "Ok.\n" {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
	}
	if a := get(t, "/elsewhere", nil); a.status != http.StatusNotFound {
		t.Errorf("/elsewhere: %d", a.status)
	}
}

// A page on the web may let a name of its own point to this machine.
func TestNamesAreRefused(t *testing.T) {
	for host, status := range map[string]int{
		"localhost:8123": 200, "127.0.0.1": 200, "[::1]:8123": 200,
		"evil.example": 403, "evil.example:8123": 403, "localhost.evil.example": 403,
	} {
		if a := get(t, "/ping", func(r *http.Request) { r.Host = host }); a.status != status {
			t.Errorf("%s: %d, want %d", host, a.status, status)
		}
	}
}

func TestAuthentication(t *testing.T) {
	basic := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	header := func(user, password string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("X-ClickHouse-User", user)
			r.Header.Set("X-ClickHouse-Key", password)
		}
	}
	query := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.URL.RawQuery += "&user=" + user + "&password=" + password }
	}
	ways := map[string]func(user, password string) func(*http.Request){"basic": basic, "header": header, "query": query}
	for way, as := range ways {
		for _, c := range []struct {
			user, password string
			status         int
		}{
			{writer, writerPassword, 200},
			{reader, readerPassword, 200},
			{writer, readerPassword, 403},
			{reader, "", 403},
			{"default", "", 403},
			{"", "", 403},
		} {
			a := get(t, "/?query=SELECT+1", as(c.user, c.password))
			if a.status != c.status || c.status == 403 && a.code() != "516" {
				t.Errorf("%s %s:%s: status %d, code %s", way, c.user, c.password, a.status, a.code())
			}
		}
	}
	if a := get(t, "/?query=SELECT+1", nil); a.status != 403 {
		t.Errorf("nobody: status %d", a.status)
	}
}

func TestForeignWebPagesAreRefused(t *testing.T) {
	a := write(t, "SELECT 1", nil, "Sec-Fetch-Site", "cross-site", "Origin", "https://example.com")
	if a.status != http.StatusForbidden {
		t.Errorf("status %d", a.status)
	}
}

func TestErrorCodes(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT * FROM missing":             "404 60",
		"SELECT * FROM missing.t":           "404 81",
		"SELEC 1":                           "400 62",
		"":                                  "400 62",
		"SELECT 1; SELECT 2":                "400 62",
		"SELECT nothing":                    "404 47",
		"SELECT nonsense(1)":                "404 46",
		"SELECT throwIf(1)":                 "500 395",
		"SELECT 1 FORMAT Nonsense":          "404 73",
		"SELECT toUInt8('x')":               "400 6",
		"INSERT INTO missing FORMAT CSV\n1": "404 60",
		"SELECT count() FROM numbers(1e12) SETTINGS max_execution_time = 0.1": "408 159",
		"SELECT '" + strings.Repeat("x", 300<<10) + "'":                       "413 229",
	} {
		a := write(t, sql, nil)
		if got := fmt.Sprint(a.status, " ", a.code()); got != want || !strings.Contains(a.body, "DB::Exception") {
			t.Errorf("%.60q: %s, want %s: %.300s", sql, got, want, a.body)
		}
	}
	for _, parameters := range []struct{ name, value, want string }{
		{"nonsense", "1", "404 115"}, {"max_threads", "many", "400 "}, {"database", "missing", "404 81"},
	} {
		a := write(t, "SELECT 1", values(parameters.name, parameters.value))
		if got := fmt.Sprint(a.status, " ", a.code()); !strings.HasPrefix(got, parameters.want) {
			t.Errorf("%s=%s: %s, want %s", parameters.name, parameters.value, got, parameters.want)
		}
	}
}

func TestOnlyPostWrites(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead} {
		a := send(t, writer, writerPassword, method, values("query", "CREATE DATABASE by_get"), nil)
		if a.code() != "164" {
			t.Errorf("%s: status %d, code %s", method, a.status, a.code())
		}
	}
}

func TestResponseHeaders(t *testing.T) {
	a := write(t, "SELECT 1 AS n FORMAT JSON", values("query_id", "my-query"))
	for name, want := range map[string]string{
		"X-ClickHouse-Query-Id": "my-query", "X-ClickHouse-Format": "JSON", "X-ClickHouse-Timezone": "UTC",
		"Content-Type": "application/json; charset=UTF-8",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var summary map[string]string
	if err := json.Unmarshal([]byte(a.header.Get("X-ClickHouse-Summary")), &summary); err != nil || summary["result_rows"] != "1" {
		t.Errorf("summary %q, error %v", a.header.Get("X-ClickHouse-Summary"), err)
	}
	if write(t, "SELECT 1", nil).header.Get("X-ClickHouse-Query-Id") == "" {
		t.Error("no query id")
	}
}

func TestOutputFormats(t *testing.T) {
	const sql = "SELECT number AS n, toString(number) AS s FROM numbers(3) ORDER BY n"
	for format, want := range map[string]string{
		"TSV":                        "0\t0\n1\t1\n2\t2\n",
		"TabSeparatedWithNames":      "n\ts\n0\t0\n1\t1\n2\t2\n",
		"CSV":                        "0,\"0\"\n1,\"1\"\n2,\"2\"\n",
		"CSVWithNames":               "\"n\",\"s\"\n0,\"0\"\n1,\"1\"\n2,\"2\"\n",
		"JSONEachRow":                "{\"n\":0,\"s\":\"0\"}\n{\"n\":1,\"s\":\"1\"}\n{\"n\":2,\"s\":\"2\"}\n",
		"JSONCompactEachRow":         "[0, \"0\"]\n[1, \"1\"]\n[2, \"2\"]\n",
		"Values":                     "(0,'0'),(1,'1'),(2,'2')",
		"RowBinary":                  "\x00\x00\x00\x00\x00\x00\x00\x00\x010\x01\x00\x00\x00\x00\x00\x00\x00\x011\x02\x00\x00\x00\x00\x00\x00\x00\x012",
		"Null":                       "",
		"RowBinaryWithNamesAndTypes": "\x02\x01n\x01s\x06UInt64\x06String",
		"JSON":                       "{", "Pretty": "", "Vertical": "Row 1", "XML": "<?xml", "Markdown": "|", "Parquet": "PAR1", "Arrow": "ARROW1",
	} {
		for way, a := range map[string]answer{
			"clause":    write(t, sql+" FORMAT "+format, nil),
			"parameter": write(t, sql, values("default_format", format)),
			"header":    write(t, sql, nil, "X-ClickHouse-Format", format),
		} {
			if a.status != 200 || !strings.HasPrefix(a.body, want) || strings.HasSuffix(want, "\n") && a.body != want {
				t.Errorf("%s by %s: %d %q", format, way, a.status, a.body)
			}
		}
	}
	if got := post(t, "SELECT 1 AS a", values("default_format", "JSONEachRow", "output_format_json_array_of_rows", "1")); got != "[\n{\"a\":1}\n]\n" {
		t.Errorf("array of rows: %q", got)
	}
}

func TestQueryAndBodyAreOneText(t *testing.T) {
	if got := post(t, "+ 1", values("query", "SELECT 1")); got != "2\n" {
		t.Errorf("%q", got)
	}
}

func TestDatabaseStaysInItsRequest(t *testing.T) {
	database := newDatabase(t)
	if got := post(t, "SELECT currentDatabase()", values("database", database)); got != database+"\n" {
		t.Errorf("parameter: %q", got)
	}
	if got := write(t, "SELECT currentDatabase()", nil, "X-ClickHouse-Database", database).body; got != database+"\n" {
		t.Errorf("header: %q", got)
	}
	post(t, "USE "+database, nil)
	post(t, "SET max_threads = 1", nil)
	if got := post(t, "SELECT currentDatabase(), getSetting('log_comment') = ''", nil); !strings.HasPrefix(got, "default\t") {
		t.Errorf("afterwards: %q", got)
	}
}

func TestParameters(t *testing.T) {
	for value, want := range map[string]string{
		`plain`: "plain", `it\'s "q"`: `it's "q"`, `a\\b`: `a\b`, `a\nb\tc`: "a\nb\tc", `nul\0!`: "nul\x00!", `ü‘`: "ü‘", ``: "",
	} {
		a := write(t, "SELECT {v:String} FORMAT RowBinary", values("param_v", value))
		if a.status != 200 || len(a.body) == 0 || a.body[1:] != want {
			t.Errorf("%q: %d %q, want %q", value, a.status, a.body, want)
		}
	}
	got := post(t, "SELECT {a:Array(String)}, {t:DateTime64(3)}, {n:Nullable(UInt8)}, {i:Identifier} FROM numbers(1)", values(
		"param_a", `['x','y\'z']`, "param_t", "2026-01-02 03:04:05.678", "param_n", `\N`, "param_i", "number"))
	if want := "['x','y\\\\'z']\t2026-01-02 03:04:05.678\t\\N\t0\n"; got != want && got != strings.ReplaceAll(want, `\\`, `\`) {
		t.Errorf("%q", got)
	}
	if a := write(t, "SELECT {missing:String}", nil); a.code() != "456" {
		t.Errorf("missing parameter: %d %s", a.status, a.code())
	}
}

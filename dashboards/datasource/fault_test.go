package datasource_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/vividium/firebreak/dashboards/datasource"
	"github.com/vividium/firebreak/dashboards/grafanatest"
	"github.com/vividium/firebreak/schema/store"
)

// with are the settings with something else in them.
func with(name string, value any) grafanatest.Settings {
	s := changed()
	s.JSON[name] = value
	return s
}

// changed are settings that are newer than all before.
func changed() grafanatest.Settings {
	s := settings()
	s.Updated = yearStart.Add(time.Duration(versions.Add(1)) * time.Minute)
	return s
}

var versions atomic.Int64

func health(t *testing.T, s grafanatest.Settings) *backend.CheckHealthResult {
	t.Helper()
	h, err := process.Health(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHealthIsGood(t *testing.T) {
	h := health(t, settings())
	for _, text := range []string{"schema is version", "the newest record landed"} {
		if h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, text) {
			t.Errorf("%v: %s", h.Status, h.Message)
		}
	}
}

// Save & test names the fault, and a panel says the same.
func TestFaultsOfTheConnection(t *testing.T) {
	badLogin := changed()
	badLogin.Secrets["password"] = "wrong"
	closed := freePort(t)
	certificate, trusted := tlsServer(t)
	tlsSettings := func(change func(grafanatest.Settings)) grafanatest.Settings {
		s := with("address", certificate.Listener.Addr().String())
		s.JSON["secure"] = true
		change(s)
		return s
	}
	for _, c := range []struct {
		name  string
		s     grafanatest.Settings
		panel backend.Status
		says  []string
	}{
		{"a wrong password", badLogin, 401, []string{"refuses the login", `"reader"`, "settings of the datasource"}},
		{"a user that does not exist", with("username", "nobody"), 401, []string{"refuses the login", `"nobody"`}},
		{"nothing listens", with("address", closed), 502, []string{closed, "cannot be reached", "is it running"}},
		{"a host that does not exist", with("address", "clickhouse.invalid:8123"), 502, []string{"clickhouse.invalid", "cannot be found"}},
		{"TLS to a port without", with("secure", true), 502, []string{"does not speak TLS", "8443"}},
		{"a certificate that nobody trusts", tlsSettings(func(grafanatest.Settings) {}), 502, []string{"not trusted", "CA certificate"}},
		{"a certificate for another name", tlsSettings(func(s grafanatest.Settings) {
			s.JSON["tlsAuthWithCACert"], s.JSON["serverName"] = true, "another.example"
			s.Secrets["tlsCACert"] = trusted
		}), 502, []string{"for another name", "server name"}},
		{"another database", with("database", "default"), 400, []string{"firebreak migrate"}},
	} {
		h := health(t, c.s)
		if h.Status != backend.HealthStatusError {
			t.Errorf("%s: healthy: %s", c.name, h.Message)
		}
		answer := askAll(t, c.s, over(quarterStart, quarterEnd, datasource.Query{Metric: "incident_count"}))["A"]
		if answer.Error == nil || answer.Status != c.panel || answer.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("%s: a panel gets %d of %s: %v", c.name, answer.Status, answer.ErrorSource, answer.Error)
			continue
		}
		for _, text := range c.says {
			if !strings.Contains(h.Message, text) || !strings.Contains(answer.Error.Error(), text) {
				t.Errorf("%s: %q and %q do not say %q", c.name, h.Message, answer.Error, text)
			}
		}
	}
	good := tlsSettings(func(s grafanatest.Settings) {
		s.JSON["tlsAuthWithCACert"] = true
		s.Secrets["tlsCACert"] = trusted
	})
	if h := health(t, good); h.Status != backend.HealthStatusOk {
		t.Errorf("with the CA certificate: %s", h.Message)
	}
}

// Settings that cannot be used are told all at once.
func TestMistakesInSettings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(map[string]any)
		says   []string
	}{
		"nothing set":     {func(j map[string]any) { delete(j, "address") }, []string{"address of ClickHouse is missing", "8123"}},
		"a URL":           {func(j map[string]any) { j["address"] = "https://clickhouse:8443" }, []string{"without a scheme"}},
		"limits":          {func(j map[string]any) { j["rowLimit"], j["timeout"] = -1, 100000 }, []string{"row limit", "timeout"}},
		"a bad CA":        {func(j map[string]any) { j["secure"], j["tlsAuthWithCACert"] = true, true }, []string{"PEM"}},
		"a bad own cert":  {func(j map[string]any) { j["secure"], j["tlsAuth"] = true, true }, []string{"client certificate"}},
		"no such setting": {func(j map[string]any) { j["rowLimit"] = "many" }, []string{"cannot be read"}},
	} {
		s := with("username", "reader")
		c.change(s.JSON)
		h := health(t, s)
		answer := askAll(t, s, over(quarterStart, quarterEnd, datasource.Query{Metric: "incident_count"}))["A"]
		status, body, err := process.Resource(t.Context(), s, "GET", "catalogue", nil)
		if err != nil || status != 400 || answer.Error == nil || answer.Status != 400 || answer.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("%s: a panel gets %d %v, an editor %d %s %v", name, answer.Status, answer.Error, status, body, err)
			continue
		}
		for _, text := range c.says {
			if h.Status != backend.HealthStatusError || !strings.Contains(h.Message, text) || !strings.Contains(answer.Error.Error(), text) || !strings.Contains(string(body), text) {
				t.Errorf("%s: %v %q, %v, %s do not say %q", name, h.Status, h.Message, answer.Error, body, text)
			}
		}
	}
}

// slow takes longer than Grafana's SDK waits before it disposes of what was replaced. It
// has no rows, so that the backend asks a second time, for its columns.
var slow = "/* slow */ SELECT s FROM (" + strings.TrimSuffix(strings.Repeat("SELECT sleepEachRow(2) AS s UNION ALL ", 4), " UNION ALL ") + ") WHERE s > 0"

// A query that runs when the settings are changed ends as it would have.
func TestSettingsChangeWhileAQueryRuns(t *testing.T) {
	s := changed()
	type result struct {
		answer *backend.QueryDataResponse
		err    error
	}
	ended := make(chan result, 1)
	go func() {
		answer, err := process.Query(context.Background(), s, over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: slow}))
		ended <- result{answer, err}
	}()
	began := time.Now()
	waitFor(t, "the query runs", func() bool { return running(t, "/* slow */ SELECT s") == 1 })
	if h := health(t, changed()); h.Status != backend.HealthStatusOk {
		t.Error(h.Message)
	}
	r := <-ended
	if r.err != nil || time.Since(began) < 6*time.Second {
		t.Fatalf("after %v: %v", time.Since(began), r.err)
	}
	fieldOf(t, frameOf(t, r.answer.Responses["A"]), "s")
}

// A schema that is missing, old or empty is told as that.
func TestHealthOfTheSchema(t *testing.T) {
	cfg := store.Config{Addr: server.Addr(), User: "firebreak", Database: "young"}
	if h := health(t, with("database", "young")); h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "firebreak migrate") {
		t.Errorf("without a database: %s", h.Message)
	}
	if _, err := store.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if h := health(t, with("database", "young")); h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, "no event has landed yet") || !strings.Contains(h.Message, "firebreak aggregate") {
		t.Errorf("without events: %s", h.Message)
	}
	s, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(t.Context(), "ALTER TABLE schema_versions DELETE WHERE version > 9 SETTINGS mutations_sync = 1", nil); err != nil {
		t.Fatal(err)
	}
	if h := health(t, with("database", "young")); h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "is version 9, this plugin needs") {
		t.Errorf("with an old schema: %s", h.Message)
	}
	if err := s.InsertRows(t.Context(), "schema_versions", []string{"version", "name"}, [][]any{{uint32(99), "future"}}); err != nil {
		t.Fatal(err)
	}
	if h := health(t, with("database", "young")); h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "version 99") {
		t.Errorf("with a newer schema: %s", h.Message)
	}
}

// endless runs for longer than any test waits.
const endless = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"

// running counts the statements that are at work in ClickHouse and have a mark.
func running(t *testing.T, mark string) int {
	t.Helper()
	var n uint64
	err := company.Each(t.Context(), "SELECT count() FROM system.processes WHERE query LIKE concat('%', {mark:String}, '%') AND query NOT LIKE '%system.processes%'",
		map[string]string{"mark": mark}, func(rows store.Rows) error { return rows.Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// A panel that is closed stops its query in ClickHouse, too.
func TestCancelledQueryStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := process.Query(ctx, settings(), over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: endless + " /* cancelled */"}))
		ended <- err
	}()
	waitFor(t, "the query runs", func() bool { return running(t, "cancelled */") == 1 })
	cancel()
	if err := <-ended; err == nil {
		t.Error("it succeeded")
	}
	waitFor(t, "the query has stopped", func() bool { return running(t, "cancelled */") == 0 })
}

// A query that takes too long ends with the name of the setting to change.
func TestTimeout(t *testing.T) {
	s := with("timeout", 1)
	answer := askAll(t, s, over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: endless + " /* late */"}))["A"]
	if answer.Error == nil || answer.Status != backend.StatusTimeout || !strings.Contains(answer.Error.Error(), "longer than 1 s") || !strings.Contains(answer.Error.Error(), "Query timeout") {
		t.Errorf("%d %v", answer.Status, answer.Error)
	}
	waitFor(t, "the query has stopped", func() bool { return running(t, "late */") == 0 })
}

// A backend that was killed answers again once Grafana has started it anew.
func TestKilledAndLaunchedAgain(t *testing.T) {
	p, err := grafanatest.Launch(binary)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	a := over(quarterStart, quarterEnd, datasource.Query{Metric: "incident_count"})
	waitFor(t, "it is gone", func() bool {
		_, err := p.Query(t.Context(), settings(), a)
		return err != nil
	})
	p.Kill()
	if p, err = grafanatest.Launch(binary); err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	answer, err := p.Query(t.Context(), settings(), a)
	if err != nil {
		t.Fatal(err)
	}
	if f := frameOf(t, answer.Responses["A"]); f.Rows() != 1 {
		t.Error(f.Rows())
	}
}

// A ClickHouse that goes away is told, and one that comes back is used.
func TestClickHouseGoesAndComesBack(t *testing.T) {
	target, err := url.Parse("http://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	address := freePort(t)
	s := with("address", address)
	a := over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: "SELECT count() AS n FROM incidents"})
	if answer := askAll(t, s, a)["A"]; answer.Status != 502 {
		t.Fatalf("before: %d %v", answer.Status, answer.Error)
	}
	open := func() *http.Server {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		h := &http.Server{Handler: httputil.NewSingleHostReverseProxy(target), ReadHeaderTimeout: time.Minute}
		go func() { _ = h.Serve(listener) }()
		return h
	}
	for range 2 {
		proxy := open()
		frameOf(t, askAll(t, s, a)["A"])
		_ = proxy.Close()
		if answer := askAll(t, s, a)["A"]; answer.Status != 502 || answer.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("while it is away: %d %v", answer.Status, answer.Error)
		}
	}
}

// Other settings are used as soon as Grafana knows them.
func TestSettingsChange(t *testing.T) {
	a := over(quarterStart, quarterEnd, datasource.Query{Kind: "sql", SQL: "SELECT number FROM numbers(100)"})
	for _, limit := range []int{10, 20, 10} {
		if f := frameOf(t, askAll(t, with("rowLimit", limit), a)["A"]); f.Rows() != limit {
			t.Errorf("%d rows, the limit is %d", f.Rows(), limit)
		}
	}
}

// The limits of the ClickHouse user are told with the name of what to raise.
func TestLimitsOfTheUser(t *testing.T) {
	for sql, says := range map[string]string{
		"SELECT 1 SETTINGS max_execution_time = 0":                                                       "164",
		endless + " SETTINGS max_execution_time = 1":                                                     "max_execution_time",
		"SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000":         "max_memory_usage",
		"SELECT number FROM numbers(1000) SETTINGS max_result_rows = 10, result_overflow_mode = 'throw'": "",
	} {
		answer := ask(t, datasource.Query{Kind: "sql", SQL: sql})
		if answer.Error == nil || answer.ErrorSource != backend.ErrorSourceDownstream || !strings.Contains(answer.Error.Error(), says) {
			t.Errorf("%s: %v", sql, answer.Error)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// tlsServer is ClickHouse behind TLS, with the CA certificate to trust.
func tlsServer(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	target, err := url.Parse("http://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "firebreak test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	raw, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	h.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}
	h.StartTLS()
	t.Cleanup(h.Close)
	return h, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

package datasource

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/segmentio/encoding/json"

	"github.com/vividium/firebreak/schema/store"
)

// config is what a datasource was set up with.
type config struct {
	store    store.Config
	rowLimit int
	timeout  time.Duration
}

// jsonConfig is what Grafana keeps in jsonData; the editor writes it.
type jsonConfig struct {
	Address  string `json:"address"`  // host:port of ClickHouse's HTTP interface
	Database string `json:"database"` // default firebreak
	Username string `json:"username"`
	RowLimit int    `json:"rowLimit"`
	Timeout  int    `json:"timeout"` // seconds

	Secure         bool   `json:"secure"` // TLS
	TLSSkipVerify  bool   `json:"tlsSkipVerify"`
	TLSServerName  string `json:"serverName"`
	TLSWithCA      bool   `json:"tlsAuthWithCACert"`
	TLSWithOwnCert bool   `json:"tlsAuth"`
}

const (
	defaultRowLimit = 10_000
	mostRowLimit    = 1_000_000
	defaultTimeout  = 30 * time.Second
	mostTimeout     = 10 * time.Minute
	dialTimeout     = 5 * time.Second
)

// readConfig reports all mistakes at once.
func readConfig(ctx context.Context, settings backend.DataSourceInstanceSettings) (config, error) {
	j := jsonConfig{RowLimit: defaultRowLimit, Timeout: int(defaultTimeout.Seconds())}
	if len(settings.JSONData) > 0 {
		if err := json.Unmarshal(settings.JSONData, &j); err != nil {
			return config{}, fmt.Errorf("the settings of the datasource cannot be read: %w", err)
		}
	}
	c := config{
		store:    store.Config{Addr: j.Address, Database: j.Database, User: j.Username, Password: settings.DecryptedSecureJSONData["password"], DialTimeout: dialTimeout},
		rowLimit: j.RowLimit,
		timeout:  time.Duration(j.Timeout) * time.Second,
	}
	mistakes := []error{checkAddress(j.Address)}
	if c.rowLimit < 1 || c.rowLimit > mostRowLimit {
		mistakes = append(mistakes, fmt.Errorf("the row limit must be from 1 to %d", mostRowLimit))
	}
	if c.timeout < time.Second || c.timeout > mostTimeout {
		mistakes = append(mistakes, fmt.Errorf("the query timeout must be from 1 to %d seconds", int(mostTimeout.Seconds())))
	}
	var err error
	if c.store.TLS, err = j.tls(settings.DecryptedSecureJSONData); err != nil {
		mistakes = append(mistakes, err)
	}
	if c.store.Dial, err = proxied(ctx, settings); err != nil {
		mistakes = append(mistakes, err)
	}
	return c, errors.Join(mistakes...)
}

func checkAddress(address string) error {
	if address == "" {
		return errors.New("the address of ClickHouse is missing: give host:port of its HTTP interface, such as clickhouse.example.com:8123")
	}
	if strings.Contains(address, "://") {
		return fmt.Errorf("the address %q must be host:port without a scheme; choose the protocol HTTPS instead of https://", address)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("the address %q is not host:port: %w", address, err)
	}
	return nil
}

// tls is nil when the connection is not to be encrypted.
func (j *jsonConfig) tls(secrets map[string]string) (*tls.Config, error) {
	if !j.Secure {
		return nil, nil
	}
	c := &tls.Config{ServerName: j.TLSServerName, MinVersion: tls.VersionTLS12, InsecureSkipVerify: j.TLSSkipVerify}
	if j.TLSWithCA {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(secrets["tlsCACert"])) {
			return nil, errors.New("the CA certificate is no certificate in PEM format")
		}
	}
	if j.TLSWithOwnCert {
		own, err := tls.X509KeyPair([]byte(secrets["tlsClientCert"]), []byte(secrets["tlsClientKey"]))
		if err != nil {
			return nil, fmt.Errorf("the client certificate and its key cannot be used: %w", err)
		}
		c.Certificates = []tls.Certificate{own}
	}
	return c, nil
}

// proxied dials through Grafana's secure socks proxy where the datasource is set up
// for it; nil dials directly.
func proxied(ctx context.Context, settings backend.DataSourceInstanceSettings) (func(context.Context, string, string) (net.Conn, error), error) {
	client, err := settings.ProxyClient(ctx)
	if err != nil || !client.SecureSocksProxyEnabled() {
		return nil, err
	}
	dialer, err := client.NewSecureSocksProxyContextDialer()
	if err != nil {
		return nil, fmt.Errorf("the secure socks proxy of Grafana cannot be used: %w", err)
	}
	through, ok := dialer.(interface {
		DialContext(ctx context.Context, network, addr string) (net.Conn, error)
	})
	if !ok {
		return nil, errors.New("the secure socks proxy of Grafana cannot be used with a deadline")
	}
	return through.DialContext, nil
}

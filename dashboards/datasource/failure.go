package datasource

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/vividium/firebreak/schema/store"
)

// failure is an error as Grafana wants it: of the user, ClickHouse or the network
// (downstream), or of this program, with a text that says what to do.
func (d *Datasource) failure(ctx context.Context, err error) backend.DataResponse {
	status, text := d.explain(ctx, err)
	source := backend.ErrorSourceDownstream
	if status == backend.StatusInternal || backend.IsPluginError(err) {
		source = backend.ErrorSourcePlugin
	}
	return backend.DataResponse{Status: status, Error: errors.New(text), ErrorSource: source}
}

// explain says what went wrong and what to do.
func (d *Datasource) explain(ctx context.Context, err error) (backend.Status, string) {
	var wrong *mistake
	switch {
	case errors.As(err, &wrong):
		return backend.StatusBadRequest, wrong.Error()
	case errors.Is(err, context.Canceled) || ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return backend.Status(statusCancelled), "the query was cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return backend.StatusTimeout, fmt.Sprintf("the query took longer than %g s: narrow the time range or the filters, or raise “Query timeout” in the settings of the datasource", d.cfg.timeout.Seconds())
	}
	if refused, ok := errors.AsType[*store.Error](err); ok {
		return d.explainRefusal(refused)
	}
	if text := d.explainConnection(err); text != "" {
		return backend.StatusBadGateway, text
	}
	return backend.StatusInternal, err.Error()
}

// statusCancelled is what HTTP servers say of a client that went away.
const statusCancelled = 499

// explainRefusal is for what ClickHouse answered.
func (d *Datasource) explainRefusal(refused *store.Error) (backend.Status, string) {
	said := fmt.Sprintf("ClickHouse error %d: %s", refused.Code, refused.Message)
	switch refused.Code {
	case store.CodeAuthentication, store.CodeUnknownUser, store.CodeWrongPassword, store.CodePasswordRequired:
		return backend.StatusUnauthorized, fmt.Sprintf("ClickHouse at %s refuses the login of user %q: check user name and password in the settings of the datasource", d.cfg.store.Addr, d.cfg.store.User)
	case store.CodeAccessDenied:
		return backend.StatusForbidden, said + ": grant the datasource's user what the message names"
	case store.CodeReadonly:
		return backend.StatusForbidden, said + ": the datasource only reads"
	case store.CodeUnknownTable, store.CodeUnknownDatabase, store.CodeNoSuchColumn, store.CodeUnknownIdentifier, store.CodeUnknownFunction:
		return backend.StatusBadRequest, said + ": check the names; if they are Firebreak's, run `firebreak migrate` on the database " + d.database()
	case store.CodeTimeout, store.CodeTooSlow:
		return backend.StatusTimeout, said + ": narrow the time range or the filters, or raise max_execution_time of the ClickHouse user"
	case store.CodeMemory:
		return backend.Status(statusTooLarge), said + ": narrow the time range or the filters, or raise max_memory_usage of the ClickHouse user"
	case store.CodeTooManyRows, store.CodeTooManyRowsOrBytes:
		return backend.Status(statusTooLarge), said + ": add a LIMIT, or raise max_result_rows of the ClickHouse user"
	}
	return backend.StatusBadRequest, said
}

// statusTooLarge is for answers that ClickHouse may not give.
const statusTooLarge = 413

func (d *Datasource) database() string {
	if d.cfg.store.Database == "" {
		return store.DefaultDatabase
	}
	return d.cfg.store.Database
}

// plainAnswer is what net/http says of a server that does not speak TLS; it has no
// type of its own.
const plainAnswer = "server gave HTTP response to HTTPS client"

// explainConnection is for what happens before ClickHouse answers; "" for anything
// else.
func (d *Datasource) explainConnection(err error) string {
	at := d.cfg.store.Addr
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	if isUnknown {
		return fmt.Sprintf("the certificate of ClickHouse at %s is not trusted (%v): give its CA certificate in the settings of the datasource", at, unknown)
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the certificate of ClickHouse at %s is for another name (%v): set the server name in the settings of the datasource", at, name)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || strings.Contains(err.Error(), plainAnswer) {
		return fmt.Sprintf("ClickHouse at %s does not speak TLS there: use its HTTPS port, often 8443, or the protocol HTTP", at)
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("the host %q cannot be found: check the address %s in the settings of the datasource", name.Name, at)
	}
	var wrong net.Error
	if errors.As(err, &wrong) || errors.Is(err, net.ErrClosed) {
		return fmt.Sprintf("ClickHouse at %s cannot be reached (%v): is it running, is the address that of its HTTP interface, and does the network let Grafana through?", at, err)
	}
	return ""
}

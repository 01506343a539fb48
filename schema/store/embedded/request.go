package embedded

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is what a client asks for, apart from its body.
type request struct {
	id         string // the query id the client gave or is given
	tag        string // finds the query in the engine, whatever id the client gave
	reader     bool
	query      string
	database   string
	format     string // for output the statement names no format for
	settings   []setting
	parameters []parameter
	framesIn   bool   // decompress=1: the body comes in ClickHouse's own frames
	framesOut  bool   // compress=1: the response goes in them
	revision   string // client_protocol_version, "" if the client names none
	whole      bool   // wait_end_of_query=1: nothing is sent before all is known
}

// parseRequest reads a request of ClickHouse's HTTP interface.
func parseRequest(r *http.Request) (*request, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, exceptionf(codeBadArguments, "BAD_ARGUMENTS", "Cannot parse the URL parameters: %v", err)
	}
	q := &request{
		tag:       rand.Text(),
		query:     values.Get("query"),
		database:  cmp.Or(values.Get("database"), r.Header.Get("X-ClickHouse-Database")),
		format:    cmp.Or(values.Get("default_format"), r.Header.Get("X-ClickHouse-Format")),
		revision:  values.Get("client_protocol_version"),
		framesIn:  isOn(values.Get("decompress")),
		framesOut: isOn(values.Get("compress")),
		whole:     isOn(values.Get("wait_end_of_query")),
	}
	q.id = cmp.Or(values.Get("query_id"), r.Header.Get("X-ClickHouse-Query-Id"), q.tag)
	for name, list := range values {
		q.add(name, list[len(list)-1])
	}
	// A map has no order, but the engine applies settings in the order given.
	slices.SortFunc(q.settings, func(a, b setting) int { return strings.Compare(a.name, b.name) })
	return q, nil
}

// reserved are URL parameters that are not settings. Sessions, quotas, roles
// and progress headers do not exist here; clients send them all the same.
var reserved = map[string]bool{
	"query": true, "query_id": true, "database": true, "default_format": true, "user": true, "password": true,
	"compress": true, "decompress": true, "wait_end_of_query": true, "buffer_size": true, "quota_key": true,
	"role": true, "session_id": true, "session_timeout": true, "session_check": true, "stacktrace": true,
	"client_protocol_version": true, settingTag: true,
}

func (q *request) add(name, value string) {
	if parameterName, found := strings.CutPrefix(name, "param_"); found {
		q.parameters = append(q.parameters, parameter{parameterName, value})
	} else if !reserved[name] {
		q.settings = append(q.settings, setting{name, value})
	}
}

func isOn(value string) bool { return value == "1" || strings.EqualFold(value, "true") }

// authenticate says who a request comes from.
func (s *Server) authenticate(r *http.Request, q *request) error {
	given := credential(r)
	switch {
	case given.matches(s.config.Writer):
		return nil
	case given.matches(s.config.Reader):
		q.reader = true
		return nil
	}
	return exceptionf(codeAuthentication, "AUTHENTICATION_FAILED",
		"%s: Authentication failed: password is incorrect, or there is no user with such name", given.User)
}

// credential reads what a client signs in with: basic authentication, headers
// or URL parameters.
func credential(r *http.Request) Credential {
	if user, password, found := r.BasicAuth(); found {
		return Credential{user, password}
	}
	if user := r.Header.Get("X-ClickHouse-User"); user != "" {
		return Credential{user, r.Header.Get("X-ClickHouse-Key")}
	}
	values := r.URL.Query()
	return Credential{cmp.Or(values.Get("user"), "default"), values.Get("password")}
}

func (c Credential) matches(other Credential) bool {
	user := subtle.ConstantTimeCompare([]byte(c.User), []byte(other.User))
	password := subtle.ConstantTimeCompare([]byte(c.Password), []byte(other.Password))
	return user&password == 1
}

package store

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Format is how ClickHouse writes an answer out.
type Format string

// The formats: for people, for programs (one JSON object a line), and for
// spreadsheets.
const (
	FormatTable Format = "PrettyCompactNoEscapesMonoBlock"
	FormatJSON  Format = "JSONEachRow"
	FormatCSV   Format = "CSVWithNames"
)

// Export runs one statement and copies the answer, written out by ClickHouse in
// a format, as it comes. What the statement may do is up to the store's user:
// open the store as one that only reads.
func (s *Store) Export(ctx context.Context, to io.Writer, query string, format Format, params map[string]string) error {
	// No settings: a user that only reads may not change any.
	values := url.Values{"database": {s.cfg.Database}, "default_format": {string(format)}}
	for name, value := range params {
		values.Set("param_"+name, escapeParameter(value))
	}
	u := s.baseURL
	u.RawQuery = values.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(query))
	if err != nil {
		return err
	}
	s.login(req)
	answer, err := s.exports.Do(req)
	if err != nil {
		return fmt.Errorf("asking ClickHouse: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		_, err := readAnswer(answer)
		return err
	}
	if _, err := io.Copy(to, answer.Body); err != nil {
		return fmt.Errorf("ClickHouse's answer broke off: %w", err)
	}
	return nil
}

// escapeParameter writes a parameter as ClickHouse's HTTP interface wants it.
func escapeParameter(value string) string {
	return strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0").Replace(value)
}

func (s *Store) login(req *http.Request) {
	req.Header.Set("X-ClickHouse-User", s.cfg.User)
	req.Header.Set("X-ClickHouse-Key", s.cfg.Password)
}

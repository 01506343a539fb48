package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds how much of an error answer is read.
const maxAnswer = 16 << 10

// Insert writes the batch as one block under a deduplication token; there is
// nothing to do for an empty one. ClickHouse refuses it when it gets to it only
// at or after the end of the lease, a moment by this process's clock. When Insert
// returns an error that is Retryable the batch may have landed or not: insert
// the same batch with the same token and a new lease again.
func (b *Batch) Insert(ctx context.Context, token string, lease time.Time) error {
	if b.Rows() == 0 {
		return nil
	}
	s := b.store
	until, err := s.clock.at(ctx, s, lease)
	if err != nil {
		return err
	}
	b.stamp(until)
	wire, err := b.block.Wire()
	if err != nil {
		return &blockError{err}
	}
	body := func() (io.ReadCloser, error) { return io.NopCloser(wire.Reader()), nil }
	first, _ := body()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.insertURL(b, token), first)
	if err != nil {
		return &blockError{err}
	}
	req.ContentLength = wire.Size()
	req.GetBody = body
	_, err = s.carryOut(req)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == codeLate {
		s.clock.doubt()
	}
	return err
}

// carryOut sends a request on an insert's way and returns the short answer.
func (s *Store) carryOut(req *http.Request) (string, error) {
	s.login(req)
	answer, err := s.inserts.Do(req)
	if err != nil {
		return "", fmt.Errorf("inserting into ClickHouse: %w", err)
	}
	defer answer.Body.Close()
	return readAnswer(answer)
}

// insertURL spells out the settings on which the promise rests: the block is
// neither queued, nor split, nor joined with another.
func (s *Store) insertURL(b *Batch, token string) string {
	u := s.baseURL
	u.RawQuery = url.Values{
		"query":                      {fmt.Sprintf("INSERT INTO %s_records (%s) FORMAT Native", b.entity, b.block.Columns())},
		"database":                   {s.cfg.Database},
		"async_insert":               {"0"},
		"insert_deduplicate":         {"1"},
		"insert_deduplication_token": {token},
		"max_insert_block_size":      {"10000000"},
		"min_insert_block_size_rows": {"0"},
		// In bytes as well: the engine would otherwise wait for more.
		"min_insert_block_size_bytes": {"0"},
		"wait_end_of_query":           {"1"},
	}.Encode()
	return u.String()
}

// readAnswer is the text of an answer that is ClickHouse's and says that all
// went well.
func readAnswer(answer *http.Response) (string, error) {
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode == http.StatusOK && err == nil && answer.Header.Get("X-ClickHouse-Summary") != "" {
		return string(text), nil
	}
	if err != nil {
		return "", fmt.Errorf("reading ClickHouse's answer: %w", err)
	}
	code, err := strconv.Atoi(answer.Header.Get("X-ClickHouse-Exception-Code"))
	if err != nil {
		return "", errors.New("not ClickHouse's answer: HTTP " + answer.Status + ": " + strings.TrimSpace(string(text)))
	}
	return "", &Error{Code: code, Message: strings.TrimSpace(string(text))}
}

package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// written is when the tests read records.
var written = time.Date(2026, 2, 1, 8, 0, 0, 123_000_000, time.UTC)

// lease is long enough for any test.
func lease() time.Time { return time.Now().Add(time.Hour) }

// recordAt is a record of the entity's default topic, in partition 0.
func recordAt(e schema.Entity, offset int64, value string) *schema.Record {
	return &schema.Record{
		Topic: "firebreak." + e.String() + "s", Offset: offset,
		Timestamp: schema.MillisOf(time.Date(2026, 1, 31, 12, 0, 0, 5_000_000, time.UTC)),
		Key:       []byte("key"), Value: []byte(value),
	}
}

// add reads records and puts them into a batch.
func add(b *store.Batch, e schema.Entity, records ...*schema.Record) {
	d := schema.NewDecoder(e)
	for _, r := range records {
		ev, fault := d.Decode(r, written)
		b.Add(r, ev, fault)
	}
}

// land writes values as one batch, at offsets from 0.
func land(t *testing.T, s *store.Store, e schema.Entity, values ...string) {
	t.Helper()
	b := s.NewBatch(e)
	for i, v := range values {
		add(b, e, recordAt(e, int64(i), v))
	}
	insert(t, b, "land "+strings.Join(values, ""))
}

func insert(t *testing.T, b *store.Batch, token string) {
	t.Helper()
	if err := b.Insert(t.Context(), token, lease()); err != nil {
		t.Fatal(err)
	}
}

// ask is the answer to a query as ClickHouse writes it, one JSON object a row.
func ask(t *testing.T, s *store.Store, query string, args ...any) []string {
	t.Helper()
	var out bytes.Buffer
	if err := s.Export(t.Context(), &out, fmt.Sprintf(query, args...), store.FormatJSON, nil); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// wantAnswer compares the answer to a query with rows of JSON.
func wantAnswer(t *testing.T, s *store.Store, query string, want ...string) {
	t.Helper()
	got := ask(t, s, "%s", query)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("row %d is missing: %s", i, want[i])
		case i >= len(want):
			t.Errorf("row %d is too much: %s", i, got[i])
		case got[i] != want[i]:
			t.Errorf("row %d is\n%s\nwant\n%s", i, got[i], want[i])
		}
	}
}

// command runs a statement that has no answer.
func command(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	rows, err := s.Query(t.Context(), statement, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
}

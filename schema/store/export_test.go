package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

func TestExport(t *testing.T) {
	const odd = "a\tb\nc\\d'e\"ü\x00"
	cases := []struct {
		name, query string
		format      store.Format
		want        string
	}{
		{
			"for programs", "SELECT number AS n, {v:String} = unhex('6109620A635C64276522C3BC00') AS same FROM numbers(2)", store.FormatJSON,
			"{\"n\":0,\"same\":1}\n{\"n\":1,\"same\":1}\n",
		},
		{
			"for spreadsheets", "SELECT number AS n, 'x,\"y\"' AS text, length({v:String}) AS bytes FROM numbers(2)", store.FormatCSV,
			"\"n\",\"text\",\"bytes\"\n0,\"x,\"\"y\"\"\",13\n1,\"x,\"\"y\"\"\",13\n",
		},
		{
			"for people", "SELECT 1 AS n, length({v:String}) AS bytes", store.FormatTable,
			"   ┌─n─┬─bytes─┐\n1. │ 1 │    13 │\n   └───┴───────┘\n",
		},
		{"nothing", "SELECT {v:String} AS v WHERE 0", store.FormatJSON, ""},
		{"a format of its own", "SELECT length({v:String}) AS n FORMAT JSONCompactEachRow", store.FormatCSV, "[13]\n"},
	}
	_, cfg := storetest.OpenConfig(t)
	for _, user := range []string{cfg.User, "firebreak_reader"} {
		cfg.User = user
		s := open(t, cfg)
		for _, c := range cases {
			t.Run(user+" "+c.name, func(t *testing.T) {
				var out strings.Builder
				if err := s.Export(t.Context(), &out, c.query, c.format, map[string]string{"v": odd}); err != nil {
					t.Fatal(err)
				}
				if out.String() != c.want {
					t.Errorf("%q, want %q", out.String(), c.want)
				}
			})
		}
	}
}

func TestExportErrors(t *testing.T) {
	s := storetest.Open(t)
	var refused *store.Error
	err := s.Export(t.Context(), &strings.Builder{}, "SELECT nothing_like_it", store.FormatJSON, nil)
	if !errors.As(err, &refused) || refused.Code != 47 {
		t.Errorf("an unknown column: %v", err)
	}
	err = s.Export(t.Context(), &strings.Builder{}, "SELECT throwIf(number = 9000000) FROM numbers(10000000) SETTINGS max_block_size = 1000", store.FormatJSON, nil)
	if err == nil {
		t.Error("an answer that broke off in the middle was taken for whole")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Export(ctx, &strings.Builder{}, "SELECT 1", store.FormatJSON, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestReaderCannotWrite tries with the reader's login, in both ways in which
// statements are sent.
func TestReaderCannotWrite(t *testing.T) {
	owner, cfg := storetest.OpenConfig(t)
	cfg.User = "firebreak_reader"
	s := open(t, cfg)
	for _, statement := range []string{
		"INSERT INTO alert_records (topic) VALUES ('t')",
		"ALTER TABLE alert_records DELETE WHERE 1",
		"DROP TABLE alert_records",
		"TRUNCATE TABLE alert_records",
		"CREATE TABLE mine (a Int8) ENGINE = MergeTree ORDER BY a",
		"CREATE DATABASE mine",
	} {
		var refused *store.Error
		err := s.Export(t.Context(), &strings.Builder{}, statement, store.FormatJSON, nil)
		if !errors.As(err, &refused) || store.Retryable(err) {
			t.Errorf("Export %s: %v", statement, err)
		}
		rows, err := s.Query(t.Context(), statement, nil)
		if !errors.As(err, &refused) {
			t.Errorf("Query %s: %v", statement, err)
		}
		if err == nil {
			rows.Close()
		}
	}
	wantAnswer(t, owner, "SELECT count() AS n FROM alert_records", `{"n":0}`)
	if _, err := store.Migrate(t.Context(), cfg); err == nil {
		t.Error("the reader migrated")
	}
}

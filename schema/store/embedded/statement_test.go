package embedded

import (
	"strings"
	"testing"
)

func TestParseStatement(t *testing.T) {
	for text, want := range map[string]statement{
		"SELECT 1":                                             {sql: "SELECT 1", reads: true},
		"SELECT 1 FORMAT JSON":                                 {sql: "SELECT 1 ", format: "JSON", reads: true},
		"select 1 format JSON;":                                {sql: "select 1 ;", format: "JSON", reads: true},
		"SELECT 1 FORMAT CSV SETTINGS a=1":                     {sql: "SELECT 1  SETTINGS a=1", format: "CSV", reads: true},
		"SELECT format FROM t":                                 {sql: "SELECT format FROM t", reads: true},
		"SELECT format('{}', 1)":                               {sql: "SELECT format('{}', 1)", reads: true},
		"SELECT ' FORMAT CSV'":                                 {sql: "SELECT ' FORMAT CSV'", reads: true},
		"SELECT 1 -- FORMAT CSV":                               {sql: "SELECT 1 -- FORMAT CSV", reads: true},
		"SELECT 1 // it's\nFORMAT CSV":                         {sql: "SELECT 1 // it's\n", format: "CSV", reads: true},
		"SELECT $$ ' $$ FORMAT CSV":                            {sql: "SELECT $$ ' $$ ", format: "CSV", reads: true},
		"(SELECT 1) UNION ALL SELECT 2":                        {sql: "(SELECT 1) UNION ALL SELECT 2", reads: true},
		"SHOW TABLES FORMAT TSV":                               {sql: "SHOW TABLES ", format: "TSV"},
		"INSERT INTO t FORMAT Native":                          {sql: "INSERT INTO t", format: "Native", insert: true},
		"INSERT INTO t FORMAT CSV\n1\n2":                       {sql: "INSERT INTO t", format: "CSV", insert: true, rows: "1\n2"},
		"INSERT INTO t FORMAT TSV \r\n\n1":                     {sql: "INSERT INTO t", format: "TSV", insert: true, rows: "\n1"},
		"INSERT INTO t (a) VALUES (1)":                         {sql: "INSERT INTO t (a)", format: "Values", insert: true, rows: " (1)"},
		"INSERT INTO values VALUES (1)":                        {sql: "INSERT INTO values", format: "Values", insert: true, rows: " (1)"},
		"INSERT INTO db.format FORMAT CSV":                     {sql: "INSERT INTO db.format", format: "CSV", insert: true},
		"INSERT INTO t -- c\nFORMAT CSV":                       {sql: "INSERT INTO t", format: "CSV", insert: true},
		"INSERT INTO {d:Identifier}.{t:Identifier} FORMAT CSV": {sql: "INSERT INTO {d:Identifier}.{t:Identifier}", format: "CSV", insert: true},
		"INSERT INTO FUNCTION null('a Int8') VALUES (1)":       {sql: "INSERT INTO FUNCTION null('a Int8')", format: "Values", insert: true, rows: " (1)"},
		"INSERT INTO t SETTINGS x = 1 FORMAT CSV":              {sql: "INSERT INTO t SETTINGS x = 1", format: "CSV", insert: true},
		"INSERT INTO t;":                                       {sql: "INSERT INTO t", insert: true},
		"INSERT INTO t (format) SELECT 1":                      {sql: "INSERT INTO t (format) SELECT 1"},
		"INSERT INTO t (SELECT 1)":                             {sql: "INSERT INTO t (SELECT 1)"},
		"INSERT INTO t WITH 1 AS x SELECT x":                   {sql: "INSERT INTO t WITH 1 AS x SELECT x"},
		"INSERT INTO t FROM INFILE 'x'":                        {sql: "INSERT INTO t FROM INFILE 'x'"},
		"":                                                     {},
	} {
		if got := parseStatement(text); got != want {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got, want)
		}
	}
}

// FuzzParseStatement looks for texts that make the parser fail or lose rows.
func FuzzParseStatement(f *testing.F) {
	f.Add("INSERT INTO t (a) FORMAT CSV\n1")
	f.Add("SELECT '\\' FORMAT $a$ /* `")
	f.Fuzz(func(t *testing.T, text string) {
		s := parseStatement(text)
		if !strings.HasSuffix(text, s.rows) {
			t.Errorf("%q: rows %q are not its tail", text, s.rows)
		}
	})
}

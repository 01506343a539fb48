package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store/storetest"
)

var update = flag.Bool("update", false, "write the golden export anew")

func TestMain(m *testing.M) { storetest.Main(m) }

// The program is one file and imports the standard library alone.
func TestItStandsAlone(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) != 2 {
		t.Fatalf("the files are %v, %v; want main.go and this test", files, err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", nil, parser.ImportsOnly)
	must(t, err)
	var imported []string
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		must(t, err)
		imported = append(imported, path)
	}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", "{{.Standard}}"}, imported...)...).Output()
	must(t, err)
	if strings.Contains(string(out), "false") || strings.Count(string(out), "true") != len(imported) {
		t.Errorf("not all of %v are in the standard library", imported)
	}
}

const (
	goldenExport = "testdata/export.ndjson"
	goldenKey    = "testdata/key.pem.pub"
	goldenTrail  = "74686520676f6c64656e20747261696c"
)

// unreadable is which of the runs' records is no event.
const unreadable = 6

func seeded(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

// runs are the events of three runs on two partitions, with a gap, headers, and bytes
// that are not UTF-8. Two are CloudEvents, one is no event, and no key is the id of a run.
func runs() (list []*schema.Record) {
	for i := range 11 {
		id := fmt.Sprintf("run-%d", i%3)
		rec := &schema.Record{
			Topic: "firebreak.executions", Partition: int32(i % 2), Offset: int64(i/2 + i/6), Timestamp: schema.Millis(1767225600000 + i), Key: fmt.Appendf(nil, "key-%d", i%4),
			Value: fmt.Appendf(nil, `{"event_id":"%d","type":"execution.started","occurred_at":"2026-01-01T00:00:%02dZ","execution_id":"%s","automation_id":"restart"}`, i, i, id),
		}
		switch i {
		case 3:
			rec.Value = fmt.Appendf(nil, `{"specversion":"1.0","id":"3","source":"test","type":"execution.started","data":%s}`, rec.Value)
		case 7:
			rec.Value = fmt.Appendf(nil, `{"specversion":"1.0","id":"7","source":"test","type":"execution.started","data_base64":"%s"}`, base64.StdEncoding.EncodeToString(rec.Value))
		case unreadable:
			rec.Value = []byte("no event")
		case 4:
			rec.Headers = []schema.Header{{Name: "trace\xff", Value: []byte{0, 0xff}}, {Name: "none"}}
		}
		list = append(list, rec)
	}
	return list
}

// export lands the runs, seals them twice, and exports those of two; the last record is
// not sealed. The columns of what is no event say that it is one.
func export(t *testing.T) []byte {
	t.Helper()
	s, key, dir := storetest.Open(t), seeded(1), t.TempDir()
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	all := runs()
	for i, part := range [][]*schema.Record{all[:5], all[5:10], all[10:]} {
		b, decoder := s.NewBatch(schema.Execution), schema.NewDecoder(schema.Execution)
		for _, rec := range part {
			ev, fault := decoder.Decode(rec, now)
			b.Add(rec, ev, fault)
		}
		must(t, b.Insert(t.Context(), "", time.Now().Add(time.Hour)))
		if i < 2 {
			_, err := audit.NewSealer(s, audit.SealConfig{Dir: dir, Key: key, Random: bytes.NewReader([]byte("the golden trail")), Now: func() time.Time { return now.Add(time.Duration(i) * time.Hour) }}).Seal(t.Context())
			must(t, err)
		}
	}
	must(t, s.Exec(t.Context(), "INSERT INTO execution_records SELECT * REPLACE ('' AS reason, 'run-0' AS execution_id) FROM execution_records AS r WHERE r.reason != ''", nil))
	must(t, s.Exec(t.Context(), "ALTER TABLE execution_records DELETE WHERE reason != '' SETTINGS mutations_sync = 1", nil))
	public := key.Public().(ed25519.PublicKey)
	prover, err := audit.OpenProver(dir, public)
	must(t, err)
	defer prover.Close()
	var out bytes.Buffer
	_, err = audit.Export(t.Context(), s, prover, public, audit.Selection{Executions: []string{"run-0", "run-1"}}, &out)
	must(t, err)
	return out.Bytes()
}

// What Firebreak exports is the file that this program was written against.
func TestExportIsTheGoldenOne(t *testing.T) {
	got := export(t)
	if *update {
		der, err := x509.MarshalPKIXPublicKey(seeded(1).Public())
		must(t, err)
		must(t, os.WriteFile(goldenExport, got, 0o644))
		must(t, os.WriteFile(goldenKey, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644))
	}
	if want := golden(t); !bytes.Equal(got, want) {
		t.Errorf("the export is\n%s\nwant\n%s", got, want)
	}
}

func golden(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(goldenExport)
	must(t, err)
	return text
}

func TestCheck(t *testing.T) {
	got, err := checkFiles(goldenExport, goldenKey, goldenTrail)
	must(t, err)
	const want = "7 records are included in checkpoint 2 of 2026-01-02T01:00:00Z (SHA-256 "
	const runs = " of the trail " + goldenTrail + ", signed by "
	if !strings.HasPrefix(got, want) || !strings.Contains(got, runs) || !strings.Contains(got, "\nThey are of 2 runs; 1 of them are no events that can be read.\nThe export claims that 1 more were not sealed") || !strings.Contains(got, "`firebreak audit verify` proves") {
		t.Errorf("proven: %s", got)
	}
	if header, _, _ := strings.Cut(string(golden(t)), "\n"); !strings.HasSuffix(header, `"records":7,"runs":2,"unreadable":1,"unsealed":1}`) {
		t.Errorf("the export begins with %s", header)
	}
}

// Whatever is changed in an export, it is not proven any more.
func TestCheckFindsWhatWasDone(t *testing.T) {
	lines := strings.SplitAfter(string(golden(t)), "\n")
	lines = lines[:len(lines)-1]
	const records = 2 // the first line of a record
	edit := func(n int, old, instead string) func() []string {
		return func() []string {
			changed := append([]string(nil), lines...)
			if changed[n] = strings.Replace(lines[n], old, instead, 1); changed[n] == lines[n] {
				t.Fatalf("line %d does not hold %s: %s", n, old, lines[n])
			}
			return changed
		}
	}
	without := func(n int) func() []string {
		return func() []string { return append(append([]string(nil), lines[:n]...), lines[n+1:]...) }
	}
	// written puts a line as an export has it.
	written := func(n int, text []byte) string {
		var line any = &record{}
		switch n {
		case 0:
			line = &header{}
		case 1:
			line = &struct {
				Checkpoint string `json:"checkpoint"`
			}{}
		}
		must(t, json.Unmarshal(text, line))
		again, err := json.Marshal(line)
		must(t, err)
		return string(again) + "\n"
	}
	field := func(n int, change func(map[string]any)) func() []string {
		return func() []string {
			var line map[string]any
			must(t, json.Unmarshal([]byte(lines[n]), &line))
			change(line)
			text, err := json.Marshal(line)
			must(t, err)
			changed := append([]string(nil), lines...)
			changed[n] = written(n, text)
			return changed
		}
	}
	// restated signs another content with the right key.
	restated := func(n int, old, instead string) func() []string {
		return field(n, func(line map[string]any) {
			body, _, _ := strings.Cut(line["checkpoint"].(string), "\n")
			again := strings.Replace(body, old, instead, 1)
			if again == body {
				t.Fatalf("line %d does not hold %s: %s", n, old, body)
			}
			signature := ed25519.Sign(seeded(1), []byte("firebreak checkpoint v1\n"+again))
			line["checkpoint"] = again + "\nsignature " + base64.StdEncoding.EncodeToString(signature) + "\n"
		})
	}
	const (
		notSealed  = "it was not sealed as it is, or not there"
		notWritten = "it is not written as an export is"
	)
	for name, c := range map[string]struct {
		lines func() []string
		want  string
	}{
		"an offset":                  {field(records, func(r map[string]any) { r["offset"] = 77 }), notSealed},
		"a timestamp":                {field(records+1, func(r map[string]any) { r["recorded_at"] = 1 }), notSealed},
		"a key":                      {field(records, func(r map[string]any) { r["key"] = "cnVuLTk=" }), notSealed},
		"a value":                    {field(records+6, func(r map[string]any) { r["value"] = "e30=" }), "record 7, "},
		"a topic":                    {field(records, func(r map[string]any) { r["topic"] = "firebreak.alerts" }), "its partition is not in the checkpoint"},
		"a partition":                {field(records, func(r map[string]any) { r["partition"] = 1 }), ""},
		"an entity":                  {field(records, func(r map[string]any) { r["entity"] = "alert" }), "its partition is not in the checkpoint"},
		"a header more":              {field(records, func(r map[string]any) { r["headers"] = []any{map[string]any{"name": "", "value": ""}} }), notSealed},
		"an index":                   {field(records, func(r map[string]any) { r["index"] = 1 }), ""},
		"an index beyond the tree":   {field(records, func(r map[string]any) { r["index"] = 99 }), "there is no leaf 99 in a tree of 5"},
		"no path":                    {field(records, func(r map[string]any) { r["path"] = []any{} }), "its audit path is too short"},
		"no hash in a path":          {field(records, func(r map[string]any) { r["path"] = []any{"00"} }), "its audit path cannot be one"},
		"a long path":                {field(records, func(r map[string]any) { r["path"] = append(r["path"].([]any), strings.Repeat("00", 32)) }), "its audit path cannot be one"},
		"a record is left out":       {without(records), "record 7 of 7: it is missing: the file breaks off"},
		"a record more":              {func() []string { return append(append([]string(nil), lines...), lines[records]) }, "more than the 7 records"},
		"a record twice":             {func() []string { return append(append([]string(nil), lines[:len(lines)-1]...), lines[records]) }, "it is there twice"},
		"the checkpoint is left out": {without(1), "checkpoint 2: " + notWritten},
		"a checkpoint's time":        {edit(1, "2026-01-02T01", "2026-01-02T02"), "checkpoint 2: it is not signed by the key that was given"},
		"a checkpoint's signature":   {edit(1, "signature ", "signature A"), "checkpoint 2: it is not signed"},
		"another number":             {restated(1, `"sequence":2`, `"sequence":3`), "checkpoint 2: it is number 3"},
		"the checkpoint twice":       {func() []string { return append([]string{lines[0], lines[1]}, lines[1:]...) }, "record 1 of 7: " + notWritten},
		"a format to come":           {restated(1, "checkpoint 1", "checkpoint 9"), "checkpoint 2: its format is"},
		"another checkpoint":         {edit(0, `"checkpoint":2`, `"checkpoint":1`), "checkpoint 1: it is number 2"},
		"another trail":              {edit(0, `"trail":"7`, `"trail":"8`), `checkpoint 2: it is of the trail "74686520676f6c64656e20747261696c", not "8`},
		"a checkpoint of another":    {restated(1, `"trail":"7`, `"trail":"8`), `checkpoint 2: it is of the trail "84686520676f6c64656e20747261696c", not "7`},
		"a checkpoint of none":       {restated(1, goldenTrail, ""), `checkpoint 2: it is of the trail "", not "7`},
		"no checkpoint":              {edit(0, `"checkpoint":2`, `"checkpoint":0`), "checkpoint 0: it is number 2"},
		"fewer records":              {edit(0, `"records":7`, `"records":6`), "more than the 6 records"},
		"a forged value before":      {edit(records, `"value":`, `"value":"e30=","value":`), notWritten},
		"a forged value in capitals": {edit(records, `"value":`, `"VALUE":"e30=","value":`), notWritten},
		"a value in capitals":        {edit(records, `"value":`, `"Value":`), notWritten},
		"a member more":              {edit(records, `"index":`, `"note":"approved","index":`), notWritten},
		"a forged checkpoint before": {edit(1, `{"checkpoint":`, `{"CHECKPOINT":"","checkpoint":`), notWritten},
		"a header's member twice":    {edit(0, `"unsealed":`, `"unsealed":9,"unsealed":`), notWritten},
		"a checkpoint's member more": {restated(1, `"sequence":2`, `"sequence":2,"note":1`), notWritten},
		"no records": {func() []string {
			return []string{strings.Replace(lines[0], `"records":7`, `"records":0`, 1), lines[1]}
		}, "there are no records in it, so that nothing is proven"},
		"fewer than none": {edit(0, `"records":7`, `"records":-7`), "its numbers cannot be"},
		"another format":  {edit(0, "export 1", "export 2"), "which this program does not know"},
		"nothing":         {func() []string { return nil }, "the first line: it is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := check(strings.NewReader(strings.Join(c.lines(), "")), seeded(1).Public().(ed25519.PublicKey), "id", "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q, %v; want an error with %q", got, err, c.want)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		`a "b" \ c　ü`: `a "b" \ c　ü`, "\x1b[2J\n\u202ex\x9b": `\x1b[2J\n\u202ex\x9b`,
	} {
		if got := plain(text); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
	}
}

func TestCheckByAnotherKey(t *testing.T) {
	_, err := check(bytes.NewReader(golden(t)), seeded(2).Public().(ed25519.PublicKey), "id", "")
	if err == nil || err.Error() != "checkpoint 2: it is not signed by the key that was given" {
		t.Errorf("%v", err)
	}
	_, err = checkFiles(goldenExport, goldenKey, "ff")
	if err == nil || err.Error() != `the export is of the trail "`+goldenTrail+`", not "ff"` {
		t.Errorf("another trail: %v", err)
	}
	for _, files := range [][2]string{{goldenExport, "none"}, {"none", goldenKey}, {goldenExport, goldenExport}} {
		if _, err := checkFiles(files[0], files[1], ""); err == nil {
			t.Errorf("%v are taken", files)
		}
	}
}

// FuzzCheck reads what may stand in an export. Only what holds the golden records is
// proven.
func FuzzCheck(f *testing.F) {
	text := golden(f)
	f.Add(text)
	f.Add([]byte("{}"))
	f.Add(bytes.Replace(text, []byte(`"index":0`), []byte(`"index":-1`), 1))
	key := seeded(1).Public().(ed25519.PublicKey)
	proven := make(map[string]bool)
	for line := range bytes.Lines(text) {
		var r record
		if json.Unmarshal(line, &r) == nil && r.Topic != "" {
			proven[fmt.Sprint(r.Partition, r.Offset, string(r.Value), string(r.Key))] = true
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := check(bytes.NewReader(text), key, "id", ""); err != nil {
			return
		}
		for line := range bytes.Lines(text) {
			var r record
			if json.Unmarshal(line, &r) == nil && r.Topic != "" && !proven[fmt.Sprint(r.Partition, r.Offset, string(r.Value), string(r.Key))] {
				t.Errorf("%s is taken for proven", line)
			}
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package oracle

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
)

const mixedLines = `{"event_id":"1","type":"incident.opened","occurred_at":"2026-03-01T00:00:00Z","incident_id":"i1","title":"T","service":"web"}

{"event_id":"2","type":"alert.fired","occurred_at":"2026-03-01T00:00:00Z","alert_id":"a1"}
{"event_id":"3","type":"nothing.known","occurred_at":"2026-03-01T00:00:00Z"}
not JSON
{"event_id":"4","type":"execution.started","occurred_at":"2026-03-01T00:00:00Z","execution_id":"x1","automation_id":"m"}
{"event_id":"5","type":"incident.updated","occurred_at":"2026-03-01T00:00:00Z","incident_id":"i1","service":"db"}`

func TestReadFiles(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(plain, []byte(mixedLines), 0o600); err != nil {
		t.Fatal(err)
	}
	zipped := filepath.Join(t.TempDir(), "more.ndjson.gz")
	file, err := os.Create(zipped)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(file)
	_, err = z.Write([]byte(strings.ReplaceAll(mixedLines, `"db"`, `"cache"`)))
	if err != nil || z.Close() != nil || file.Close() != nil {
		t.Fatal("cannot write the file")
	}

	f := &Fold{}
	faults, err := f.ReadFiles(plain, zipped)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Incidents(at("1h"))["i1"].Service; got != "cache" {
		t.Errorf("at equal times the later file wins, not %q", got)
	}
	for entity, want := range map[schema.Entity][2]int64{
		schema.Incident: {4, 2}, schema.Alert: {0, 0}, schema.Execution: {2, 1},
	} {
		if records, distinct := f.Events(entity); records != want[0] || distinct != want[1] {
			t.Errorf("%s: %d records, %d events; want %v", entity, records, distinct, want)
		}
	}
	wantFaults := []struct {
		line   int
		reason schema.Reason
	}{{3, schema.ReasonMissingField}, {4, schema.ReasonUnknownType}, {5, schema.ReasonUnknownType}}
	if len(faults) != 2*len(wantFaults) {
		t.Fatalf("faults: %+v", faults)
	}
	for n, got := range faults {
		if w := wantFaults[n%len(wantFaults)]; got.Line != w.line || got.Fault.Reason != w.reason {
			t.Errorf("line %d: %v, want %+v", got.Line, got.Fault, w)
		}
	}
	if f.next[Topic(schema.Alert)] != 2 {
		t.Error("a dead letter takes an offset too")
	}
	if _, err := f.ReadFiles(plain + ".absent"); err == nil {
		t.Error("an absent file was read")
	}
}

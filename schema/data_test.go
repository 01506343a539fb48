package schema

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// realEvents is where real event streams lie beside the repository, if they do.
const realEvents = "../../shared/data/*.ndjson.gz"

// TestRealEvents decodes every real event, and what it is written as.
func TestRealEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some 190,000 events")
	}
	paths, err := filepath.Glob(realEvents)
	if err != nil || len(paths) == 0 {
		t.Skip("there are no real events here")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			e := entityOfFile(t, path)
			d, again := NewDecoder(e), NewDecoder(e)
			later := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) // than all of them
			lines := 0
			eachLine(t, path, func(line []byte) {
				lines++
				event, f := d.Decode(&Record{Value: line}, later)
				if f != nil {
					t.Fatalf("line %d: %v\n%s", lines, f, line)
				}
				written := event.AppendJSON(nil)
				if got := outcome(again.Decode(&Record{Value: written}, later)); got != string(written) {
					t.Fatalf("line %d was written as\n%s\nand read as\n%s", lines, written, got)
				}
			})
			if lines == 0 {
				t.Error("the file has no events")
			}
		})
	}
}

func entityOfFile(t *testing.T, path string) Entity {
	t.Helper()
	for _, e := range Entities {
		if strings.HasSuffix(path, "."+e.String()+"s.ndjson.gz") {
			return e
		}
	}
	t.Fatalf("%s is named after no entity", path)
	return 0
}

func eachLine(t *testing.T, path string, do func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 2*MaxRecordBytes)
	for lines.Scan() {
		do(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

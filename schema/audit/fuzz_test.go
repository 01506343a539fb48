package audit_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema/audit"
)

// FuzzCheckpoint reads what may stand in a checkpoint's file. Whatever is taken is
// written again byte for byte, but for the signature.
func FuzzCheckpoint(f *testing.F) {
	c := &audit.Checkpoint{
		Format: "firebreak checkpoint 1", Trail: audit.Trail{1}, Sequence: 3, Time: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC),
		Partitions: []audit.Sealed{{Stream: audit.Stream{Entity: "alert", Topic: "firebreak.alerts"}, Size: 3, First: 1, Last: 9}},
	}
	file, err := audit.Sign(c, strangerKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("{}\nsignature \n"))
	f.Add(bytes.Replace(file, []byte(`"size":3`), []byte(`"size":10`), 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := audit.ParseCheckpoint(text)
		if err != nil {
			return
		}
		again, err := audit.Sign(c, strangerKey())
		if err != nil {
			t.Fatal(err)
		}
		body, _, _ := bytes.Cut(text, []byte("\n"))
		if other, _, _ := bytes.Cut(again, []byte("\n")); !bytes.Equal(body, other) {
			t.Errorf("%q is taken for %q", body, other)
		}
		if c.Sequence < 1 || len(c.Partitions) == 0 {
			t.Errorf("%q is taken", text)
		}
	})
}

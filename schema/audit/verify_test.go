package audit_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

// told is a fault as the cases write it.
func told(f audit.Fault) string {
	if f.Topic == "" {
		return fmt.Sprintf("%s %d: %s", f.Kind, f.Checkpoint, f.Detail)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s@%d, %d in all, sealed by %d %s", f.Kind, f.Stream, f.Offset, f.Count, f.Checkpoint, f.EventType))
}

func wantFaults(t *testing.T, r *audit.Report, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Faults {
		got = append(got, told(f))
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if (r.Err() == nil) != (len(want) == 0) {
		t.Errorf("Err is %v", r.Err())
	}
}

// harm is what is done to a folder, and the faults that are to be found then.
type harm struct {
	name string
	do   func(dir string)
	want []string
}

// wantFound verifies after each harm, done to a copy of the company's folder, with a
// witness of how it was. The witness remembers nothing that has faults.
func (c *company) wantFound(t *testing.T, cases []harm) {
	t.Helper()
	witness := filepath.Join(t.TempDir(), "witness")
	wantFaults(t, c.verify(t, witness))
	remembered := readFile(t, witness)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			harmed := *c
			harmed.dir = c.copyDir(t)
			tc.do(harmed.dir)
			wantFaults(t, harmed.verify(t, witness), tc.want...)
			if now := readFile(t, witness); !bytes.Equal(now, remembered) {
				t.Errorf("the witness remembers %s", now)
			}
		})
	}
}

// What has landed since the last checkpoint is counted, and is no fault.
func TestVerifyWhatIsNotSealedYet(t *testing.T) {
	c := emptyCompany(t)
	all := records()[:1500]
	land(t, c.store, all[:1000])
	c.seal(t)
	land(t, c.store, all[1000:])
	r := c.verify(t, "")
	wantFaults(t, r)
	var sealed, intact, unsealed, unproven int64
	for _, p := range r.Partitions {
		sealed, intact, unsealed, unproven = sealed+p.Sealed, intact+p.Intact, unsealed+p.Unsealed, unproven+p.Unproven
	}
	if sealed != 1000 || intact != 1000 || unsealed != 500 || unproven != 0 || r.Records != 1500 {
		t.Errorf("%d sealed, %d intact, %d not sealed, %d unproven of %d", sealed, intact, unsealed, unproven, r.Records)
	}
}

func TestVerifyNothing(t *testing.T) {
	c := emptyCompany(t)
	for _, n := range []int{0, 500} {
		land(t, c.store, records()[:n])
		r := c.verify(t, "")
		var unsealed int64
		for _, p := range r.Partitions {
			unsealed += p.Unsealed
		}
		if len(r.Faults) != 0 || r.Checkpoints != 0 || unsealed != int64(n) || r.Err() == nil {
			t.Errorf("with %d records: %+v, %v", n, r, r.Err())
		}
	}
}

// sealedBy is the checkpoint that sealed record number i of the executions in partition
// 1; the company's records were sealed in equal parts.
func (c *company) sealedBy(t *testing.T, i int) int64 {
	t.Helper()
	offset := c.of(schema.Execution, 1)[i]
	n := slices.IndexFunc(c.records, func(rec *schema.Record) bool {
		return rec.Topic == topic(schema.Execution) && rec.Partition == 1 && rec.Offset == offset
	})
	return int64(n/(len(c.records)/landings+1)) + 1
}

// typeOf is the type of the execution event at an offset of partition 1, empty when a
// dead letter lies there.
func typeOf(c *company, offset int64) string {
	for _, rec := range c.records {
		if rec.Topic == topic(schema.Execution) && rec.Partition == 1 && rec.Offset == offset {
			return decodedType(rec)
		}
	}
	return ""
}

func decodedType(rec *schema.Record) string {
	ev, fault := schema.NewDecoder(schema.Execution).Decode(rec, began.AddDate(0, 0, days+1))
	if fault != nil {
		return ""
	}
	return ev.Base().Type
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

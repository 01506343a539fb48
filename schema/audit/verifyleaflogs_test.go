package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

const runLog = "leaves/execution/firebreak.executions-1.leaves"

// TestVerifyFindsWhatWasDoneToLeafLogs harms the log of one partition.
func TestVerifyFindsWhatWasDoneToLeafLogs(t *testing.T) {
	c := newCompany(t)
	runs := c.of(schema.Execution, 1)
	flip := func(at int) func([]byte) []byte {
		return func(log []byte) []byte {
			log[at] ^= 1
			return log
		}
	}
	log := func(i, count int) string {
		return fmt.Sprintf("leaf log firebreak.executions/1@%d, %d in all, sealed by %d", runs[i], count, c.sealedBy(t, i))
	}
	c.wantFound(t, []harm{
		{"nothing", func(string) {}, nil},
		{"a byte of a digest", func(dir string) { changeLog(t, dir, flip(60*40+20)) }, []string{log(60, 1)}},
		{"a byte of an offset", func(dir string) { changeLog(t, dir, flip(61*40+7)) }, []string{log(61, 1)}},
		{"the first byte", func(dir string) { changeLog(t, dir, flip(0)) }, []string{log(0, 1)}},
		{"the log is cut", func(dir string) { changeLog(t, dir, func(log []byte) []byte { return log[:40*(len(runs)-2)] }) }, []string{log(len(runs)-2, 2)}},
		{"the log is cut within an entry", func(dir string) { changeLog(t, dir, func(log []byte) []byte { return log[:40*len(runs)-1] }) }, []string{log(len(runs)-1, 1)}},
		{"what a crash left", func(dir string) {
			changeLog(t, dir, func(log []byte) []byte { return append(log, make([]byte, 30)...) })
		}, nil},
		{"what was never there", func(dir string) {
			changeLog(t, dir, func(log []byte) []byte { return append(append(log, bytes.Repeat([]byte{0, 1}, 40)...), 9) })
		}, []string{fmt.Sprintf("leaf log firebreak.executions/1@%d, 1 in all, sealed by 0", 0x0001000100010001)}},
		{"what Kafka cannot have", func(dir string) {
			changeLog(t, dir, func(log []byte) []byte { return append(log, bytes.Repeat([]byte{0xff}, 40)...) })
		}, []string{"leaf log firebreak.executions/1@18446744073709551615, 1 in all, sealed by 0"}},
	})
}

// A folder in the place of a log is told as one that is lost, and the rest is verified.
func TestVerifyAFolderInPlaceOfALeafLog(t *testing.T) {
	c := newCompany(t)
	must(t, os.Remove(filepath.Join(c.dir, runLog)))
	must(t, os.Mkdir(filepath.Join(c.dir, runLog), 0o755))
	r := c.verify(t, "")
	if len(r.Faults) != 1+landings || r.Faults[0].Detail != "it is no file" {
		t.Errorf("faults %+v", r.Faults)
	}
	for _, f := range r.Faults {
		if f.Kind != audit.BadLeafLog || f.Topic != topic(schema.Execution) || f.Partition != 1 {
			t.Errorf("fault %+v", f)
		}
	}
	for _, p := range r.Partitions {
		if p.Intact != p.Sealed {
			t.Errorf("of %s %d of %d are intact", p.Stream, p.Intact, p.Sealed)
		}
	}
}

// changeLog changes the bytes of the leaf log of the executions in partition 1.
func changeLog(t *testing.T, dir string, change func([]byte) []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, runLog), change(readFile(t, dir, runLog)), 0o644))
}

// Where the log is wrong as well as ClickHouse, both are told, and the rest is still held
// against each other.
func TestVerifyWhenBothAreWrong(t *testing.T) {
	c := newCompany(t)
	runs := c.of(schema.Execution, 1)
	flip := func(at int, bits byte) {
		changeLog(t, c.dir, func(log []byte) []byte {
			log[at] ^= bits
			return log
		})
	}
	flip(10*40+20, 1)
	c.do(t, "ALTER TABLE execution_records DELETE WHERE partition = 1 AND offset = %d SETTINGS mutations_sync = 1", runs[8])
	r := c.verify(t, "")
	wantFaults(
		t, r,
		fmt.Sprintf("leaf log firebreak.executions/1@0, %d in all, sealed by 1", sealedFirst(c)),
		fmt.Sprintf("removed firebreak.executions/1@%d, 1 in all, sealed by 1", runs[8]),
		fmt.Sprintf("changed firebreak.executions/1@%d, 1 in all, sealed by 1 %s", runs[10], typeOf(c, runs[10])),
	)
	// A log whose offsets make no sense says nothing of what follows.
	for _, at := range []int{12, 0} {
		flip(at*40, 0xff)
		r = c.verify(t, "")
		wantFaults(t, r, fmt.Sprintf("leaf log firebreak.executions/1@0, %d in all, sealed by 1", sealedFirst(c)))
		for _, p := range r.Partitions {
			if p.Stream.String() == "firebreak.executions/1" && p.Unproven != int64(len(runs)-1) {
				t.Errorf("entry %d: %d records are unproven of %d", at, p.Unproven, len(runs)-1)
			}
		}
		flip(at*40, 0xff)
	}
}

// A record and its leaf are changed alike: they agree, and are not what was signed.
func TestVerifyWhenBothAgree(t *testing.T) {
	c := newCompany(t)
	runs := c.of(schema.Execution, 1)
	first := sealedFirst(c)
	i := slices.IndexFunc(c.records, func(rec *schema.Record) bool {
		return rec.Topic == topic(schema.Execution) && rec.Partition == 1 && rec.Offset == runs[first+5]
	})
	changed := *c.records[i]
	changed.Key = []byte("x")
	digest, _ := audit.DigestOf(&changed, nil)
	c.do(t, "ALTER TABLE execution_records UPDATE key = 'x' WHERE partition = 1 AND offset = %d SETTINGS mutations_sync = 1", changed.Offset)
	changeLog(t, c.dir, func(log []byte) []byte {
		copy(log[(first+5)*40+8:], digest[:])
		return log
	})
	r := c.verify(t, "")
	wantFaults(t, r, fmt.Sprintf("leaf log firebreak.executions/1@%d, %d in all, sealed by 2", runs[first-1]+1, sealedSecond(t, c)))
	want := fmt.Sprintf("both were changed, somewhere between the offsets %d and %d", runs[first-1]+1, runs[first+sealedSecond(t, c)-1])
	if !strings.Contains(r.Faults[0].Detail, want) {
		t.Errorf("%s, want %q", r.Faults[0].Detail, want)
	}
	for _, p := range r.Partitions {
		if p.Stream.String() == "firebreak.executions/1" && (p.Intact != int64(first) || p.Unproven != int64(len(runs)-first)) {
			t.Errorf("%d intact, %d unproven; want %d of %d", p.Intact, p.Unproven, first, len(runs))
		}
	}
}

// What a seal that did not come to its end saw must still be there.
func TestVerifyWhatASealSawAndDidNotSign(t *testing.T) {
	c := emptyCompany(t)
	c.records = records()[:2000]
	land(t, c.store, c.records[:1000])
	c.seal(t)
	land(t, c.store, c.records[1000:])
	c.seal(t)
	must(t, os.Remove(filepath.Join(c.dir, "00000002.checkpoint")))
	wantFaults(t, c.verify(t, ""))
	runs := c.of(schema.Execution, 1)
	last := runs[len(runs)-1]
	c.do(t, "ALTER TABLE execution_records DELETE WHERE partition = 1 AND offset = %d SETTINGS mutations_sync = 1", last)
	wantFaults(t, c.verify(t, ""), fmt.Sprintf("leaf log firebreak.executions/1@%d, 1 in all, sealed by 0", last))
	must(t, os.Remove(filepath.Join(c.dir, "00000001.checkpoint")))
	wantFaults(t, c.verify(t, ""), fmt.Sprintf("leaf log firebreak.executions/1@%d, 1 in all, sealed by 0", last))
}

// sealedFirst is how many executions of partition 1 the first checkpoint sealed.
func sealedFirst(c *company) (n int) {
	for _, rec := range c.records[:len(c.records)/landings+1] {
		if rec.Topic == topic(schema.Execution) && rec.Partition == 1 {
			n++
		}
	}
	return n
}

// sealedSecond is how many executions of partition 1 the second checkpoint sealed.
func sealedSecond(t *testing.T, c *company) (n int) {
	t.Helper()
	for i := range c.of(schema.Execution, 1) {
		if c.sealedBy(t, i) == 2 {
			n++
		}
	}
	return n
}

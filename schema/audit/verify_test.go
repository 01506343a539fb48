package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestVerifyFindsWhatWasDoneToRecords does everything to one store that someone who can
// write to it may do, one after the other, and undoes it.
func TestVerifyFindsWhatWasDoneToRecords(t *testing.T) {
	c := newCompany(t)
	c.backup(t)
	wantFaults(t, c.verify(t, ""))
	runs := c.of(schema.Execution, 1)
	at := func(i int) int64 { return runs[i] }
	end := len(runs) - 1
	gap := slices.IndexFunc(runs, func(o int64) bool { return !slices.Contains(runs, o+1) })
	kind := func(i int) string { return typeOf(c, at(i)) }
	sealedBy := func(i int) int64 { return c.sealedBy(t, i) }
	fault := func(what string, i, count int) string {
		return strings.TrimSpace(fmt.Sprintf("%s firebreak.executions/1@%d, %d in all, sealed by %d %s", what, at(i), count, sealedBy(i), kind(i)))
	}
	gone := func(what string, i, count int) string {
		return fmt.Sprintf("%s firebreak.executions/1@%d, %d in all, sealed by %d", what, at(i), count, sealedBy(i))
	}
	const (
		update = "ALTER TABLE execution_records UPDATE %s WHERE partition = 1 AND offset IN (%s) SETTINGS mutations_sync = 1"
		remove = "ALTER TABLE execution_records DELETE WHERE partition = 1 AND offset IN (%s) SETTINGS mutations_sync = 1"
		again  = "INSERT INTO execution_records SELECT * REPLACE (%s) FROM saved_execution_records AS r WHERE r.partition = 1 AND r.offset IN (%s) SETTINGS insert_deduplicate = 0"
	)
	in := func(list ...int64) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]") }
	// A column of the sorting key cannot be updated.
	moved := func(column string) []string {
		return []string{fmt.Sprintf(remove, in(at(7))), fmt.Sprintf(again, column, in(at(7)))}
	}
	dead := slices.IndexFunc(runs, func(o int64) bool { return typeOf(c, o) == "" })
	cases := []struct {
		name string
		do   []string
		want []string
	}{
		{"a byte of a value", []string{fmt.Sprintf(update, "raw = concat(substring(raw, 1, 20), char(bitXor(ascii(substring(raw, 21, 1)), 1)), substring(raw, 22))", in(at(7)))}, []string{strings.TrimSuffix(fault("changed", 7, 1), " "+kind(7)) + typeAfterFlip(c, at(7))}},
		{"a key", []string{fmt.Sprintf(update, "key = concat(key, 'x')", in(at(30)))}, []string{fault("changed", 30, 1)}},
		{"a header's value", []string{fmt.Sprintf(update, "headers = [('trace', 'other')]", in(at(31)))}, []string{fault("changed", 31, 1)}},
		{"a timestamp", []string{fmt.Sprintf(update, "recorded_at = recorded_at + toIntervalMillisecond(1)", in(at(0)))}, []string{fault("changed", 0, 1)}},
		{"the last one of them all", []string{fmt.Sprintf(update, "raw = '{}'", in(at(end)))}, []string{gone("changed", end, 1)}},
		{"several", []string{fmt.Sprintf(update, "raw = concat(raw, ' ')", in(at(50), at(9), at(51)))}, []string{fault("changed", 9, 3)}},
		{"one is deleted", []string{fmt.Sprintf(remove, in(at(20)))}, []string{gone("removed", 20, 1)}},
		{"two are deleted", []string{fmt.Sprintf(remove, in(at(21), at(60)))}, []string{gone("removed", 21, 2)}},
		{"the tail is cut off", []string{fmt.Sprintf(remove, in(runs[end-4:]...))}, []string{gone("truncated", end-4, 5)}},
		{"the tail and one before it", []string{fmt.Sprintf(remove, in(append(slices.Clone(runs[end-4:]), at(3))...))}, []string{gone("removed", 3, 1), gone("truncated", end-4, 5)}},
		{"the whole partition", []string{"ALTER TABLE execution_records DELETE WHERE partition = 1 SETTINGS mutations_sync = 1"}, []string{gone("truncated", 0, len(runs))}},
		{"one is put into a gap", []string{fmt.Sprintf(again, fmt.Sprintf("%d AS offset", at(gap)+1), in(at(5)))}, []string{fmt.Sprintf("inserted firebreak.executions/1@%d, 1 in all, sealed by %d %s", at(gap)+1, sealedBy(gap+1), kind(5))}},
		{"one is put before the first", []string{fmt.Sprintf(again, "3 AS offset", in(at(5)))}, []string{fmt.Sprintf("inserted firebreak.executions/1@3, 1 in all, sealed by 1 %s", kind(5))}},
		{"one is put at the end, where what is not sealed yet lies", []string{fmt.Sprintf(again, fmt.Sprintf("%d AS offset", at(end)+1), in(at(5)))}, nil},
		{"two at offsets that Kafka cannot have", []string{fmt.Sprintf(again, "toUInt64(18446744073709551615) AS offset", in(at(5))), fmt.Sprintf(again, "toUInt64(9223372036854775807) AS offset", in(at(6)))}, []string{"inserted firebreak.executions/1@9223372036854775807, 2 in all, sealed by 0"}},
		{"one is there twice", []string{fmt.Sprintf(again, "r.key AS key", in(at(40)))}, []string{fault("inserted", 40, 1)}},
		{"a false one beside the right one", []string{fmt.Sprintf(again, "concat(r.raw, ' ') AS raw", in(at(40)))}, []string{fault("inserted", 40, 1)}},
		{"one is replaced by another", []string{fmt.Sprintf(remove, in(at(40))), fmt.Sprintf(again, fmt.Sprintf("%d AS offset", at(40)), in(at(44)))}, []string{fmt.Sprintf("changed firebreak.executions/1@%d, 1 in all, sealed by %d %s", at(40), sealedBy(40), kind(44))}},
		{
			"two change places",
			[]string{fmt.Sprintf(remove, in(at(33), at(70))), fmt.Sprintf(again, fmt.Sprintf("if(r.offset = %[1]d, %[2]d, %[1]d) AS offset", at(33), at(70)), in(at(33), at(70)))},
			[]string{fmt.Sprintf("reordered firebreak.executions/1@%d, 2 in all, sealed by %d %s", at(33), sealedBy(33), kind(70))},
		},
		{"one moves to another partition", []string{fmt.Sprintf(remove, in(at(20))), fmt.Sprintf(again, "2 AS partition, 3 AS offset", in(at(20)))}, []string{gone("removed", 20, 1), fmt.Sprintf("inserted firebreak.executions/2@3, 1 in all, sealed by 1 %s", kind(20))}},
		{"an approver", []string{fmt.Sprintf(update, "approver = 'me'", in(at(7)))}, []string{fault("misread", 7, 1)}},
		{"a type", []string{fmt.Sprintf(update, "type = 'execution.approved!'", in(at(7), at(9)))}, []string{fault("misread", 7, 2)}},
		{"events called dead letters", []string{fmt.Sprintf(update, "reason = 'empty'", in(at(8)))}, []string{fault("misread", 8, 1)}},
		{"a dead letter called an event", []string{fmt.Sprintf(update, "reason = ''", in(at(dead)))}, []string{fault("misread", dead, 1)}},
		{"a time", moved("r.occurred_at + toIntervalMillisecond(1) AS occurred_at"), []string{fault("misread", 7, 1)}},
		{"an id", moved("'another' AS execution_id"), []string{fault("misread", 7, 1)}},
		{"bytes and a column", []string{fmt.Sprintf(update, "approver = 'me', raw = concat(raw, ' ')", in(at(7)))}, []string{fault("changed", 7, 1)}},
		{"a column that is not compared", []string{fmt.Sprintf(update, "actor = 'me'", in(at(7)))}, nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			defer c.restore(t)
			for _, statement := range tc.do {
				c.do(t, "%s", statement)
			}
			r := c.verify(t, "")
			wantFaults(t, r, tc.want...)
			copied := fmt.Sprintf("it is now a copy of the one at %d", at(44))
			if tc.name == "one is replaced by another" && !strings.Contains(r.Faults[0].Detail, copied) {
				t.Errorf("%s, want %q", r.Faults[0].Detail, copied)
			}
		})
	}
	c.do(t, again, "toUInt64(9223372036854775808) AS offset", in(at(5)))
	r, err := audit.Verify(t.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), BytesOnly: true, Now: clock()})
	must(t, err)
	wantFaults(t, r, "inserted firebreak.executions/1@9223372036854775808, 1 in all, sealed by 0")
	if f := r.Faults[0]; f.EntityID == "" || !strings.HasPrefix(f.Detail, "inserted record at offset 9223372036854775808, which Kafka cannot have") || r.Records != int64(len(c.records)+1) {
		t.Errorf("%+v of %d records", f, r.Records)
	}
	two := audit.Report{Faults: []audit.Fault{{Kind: audit.Changed}, {Kind: audit.Changed}}}
	if got := two.Err().Error(); !strings.Contains(got, "faults of 1 kinds") {
		t.Error(got)
	}
}

// Columns are not looked at when only the bytes are asked for.
func TestVerifyBytesOnly(t *testing.T) {
	c := emptyCompany(t)
	land(t, c.store, records()[:500])
	c.seal(t)
	c.do(t, "ALTER TABLE execution_records UPDATE type = 'x' WHERE 1 SETTINGS mutations_sync = 1")
	for bytesOnly, want := range map[bool]bool{true: true, false: false} {
		r, err := audit.Verify(t.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), BytesOnly: bytesOnly, Now: clock()})
		if err != nil || (r.Err() == nil) != want || r.Records != 500 {
			t.Errorf("bytes only %t: %+v, %v", bytesOnly, r, err)
		}
	}
}

// What was too far ahead when it was read is a dead letter for good, also when it was read
// a while before it landed.
func TestVerifyWhatWasAheadOfItsTime(t *testing.T) {
	c := emptyCompany(t)
	for i, ahead := range []time.Duration{48 * time.Hour, schema.MaxAhead - time.Minute, schema.MaxAhead - 2*time.Hour} {
		at := time.Now().Add(ahead)
		value := fmt.Appendf(nil, `{"event_id":"1","type":"alert.fired","occurred_at":"%s","alert_id":"a","name":"x"}`, at.UTC().Format(time.RFC3339))
		// It is read long before any of these.
		land(t, c.store, []*schema.Record{{Topic: topic(schema.Alert), Offset: int64(i), Timestamp: schema.MillisOf(at), Key: []byte("a"), Value: value}})
	}
	c.seal(t)
	wantFaults(t, c.verify(t, ""), "misread firebreak.alerts/0@2, 1 in all, sealed by 1")
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

// typeAfterFlip is what the case that flips a byte leaves to be read.
func typeAfterFlip(c *company, offset int64) string {
	for _, rec := range c.records {
		if rec.Topic == topic(schema.Execution) && rec.Partition == 1 && rec.Offset == offset {
			flipped := *rec
			flipped.Value = bytes.Clone(rec.Value)
			flipped.Value[20] ^= 1
			if kind := decodedType(&flipped); kind != "" {
				return " " + kind
			}
		}
	}
	return ""
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

const runLog = "leaves/execution/firebreak.executions-1.leaves"

// TestVerifyFindsWhatWasDoneToTheFolder harms leaf logs and checkpoints.
func TestVerifyFindsWhatWasDoneToTheFolder(t *testing.T) {
	c := newCompany(t)
	runs := c.of(schema.Execution, 1)
	path := func(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%08d.checkpoint", n)) }
	flip := func(file string, at int) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[at] ^= 1
		must(t, os.WriteFile(file, text, 0o644))
	}
	log := func(i, count int) string {
		return fmt.Sprintf("leaf log firebreak.executions/1@%d, %d in all, sealed by %d", runs[i], count, c.sealedBy(t, i))
	}
	cases := []struct {
		name string
		do   func(dir string)
		want []string
	}{
		{"nothing", func(string) {}, nil},
		{"a byte of a digest", func(dir string) { flip(filepath.Join(dir, runLog), 60*40+20) }, []string{log(60, 1)}},
		{"a byte of an offset", func(dir string) { flip(filepath.Join(dir, runLog), 61*40+7) }, []string{log(61, 1)}},
		{"the first byte", func(dir string) { flip(filepath.Join(dir, runLog), 0) }, []string{log(0, 1)}},
		{"the log is cut", func(dir string) { must(t, os.Truncate(filepath.Join(dir, runLog), int64(40*(len(runs)-2)))) }, []string{log(len(runs)-2, 2)}},
		{"the log is cut within an entry", func(dir string) { must(t, os.Truncate(filepath.Join(dir, runLog), int64(40*len(runs)-1))) }, []string{log(len(runs)-1, 1)}},
		{"what a crash left", func(dir string) {
			file, err := os.OpenFile(filepath.Join(dir, runLog), os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			file.Write(make([]byte, 30))
			must(t, file.Close())
		}, nil},
		{"what was never there", func(dir string) {
			file, err := os.OpenFile(filepath.Join(dir, runLog), os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			file.Write(append(bytes.Repeat([]byte{0, 1}, 40), 9))
			must(t, file.Close())
		}, []string{fmt.Sprintf("leaf log firebreak.executions/1@%d, 1 in all, sealed by 0", 0x0001000100010001)}},
		{"a checkpoint is edited", func(dir string) { edit(t, path(dir, 2), `"sequence":2`, `"sequence":3`) }, []string{"checkpoint 2: its signature is not that of its content"}},
		{"a checkpoint's bytes", func(dir string) { edit(t, path(dir, 2), `{"format"`, `{ "format"`) }, []string{"checkpoint 2: it is not written as a checkpoint is"}},
		{"more in a checkpoint", func(dir string) { edit(t, path(dir, 2), `{"format"`, `{"a":1,"format"`) }, []string{`checkpoint 2: it cannot be read: json: unknown field "a"`}},
		{"a checkpoint without an end", func(dir string) { must(t, os.Truncate(path(dir, 4), 30)) }, []string{"checkpoint 4: it is not a line of JSON and a line with a signature"}},
		{"an older one in its place", func(dir string) { copyFile(t, path(dir, 2), path(dir, 3)) }, []string{"checkpoint 3: it is a copy of checkpoint 2"}},
		{"an older one as the last", func(dir string) { copyFile(t, path(dir, 2), path(dir, 4)) }, []string{"checkpoint 4: it is a copy of checkpoint 2"}},
		{"one of another trail", func(dir string) { rename(t, path(dir, 2), c.key) }, []string{fmt.Sprintf("checkpoint 2: it is of the trail %s, and checkpoint 1 is of the trail %s", audit.Trail{9}, c.trail)}},
		{"one of another trail behind a hole", func(dir string) {
			must(t, os.Remove(path(dir, 3)))
			rename(t, path(dir, 4), c.key)
		}, []string{"missing 3: it is missing", fmt.Sprintf("checkpoint 4: it is of the trail %s, and checkpoint 2 is of the trail %s", audit.Trail{9}, c.trail)}},
		{"another trail of the same key", func(dir string) {
			must(t, os.RemoveAll(dir))
			must(t, os.CopyFS(dir, os.DirFS(c.elsewhere(t).dir)))
		}, []string{fmt.Sprintf("witness 4: it was verified before, of the trail %s, and the folder has the trail %s: name the folder of that one, or another witness", c.trail, audit.Trail{2})}},
		{"one is missing", func(dir string) { must(t, os.Remove(path(dir, 3))) }, []string{"missing 3: it is missing"}},
		{"the first is missing", func(dir string) { must(t, os.Remove(path(dir, 1))) }, []string{"missing 1: it is missing"}},
		{"the last is missing", func(dir string) { must(t, os.Remove(path(dir, 4))) }, []string{"witness 4: it was verified before, and is missing: the folder ends with checkpoint 3"}},
		{"all are missing", func(dir string) { must(t, os.RemoveAll(dir)) }, []string{"witness 4: it was verified before, and is missing: the folder ends with checkpoint 0"}},
		{"another's signature", func(dir string) { resign(t, path(dir, 3), strangerKey(), false) }, []string{fmt.Sprintf("checkpoint 3: it is signed by another key (%s) than the one that is trusted (%s)", audit.KeyID(strangerKey().Public().(ed25519.PublicKey)), audit.KeyID(c.public()))}},
		{"another's signature under our name", func(dir string) { resign(t, path(dir, 3), strangerKey(), true) }, []string{"checkpoint 3: its signature is not that of its content"}},
		{"our key tells another story", func(dir string) { restate(t, path(dir, 3), c.key) }, []string{"checkpoint 4: it does not follow the checkpoint 3 that is there"}},
		{"our key tells another end", func(dir string) { restate(t, path(dir, 4), c.key) }, []string{"witness 4: it is another than the one that was verified before"}},
	}
	for name, back := range map[string]struct {
		change func(*audit.Checkpoint)
		want   string
	}{
		"fewer records":     {func(c *audit.Checkpoint) { c.Partitions[3].Size = 1 }, "of firebreak.executions/0 it has less than, or other than, checkpoint 3"},
		"another beginning": {func(c *audit.Checkpoint) { c.Partitions[3].First = 1 }, "of firebreak.executions/0 it has less than, or other than, checkpoint 3"},
		"an earlier end":    {func(c *audit.Checkpoint) { c.Partitions[3].Size, c.Partitions[3].Last = 1, 110 }, "of firebreak.executions/0 it has less than, or other than, checkpoint 3"},
		"no partition":      {func(c *audit.Checkpoint) { c.Partitions = c.Partitions[1:] }, "of firebreak.alerts/0 it has less than, or other than, checkpoint 3"},
		"an earlier time":   {func(c *audit.Checkpoint) { c.Time = began }, "it is of 2026-01-01T00:00:00Z, before checkpoint 3"},
	} {
		cases = append(cases, struct {
			name string
			do   func(dir string)
			want []string
		}{"our key goes back: " + name, func(dir string) {
			again, err := audit.Resign(readFile(t, path(dir, 4)), c.key, back.change)
			must(t, err)
			must(t, os.WriteFile(path(dir, 4), again, 0o644))
		}, []string{"checkpoint 4: " + back.want}})
	}
	witness := filepath.Join(t.TempDir(), "witness")
	wantFaults(t, c.verify(t, witness))
	remembered, err := os.ReadFile(witness)
	must(t, err)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			harmed := *c
			harmed.dir = c.copyDir(t)
			tc.do(harmed.dir)
			wantFaults(t, harmed.verify(t, witness), tc.want...)
			if now, err := os.ReadFile(witness); err != nil || !bytes.Equal(now, remembered) {
				t.Errorf("the witness remembers %s, %v", now, err)
			}
		})
	}
}

// Where the log is wrong as well as ClickHouse, both are told, and the rest is still held
// against each other.
func TestVerifyWhenBothAreWrong(t *testing.T) {
	c := newCompany(t)
	runs := c.of(schema.Execution, 1)
	harm := func(i int) {
		file := filepath.Join(c.dir, runLog)
		text, err := os.ReadFile(file)
		must(t, err)
		text[i*40+20] ^= 1
		must(t, os.WriteFile(file, text, 0o644))
	}
	harm(10)
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
		text := readFile(t, c.dir, runLog)
		text[at*40] ^= 0xff
		must(t, os.WriteFile(filepath.Join(c.dir, runLog), text, 0o644))
		r = c.verify(t, "")
		wantFaults(t, r, fmt.Sprintf("leaf log firebreak.executions/1@0, %d in all, sealed by 1", sealedFirst(c)))
		for _, p := range r.Partitions {
			if p.Stream.String() == "firebreak.executions/1" && p.Unproven != int64(len(runs)-1) {
				t.Errorf("entry %d: %d records are unproven of %d", at, p.Unproven, len(runs)-1)
			}
		}
		text[at*40] ^= 0xff
		must(t, os.WriteFile(filepath.Join(c.dir, runLog), text, 0o644))
	}
}

// Behind a hole in the chain, our key may say less than before.
func TestVerifyLessBehindAHole(t *testing.T) {
	c := newCompany(t)
	must(t, os.Remove(filepath.Join(c.dir, "00000003.checkpoint")))
	last := filepath.Join(c.dir, "00000004.checkpoint")
	again, err := audit.Resign(readFile(t, last), c.key, func(c *audit.Checkpoint) {
		p := &c.Partitions[3]
		p.Size, p.Last = 1, p.First
	})
	must(t, err)
	must(t, os.WriteFile(last, again, 0o644))
	for _, f := range c.verify(t, "").Faults {
		if f.Kind == audit.BadCheckpoint && f.Checkpoint == 4 && f.Detail == "of firebreak.executions/0 it has less than one before it" {
			return
		}
	}
	t.Error("it is not told")
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
	log := readFile(t, c.dir, runLog)
	copy(log[(first+5)*40+8:], digest[:])
	must(t, os.WriteFile(filepath.Join(c.dir, runLog), log, 0o644))
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

// sealedFirst is how many executions of partition 1 the first checkpoint sealed.
func sealedFirst(c *company) (n int) {
	for _, rec := range c.records[:len(c.records)/landings+1] {
		if rec.Topic == topic(schema.Execution) && rec.Partition == 1 {
			n++
		}
	}
	return n
}

// Everything is put back to an older state that was right: only who remembers can know.
func TestVerifyARollbackOfEverything(t *testing.T) {
	c := emptyCompany(t)
	all := records()
	witness := filepath.Join(t.TempDir(), "witness")
	land(t, c.store, all[:3000])
	c.seal(t)
	c.backup(t)
	older := c.copyDir(t)
	wantFaults(t, c.verify(t, witness))
	land(t, c.store, all[3000:])
	c.seal(t)
	wantFaults(t, c.verify(t, witness))

	c.restore(t)
	c.dir = older
	wantFaults(t, c.verify(t, ""))
	wantFaults(t, c.verify(t, witness), "witness 2: it was verified before, and is missing: the folder ends with checkpoint 1")
	must(t, os.WriteFile(witness, []byte("?"), 0o644))
	if _, err := audit.Verify(t.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), Witness: audit.Witness{File: witness}, Now: clock()}); err == nil {
		t.Error("a witness that has lost its mind is believed")
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, text, 0o644))
}

func edit(t *testing.T, file, old, instead string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s does not hold %s", file, old)
	}
	must(t, os.WriteFile(file, bytes.Replace(text, []byte(old), []byte(instead), 1), 0o644))
}

func strangerKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

// resign signs a checkpoint with another key, under its name or under the old one.
func resign(t *testing.T, file string, key ed25519.PrivateKey, pretend bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	again, err := audit.Resign(text, key, func(c *audit.Checkpoint) {
		if !pretend {
			c.Key = audit.KeyID(key.Public().(ed25519.PublicKey))
		}
	})
	must(t, err)
	must(t, os.WriteFile(file, again, 0o644))
}

// rename signs a checkpoint of another trail, with the right key.
func rename(t *testing.T, file string, key ed25519.PrivateKey) {
	t.Helper()
	again, err := audit.Resign(readFile(t, file), key, func(c *audit.Checkpoint) { c.Trail = audit.Trail{9} })
	must(t, err)
	must(t, os.WriteFile(file, again, 0o644))
}

// restate signs a checkpoint that says another time, with the right key.
func restate(t *testing.T, file string, key ed25519.PrivateKey) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	again, err := audit.Resign(text, key, func(c *audit.Checkpoint) { c.Time = c.Time.Add(1e6) })
	must(t, err)
	must(t, os.WriteFile(file, again, 0o644))
}

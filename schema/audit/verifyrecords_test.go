package audit_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

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

package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

func readFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	must(t, err)
	return text
}

func checkpoint(t *testing.T, dir string, n int) *audit.Checkpoint {
	t.Helper()
	c, err := audit.ParseCheckpoint(readFile(t, dir, fmt.Sprintf("%08d.checkpoint", n)))
	must(t, err)
	return c
}

// Whatever a crash leaves, the next seal is as if there had been none.
func TestSealAfterACrash(t *testing.T) {
	c := emptyCompany(t)
	all := records()
	land(t, c.store, all[:2000])
	c.seal(t)
	land(t, c.store, all[2000:4000])
	before := c.copyDir(t)
	if out := c.seal(t); out.Records != 2000 || out.Head.Sequence != 2 {
		t.Errorf("sealed %+v", out)
	}
	second := filepath.Join(c.dir, "00000002.checkpoint")
	want := checkpoint(t, c.dir, 2).Partitions
	for name, crash := range map[string]func(){
		"before anything was written": func() {
			must(t, os.RemoveAll(c.dir))
			must(t, os.CopyFS(c.dir, os.DirFS(before)))
		},
		"when a leaf log had been written in part": func() {
			must(t, os.Remove(second))
			must(t, os.Truncate(filepath.Join(c.dir, runLog), int64(len(readFile(t, c.dir, runLog))-90)))
		},
		"when the leaf logs had been written": func() { must(t, os.Remove(second)) },
		"when the checkpoint had no name yet": func() { must(t, os.Rename(second, second+".new-123")) },
	} {
		t.Run(name, func(t *testing.T) {
			crash()
			c.seal(t)
			if got := checkpoint(t, c.dir, 2).Partitions; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("sealed %v, want %v", got, want)
			}
			wantFaults(t, c.verify(t, ""))
			if left, _ := filepath.Glob(filepath.Join(c.dir, "*.new-*")); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

// A sealer that runs on finds what another, which died, left in the leaf logs, and that
// checkpoints are gone that it has seen.
func TestSealBesideOthers(t *testing.T) {
	c := emptyCompany(t)
	c.records = records()[:2000]
	land(t, c.store, c.records[:1000])
	sealer := c.sealer()
	_, err := sealer.Seal(t.Context())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(c.dir, runLog), append(readFile(t, c.dir, runLog), make([]byte, 1<<20)...), 0o644))
	land(t, c.store, c.records[1000:])
	_, err = sealer.Seal(t.Context())
	must(t, err)
	if got, want := len(readFile(t, c.dir, runLog)), 40*len(c.of(schema.Execution, 1)); got != want {
		t.Errorf("the leaf log has %d bytes, want %d", got, want)
	}
	wantFaults(t, c.verify(t, ""))

	must(t, os.Remove(filepath.Join(c.dir, "00000001.checkpoint")))
	must(t, os.Remove(filepath.Join(c.dir, "00000002.checkpoint")))
	for range 2 {
		if _, err := sealer.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), "checkpoint 2 in "+c.dir+", which was there, is gone") {
			t.Errorf("%v", err)
		}
	}
}

// A sealer that goes on sealing writes what one that begins anew writes, in however small
// portions; and seals only when something new has landed.
func TestSealGoesOn(t *testing.T) {
	c := emptyCompany(t)
	all := records()
	registry := prometheus.NewRegistry()
	going := audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Now: clock(), Metrics: audit.NewMetrics(registry)})
	going.SetAtOnce(77)
	other := *c
	other.dir = t.TempDir()
	for n := 0; n < 3000; n += 1000 {
		land(t, c.store, all[n:n+1000])
		for i, want := range []int64{1000, 0} {
			out, err := going.Seal(t.Context())
			must(t, err)
			if out.Records != want || out.Head.Sequence != int64(n/1000+1) {
				t.Errorf("time %d of %d records: %+v", i, n, out)
			}
		}
		other.seal(t)
		if a, b := checkpoint(t, c.dir, n/1000+1), checkpoint(t, other.dir, n/1000+1); fmt.Sprint(a.Partitions) != fmt.Sprint(b.Partitions) {
			t.Errorf("they differ: %v and %v", a.Partitions, b.Partitions)
		}
	}
	if !bytes.Equal(readFile(t, c.dir, runLog), readFile(t, other.dir, runLog)) {
		t.Error("the leaf logs differ")
	}
	wantFaults(t, c.verify(t, ""))
	for name, want := range map[string]float64{
		"firebreak_audit_checkpoint_sequence": 3, "firebreak_audit_sealed_records_total": 3000, "firebreak_audit_seal_failures_total": 0,
		"firebreak_audit_checkpoint_timestamp_seconds": float64(checkpoint(t, c.dir, 3).Time.Unix()),
	} {
		if got := gathered(t, registry, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// gathered is the value of a counter or a gauge.
func gathered(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() == name {
			return f.Metric[0].GetCounter().GetValue() + f.Metric[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

// Late events come at later offsets; a wide gap, as records leave that Kafka deleted
// before they were read, is not gone through step by step.
func TestSealOverAWideGap(t *testing.T) {
	c := emptyCompany(t)
	all := records()[:900]
	for i, rec := range all {
		if i >= 300 {
			rec.Offset += 5_000_000_000
		}
		if i >= 600 {
			rec.Offset += 1 << 50
		}
	}
	land(t, c.store, all)
	sealer := c.sealer()
	sealer.SetAtOnce(100)
	out, err := sealer.Seal(t.Context())
	must(t, err)
	if out.Records != int64(len(all)) {
		t.Errorf("sealed %d of %d", out.Records, len(all))
	}
	wantFaults(t, c.verify(t, ""))
}

func TestSealAlone(t *testing.T) {
	c := emptyCompany(t)
	unlock, err := audit.LockDir(c.dir)
	must(t, err)
	sealer := c.sealer()
	if _, err := sealer.Seal(t.Context()); !errors.Is(err, audit.ErrInUse) {
		t.Errorf("beside another: %v", err)
	}
	if sealer.Failure() != nil {
		t.Error("that another seals is taken for a failure")
	}
	unlock()
	if out, err := sealer.Seal(t.Context()); err != nil || out != (audit.Outcome{}) {
		t.Errorf("an empty store: %+v, %v", out, err)
	}
}

// The time of checkpoints does not go back when the clock does.
func TestSealWhenTheClockGoesBack(t *testing.T) {
	c := emptyCompany(t)
	now := began.Add(time.Hour)
	sealer := audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Now: func() time.Time { return now }})
	for n := range 2 {
		land(t, c.store, records()[n*10:n*10+10])
		out, err := sealer.Seal(t.Context())
		must(t, err)
		if !out.Time.Equal(began.Add(time.Hour)) {
			t.Errorf("checkpoint %d is of %s", n+1, out.Time)
		}
		now = began
	}
	wantFaults(t, c.verify(t, ""))
}

// Where sealed records are gone, what is new is sealed and the loss is told.
func TestSealBesideALoss(t *testing.T) {
	c := emptyCompany(t)
	c.records = records()[:2000]
	land(t, c.store, c.records[:1000])
	c.seal(t)
	c.do(t, "ALTER TABLE execution_records DELETE WHERE partition = 1 SETTINGS mutations_sync = 1")
	c.do(t, "ALTER TABLE incident_records DELETE WHERE partition = 2 AND offset > 101 SETTINGS mutations_sync = 1")
	var others []*schema.Record
	for _, rec := range c.records[1000:] {
		if rec.Topic == topic(schema.Alert) {
			others = append(others, rec)
		}
	}
	land(t, c.store, others)
	out, err := c.sealer().Seal(t.Context())
	for _, of := range []string{"firebreak.executions/1", "firebreak.incidents/2"} {
		if err == nil || !strings.Contains(err.Error(), "records of "+of+" that were sealed are missing") {
			t.Errorf("%v does not tell of %s", err, of)
		}
	}
	if out.Records != int64(len(others)) || out.Head.Sequence != 2 {
		t.Errorf("sealed %+v of %d", out, len(others))
	}
}

// An offset that is there twice holds back its partition and no other, until one of the
// two is gone.
func TestSealBesideADouble(t *testing.T) {
	c := emptyCompany(t)
	c.records = records()[:1500]
	land(t, c.store, c.records)
	runs := c.of(schema.Execution, 1)
	double := runs[3]
	c.do(t, "INSERT INTO execution_records SELECT * FROM execution_records WHERE partition = 1 AND offset = %d SETTINGS insert_deduplicate = 0", double)
	sealer := c.sealer()
	sealer.SetAtOnce(50)
	for n := range 2 {
		_, err := sealer.Seal(t.Context())
		if want := fmt.Sprintf("offset %d of firebreak.executions/1 is there twice", double); err == nil || !strings.Contains(err.Error(), want) || sealer.Failure() == nil {
			t.Errorf("%v, want %q", err, want)
		}
		r := c.verify(t, "")
		wantFaults(t, r, fmt.Sprintf("inserted firebreak.executions/1@%d, 1 in all, sealed by 0 %s", double, typeOf(c, double)))
		for _, p := range r.Partitions {
			held := p.Stream == audit.Stream{Entity: "execution", Topic: topic(schema.Execution), Partition: 1}
			if held && p.Sealed != 3 || !held && p.Unsealed != 0 {
				t.Errorf("pass %d: %+v", n, p)
			}
		}
	}
	c.do(t, "ALTER TABLE execution_records DELETE WHERE partition = 1 AND offset = %d SETTINGS mutations_sync = 1", double)
	out, err := sealer.Seal(t.Context())
	must(t, err)
	if want := int64(len(runs) - 4); out.Records != want {
		t.Errorf("sealed %d, want %d", out.Records, want)
	}
}

// Records at offsets that Kafka cannot have hold nothing back, are not sealed, and are
// told until they are gone.
func TestSealBesideWhatKafkaCannotHave(t *testing.T) {
	c := emptyCompany(t)
	c.records = records()[:1000]
	land(t, c.store, c.records)
	const again = "INSERT INTO execution_records SELECT * REPLACE (%s) FROM execution_records AS r WHERE r.partition = 1 AND r.offset = %d"
	first := c.of(schema.Execution, 1)[0]
	c.do(t, again, "toUInt64(9223372036854775808) AS offset", first)
	c.do(t, again, "toUInt64(18446744073709551615) AS offset, 7 AS partition", first)
	sealer := c.sealer()
	sealer.SetAtOnce(50)
	for n, want := range []int64{int64(len(c.records)), 0} {
		out, err := sealer.Seal(t.Context())
		for _, place := range []string{"firebreak.executions/1@9223372036854775808", "firebreak.executions/7@18446744073709551615"} {
			if err == nil || !strings.Contains(err.Error(), "the record "+place+" in ClickHouse has an offset that Kafka cannot have") {
				t.Errorf("pass %d: %v does not tell of %s", n, err, place)
			}
		}
		if out.Records != want || out.Head.Sequence != 1 || sealer.Failure() == nil {
			t.Errorf("pass %d: sealed %+v, failure %v", n, out, sealer.Failure())
		}
	}
	wantFaults(
		t, c.verify(t, ""),
		"inserted firebreak.executions/1@9223372036854775808, 1 in all, sealed by 0",
		"inserted firebreak.executions/7@18446744073709551615, 1 in all, sealed by 0",
	)
	c.do(t, "ALTER TABLE execution_records DELETE WHERE offset > 9223372036854775806 SETTINGS mutations_sync = 1")
	_, err := sealer.Seal(t.Context())
	must(t, err)
	wantFaults(t, c.verify(t, ""))
}

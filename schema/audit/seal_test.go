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

// A process that has the folder and does not seal is told of by the others, as soon as
// something has waited for three times as long as it should.
func TestFailureWhileAnotherDoesNotSeal(t *testing.T) {
	c := emptyCompany(t)
	base := time.Now()
	now := base.Add(-4 * time.Hour)
	sealer := audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Every: time.Hour, Now: func() time.Time { return now }})
	for _, step := range []struct {
		name string
		do   func()
		now  time.Duration // since what has landed landed
		want string
	}{
		{"nothing has landed", func() {}, 4 * time.Hour, ""},
		{"nothing was ever sealed", func() { land(t, c.store, records()[:100]) }, 4 * time.Hour, "does not seal what landed more than 3h0m0s ago"},
		{"nothing was sealed yet", func() {}, 2 * time.Hour, ""},
		{"all is sealed, and long ago", func() {
			now = base.Add(-4 * time.Hour)
			_, err := sealer.Seal(t.Context())
			must(t, err)
		}, 4 * time.Hour, ""},
		{"something has just landed", func() { land(t, c.store, records()[100:200]) }, time.Hour, ""},
		{"something has waited", func() {}, 4 * time.Hour, "another process has " + c.dir + ", and does not seal"},
		{"another has sealed it", func() { c.seal(t) }, 4 * time.Hour, ""},
		{"the newest checkpoint is wrong", func() {
			must(t, os.Truncate(filepath.Join(c.dir, "00000002.checkpoint"), 10))
		}, 4 * time.Hour, "nothing can be sealed behind checkpoint 2"},
	} {
		step.do()
		unlock, err := audit.LockDir(c.dir)
		must(t, err)
		now = base.Add(step.now)
		if _, err := sealer.Seal(t.Context()); !errors.Is(err, audit.ErrInUse) {
			t.Errorf("%s: %v", step.name, err)
		}
		unlock()
		err = sealer.Failure()
		if (err == nil) != (step.want == "") || err != nil && !strings.Contains(err.Error(), step.want) {
			t.Errorf("%s: %v, want %q", step.name, err, step.want)
		}
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

// A sealer signs nothing that it knows to be wrong.
func TestSealRefuses(t *testing.T) {
	c := emptyCompany(t)
	c.records = records()[:1500]
	for _, n := range []int{0, 500} {
		land(t, c.store, c.records[n:n+500])
		c.seal(t)
	}
	land(t, c.store, c.records[1000:])
	for _, tc := range []struct {
		name string
		do   func(c *company)
		want string
	}{
		{"a missing checkpoint", func(c *company) { must(t, os.Remove(filepath.Join(c.dir, "00000001.checkpoint"))) }, "some are missing"},
		{"a wrong checkpoint", func(c *company) { edit(t, filepath.Join(c.dir, "00000002.checkpoint"), `"size":`, `"size":1`) }, "nothing can be sealed behind checkpoint 2"},
		{"another's checkpoint", func(c *company) { c.key = strangerKey() }, "signed by another key"},
		{"a checkpoint of no trail", func(c *company) {
			again, err := audit.Resign(readFile(t, c.dir, "00000002.checkpoint"), c.key, func(c *audit.Checkpoint) { c.Trail = audit.Trail{} })
			must(t, err)
			must(t, os.WriteFile(filepath.Join(c.dir, "00000002.checkpoint"), again, 0o644))
		}, "it names no trail"},
		{"a copy of a checkpoint", func(c *company) {
			copyFile(t, filepath.Join(c.dir, "00000001.checkpoint"), filepath.Join(c.dir, "00000002.checkpoint"))
		}, "a copy of checkpoint 1"},
		{"a file that is no checkpoint", func(c *company) {
			copyFile(t, filepath.Join(c.dir, "00000001.checkpoint"), filepath.Join(c.dir, "000000003.checkpoint"))
		}, "is not named as a checkpoint is"},
		{"a short leaf log", func(c *company) { must(t, os.Truncate(filepath.Join(c.dir, runLog), 40)) }, "holds 1 records"},
		{"a wrong leaf log", func(c *company) {
			log := readFile(t, c.dir, runLog)
			log[30] ^= 1
			must(t, os.WriteFile(filepath.Join(c.dir, runLog), log, 0o644))
		}, "is not what checkpoint 2 sealed"},
		{"a topic that cannot be one", func(c *company) {
			b := c.store.NewBatch(schema.Alert)
			b.Add(&schema.Record{Topic: "../key"}, nil, &schema.Fault{Reason: schema.ReasonEmpty})
			must(t, b.Insert(t.Context(), "", time.Now().Add(time.Hour)))
			c.do(t, "TRUNCATE TABLE incident_records")
			c.do(t, "TRUNCATE TABLE execution_records")
		}, "is no topic of Kafka"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			harmed := *c
			harmed.dir = c.copyDir(t)
			tc.do(&harmed)
			sealer := harmed.sealer()
			_, err := sealer.Seal(t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want one with %q", err, tc.want)
			}
			if sealer.Failure() == nil {
				t.Error("it does not say that it failed")
			}
			if _, err := os.Stat(filepath.Join(harmed.dir, "00000003.checkpoint")); err == nil {
				t.Error("it has sealed")
			}
		})
	}
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

// What a key has signed it does not sign otherwise, though the folder is gone or put back.
func TestSealNothingBelowTheHead(t *testing.T) {
	c := emptyCompany(t)
	head := audit.Witness{File: filepath.Join(t.TempDir(), "key.pem"+audit.HeadSuffix)}
	seal := func() error {
		_, err := audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Head: head, Now: clock()}).Seal(t.Context())
		return err
	}
	land(t, c.store, records()[:500])
	must(t, seal())
	older := c.copyDir(t)
	land(t, c.store, records()[500:1000])
	must(t, seal())
	newer := c.copyDir(t)
	// A crash came between the checkpoint and the head.
	behind := readFile(t, head.File)
	land(t, c.store, records()[1000:1100])
	must(t, seal())
	now := readFile(t, head.File)
	must(t, os.WriteFile(head.File, behind, 0o644))
	must(t, seal())
	if got := readFile(t, head.File); !bytes.Equal(got, now) {
		t.Errorf("it remembers %s, want %s", got, now)
	}
	for name, want := range map[string]string{
		older:       "checkpoint 3, which this key has signed, is not in the folder: " + older + " ends with checkpoint 1",
		newer:       "checkpoint 3, which this key has signed, is not in the folder: " + newer + " ends with checkpoint 2",
		t.TempDir(): "checkpoint 3, which this key has signed, is not in the folder",
	} {
		c.dir = name
		if err := seal(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	restate(t, filepath.Join(newer, "00000002.checkpoint"), c.key)
	must(t, os.WriteFile(head.File, behind, 0o644))
	c.dir = newer
	if err := seal(); err == nil || !strings.Contains(err.Error(), "has another in its place") {
		t.Errorf("another checkpoint: %v", err)
	}
}

// What could not be remembered is not signed.
func TestSealNothingThatTheHeadCannotRemember(t *testing.T) {
	c := emptyCompany(t)
	land(t, c.store, records()[:100])
	keys := t.TempDir()
	head := audit.Witness{File: filepath.Join(keys, "key.pem"+audit.HeadSuffix)}
	seal := func() error {
		_, err := audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Head: head, Now: clock()}).Seal(t.Context())
		return err
	}
	for name, harm := range map[string]func(){
		"a folder in its place": func() { must(t, os.Mkdir(head.File, 0o755)) },
		"no folder for it":      func() { must(t, os.Remove(keys)) },
		"a file as the folder":  func() { must(t, os.Remove(keys)); must(t, os.WriteFile(keys, nil, 0o644)) },
	} {
		harm()
		if err := seal(); err == nil || !strings.Contains(err.Error(), "copy the key to a folder that may be written to, and name it with --audit-key") {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := filepath.Glob(filepath.Join(c.dir, "*.checkpoint")); err != nil || len(left) > 0 {
			t.Errorf("%s: %v is signed, %v", name, left, err)
		}
		must(t, os.RemoveAll(keys))
		must(t, os.Mkdir(keys, 0o755))
	}
	must(t, seal())
	if left, err := os.ReadDir(keys); err != nil || len(left) != 1 {
		t.Errorf("beside the key are %v, %v", left, err)
	}
}

// A trail has a name of its own, which stands in all its checkpoints; what another trail
// of the same key has is not sealed on.
func TestSealOneTrail(t *testing.T) {
	c := emptyCompany(t)
	land(t, c.store, records()[:500])
	head := audit.Witness{File: filepath.Join(t.TempDir(), "key.pem"+audit.HeadSuffix)}
	other := c.elsewhere(t)
	for _, sealer := range []*audit.Sealer{c.sealer(), audit.NewSealer(c.reader, audit.SealConfig{Dir: t.TempDir(), Key: c.key, Head: head, Now: clock()})} {
		out, err := sealer.Seal(t.Context())
		must(t, err)
		if out.Head.Trail == (audit.Trail{}) || out.Head.Trail == other.trail {
			t.Errorf("the trail is %s", out.Head.Trail)
		}
	}
	going := c.sealer()
	_, err := going.Seal(t.Context())
	must(t, err)
	land(t, c.store, records()[500:600])
	_, err = going.Seal(t.Context())
	must(t, err)
	for n := 1; n <= 2; n++ {
		if got := checkpoint(t, c.dir, n).Trail; got != c.trail {
			t.Errorf("checkpoint %d is of the trail %s", n, got)
		}
	}
	other.seal(t)
	must(t, os.RemoveAll(c.dir))
	must(t, os.CopyFS(c.dir, os.DirFS(other.dir)))
	for name, sealer := range map[string]*audit.Sealer{
		"one that has sealed": going,
		"one with a head":     audit.NewSealer(c.reader, audit.SealConfig{Dir: other.dir, Key: c.key, Head: head, Now: clock()}),
	} {
		if _, err := sealer.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), "has the trail "+other.trail.String()+", and what this key has signed is of the trail ") {
			t.Errorf("%s: %v", name, err)
		}
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

package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

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

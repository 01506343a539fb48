package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vividium/firebreak/schema/audit"
)

// TestVerifyFindsWhatWasDoneToCheckpoints harms those of a folder.
func TestVerifyFindsWhatWasDoneToCheckpoints(t *testing.T) {
	c := newCompany(t)
	path := func(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%08d.checkpoint", n)) }
	cases := []harm{
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
		{"a number far beyond", func(dir string) { copyFile(t, path(dir, 2), path(dir, 9000000000000000000)) }, []string{"missing 5: it is missing, as are all up to checkpoint 8999999999999999999", "checkpoint 9000000000000000000: it is a copy of checkpoint 2"}},
		{"a number that is none", func(dir string) { copyFile(t, path(dir, 2), filepath.Join(dir, "000000002.checkpoint")) }, []string{"checkpoint 0: 000000002.checkpoint is not named as a checkpoint is"}},
		{"a number beyond all", func(dir string) { copyFile(t, path(dir, 2), filepath.Join(dir, "99999999999999999999.checkpoint")) }, []string{"checkpoint 0: 99999999999999999999.checkpoint is not named as a checkpoint is"}},
		{"a folder in its place", func(dir string) {
			must(t, os.Remove(path(dir, 3)))
			must(t, os.Mkdir(path(dir, 3), 0o755))
		}, []string{"checkpoint 3: it is no file"}},
		{"the first is missing", func(dir string) { must(t, os.Remove(path(dir, 1))) }, []string{"missing 1: it is missing"}},
		{"the last is missing", func(dir string) { must(t, os.Remove(path(dir, 4))) }, []string{"witness 4: it was verified before, and it is missing: the folder ends with checkpoint 3"}},
		{"all are missing", func(dir string) { must(t, os.RemoveAll(dir)) }, []string{"witness 4: it was verified before, and it is missing: the folder ends with checkpoint 0"}},
		{"another's signature", func(dir string) { resign(t, path(dir, 3), strangerKey(), false) }, []string{fmt.Sprintf("checkpoint 3: it is signed by another key (%s) than the one that is trusted (%s)", audit.KeyID(strangerKey().Public().(ed25519.PublicKey)), audit.KeyID(c.public()))}},
		{"another's signature under our name", func(dir string) { resign(t, path(dir, 3), strangerKey(), true) }, []string{"checkpoint 3: its signature is not that of its content"}},
		{"our key tells another story", func(dir string) { restate(t, path(dir, 3), c.key) }, []string{"checkpoint 4: it does not follow the checkpoint 3 that is there"}},
		{"our key tells another end", func(dir string) { restate(t, path(dir, 4), c.key) }, []string{"witness 4: it was verified before, and another is in its place"}},
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
		cases = append(cases, harm{"our key goes back: " + name, func(dir string) {
			signAnew(t, path(dir, 4), c.key, back.change)
		}, []string{"checkpoint 4: " + back.want}})
	}
	c.wantFound(t, cases)
}

// Behind a hole in the chain, our key may say less than before.
func TestVerifyLessBehindAHole(t *testing.T) {
	c := newCompany(t)
	must(t, os.Remove(filepath.Join(c.dir, "00000003.checkpoint")))
	last := filepath.Join(c.dir, "00000004.checkpoint")
	signAnew(t, last, c.key, func(c *audit.Checkpoint) {
		p := &c.Partitions[3]
		p.Size, p.Last = 1, p.First
	})
	for _, f := range c.verify(t, "").Faults {
		if f.Kind == audit.BadCheckpoint && f.Checkpoint == 4 && f.Detail == "of firebreak.executions/0 it has less than one before it" {
			return
		}
	}
	t.Error("it is not told")
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
	wantFaults(t, c.verify(t, witness), "witness 2: it was verified before, and it is missing: the folder ends with checkpoint 1")
	must(t, os.WriteFile(witness, []byte("?"), 0o644))
	if _, err := audit.Verify(t.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), Witness: audit.Witness{File: witness}, Now: clock()}); err == nil {
		t.Error("a witness that has lost its mind is believed")
	}
}

// What the key has signed is remembered beside it by the sealer, and is a witness without
// being one by name. Verifying does not change it.
func TestVerifyARollbackBelowWhatTheKeySigned(t *testing.T) {
	c := newCompany(t)
	whole := c.dir
	c.dir = c.copyDir(t)
	must(t, os.Remove(filepath.Join(c.dir, "00000004.checkpoint")))
	head := filepath.Join(t.TempDir(), "key.head")
	_, err := audit.NewSealer(c.reader, audit.SealConfig{Dir: whole, Key: c.key, Head: audit.Witness{File: head}, Now: clock()}).Seal(t.Context())
	must(t, err)
	remembered := readFile(t, head)
	wantFaults(t, c.verify(t, ""))
	report, err := audit.Verify(t.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), Head: audit.Witness{File: head}, Now: clock()})
	must(t, err)
	wantFaults(t, report, "witness 4: this key has signed it, and it is missing: the folder ends with checkpoint 3")
	if !bytes.Equal(readFile(t, head), remembered) {
		t.Error("what the key has signed is remembered otherwise")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.WriteFile(to, readFile(t, from), 0o644))
}

func edit(t *testing.T, file, old, instead string) {
	t.Helper()
	text := readFile(t, file)
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s does not hold %s", file, old)
	}
	must(t, os.WriteFile(file, bytes.Replace(text, []byte(old), []byte(instead), 1), 0o644))
}

func strangerKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

// signAnew signs another content of a checkpoint.
func signAnew(t *testing.T, file string, key ed25519.PrivateKey, change func(*audit.Checkpoint)) {
	t.Helper()
	again, err := audit.Resign(readFile(t, file), key, change)
	must(t, err)
	must(t, os.WriteFile(file, again, 0o644))
}

// resign signs a checkpoint with another key, under its name or under the old one.
func resign(t *testing.T, file string, key ed25519.PrivateKey, pretend bool) {
	t.Helper()
	signAnew(t, file, key, func(c *audit.Checkpoint) {
		if !pretend {
			c.Key = audit.KeyID(key.Public().(ed25519.PublicKey))
		}
	})
}

// rename signs a checkpoint of another trail, with the right key.
func rename(t *testing.T, file string, key ed25519.PrivateKey) {
	t.Helper()
	signAnew(t, file, key, func(c *audit.Checkpoint) { c.Trail = audit.Trail{9} })
}

// restate signs a checkpoint that says another time, with the right key.
func restate(t *testing.T, file string, key ed25519.PrivateKey) {
	t.Helper()
	signAnew(t, file, key, func(c *audit.Checkpoint) { c.Time = c.Time.Add(1e6) })
}

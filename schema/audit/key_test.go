package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vividium/firebreak/schema/audit"
)

func TestKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	must(t, audit.GenerateKey(file))
	private, err := audit.PrivateKey(file)
	must(t, err)
	public, err := audit.PublicKey(file + audit.PublicSuffix)
	must(t, err)
	if !public.Equal(private.Public()) {
		t.Error("the keys are no pair")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v, %v", info.Mode(), err)
	}
	kept := readFile(t, file)
	if err := audit.GenerateKey(file); !errors.Is(err, fs.ErrExist) || !bytes.Equal(readFile(t, file), kept) {
		t.Errorf("a key was overwritten: %v", err)
	}
	must(t, os.Remove(file))
	if err := audit.GenerateKey(file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key was made beside the public key of another: %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error("half a pair was made")
	}
	// As openssl pkey -pubin -outform der | sha256sum has it for the key of RFC 8032,
	// section 7.1, test 1.
	rfc := ed25519.PublicKey("\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a")
	if got := audit.KeyID(rfc).String(); got != "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9" {
		t.Errorf("its id is %s", got)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "key.pem")
	must(t, audit.GenerateKey(good))
	write := func(name, text string, mode fs.FileMode) string {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, []byte(text), mode))
		return file
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o700} {
		must(t, os.Chmod(good, mode))
		if _, err := audit.PrivateKey(good); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	must(t, os.Chmod(good, 0o400))
	if _, err := audit.PrivateKey(good); err != nil {
		t.Errorf("mode 400: %v", err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"):     "keygen",
		write("text", "no key", 0o600): "holds no PRIVATE KEY in PEM",
		write("short", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0o600): "is not an Ed25519 key",
	} {
		if _, err := audit.PrivateKey(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none.pub"): "--audit-public-key",
		good:                           "holds no PUBLIC KEY in PEM",
		write("short.pub", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", 0o644): "is not the public part",
	} {
		if _, err := audit.PublicKey(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// PublicSuffix is what the name of a public key's file has more than the private one's.
const PublicSuffix = ".pub"

const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
	privateMode  = 0o600
)

// GenerateKey writes a new Ed25519 key to a file, which must not exist, as PEM of PKCS
// #8 for its owner's eyes only, and the public key beside it, which must not exist either.
func GenerateKey(file string) error {
	for _, name := range []string{file, file + PublicSuffix} {
		if _, err := os.Lstat(name); err == nil {
			return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	if err := writeNew(file, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}), privateMode); err != nil {
		return err
	}
	if der, err = x509.MarshalPKIXPublicKey(public); err != nil {
		return err
	}
	return writeNew(file+PublicSuffix, pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), 0o644)
}

// PrivateKey reads a key that GenerateKey, or `openssl genpkey -algorithm ed25519`,
// wrote. A file that others may read is refused.
func PrivateKey(file string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no key %s: make one with `firebreak audit keygen %s`", file, file)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&^privateMode != 0 {
		return nil, fmt.Errorf("the key %s may be used by others (mode %04o): run `chmod 600 %s`", file, info.Mode().Perm(), file)
	}
	der, err := readPEM(file, privateBlock)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("the key %s is not an Ed25519 key: make one with `firebreak audit keygen`", file)
	}
	return key, nil
}

// PublicKey reads the public key by which checkpoints are to be judged.
func PublicKey(file string) (ed25519.PublicKey, error) {
	der, err := readPEM(file, publicBlock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no public key %s: name the one that you trust with --audit-public-key", file)
	}
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s is not the public part of an Ed25519 key", file)
	}
	return key, nil
}

func readPEM(file, kind string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s holds no %s in PEM", file, kind)
	}
	return block.Bytes, nil
}

// KeyID names a public key: the SHA-256 of its DER form, as `openssl pkey -pubin
// -outform der | sha256sum` prints it.
func KeyID(key ed25519.PublicKey) Hash {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // an Ed25519 key always has that form
	}
	return sha256.Sum256(der)
}

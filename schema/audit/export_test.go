package audit

import "crypto/ed25519"

// Resign changes a checkpoint's file and signs it.
func Resign(file []byte, key ed25519.PrivateKey, change func(*Checkpoint)) ([]byte, error) {
	c, err := parseCheckpoint(file)
	if err != nil {
		return nil, err
	}
	change(&c.Checkpoint)
	return c.sign(key)
}

// Sign writes a checkpoint's file.
func Sign(c *Checkpoint, key ed25519.PrivateKey) ([]byte, error) { return c.sign(key) }

// ParseCheckpoint reads a checkpoint's file.
func ParseCheckpoint(file []byte) (*Checkpoint, error) {
	c, err := parseCheckpoint(file)
	if err != nil {
		return nil, err
	}
	return &c.Checkpoint, nil
}

// SetAtOnce makes the sealer look at so many offsets in one go.
func (s *Sealer) SetAtOnce(n int64) { s.atOnce = n }

// LockDir is what a sealer begins with.
var LockDir = lockDir

package audit

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// load reads the last checkpoint, and the trees that it seals unless they are known.
func (s *Sealer) load() error {
	present, err := sequences(s.cfg.Dir)
	if err != nil {
		return err
	}
	last, err := s.latest(present)
	if err != nil {
		return err
	}
	if err := s.recognise(last); err != nil {
		return err
	}
	if s.last != nil && last != nil && s.last.hash == last.hash {
		return nil
	}
	s.last, s.trees = nil, make(map[Stream]*Tree)
	if err := s.removeLeftovers(); err != nil || last == nil {
		return err
	}
	for _, p := range last.Partitions {
		tree, err := cutLeafLog(s.cfg.Dir, p.Stream, p.Size)
		if err != nil {
			return err
		}
		if tree.Root() != p.Root {
			return fmt.Errorf("%s is not what checkpoint %d sealed: run `firebreak audit verify`", leafLogPath(s.cfg.Dir, p.Stream), last.Sequence)
		}
		s.trees[p.Stream] = tree
	}
	s.last = last
	return nil
}

// latest reads the last of the checkpoints that are there; nil when none is.
func (s *Sealer) latest(present []int64) (*signedFile, error) {
	n := int64(len(present))
	if n == 0 {
		return nil, nil
	}
	if present[n-1] != n {
		return nil, fmt.Errorf("of the checkpoints in %s some are missing: run `firebreak audit verify`", s.cfg.Dir)
	}
	last, err := s.read(n)
	if err != nil {
		return nil, fmt.Errorf("nothing can be sealed behind checkpoint %d in %s: %w", n, s.cfg.Dir, err)
	}
	return last, nil
}

// recognise wants the last checkpoint that is there, nil when none is, to be of the trail
// that the key has signed, and the latest that the key has signed to be there.
func (s *Sealer) recognise(last *signedFile) error {
	head, err := s.cfg.Head.recall()
	if err != nil {
		return err
	}
	var n int64
	if last != nil {
		n = last.Sequence
		if known := cmp.Or(head.Trail, s.seen.Trail); known != (Trail{}) && last.Trail != known {
			return fmt.Errorf("%s has the trail %s, and what this key has signed is of the trail %s: name the folder of that one, or make a new key for a new trail", s.cfg.Dir, last.Trail, known)
		}
	}
	if n < s.seen.Sequence {
		return fmt.Errorf("checkpoint %d in %s, which was there, is gone: run `firebreak audit verify`", s.seen.Sequence, s.cfg.Dir)
	}
	if head.Sequence == 0 {
		return nil
	}
	const advice = "put back what is missing, or make a new key for a new trail"
	if head.Sequence > n {
		return fmt.Errorf("checkpoint %d, which this key has signed, is not in the folder: %s ends with checkpoint %d; %s", head.Sequence, s.cfg.Dir, n, advice)
	}
	text, err := os.ReadFile(checkpointPath(s.cfg.Dir, head.Sequence))
	if err == nil && sha256.Sum256(text) != head.Hash {
		err = fmt.Errorf("checkpoint %d, which this key has signed, is not in the folder: %s has another in its place; %s", head.Sequence, s.cfg.Dir, advice)
	}
	return err
}

// read gives checkpoint number n when it is one of ours.
func (s *Sealer) read(n int64) (*signedFile, error) {
	text, err := os.ReadFile(checkpointPath(s.cfg.Dir, n))
	if err != nil {
		return nil, err
	}
	file, err := parseCheckpoint(text)
	if err != nil {
		return nil, err
	}
	if err := file.verify(s.cfg.Key.Public().(ed25519.PublicKey)); err != nil {
		return nil, err
	}
	if file.Sequence != n {
		return nil, fmt.Errorf("it is a copy of checkpoint %d", file.Sequence)
	}
	return file, nil
}

// removeLeftovers removes checkpoints that a crash kept from getting their names.
func (s *Sealer) removeLeftovers() error {
	left, err := filepath.Glob(filepath.Join(s.cfg.Dir, "*"+checkpointSuffix+newSuffix+"*"))
	for _, file := range left {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

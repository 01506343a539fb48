package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const checkpointSuffix = ".checkpoint"

var checkpointFile = regexp.MustCompile(`^([0-9]{8,})\` + checkpointSuffix + `$`)

func checkpointPath(dir string, sequence int64) string {
	return filepath.Join(dir, fmt.Sprintf("%08d%s", sequence, checkpointSuffix))
}

// sequences lists the numbers of the checkpoints in a folder, rising. A folder that is
// not there has none.
func sequences(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []int64
	for _, entry := range entries {
		found := checkpointFile.FindStringSubmatch(entry.Name())
		if found == nil {
			continue
		}
		n, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil || filepath.Base(checkpointPath(dir, n)) != entry.Name() || n < 1 {
			return nil, fmt.Errorf("%s is not named as a checkpoint is", filepath.Join(dir, entry.Name()))
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return list, nil
}

// Begun says whether there are checkpoints in a folder.
func Begun(dir string) (bool, error) {
	present, err := sequences(dir)
	return len(present) > 0, err
}

// chain is what a folder's checkpoints are worth.
type chain struct {
	// files are by sequence, from 1; nil is one that cannot be relied on. good are the
	// others.
	files  []*signedFile
	good   []*signedFile
	faults []Fault
}

// readChain reads all checkpoints of a folder and judges them by a key.
func readChain(dir string, key ed25519.PublicKey) (*chain, error) {
	present, err := sequences(dir)
	if err != nil {
		return nil, err
	}
	c := &chain{}
	for _, n := range present {
		for missing := int64(len(c.files)) + 1; missing < n; missing++ {
			c.fault(missing, Missing, "it is missing")
			c.files = append(c.files, nil)
		}
		text, err := os.ReadFile(checkpointPath(dir, n))
		if err != nil {
			return nil, err
		}
		c.files = append(c.files, c.judge(n, text, key))
	}
	c.good = slices.DeleteFunc(slices.Clone(c.files), func(f *signedFile) bool { return f == nil })
	return c, nil
}

// judge gives the checkpoint in the place of number n when it can be relied on.
func (c *chain) judge(n int64, text []byte, key ed25519.PublicKey) *signedFile {
	file, err := parseCheckpoint(text)
	if err == nil {
		err = file.verify(key)
	}
	if err != nil {
		c.fault(n, BadCheckpoint, err.Error())
		return nil
	}
	if file.Sequence != n {
		c.fault(n, BadCheckpoint, fmt.Sprintf("it is a copy of checkpoint %d", file.Sequence))
		return nil
	}
	if n == 1 && file.Previous != (Hash{}) {
		c.fault(n, BadCheckpoint, "it names one before it")
		return nil
	}
	if before := c.last(); before != nil {
		switch {
		case file.Trail != before.Trail:
			err = fmt.Errorf("it is of the trail %s, and checkpoint %d is of the trail %s", file.Trail, before.Sequence, before.Trail)
		case before.Sequence == n-1:
			err = file.follows(before)
		case file.Time.Before(before.Time):
			err = fmt.Errorf("it is of %s, before checkpoint %d", file.Time.Format(time.RFC3339Nano), before.Sequence)
		}
		if err != nil {
			c.fault(n, BadCheckpoint, err.Error())
			return nil
		}
	}
	return file
}

func (c *chain) fault(n int64, kind Kind, detail string) {
	c.faults = append(c.faults, Fault{Kind: kind, Checkpoint: n, Count: 1, Detail: detail})
}

// last is the latest checkpoint that can be relied on; nil when none can.
func (c *chain) last() *signedFile {
	for _, file := range slices.Backward(c.files) {
		if file != nil {
			return file
		}
	}
	return nil
}

// err is the first fault, for those who need a chain without any.
func (c *chain) err() error {
	if len(c.faults) == 0 {
		return nil
	}
	return fmt.Errorf("checkpoint %d: %s; `firebreak audit verify` tells more", c.faults[0].Checkpoint, c.faults[0].Detail)
}

// sealing is the first checkpoint that covers an offset of a stream; nil when none does.
func (c *chain) sealing(s Stream, offset int64) *signedFile {
	i, _ := slices.BinarySearchFunc(c.good, offset, func(f *signedFile, offset int64) int {
		if f.of(s).Last < offset {
			return -1
		}
		return 1
	})
	if i == len(c.good) {
		return nil
	}
	return c.good[i]
}

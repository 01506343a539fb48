package audit

import (
	"cmp"
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
// not there has none, and one with a file that is misnamed is an error.
func sequences(dir string) ([]int64, error) {
	list, misnamed, err := listCheckpoints(dir)
	if err == nil && len(misnamed) > 0 {
		return nil, fmt.Errorf("%s is not named as a checkpoint is", filepath.Join(dir, misnamed[0]))
	}
	return list, err
}

// listCheckpoints gives the numbers of the checkpoints in a folder, rising, and the names
// of files that are almost named as one.
func listCheckpoints(dir string) (list []int64, misnamed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, entry := range entries {
		found := checkpointFile.FindStringSubmatch(entry.Name())
		if found == nil {
			continue
		}
		n, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil || filepath.Base(checkpointPath(dir, n)) != entry.Name() || n < 1 {
			misnamed = append(misnamed, entry.Name())
			continue
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return list, misnamed, nil
}

// Begun says whether there are checkpoints in a folder.
func Begun(dir string) (bool, error) {
	present, err := sequences(dir)
	return len(present) > 0, err
}

// chain is what a folder's checkpoints are worth.
type chain struct {
	// good are those that can be relied on, in their order.
	good []*signedFile
	// present is how many there are, good or not, and end the highest number of one.
	present int
	end     int64
	faults  []Fault
}

// readChain reads all checkpoints of a folder and judges them by a key.
func readChain(dir string, key ed25519.PublicKey) (*chain, error) {
	present, misnamed, err := listCheckpoints(dir)
	if err != nil {
		return nil, err
	}
	c := &chain{present: len(present)}
	for _, name := range misnamed {
		c.fault(0, BadCheckpoint, name+" is not named as a checkpoint is")
	}
	for _, n := range present {
		if n > c.end+1 {
			c.missing(c.end+1, n-1)
		}
		c.end = n
		text, err := readFile(checkpointPath(dir, n))
		if errors.Is(err, errNoFile) {
			c.fault(n, BadCheckpoint, errNoFile.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		if file := c.judge(n, text, key); file != nil {
			c.good = append(c.good, file)
		}
	}
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

// missing tells of a gap as one fault, however wide a false number makes it.
func (c *chain) missing(first, last int64) {
	c.fault(first, Missing, "it is missing")
	if first < last {
		f := &c.faults[len(c.faults)-1]
		f.Count, f.Detail = last-first+1, fmt.Sprintf("it is missing, as are all up to checkpoint %d", last)
	}
}

// last is the latest checkpoint that can be relied on; nil when none can.
func (c *chain) last() *signedFile {
	if len(c.good) == 0 {
		return nil
	}
	return c.good[len(c.good)-1]
}

// at is checkpoint number n; nil when it cannot be relied on.
func (c *chain) at(n int64) *signedFile {
	i, found := slices.BinarySearchFunc(c.good, n, func(f *signedFile, n int64) int { return cmp.Compare(f.Sequence, n) })
	if !found {
		return nil
	}
	return c.good[i]
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

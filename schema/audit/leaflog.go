package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func leafLogPath(dir string, s Stream) string {
	return filepath.Join(dir, "leaves", s.Entity, fmt.Sprintf("%s-%d.leaves", s.Topic, s.Partition))
}

// cutLeafLog cuts off what a leaf log holds beyond its first leaves, and gives the tree
// of those.
func cutLeafLog(dir string, s Stream, leaves int64) (*Tree, error) {
	file, err := os.OpenFile(leafLogPath(dir, s), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := cut(file, leaves); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readTree(file, leaves)
}

func readTree(file io.Reader, leaves int64) (*Tree, error) {
	in := bufio.NewReaderSize(file, 1<<20)
	tree := &Tree{}
	var entry [leafBytes]byte
	for range leaves {
		if _, err := io.ReadFull(in, entry[:]); err != nil {
			return nil, err
		}
		tree.Append(leafOf(entry[:]).Hash())
	}
	return tree, nil
}

// appendLeaves puts leaves behind the first ones of a leaf log; what stood there is cut
// off. They are on the disk when this returns.
func appendLeaves(dir string, s Stream, behind int64, leaves []Leaf) error {
	path := leafLogPath(dir, s)
	if err := makeDirs(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := cut(file, behind); err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	var entry []byte
	for _, l := range leaves {
		entry = l.append(entry[:0])
		_, _ = out.Write(entry) // Flush tells
	}
	return errors.Join(out.Flush(), file.Sync(), syncDir(filepath.Dir(path)))
}

// cut shortens a leaf log to its first leaves and goes to its end.
func cut(file *os.File, leaves int64) error {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end < leaves*leafBytes {
		return fmt.Errorf("%s holds %d records, of which %d were sealed: run `firebreak audit verify`", file.Name(), end/leafBytes, leaves)
	}
	if end > leaves*leafBytes {
		err = errors.Join(file.Truncate(leaves*leafBytes), file.Sync())
	}
	_, seek := file.Seek(leaves*leafBytes, io.SeekStart)
	return errors.Join(err, seek)
}

// makeDirs makes the two folders above a leaf log so that they outlast a power cut.
func makeDirs(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(dir)), syncDir(filepath.Dir(filepath.Dir(dir))))
}

// leafStreams are the streams that have a leaf log in a folder.
func leafStreams(dir string) (list []Stream, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "leaves", "*", "*-*.leaves"))
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".leaves")
		i := strings.LastIndexByte(name, '-')
		partition, notOne := strconv.ParseInt(name[i+1:], 10, 32)
		of := Stream{Entity: filepath.Base(filepath.Dir(file)), Topic: name[:i], Partition: int32(partition)}
		if notOne == nil && of.validate() == nil {
			list = append(list, of)
		}
	}
	return list, err
}

// tailMost bounds how many leaves behind the sealed ones are looked at.
const tailMost = 1 << 20

// readTail reads what a leaf log holds behind its first leaves. They are copied: a sealer
// may cut them off meanwhile.
func readTail(dir string, s Stream, behind int64) ([]Leaf, error) {
	file, err := openFile(leafLogPath(dir, s))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(behind*leafBytes, io.SeekStart); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, tailMost*leafBytes))
	var leaves []Leaf
	for ; len(text) >= leafBytes; text = text[leafBytes:] {
		leaves = append(leaves, leafOf(text))
	}
	return leaves, err
}

// leafLog is a leaf log to look things up in. It is mapped, not held in memory.
type leafLog struct {
	mapped []byte
}

// openLeafLog opens the first leaves of a log, or fewer when there are fewer. One that
// is not there has none.
func openLeafLog(dir string, s Stream, leaves int64) (*leafLog, error) {
	file, err := openFile(leafLogPath(dir, s))
	if errors.Is(err, fs.ErrNotExist) {
		return &leafLog{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	size := min(leaves, info.Size()/leafBytes) * leafBytes
	if size == 0 {
		return &leafLog{}, nil
	}
	mapped, err := unix.Mmap(int(file.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return &leafLog{mapped}, nil
}

func (l *leafLog) close() error {
	if l.mapped == nil {
		return nil
	}
	mapped := l.mapped
	l.mapped = nil
	return unix.Munmap(mapped)
}

func (l *leafLog) size() int64 { return int64(len(l.mapped) / leafBytes) }

func (l *leafLog) at(i int64) Leaf { return leafOf(l.mapped[i*leafBytes:]) }

// rising says whether the offsets of the leaves from begin to end rise, also from the
// leaf before them; the first of all is at none below 0.
func (l *leafLog) rising(begin, end int64) bool {
	before := int64(-1)
	if begin > 0 {
		before = l.at(begin - 1).Offset
	}
	for i := begin; i < end; i++ {
		offset := l.at(i).Offset
		if offset <= before {
			return false
		}
		before = offset
	}
	return true
}

// find gives the index of an offset among the first n leaves, whose offsets rise.
func (l *leafLog) find(offset, n int64) (index int64, found bool) {
	if n == 0 || offset < l.at(0).Offset {
		return 0, false
	}
	// Without gaps it is right here, with gaps it comes earlier.
	high := min(offset-l.at(0).Offset, n-1)
	low := high
	for step := int64(1); low > 0 && l.at(low).Offset > offset; step *= 2 {
		low = max(0, low-step)
	}
	index = low + int64(sort.Search(int(high-low+1), func(i int) bool { return l.at(low+int64(i)).Offset >= offset }))
	return index, index < n && l.at(index).Offset == offset
}

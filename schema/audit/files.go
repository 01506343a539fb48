package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockName is the file in the folder that its sealer keeps locked.
const lockName = "seal.lock"

// newSuffix marks a file that has not got its name yet.
const newSuffix = ".new-"

// ErrInUse is what a sealer fails with while another one has the folder.
var ErrInUse = errors.New("another process is sealing in that folder, which seals the same: try again later")

// lockDir takes the folder for this sealer, and makes it first where it is not there.
// The operating system gives the lock back however the process ends.
func lockDir(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return func() { file.Close() }, nil
}

// writeNew writes a file that must not exist. It is there as a whole or not at all, and
// on the disk when this returns: it gets its name last, and by a link, which overwrites
// nothing.
func writeNew(path string, content []byte, mode fs.FileMode) error {
	return install(path, content, mode, os.Link)
}

// replace writes a file in the place of another, in the same manner.
func replace(path string, content []byte) error {
	return install(path, content, 0o644, os.Rename)
}

func install(path string, content []byte, mode fs.FileMode, put func(from, to string) error) error {
	dir := filepath.Dir(path)
	temporary, err := os.CreateTemp(dir, filepath.Base(path)+newSuffix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if err := errors.Join(temporary.Chmod(mode), writeAndSync(temporary, content), temporary.Close()); err != nil {
		return err
	}
	if err := put(temporary.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeAndSync(file *os.File, content []byte) error {
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync()
}

// errNoFile says that something else than a file lies where one should, or above it.
var errNoFile = errors.New("it is no file")

// openFile opens a file to be read; a folder or a pipe in its place is errNoFile.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if errors.Is(err, unix.ENOTDIR) || err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, errNoFile)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// readFile is os.ReadFile of what openFile opens.
func readFile(path string) ([]byte, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// syncDir brings the names in a folder to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

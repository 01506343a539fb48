package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// libraryEnv names the environment variable that points at libchdb.
const libraryEnv = "FIREBREAK_CHDB_LIBRARY"

// libraryName is the file name the engine ships under on every platform.
const libraryName = "libchdb.so"

// Locate returns the path of libchdb: the given path if there is one, else the
// FIREBREAK_CHDB_LIBRARY environment variable, else a copy beside the
// executable (libchdb.so or lib/libchdb.so), else the one npm installed in the
// source tree, looked for from the working directory upwards.
func Locate(path string) (string, error) {
	if path == "" {
		path = os.Getenv(libraryEnv)
	}
	if path != "" {
		if !isFile(path) {
			return "", fmt.Errorf("embedded: no ClickHouse library at %s", path)
		}
		return filepath.Abs(path)
	}
	for _, candidate := range libraryCandidates() {
		if isFile(candidate) {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("embedded: the ClickHouse library (%s) is not installed: run \"make deps\" "+
		"(or npm ci --prefix schema/store/embedded/libchdb), or point %s at it", libraryName, libraryEnv)
}

// libraryCandidates lists where an installed libchdb may be, best first.
func libraryCandidates() []string {
	var candidates []string
	if executable, err := os.Executable(); err == nil {
		beside := filepath.Dir(executable)
		candidates = append(candidates,
			filepath.Join(beside, libraryName),
			filepath.Join(beside, "lib", libraryName))
	}
	dir, err := os.Getwd()
	if err != nil {
		return candidates
	}
	installed := filepath.Join("schema", "store", "embedded", "libchdb",
		"node_modules", "@chdb", libraryPackage(), libraryName)
	for {
		candidates = append(candidates, filepath.Join(dir, installed))
		parent := filepath.Dir(dir)
		if parent == dir {
			return candidates
		}
		dir = parent
	}
}

// libraryPackage is the npm package that carries libchdb for this platform.
func libraryPackage() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	if runtime.GOOS == "linux" {
		return "lib-linux-" + arch + "-gnu"
	}
	return "lib-" + runtime.GOOS + "-" + arch
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// analysis mirrors chdb_query_analysis_v1: what a statement would do.
type analysis struct {
	size       uint32
	statements uint32
	_          uint32 // flags
	class      uint32
}

// library is libchdb's C interface. Opaque handles are uintptr: they point
// into memory that Go neither owns nor follows.
type library struct {
	setSignalHandlers func(enabled int32)

	connect func(argc int32, argv **byte) *uintptr
	close   func(conn *uintptr)

	classify func(conn uintptr, sql *byte, sqlLen uint, database *byte, databaseLen uint, out *analysis) int32

	query func(conn uintptr, sql *byte, sqlLen uint, format *byte, formatLen uint,
		names **byte, nameLens *uint, values **byte, valueLens *uint, count uint) uintptr
	stream func(conn uintptr, sql *byte, sqlLen uint, format *byte, formatLen uint,
		names **byte, nameLens *uint, values **byte, valueLens *uint, count uint) uintptr
	fetch        func(conn, stream uintptr) uintptr
	cancelStream func(conn, stream uintptr)

	insert func(conn uintptr, sql *byte, sqlLen uint, format *byte, formatLen uint,
		names **byte, nameLens *uint, values **byte, valueLens *uint, count uint) uintptr
	appendInsert  func(insert uintptr, data *byte, dataLen uint) int32
	doneInsert    func(insert uintptr) uintptr
	insertError   func(insert uintptr) string
	destroyInsert func(insert uintptr)

	resultBuffer       func(result uintptr) unsafe.Pointer
	resultLength       func(result uintptr) uint
	resultError        func(result uintptr) string
	resultElapsed      func(result uintptr) float64
	resultRows         func(result uintptr) uint64
	resultBytes        func(result uintptr) uint64
	resultReadRows     func(result uintptr) uint64
	resultReadBytes    func(result uintptr) uint64
	resultWrittenRows  func(result uintptr) uint64
	resultWrittenBytes func(result uintptr) uint64
	destroyResult      func(result uintptr)
}

// symbols pairs each C function with the Go variable that calls it.
func (l *library) symbols() map[string]any {
	return map[string]any{
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlers,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.close,
		"chdb_classify_query_n":            &l.classify,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.stream,
		"chdb_stream_fetch_result":         &l.fetch,
		"chdb_stream_cancel_query":         &l.cancelStream,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.appendInsert,
		"chdb_stream_done":                 &l.doneInsert,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.destroyInsert,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_error":                &l.resultError,
		"chdb_result_elapsed":              &l.resultElapsed,
		"chdb_result_rows_read":            &l.resultRows,
		"chdb_result_bytes_read":           &l.resultBytes,
		"chdb_result_storage_rows_read":    &l.resultReadRows,
		"chdb_result_storage_bytes_read":   &l.resultReadBytes,
		"chdb_result_rows_written":         &l.resultWrittenRows,
		"chdb_result_bytes_written":        &l.resultWrittenBytes,
		"chdb_destroy_query_result":        &l.destroyResult,
	}
}

// A library stays loaded for the life of the process: the engine's threads
// outlive its last connection, so it is never unloaded and loaded only once.
var loaded struct {
	sync.Mutex
	path string
	lib  *library
}

// load binds libchdb at path, once per process.
func load(path string) (*library, error) {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.lib != nil {
		if loaded.path != path {
			return nil, fmt.Errorf("embedded: %s is loaded already, cannot load %s too", loaded.path, path)
		}
		return loaded.lib, nil
	}
	lib, err := bind(path)
	if err != nil {
		return nil, fmt.Errorf("embedded: load %s: %w", path, err)
	}
	loaded.path, loaded.lib = path, lib
	return lib, nil
}

func bind(path string) (*library, error) {
	file, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	lib := new(library)
	for name, function := range lib.symbols() {
		symbol, err := purego.Dlsym(file, name)
		if err != nil {
			return nil, err
		}
		purego.RegisterFunc(function, symbol)
	}
	if err := useUTC(); err != nil {
		return nil, err
	}
	lib.setSignalHandlers(0) // signals belong to the Go program
	return lib, nil
}

// useUTC gives the engine the time zone UTC whatever the machine's is. The
// engine reads TZ from the C environment, which os.Setenv does not reach.
func useUTC() error {
	symbol, err := purego.Dlsym(purego.RTLD_DEFAULT, "setenv")
	if err != nil {
		return err
	}
	var setenv func(name, value string, overwrite int32) int32
	purego.RegisterFunc(&setenv, symbol)
	if setenv("TZ", "UTC", 1) != 0 {
		return errors.New("cannot set TZ")
	}
	return nil
}

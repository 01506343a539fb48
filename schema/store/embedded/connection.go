package embedded

import (
	"errors"
	"runtime"
	"unsafe"
)

// setting is one setting of a connection, given when it is opened.
type setting struct{ name, value string }

// parameter is one server-side query parameter, {name:Type} in the SQL. Its
// value is in the escaped form of TSV, as in ClickHouse's HTTP interface.
type parameter struct{ name, value string }

// connection is one session of the engine. It runs one statement at a time.
type connection struct {
	lib    *library
	outer  *uintptr
	handle uintptr
}

var errNoConnection = errors.New("embedded: the engine refused a connection")

// connect opens a connection. Arguments that name settings apply to this
// connection only; the first connection also starts the engine.
func connect(lib *library, arguments []string) (*connection, error) {
	argv := newTexts(append([]string{"firebreak"}, arguments...))
	outer := lib.connect(int32(len(argv.pointers)), argv.first())
	runtime.KeepAlive(argv)
	if outer == nil {
		return nil, errNoConnection
	}
	return &connection{lib: lib, outer: outer, handle: *outer}, nil
}

func (c *connection) close() { c.lib.close(c.outer) }

// classify says what a statement would do, without running it.
func (c *connection) classify(sql string) analysis {
	out := analysis{size: uint32(unsafe.Sizeof(analysis{}))}
	c.lib.classify(c.handle, unsafe.StringData(sql), uint(len(sql)), nil, 0, &out)
	return out
}

// query runs a statement and returns its whole output.
func (c *connection) query(sql, format string, parameters []parameter) (*result, error) {
	names, values := splitParameters(parameters)
	handle := c.lib.query(c.handle, unsafe.StringData(sql), uint(len(sql)), unsafe.StringData(format), uint(len(format)),
		names.first(), names.firstLength(), values.first(), values.firstLength(), uint(len(parameters)))
	runtime.KeepAlive(names)
	runtime.KeepAlive(values)
	return c.result(handle)
}

// stream runs a SELECT whose output is fetched piece by piece.
func (c *connection) stream(sql, format string, parameters []parameter) (*stream, error) {
	names, values := splitParameters(parameters)
	handle := c.lib.stream(c.handle, unsafe.StringData(sql), uint(len(sql)), unsafe.StringData(format), uint(len(format)),
		names.first(), names.firstLength(), values.first(), values.firstLength(), uint(len(parameters)))
	runtime.KeepAlive(names)
	runtime.KeepAlive(values)
	if message := c.lib.resultError(handle); message != "" {
		c.lib.destroyResult(handle)
		return nil, newException(message)
	}
	return &stream{conn: c, handle: handle}, nil
}

// insert starts an INSERT whose rows are written afterwards, in the given
// format; the statement itself carries neither FORMAT nor rows.
func (c *connection) insert(sql, format string, parameters []parameter) (*insertion, error) {
	names, values := splitParameters(parameters)
	handle := c.lib.insert(c.handle, unsafe.StringData(sql), uint(len(sql)), unsafe.StringData(format), uint(len(format)),
		names.first(), names.firstLength(), values.first(), values.firstLength(), uint(len(parameters)))
	runtime.KeepAlive(names)
	runtime.KeepAlive(values)
	if message := c.lib.insertError(handle); message != "" {
		c.lib.destroyInsert(handle)
		return nil, newException(message)
	}
	return &insertion{conn: c, handle: handle}, nil
}

// result takes ownership of a result handle; a failed one becomes an error.
func (c *connection) result(handle uintptr) (*result, error) {
	if handle == 0 {
		return nil, errNoConnection
	}
	if message := c.lib.resultError(handle); message != "" {
		c.lib.destroyResult(handle)
		return nil, newException(message)
	}
	return &result{lib: c.lib, handle: handle}, nil
}

// result is output held in the engine's memory until close.
type result struct {
	lib    *library
	handle uintptr
}

// bytes is the output itself, not a copy: it is gone after close.
func (r *result) bytes() []byte {
	length := r.lib.resultLength(r.handle)
	if length == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(r.lib.resultBuffer(r.handle)), length)
}

func (r *result) close() { r.lib.destroyResult(r.handle) }

// stream is a SELECT under way.
type stream struct {
	conn   *connection
	handle uintptr
}

// next returns the next piece of output, nil at the end.
func (s *stream) next() (*result, error) {
	piece, err := s.conn.result(s.conn.lib.fetch(s.conn.handle, s.handle))
	if err != nil {
		return nil, err
	}
	if s.conn.lib.resultLength(piece.handle) == 0 {
		piece.close()
		return nil, nil
	}
	return piece, nil
}

// close ends the query if it is still running.
func (s *stream) close() {
	s.conn.lib.cancelStream(s.conn.handle, s.handle)
	s.conn.lib.destroyResult(s.handle)
}

// insertion is an INSERT under way.
type insertion struct {
	conn   *connection
	handle uintptr
}

var errInsertFailed = errors.New("embedded: the insert has failed already")

// Write hands rows to the engine, which copies them; it blocks while the
// engine is behind. commit tells why a Write failed.
func (i *insertion) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	if i.conn.lib.appendInsert(i.handle, &data[0], uint(len(data))) != 0 {
		return 0, errInsertFailed
	}
	return len(data), nil
}

// commit makes the rows permanent.
func (i *insertion) commit() (*result, error) {
	return i.conn.result(i.conn.lib.doneInsert(i.handle))
}

// close frees the insert; one that is not committed is given up.
func (i *insertion) close() { i.conn.lib.destroyInsert(i.handle) }

// texts is a list of strings as C takes them: an array of pointers and one of
// lengths. Each text is also terminated by a NUL, for argv.
type texts struct {
	pointers []*byte
	lengths  []uint
}

func newTexts(list []string) texts {
	t := texts{pointers: make([]*byte, len(list)), lengths: make([]uint, len(list))}
	for i, text := range list {
		terminated := append([]byte(text), 0)
		t.pointers[i], t.lengths[i] = &terminated[0], uint(len(text))
	}
	return t
}

func (t texts) first() **byte {
	if len(t.pointers) == 0 {
		return nil
	}
	return &t.pointers[0]
}

func (t texts) firstLength() *uint {
	if len(t.lengths) == 0 {
		return nil
	}
	return &t.lengths[0]
}

func splitParameters(parameters []parameter) (names, values texts) {
	nameList, valueList := make([]string, len(parameters)), make([]string, len(parameters))
	for i, p := range parameters {
		nameList[i], valueList[i] = p.name, p.value
	}
	return newTexts(nameList), newTexts(valueList)
}

// usage is what the statement has used to make this result.
func (r *result) usage() usage {
	return usage{
		readRows:     r.lib.resultReadRows(r.handle),
		readBytes:    r.lib.resultReadBytes(r.handle),
		writtenRows:  r.lib.resultWrittenRows(r.handle),
		writtenBytes: r.lib.resultWrittenBytes(r.handle),
		resultRows:   r.lib.resultRows(r.handle),
		resultBytes:  r.lib.resultBytes(r.handle),
		seconds:      r.lib.resultElapsed(r.handle),
	}
}

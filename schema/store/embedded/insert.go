package embedded

import (
	"errors"
	"io"
	"sync"
)

// chunkSize is how much of a body goes to the engine at a time. The engine
// copies each chunk and keeps at most sixteen that it has not read yet.
const chunkSize = 1 << 20

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// insert passes the rows of an INSERT to the engine as they come. A body that
// breaks off inserts nothing.
func (j *job) insert() error {
	insertion, err := j.conn.insert(j.statement.sql, j.format, j.parameters)
	if err != nil {
		return err
	}
	defer insertion.close()
	if err := copyRows(insertion, j.rows); err != nil {
		return err
	}
	done, err := insertion.commit()
	if err != nil {
		return err
	}
	defer done.close()
	return j.answer(nil, done.usage())
}

// copyRows passes on whole chunks. Only a proper end of the body ends it well:
// a body that is cut short must not pass for a complete one.
func copyRows(to *insertion, from io.Reader) error {
	chunk := chunks.Get().(*[chunkSize]byte)
	defer chunks.Put(chunk)
	for {
		n, err := fill(chunk[:], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return bodyError(err)
		}
		if _, failed := to.Write(chunk[:n]); failed != nil {
			return nil // commit knows why
		}
		if err != nil {
			return nil
		}
	}
}

// fill reads until buffer is full or the source ends, and says how it ended.
func fill(buffer []byte, from io.Reader) (int, error) {
	n := 0
	for n < len(buffer) {
		m, err := from.Read(buffer[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

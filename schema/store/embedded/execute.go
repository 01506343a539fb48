package embedded

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxQuerySize is the longest statement the endpoint reads, ClickHouse's own
// max_query_size. Rows of an INSERT do not count.
const maxQuerySize = 256 << 10

// job is one request on its way through the engine.
type job struct {
	*request
	server    *Server
	conn      *connection
	statement statement
	rows      io.Reader // rows of an INSERT
	out       *response
}

// execute runs the statement of a request and answers it.
func (s *Server) execute(r *http.Request, q *request, out *response) error {
	j := &job{request: q, server: s, out: out}
	body, err := j.openBody(r)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := j.readStatement(body); err != nil {
		return err
	}
	j.chooseFormat()
	if j.conn, err = s.engine.session(q, s.config.ReaderLimits); err != nil {
		return err
	}
	defer j.conn.close()
	class, err := j.admit(r.Method)
	if err != nil {
		return err
	}
	defer s.engine.killWith(r.Context(), j.tag)()
	return j.run(class)
}

// openBody undoes the compression of a request body.
func (j *job) openBody(r *http.Request) (io.ReadCloser, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, exceptionf(codeNotImplemented, "NOT_IMPLEMENTED", "External tables are not supported by the embedded engine")
	}
	body, err := decodeBody(r.Header.Get("Content-Encoding"), r.Body)
	if err != nil {
		return nil, exceptionf(codeCannotDecompress, "CANNOT_DECOMPRESS", "%v", err)
	}
	if j.framesIn {
		return newFrameReader(body), nil
	}
	return body, nil
}

// readStatement finds the statement and the rows that come with it. The text
// is the query parameter followed by the body; only an INSERT in the query
// parameter leaves the whole body to its rows.
func (j *job) readStatement(body io.Reader) error {
	j.statement = parseStatement(j.query)
	if j.statement.insert {
		j.rows = body
		if j.statement.rows != "" {
			j.rows = io.MultiReader(strings.NewReader(j.statement.rows+"\n"), body)
		}
		return nil
	}
	buffered := bufio.NewReaderSize(body, maxQuerySize+1)
	head, err := buffered.Peek(maxQuerySize + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return bodyError(err)
	}
	text := string(head)
	if j.query != "" && text != "" {
		text = j.query + "\n" + text
	} else if j.query != "" {
		text = j.query
	}
	j.statement = parseStatement(text)
	if len(text)-len(j.statement.rows) > maxQuerySize {
		return exceptionf(codeQueryTooLarge, "QUERY_IS_TOO_LARGE", "The statement is longer than %d bytes", maxQuerySize)
	}
	_, err = buffered.Discard(len(head) - len(j.statement.rows))
	j.rows = buffered
	return err
}

func bodyError(err error) error {
	return exceptionf(codeCannotDecompress, "CANNOT_DECOMPRESS", "Cannot read the request body: %v", err)
}

// run runs an admitted statement.
func (j *job) run(class uint32) error {
	switch {
	case j.statement.insert:
		return j.insert()
	case j.isHello():
		return j.answer(helloBlock(j.server.engine.version), usage{resultRows: 1})
	case class == classReadOnly && j.statement.reads && j.streamable():
		return j.stream()
	}
	return j.buffer()
}

// chooseFormat settles the format of output or rows.
func (j *job) chooseFormat() {
	if j.statement.format != "" {
		j.format = j.statement.format
	}
	if j.format == "" {
		j.format = "TabSeparated"
		if j.statement.insert {
			j.format = "Values"
		}
	}
}

// streamed are the formats whose output is the same in one piece or in many:
// the engine writes each piece as a document of its own.
var streamed = map[string]bool{
	"native": true, "rowbinary": true, "null": true,
	"tsv": true, "tabseparated": true, "tsvraw": true, "tabseparatedraw": true, "raw": true,
	"csv": true, "jsoneachrow": true, "jsonlines": true, "ndjson": true, "jsonstringseachrow": true,
	"jsoncompacteachrow": true, "jsoncompactstringseachrow": true,
}

func (j *job) streamable() bool {
	// This setting makes JSONEachRow one array.
	const array = "output_format_json_array_of_rows"
	return streamed[strings.ToLower(j.format)] && !j.whole &&
		valueOf(j.settings, array, "0") == "0" && !strings.Contains(j.statement.sql, array)
}

// stream answers a SELECT piece by piece, at the pace of the client.
func (j *job) stream() error {
	stream, err := j.conn.stream(j.statement.sql, j.format, j.parameters)
	if err != nil {
		return err
	}
	defer stream.close()
	for {
		piece, err := stream.next()
		if err != nil {
			return err
		}
		if piece == nil {
			return j.end()
		}
		err = j.write(piece.bytes(), piece.usage())
		piece.close()
		if err != nil {
			return err
		}
	}
}

// buffer answers a statement when all of its output is there.
func (j *job) buffer() error {
	whole, err := j.conn.query(j.statement.sql, j.format, j.parameters)
	if err != nil {
		return err
	}
	defer whole.close()
	return j.answer(whole.bytes(), whole.usage())
}

func (j *job) answer(output []byte, use usage) error {
	if err := j.write(output, use); err != nil {
		return err
	}
	return j.end()
}

// write sends a piece of output.
func (j *job) write(output []byte, use usage) error {
	if j.out.body == nil {
		j.out.begin(j.format, use)
	}
	_, err := j.out.body.Write(output)
	return err
}

func (j *job) end() error {
	if j.out.body == nil {
		j.out.begin(j.format, usage{})
	}
	return j.out.finish()
}

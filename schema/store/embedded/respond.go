package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// response writes the answer to one request.
type response struct {
	w        http.ResponseWriter
	encoding string // of the HTTP body, "" for none
	frames   string // method of ClickHouse's own compression, "" for none
	tag      string // marks an exception in the middle of the output
	body     io.Writer
	encoder  encoder
}

// displayName is what the endpoint calls itself.
const displayName = "firebreak"

// newResponse sets the headers that every answer has.
func newResponse(w http.ResponseWriter, r *http.Request, q *request) *response {
	o := &response{w: w, tag: rand.Text()[:16]}
	if q.framesOut {
		o.frames = valueOf(q.settings, "network_compression_method", "LZ4")
	}
	if !q.framesOut && valueOf(q.settings, "enable_http_compression", "1") != "0" {
		o.encoding = chooseEncoding(r.Header.Get("Accept-Encoding"))
	}
	header := w.Header()
	header.Set("X-ClickHouse-Query-Id", q.id)
	header.Set("X-ClickHouse-Server-Display-Name", displayName)
	header.Set("X-ClickHouse-Timezone", "UTC")
	header.Set("X-Content-Type-Options", "nosniff")
	return o
}

// begin sends the headers of a result and prepares its body.
func (o *response) begin(format string, use usage) {
	header := o.w.Header()
	header.Set("Content-Type", contentType(format))
	header.Set("X-ClickHouse-Format", format)
	header.Set("X-ClickHouse-Summary", use.summary())
	header.Set("X-ClickHouse-Exception-Tag", o.tag)
	o.body = o.w
	if o.encoding != "" {
		header.Set("Content-Encoding", o.encoding)
		o.encoder = newEncoder(o.encoding, o.w)
		o.body = o.encoder
	}
	if o.frames != "" {
		o.body = newFrameWriter(o.frames, o.body)
	}
}

// finish ends a result.
func (o *response) finish() error {
	if o.encoder != nil {
		return closeEncoder(o.encoding, o.encoder)
	}
	return nil
}

// fail reports an error: as the answer if nothing has been sent, else as
// ClickHouse does in the middle of a result, followed by a broken connection
// so that no client takes the part for the whole.
func (o *response) fail(err error) {
	failure := asException(err)
	if o.body == nil {
		header := o.w.Header()
		header.Set("Content-Type", "text/plain; charset=UTF-8")
		header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(failure.code))
		o.w.WriteHeader(failure.status())
		fmt.Fprintln(o.w, failure.message)
		return
	}
	var target io.Writer = o.w
	if o.encoder != nil {
		target = o.encoder
	}
	fmt.Fprintf(target, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n",
		o.tag, failure.message, len(failure.message)+1, o.tag)
	if o.encoder != nil {
		_ = o.encoder.Flush()
	}
	_ = http.NewResponseController(o.w).Flush()
	panic(http.ErrAbortHandler)
}

func asException(err error) *exception {
	if failure, ok := errors.AsType[*exception](err); ok {
		return failure
	}
	return newException(err.Error())
}

// usage is what a statement has read and written so far.
type usage struct {
	readRows, readBytes, writtenRows, writtenBytes, resultRows, resultBytes uint64
	seconds                                                                 float64
}

// summary is the X-ClickHouse-Summary header. Its numbers are strings, as in
// ClickHouse.
func (u usage) summary() string {
	return fmt.Sprintf(`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d",`+
		`"total_rows_to_read":"0","result_rows":"%d","result_bytes":"%d","elapsed_ns":"%.0f"}`,
		u.readRows, u.readBytes, u.writtenRows, u.writtenBytes, u.resultRows, u.resultBytes, u.seconds*1e9)
}

// contentType is the media type of an output format.
func contentType(format string) string {
	switch lower := strings.ToLower(format); {
	case strings.Contains(lower, "eachrow") && strings.HasPrefix(lower, "json"), lower == "jsonlines", lower == "ndjson":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(lower, "json"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(lower, "tabseparated"), strings.HasPrefix(lower, "tsv"):
		return "text/tab-separated-values; charset=UTF-8"
	case strings.HasPrefix(lower, "csv"):
		return "text/csv; charset=UTF-8"
	case strings.HasPrefix(lower, "pretty"), lower == "vertical", lower == "values", lower == "markdown":
		return "text/plain; charset=UTF-8"
	}
	return "application/octet-stream"
}

package embedded

import (
	"fmt"
	"io"
	"strings"
	"sync"

	chcompress "github.com/ClickHouse/ch-go/compress"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// zstdWindow bounds the memory a compressed request body may ask for.
const zstdWindow = 64 << 20

// decodeBody undoes the Content-Encoding of a request.
func decodeBody(encoding string, body io.Reader) (io.ReadCloser, error) {
	switch strings.ToLower(encoding) {
	case "", "identity":
		return io.NopCloser(body), nil
	case "gzip":
		return gzip.NewReader(body)
	case "deflate":
		return zlib.NewReader(body)
	case "lz4":
		return io.NopCloser(lz4.NewReader(body)), nil
	case "zstd":
		decoder, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, err
		}
		return decoder.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("Content-Encoding %q is not supported: use gzip, deflate, lz4 or zstd", encoding)
}

// encodings are the content encodings of responses, best first.
var encodings = []string{"zstd", "lz4", "gzip", "deflate"}

// chooseEncoding picks a content encoding the client accepts, "" for none.
func chooseEncoding(accepted string) string {
	for _, encoding := range encodings {
		for offer := range strings.SplitSeq(accepted, ",") {
			name, quality, _ := strings.Cut(strings.TrimSpace(offer), ";")
			if strings.EqualFold(name, encoding) && strings.TrimSpace(quality) != "q=0" {
				return encoding
			}
		}
	}
	return ""
}

// encoder compresses a response; Flush makes what was written so far readable.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(to io.Writer)
}

// encoders keeps encoders for reuse: to make one costs more than a small query.
var encoders = map[string]*sync.Pool{
	"gzip":    {New: func() any { return must(gzip.NewWriterLevel(nil, gzip.BestSpeed)) }},
	"deflate": {New: func() any { return must(zlib.NewWriterLevel(nil, zlib.BestSpeed)) }},
	"lz4":     {New: func() any { return lz4.NewWriter(nil) }},
	"zstd": {New: func() any {
		return must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)))
	}},
}

// must is for encoders with constant options, which cannot be wrong.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newEncoder(encoding string, to io.Writer) encoder {
	e := encoders[encoding].Get().(encoder)
	e.Reset(to)
	return e
}

// closeEncoder ends a response and keeps the encoder for another.
func closeEncoder(encoding string, e encoder) error {
	defer encoders[encoding].Put(e)
	return e.Close()
}

// frameWriter compresses in ClickHouse's own frames.
type frameWriter struct {
	to     io.Writer
	frames *chcompress.Writer
}

// frameSize is how much data goes into one frame.
const frameSize = 1 << 20

func newFrameWriter(method string, to io.Writer) *frameWriter {
	chosen := chcompress.LZ4
	switch strings.ToUpper(method) {
	case "ZSTD":
		chosen = chcompress.ZSTD
	case "NONE":
		chosen = chcompress.None
	}
	return &frameWriter{to: to, frames: chcompress.NewWriter(chcompress.LevelZero, chosen)}
}

func (w *frameWriter) Write(data []byte) (int, error) {
	written := 0
	for written < len(data) {
		piece := data[written:min(len(data), written+frameSize)]
		if err := w.frames.Compress(piece); err != nil {
			return written, err
		}
		if _, err := w.to.Write(w.frames.Data); err != nil {
			return written, err
		}
		written += len(piece)
	}
	return written, nil
}

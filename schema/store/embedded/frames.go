package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-faster/city"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// ClickHouse's own compression (compress=1, decompress=1) is a sequence of
// frames: a checksum of 16 bytes over what follows, the method, the size of
// the frame without its checksum, the size of the data, then the data.
const (
	frameChecksum = 16
	frameHeader   = frameChecksum + 9
	// frameLimit bounds the memory one frame may ask for. Clients send a whole
	// block as one frame, so it is generous.
	frameLimit = 256 << 20

	frameNone = 0x02
	frameLZ4  = 0x82
	frameZSTD = 0x90
)

// frameReader decompresses frames.
type frameReader struct {
	source io.Reader
	frame  []byte // header and compressed data of the current frame
	data   []byte // decompressed, all of it
	unread []byte // the part of data not handed out yet
	zstd   *zstd.Decoder
}

func newFrameReader(source io.Reader) *frameReader { return &frameReader{source: source} }

func (r *frameReader) Read(p []byte) (int, error) {
	for len(r.unread) == 0 {
		if err := r.nextFrame(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

func (r *frameReader) Close() error {
	if r.zstd != nil {
		r.zstd.Close()
	}
	return nil
}

// nextFrame reads one frame. The end of the source is only an end between
// two frames: anywhere else, data is missing.
func (r *frameReader) nextFrame() error {
	r.frame = resize(r.frame, frameHeader)
	if _, err := io.ReadFull(r.source, r.frame); err != nil {
		return err
	}
	compressed := int64(binary.LittleEndian.Uint32(r.frame[frameChecksum+1:])) - (frameHeader - frameChecksum)
	size := int64(binary.LittleEndian.Uint32(r.frame[frameChecksum+5:]))
	if compressed < 0 || compressed > frameLimit || size > frameLimit {
		return fmt.Errorf("compressed frame of %d bytes for %d bytes of data is too large", compressed, size)
	}
	r.frame = resize(r.frame, frameHeader+int(compressed))
	if _, err := io.ReadFull(r.source, r.frame[frameHeader:]); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	sum := city.CH128(r.frame[frameChecksum:])
	if sum.Low != binary.LittleEndian.Uint64(r.frame) || sum.High != binary.LittleEndian.Uint64(r.frame[8:]) {
		return errors.New("checksum of a compressed frame does not match")
	}
	return r.decode(r.frame[frameChecksum], r.frame[frameHeader:], int(size))
}

func (r *frameReader) decode(method byte, compressed []byte, size int) (err error) {
	switch method {
	case frameNone:
		r.data = compressed
	case frameLZ4:
		var n int
		r.data = resize(r.data, size)
		n, err = lz4.UncompressBlock(compressed, r.data)
		r.data = r.data[:n]
	case frameZSTD:
		r.data, err = r.decodeZSTD(compressed, size)
	default:
		return fmt.Errorf("compression method 0x%02x is not supported", method)
	}
	if err != nil {
		return err
	}
	if len(r.data) != size {
		return fmt.Errorf("compressed frame holds %d bytes, not the %d it names", len(r.data), size)
	}
	r.unread = r.data
	return nil
}

// decodeZSTD decompresses no more than the frame says it holds.
func (r *frameReader) decodeZSTD(compressed []byte, size int) ([]byte, error) {
	if r.zstd == nil {
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, err
		}
		r.zstd = decoder
	}
	if err := r.zstd.Reset(bytes.NewReader(compressed)); err != nil {
		return nil, err
	}
	data := resize(r.data, size)
	if _, err := io.ReadFull(r.zstd, data); err != nil {
		return nil, fmt.Errorf("compressed frame holds less than the %d bytes it names: %w", size, err)
	}
	if n, _ := r.zstd.Read(make([]byte, 1)); n != 0 {
		return nil, fmt.Errorf("compressed frame holds more than the %d bytes it names", size)
	}
	return data, nil
}

// resize returns a slice of the given length that reuses buffer if it can,
// with the bytes already in it.
func resize(buffer []byte, length int) []byte {
	if length <= cap(buffer) {
		return buffer[:length]
	}
	grown := make([]byte, length)
	copy(grown, buffer)
	return grown
}

package embedded_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/go-faster/city"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// encode compresses as the Content-Encoding says.
func encode(t *testing.T, encoding string, data []byte) []byte {
	return encodeTimes(t, encoding, data, 1)
}

func encodeTimes(t *testing.T, encoding string, data []byte, times int) []byte {
	t.Helper()
	var buffer bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&buffer)
	case "deflate":
		w = zlib.NewWriter(&buffer)
	case "lz4":
		w = lz4.NewWriter(&buffer)
	case "zstd":
		w, _ = zstd.NewWriter(&buffer)
	}
	for range times {
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func decode(t *testing.T, encoding string, data []byte) string {
	t.Helper()
	var r io.Reader = bytes.NewReader(data)
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "deflate":
		r, err = zlib.NewReader(r)
	case "lz4":
		r = lz4.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func frames(t testing.TB, method compress.Method, data []byte) []byte {
	t.Helper()
	var out []byte
	w := compress.NewWriter(compress.LevelZero, method)
	for len(data) > 0 {
		n := min(len(data), 1<<16)
		if err := w.Compress(data[:n]); err != nil {
			t.Fatal(err)
		}
		out, data = append(out, w.Data...), data[n:]
	}
	return out
}

var contentEncodings = []string{"gzip", "deflate", "lz4", "zstd"}

func TestContentEncodingOfRequests(t *testing.T) {
	database := newTable(t, "")
	block := nativeBlock(t, 0, 10_000)
	for _, encoding := range contentEncodings {
		parameters := values("database", database, "query", "INSERT INTO t FORMAT Native")
		body := encode(t, encoding, block)
		a := send(t, writer, writerPassword, http.MethodPost, parameters, bytes.NewReader(body), "Content-Encoding", encoding)
		if a.status != 200 {
			t.Errorf("%s: %d %s", encoding, a.status, a.body)
		}
		a = send(t, writer, writerPassword, http.MethodPost, parameters, bytes.NewReader(body[:len(body)/2]), "Content-Encoding", encoding)
		if a.status == 200 {
			t.Errorf("half of %s was accepted", encoding)
		}
	}
	if got := ask(t, database, "SELECT count() FROM t"); got != "40000" {
		t.Errorf("%s rows", got)
	}
	if a := write(t, "SELECT 1", nil, "Content-Encoding", "snappy"); a.status == 200 || a.code() == "" {
		t.Errorf("unknown encoding: %d", a.status)
	}
}

func TestContentEncodingOfResponses(t *testing.T) {
	want := post(t, "SELECT number FROM numbers(100000)", nil)
	for _, encoding := range contentEncodings {
		a := write(t, "SELECT number FROM numbers(100000)", values("enable_http_compression", "1"), "Accept-Encoding", encoding)
		if a.header.Get("Content-Encoding") != encoding || decode(t, encoding, []byte(a.body)) != want {
			t.Errorf("%s: got %q", encoding, a.header.Get("Content-Encoding"))
		}
	}
	for _, a := range []answer{
		write(t, "SELECT 1", values("enable_http_compression", "0"), "Accept-Encoding", "gzip"),
		write(t, "SELECT 1", nil, "Accept-Encoding", "br, gzip;q=0"),
	} {
		if a.header.Get("Content-Encoding") != "" || a.body != "1\n" {
			t.Errorf("%q %q", a.header.Get("Content-Encoding"), a.body)
		}
	}
}

func TestFrames(t *testing.T) {
	database := newTable(t, "")
	block := nativeBlock(t, 0, 50_000)
	for _, method := range []compress.Method{compress.None, compress.LZ4, compress.ZSTD} {
		body := frames(t, method, block)
		if a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(body), "decompress", "1"); a.status != 200 {
			t.Errorf("%v: %d %s", method, a.status, a.body)
		}
		for _, cut := range []int{10, 25, len(body) - 1} { // inside a header, behind it, in the data
			if a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(body[:cut]), "decompress", "1"); a.status == 200 {
				t.Errorf("%v: %d bytes were accepted", method, cut)
			}
		}
		damaged := bytes.Clone(body)
		damaged[len(damaged)/2] ^= 1
		if a := insert(t, database, "INSERT INTO t FORMAT Native", bytes.NewReader(damaged), "decompress", "1"); a.status == 200 {
			t.Errorf("%v: damage was accepted", method)
		}
		a := write(t, "SELECT number FROM numbers(100000)", values("compress", "1", "network_compression_method", strings.ToUpper(method.String())))
		text, err := io.ReadAll(compress.NewReader(strings.NewReader(a.body)))
		if len(text) != 588890 {
			t.Errorf("%v: %d bytes, error %v", method, len(text), err)
		}
	}
	if got := ask(t, database, "SELECT count() FROM t"); got != "150000" {
		t.Errorf("%s rows", got)
	}
}

// TestDecompressionBomb posts bodies that are small and unpack to much more.
func TestDecompressionBomb(t *testing.T) {
	packed := encodeTimes(t, "zstd", make([]byte, 1<<20), 1<<10)
	rows := encodeTimes(t, "zstd", []byte("1,"+strings.Repeat("a", 1021)+"\n"), 512<<10)
	database := newDatabase(t)
	post(t, "CREATE TABLE "+database+".t (n UInt64, s String) ENGINE = Null", nil)
	before := residentMegabytes(t, "VmRSS")
	for name, a := range map[string]answer{
		"statement":   send(t, writer, writerPassword, http.MethodPost, nil, bytes.NewReader(packed), "Content-Encoding", "zstd"),
		"small frame": insert(t, database, "INSERT INTO t FORMAT CSV", bytes.NewReader(frame(0x90, packed, 1000)), "decompress", "1"),
		"large frame": insert(t, database, "INSERT INTO t FORMAT CSV", bytes.NewReader(frame(0x82, packed, 4e9)), "decompress", "1"),
	} {
		if a.status == 200 || a.code() == "" {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	// The engine gathers rows to blocks of 256 MB; smaller ones show what the endpoint itself takes.
	a := send(t, writer, writerPassword, http.MethodPost, values("database", database, "query", "INSERT INTO t FORMAT CSV",
		"min_insert_block_size_rows", "10000", "min_insert_block_size_bytes", "16000000", "max_insert_block_size", "10000"),
		bytes.NewReader(rows), "Content-Encoding", "zstd")
	if a.status != 200 || !strings.Contains(a.header.Get("X-ClickHouse-Summary"), `"written_rows":"524288"`) {
		t.Errorf("rows: %d %s", a.status, a.body)
	}
	if after := residentMegabytes(t, "VmRSS"); after > before+300 {
		t.Errorf("memory grew from %d MB to %d MB", before, after)
	}
}

// frame is one frame of ClickHouse's compression, with any size in its header.
func frame(method byte, compressed []byte, size uint32) []byte {
	body := append([]byte{method}, make([]byte, 8)...)
	binary.LittleEndian.PutUint32(body[1:], uint32(len(compressed)+9))
	binary.LittleEndian.PutUint32(body[5:], size)
	body = append(body, compressed...)
	sum := city.CH128(body)
	head := binary.LittleEndian.AppendUint64(nil, sum.Low)
	return append(binary.LittleEndian.AppendUint64(head, sum.High), body...)
}

package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func zipped(t *testing.T, size int) []byte {
	t.Helper()
	return zippedBytes(t, make([]byte, size))
}

func zippedBytes(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestUnpackerBoundsWhatIsInUse holds what was unpacked until there is no room,
// and lets go of it.
func TestUnpackerBoundsWhatIsInUse(t *testing.T) {
	const size = 20 << 20
	u, err := newUnpacker(3 * size)
	if err != nil {
		t.Fatal(err)
	}
	large, small := zipped(t, size), zipped(t, 1000)
	func() { // only while it runs is what it unpacks in use
		var held [][]byte
		for range 3 {
			out, err := u.Decompress(large, kgo.CodecGzip)
			if err != nil || len(out) != size {
				t.Fatalf("%d bytes, %v", len(out), err)
			}
			held = append(held, out)
		}
		if _, err := u.Decompress(large, kgo.CodecGzip); !isNoRoom(err) {
			t.Errorf("a fourth batch: %v", err)
		}
		if out, err := u.Decompress(small, kgo.CodecGzip); err != nil || len(out) != 1000 {
			t.Errorf("a small batch: %d bytes, %v", len(out), err)
		}
		runtime.KeepAlive(held)
	}()
	for deadline := time.Now().Add(10 * time.Second); ; {
		if _, err := u.Decompress(large, kgo.CodecGzip); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatal("what is no longer used still counts: ", err)
		}
	}
}

func TestUnpackerRefusesBombs(t *testing.T) {
	u, err := newUnpacker(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Decompress(zipped(t, maxBatchUnpacked), kgo.CodecGzip); err != nil {
		t.Errorf("the largest batch: %v", err)
	}
	if _, err := u.Decompress(zipped(t, maxBatchUnpacked+1), kgo.CodecGzip); !errors.Is(err, kgo.ErrMaxDecompress) {
		t.Errorf("a larger one: %v", err)
	}
}

// record is one of Kafka's, as it stands in a batch, with empty headers.
func record(key, value []byte, headers int) []byte {
	body := []byte{0, 0, 0} // attributes and deltas
	for _, field := range [][]byte{key, value} {
		if field == nil {
			body = binary.AppendVarint(body, -1)
			continue
		}
		body = append(binary.AppendVarint(body, int64(len(field))), field...)
	}
	body = binary.AppendVarint(body, int64(headers))
	body = append(body, bytes.Repeat([]byte{0, 0}, headers)...)
	return append(binary.AppendVarint(nil, int64(len(body))), body...)
}

func TestRecordsMemory(t *testing.T) {
	cases := []struct {
		name  string
		batch []byte
		want  int
	}{
		{"nothing", nil, 0},
		{"one record", record([]byte("key"), []byte("value"), 0), recordOverhead},
		{"records without key or value", bytes.Repeat(record(nil, nil, 0), 3), 3 * recordOverhead},
		{"headers", append(record([]byte("k"), nil, 3), record(nil, []byte("v"), 2)...), 2*recordOverhead + 5*headerOverhead},
		{"more headers than bytes for them", append(record(nil, nil, 0)[:6], 0x7f), recordOverhead},
		{"bytes that are no records", []byte("\x00nonsense"), 0},
		{"a record that breaks off", record(nil, make([]byte, 100), 0)[:50], 0},
		{"a length that breaks off", []byte{0xff}, 0},
		{"a field that breaks off", []byte{2, 0}, recordOverhead},
	}
	for _, c := range cases {
		if got := recordsMemory(c.batch); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestUnpackerRefusesTinyRecords counts what records take beside their bytes.
func TestUnpackerRefusesTinyRecords(t *testing.T) {
	u, err := newUnpacker(0)
	if err != nil {
		t.Fatal(err)
	}
	tiny := record(nil, nil, 0)
	for name, c := range map[string]struct {
		batch   []byte
		refused bool
	}{
		"many records":     {bytes.Repeat(tiny, maxBatchMemory/recordOverhead/2), false},
		"too many records": {bytes.Repeat(tiny, maxBatchMemory/recordOverhead), true},
		"too many headers": {record(nil, nil, maxBatchMemory/headerOverhead), true},
	} {
		if _, err := u.Decompress(zippedBytes(t, c.batch), kgo.CodecGzip); errors.Is(err, kgo.ErrMaxDecompress) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRecordsMemoryOfAnyBytes looks at damaged batches without a crash.
func TestRecordsMemoryOfAnyBytes(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	sound := append(record([]byte("key"), []byte("value"), 2), record(nil, nil, 0)...)
	for range 100_000 {
		batch := bytes.Clone(sound[:dice.IntN(len(sound)+1)])
		for range dice.IntN(4) {
			if len(batch) > 0 {
				batch[dice.IntN(len(batch))] = byte(dice.Uint32())
			}
		}
		if got := recordsMemory(batch); got < 0 || got > len(batch)*recordOverhead {
			t.Fatalf("%d for % x", got, batch)
		}
	}
}

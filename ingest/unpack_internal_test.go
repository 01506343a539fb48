package ingest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func zipped(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, size)); err != nil {
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

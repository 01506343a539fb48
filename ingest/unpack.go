package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What one compressed batch of a producer may unpack to, in bytes, and what its
// records may then take in memory. The partition of a larger one stops.
const (
	maxBatchUnpacked = 32 << 20
	maxBatchMemory   = 2 * maxBatchUnpacked
)

// unpacker unpacks fetched batches, and bounds what is in memory of all of them
// together, so that a few hundred kilobytes that unpack to gigabytes do no harm.
// A batch counts until the garbage collector has seen that nothing of it is used
// any more. One that is refused is fetched again, later; Kafka's client has
// handed out those before it in the meantime.
type unpacker struct {
	inner kgo.Decompressor
	limit int64
	live  atomic.Int64 // bytes of memory of what is unpacked and in use
	last  atomic.Int64 // when the garbage was last collected for want of room, in Unix nanoseconds
}

// newUnpacker bounds what is unpacked, in bytes. A limit below what one batch
// may have would stop large batches for good.
func newUnpacker(limit int64) (*unpacker, error) {
	// The client's own unpacker, which stops at a bound, is to be had from a
	// client only.
	client, err := kgo.NewClient(kgo.MaxDecompressBatchBytes(maxBatchUnpacked))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	inner, ok := client.OptValue(kgo.WithDecompressor).(kgo.Decompressor)
	if !ok {
		return nil, errors.New("the Kafka client tells nothing of its decompressor")
	}
	return &unpacker{inner: inner, limit: max(limit, maxBatchMemory)}, nil
}

// smallBatch is what a batch may unpack to that is taken even when larger ones
// are refused, so that one partition's do not hold up the others'.
const smallBatch = 1 << 20

const noRoomPause = 10 * time.Millisecond

// Decompress implements kgo.Decompressor.
func (u *unpacker) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecNone {
		return src, nil
	}
	out, err := u.inner.Decompress(src, codec)
	if err != nil || len(out) == 0 {
		return out, err
	}
	size := int64(len(out) + recordsMemory(out))
	if size > maxBatchMemory {
		return nil, fmt.Errorf("%w: %d bytes for its records", kgo.ErrMaxDecompress, size)
	}
	limit := u.limit
	if size <= smallBatch {
		limit *= 2
	}
	if u.live.Load()+size > limit && u.live.Load() > 0 {
		u.makeRoom()
		time.Sleep(noRoomPause) // it is fetched again at once
		return nil, &errNoRoom{size}
	}
	u.live.Add(size)
	runtime.AddCleanup(&out[0], func(size int64) { u.live.Add(-size) }, size)
	return out, nil
}

// What Kafka's client allocates for each record and header beside their bytes.
const headerOverhead = 40

// recordsMemory is what the records of an unpacked batch take beside their bytes:
// tiny ones take many times what they have. It stops where the bytes do not look
// like records (https://kafka.apache.org/documentation/#record); Kafka's client
// tells about those.
func recordsMemory(batch []byte) int {
	total := 0
	for len(batch) > 0 {
		length, n := binary.Varint(batch)
		if n <= 0 || length <= 0 || length > int64(len(batch)-n) {
			break
		}
		total += recordOverhead + headerOverhead*headersOf(batch[n:n+int(length)])
		batch = batch[n+int(length):]
	}
	return total
}

// headersOf is how many headers a record says that it has: behind its attributes,
// two deltas, its key and its value. It cannot have more than bytes for them.
func headersOf(record []byte) int {
	rest := record[1:]
	for field := range 4 {
		value, n := binary.Varint(rest)
		if n <= 0 {
			return 0
		}
		rest = rest[n:]
		if isBytes := field >= 2; isBytes && value > 0 {
			rest = rest[min(int64(len(rest)), value):]
		}
	}
	count, n := binary.Varint(rest)
	if n <= 0 {
		return 0
	}
	const leastHeader = 2
	return int(max(0, min(count, int64(len(rest)/leastHeader))))
}

// makeRoom lets the garbage collector find what is no longer used; not more
// often than it takes little time.
func (u *unpacker) makeRoom() {
	const pause = 200 * time.Millisecond
	now := time.Now().UnixNano()
	if last := u.last.Load(); now-last > int64(pause) && u.last.CompareAndSwap(last, now) {
		go runtime.GC()
	}
}

// errNoRoom puts a batch off.
type errNoRoom struct{ size int64 }

func (e *errNoRoom) Error() string {
	return fmt.Sprintf("no room to unpack a batch of %d bytes yet", e.size)
}

func isNoRoom(err error) bool {
	_, ok := errors.AsType[*errNoRoom](err)
	return ok
}

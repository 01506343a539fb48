package ingest

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// maxBatchUnpacked is what one compressed batch of a producer may unpack to. The
// partition of a larger one stops.
const maxBatchUnpacked = 32 << 20

// unpacker unpacks fetched batches, and bounds what is in memory of all of them
// together, so that a few hundred kilobytes that unpack to gigabytes do no harm.
// A batch counts until the garbage collector has seen that nothing of it is used
// any more. One that is refused is fetched again, later; Kafka's client has
// handed out those before it in the meantime.
type unpacker struct {
	inner kgo.Decompressor
	limit int64
	live  atomic.Int64 // bytes that are unpacked and in use
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
	return &unpacker{inner: inner, limit: max(limit, maxBatchUnpacked)}, nil
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
	limit := u.limit
	if len(out) <= smallBatch {
		limit *= 2
	}
	size := int64(len(out))
	if u.live.Load()+size > limit && u.live.Load() > 0 {
		u.makeRoom()
		time.Sleep(noRoomPause) // it is fetched again at once
		return nil, &errNoRoom{size}
	}
	u.live.Add(size)
	runtime.AddCleanup(&out[0], func(size int64) { u.live.Add(-size) }, size)
	return out, nil
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

package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/vividium/firebreak/schema"
)

// digest stands for one record: its place, Kafka's timestamp, key, headers and
// bytes.
type digest [sha256.Size]byte

// digestOf and digestSQL are the same: lengths before texts, so that none can
// pass into the next.
func digestOf(rec *schema.Record) digest {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s/%d/%d@%d", rec.Topic, rec.Partition, rec.Offset, rec.Timestamp)
	text := func(s []byte) {
		fmt.Fprintf(&b, "|%d:", len(s))
		b.Write(s)
	}
	text(rec.Key)
	for _, h := range rec.Headers {
		text([]byte(h.Name))
		text(h.Value)
	}
	text(rec.Value)
	return sha256.Sum256(b.Bytes())
}

const digestSQL = `SHA256(concat(topic, '/', toString(partition), '/', toString(offset), '@', toString(toUnixTimestamp64Milli(recorded_at)),
	'|', toString(length(key)), ':', key,
	arrayStringConcat(arrayMap(h -> concat('|', toString(length(h.1)), ':', h.1, '|', toString(length(h.2)), ':', h.2), headers)),
	'|', toString(length(raw)), ':', raw))`

// sum adds up digests, whatever their order.
type sum struct{ a, b uint64 }

func (s *sum) add(d digest) {
	s.a += binary.LittleEndian.Uint64(d[:8])
	s.b += binary.LittleEndian.Uint64(d[8:16])
}

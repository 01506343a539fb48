package audit

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/vividium/firebreak/schema"
)

// recordDomain begins what is hashed of a record.
const recordDomain = "firebreak record v1"

// DigestOf is the digest of a record, D in the package's documentation. buffer is
// memory to work in, given back to be used again.
func DigestOf(rec *schema.Record, buffer []byte) (Hash, []byte) {
	b := appendText(buffer[:0], recordDomain)
	b = binary.BigEndian.AppendUint64(b, uint64(rec.Timestamp))
	b = appendText(b, rec.Topic)
	b = binary.BigEndian.AppendUint32(b, uint32(rec.Partition))
	b = appendText(b, rec.Key)
	b = binary.BigEndian.AppendUint32(b, uint32(len(rec.Headers)))
	for _, h := range rec.Headers {
		b = appendText(b, h.Name)
		b = appendText(b, h.Value)
	}
	b = appendText(b, rec.Value)
	return sha256.Sum256(b), b
}

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}

// Leaf is what is sealed of a record.
type Leaf struct {
	Offset int64
	Digest Hash
}

// leafBytes is the length of an entry of a leaf log.
const leafBytes = 8 + sha256.Size

func (l Leaf) append(b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(l.Offset)), l.Digest[:]...)
}

func leafOf(entry []byte) Leaf {
	return Leaf{int64(binary.BigEndian.Uint64(entry)), Hash(entry[8:leafBytes])}
}

// Hash is the hash of the leaf in its tree.
func (l Leaf) Hash() Hash {
	b := l.append(append(make([]byte, 0, 1+leafBytes), leafPrefix))
	return sha256.Sum256(b)
}

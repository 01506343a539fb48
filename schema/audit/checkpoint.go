package audit

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

const (
	checkpointFormat = "firebreak checkpoint 1"
	// signatureDomain goes before what is signed, so that the signature is good for
	// nothing else.
	signatureDomain = "firebreak checkpoint v1\n"
	signaturePrefix = "signature "
)

// Stream is a partition of a topic in an entity's table; each has a tree of its own.
type Stream struct {
	Entity    string `json:"entity"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// String is the stream as messages name it; a topic that Kafka cannot have is quoted.
func (s Stream) String() string {
	if !topicName.MatchString(s.Topic) {
		return fmt.Sprintf("%q/%d", s.Topic, s.Partition)
	}
	return fmt.Sprintf("%s/%d", s.Topic, s.Partition)
}

func (s Stream) compare(other Stream) int {
	return cmp.Or(cmp.Compare(s.Entity, other.Entity), cmp.Compare(s.Topic, other.Topic), cmp.Compare(s.Partition, other.Partition))
}

// topicName is what Kafka allows; names become those of files.
var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

func (s Stream) validate() error {
	known := slices.ContainsFunc(schema.Entities, func(e schema.Entity) bool { return e.String() == s.Entity })
	if !known || !topicName.MatchString(s.Topic) || s.Topic == "." || s.Topic == ".." || s.Partition < 0 {
		return fmt.Errorf("%.80q in partition %d of %.20q is no topic of Kafka", s.Topic, s.Partition, s.Entity)
	}
	return nil
}

// Sealed is what a checkpoint says of a stream.
type Sealed struct {
	Stream

	// Size is how many records are sealed; First and Last are the offsets of the
	// first and the last of them.
	Size  int64 `json:"size"`
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	// Root is the root of the Merkle tree of these records.
	Root Hash `json:"root"`
}

// Checkpoint states what had landed at a time.
type Checkpoint struct {
	Format   string `json:"format"`
	Trail    Trail  `json:"trail"`    // of all checkpoints of a folder
	Sequence int64  `json:"sequence"` // from 1
	// Time is when it was made by the sealer's clock, cut to the millisecond, but
	// never before the one before it.
	Time time.Time `json:"time"`
	// Previous is the SHA-256 of the file before it; zeros in the first.
	Previous   Hash     `json:"previous"`
	Partitions []Sealed `json:"partitions"` // by entity, topic, partition
	Key        Hash     `json:"key"`        // the KeyID of who signed it
}

// of is what the checkpoint says of a stream; nothing of one that it does not have.
func (c *Checkpoint) of(s Stream) Sealed {
	i, found := slices.BinarySearchFunc(c.Partitions, s, func(p Sealed, s Stream) int { return p.compare(s) })
	if !found {
		return Sealed{Stream: s, First: -1, Last: -1}
	}
	return c.Partitions[i]
}

// records is how many it seals.
func (c *Checkpoint) records() (n int64) {
	for _, p := range c.Partitions {
		n += p.Size
	}
	return n
}

// sign writes the checkpoint as the file that it becomes.
func (c *Checkpoint) sign(key ed25519.PrivateKey) ([]byte, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	signed := &signedFile{body: body, signature: ed25519.Sign(key, append([]byte(signatureDomain), body...))}
	return signed.text(), nil
}

// signedFile is a checkpoint with what its file says beside it.
type signedFile struct {
	Checkpoint
	body, signature []byte
	hash            Hash // of the whole file
}

// sealed is what it says, by stream; nothing when there is none.
func (c *signedFile) sealed() map[Stream]Sealed {
	sealed := make(map[Stream]Sealed)
	if c != nil {
		for _, p := range c.Partitions {
			sealed[p.Stream] = p
		}
	}
	return sealed
}

// text is the whole file.
func (c *signedFile) text() []byte {
	return fmt.Appendf(nil, "%s\n%s%s\n", c.body, signaturePrefix, base64.StdEncoding.EncodeToString(c.signature))
}

// parseCheckpoint reads a file, which must be exactly as sign would write it. Whose the
// signature is remains to be asked.
func parseCheckpoint(file []byte) (*signedFile, error) {
	body, rest, _ := bytes.Cut(file, []byte("\n"))
	signature, ok := strings.CutPrefix(strings.TrimSuffix(string(rest), "\n"), signaturePrefix)
	if !ok || !bytes.HasSuffix(rest, []byte("\n")) {
		return nil, errors.New("it is not a line of JSON and a line with a signature")
	}
	c := &signedFile{body: body, hash: sha256.Sum256(file)}
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	if err := in.Decode(&c.Checkpoint); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if again, err := json.Marshal(&c.Checkpoint); err != nil || !bytes.Equal(again, body) {
		return nil, errors.New("it is not written as a checkpoint is")
	}
	var err error
	if c.signature, err = base64.StdEncoding.Strict().DecodeString(signature); err != nil || base64.StdEncoding.EncodeToString(c.signature) != signature {
		return nil, errors.New("its signature is not written as one is")
	}
	return c, c.validate()
}

func (c *Checkpoint) validate() error {
	if c.Format != checkpointFormat {
		return fmt.Errorf("its format is %.40q, not %q: use the firebreak that wrote it", c.Format, checkpointFormat)
	}
	if c.Trail == (Trail{}) {
		return errors.New("it names no trail")
	}
	if c.Sequence < 1 || len(c.Partitions) == 0 || !c.Time.Equal(c.Time.UTC().Truncate(time.Millisecond)) {
		return errors.New("its number, its time or its partitions cannot be")
	}
	for i, p := range c.Partitions {
		if err := p.validate(); err != nil {
			return err
		}
		if p.Size < 1 || p.First < 0 || p.Last < p.First || p.Last > store.MaxOffset || p.Size-1 > p.Last-p.First {
			return fmt.Errorf("%d records cannot lie at the offsets %d to %d of %s", p.Size, p.First, p.Last, p.Stream)
		}
		if i > 0 && c.Partitions[i-1].compare(p.Stream) >= 0 {
			return errors.New("its partitions are not in order")
		}
	}
	return nil
}

// verify says whether a key signed it.
func (c *signedFile) verify(key ed25519.PublicKey) error {
	if ed25519.Verify(key, append([]byte(signatureDomain), c.body...), c.signature) {
		return nil
	}
	if id := KeyID(key); c.Key != id {
		return fmt.Errorf("it is signed by another key (%s) than the one that is trusted (%s)", c.Key, id)
	}
	return errors.New("its signature is not that of its content")
}

// follows says whether it can come after another.
func (c *signedFile) follows(before *signedFile) error {
	if c.Previous != before.hash {
		return fmt.Errorf("it does not follow the checkpoint %d that is there", before.Sequence)
	}
	if c.Time.Before(before.Time) {
		return fmt.Errorf("it is of %s, before checkpoint %d", c.Time.Format(time.RFC3339Nano), before.Sequence)
	}
	for _, was := range before.Partitions {
		is := c.of(was.Stream)
		if is.Size < was.Size || is.First != was.First || is.Last < was.Last || is.Size == was.Size && is != was {
			return fmt.Errorf("of %s it has less than, or other than, checkpoint %d", was.Stream, before.Sequence)
		}
	}
	return nil
}

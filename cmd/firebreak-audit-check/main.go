// Command firebreak-audit-check verifies what `firebreak audit export` wrote: that each
// record in it was sealed, as it is, in a checkpoint signed by the key that is given. It
// is one file on the standard library alone and shares no code with Firebreak, so that
// an auditor can read it in one sitting, and build it without us.
//
// How records are sealed is written in the documentation of Firebreak's package
// schema/audit; the Merkle tree is that of RFC 6962, section 2.1.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxLine bounds a line of an export: a record of 1 MiB in base64, or a checkpoint of
// very many partitions.
const maxLine = 64 << 20

func main() {
	args := os.Args[1:]
	if len(args) < 2 || len(args) > 3 || strings.HasPrefix(args[0], "-") {
		fmt.Fprintln(os.Stderr, "usage: firebreak-audit-check EXPORT PUBLIC-KEY [TRAIL]\n"+
			"EXPORT was written by `firebreak audit export`; PUBLIC-KEY is a PEM file from somebody you trust,\n"+
			"and TRAIL the trail that it must be of, as `firebreak audit verify` names it.")
		os.Exit(2)
	}
	trail := ""
	if len(args) == 3 {
		trail = args[2]
	}
	proven, err := checkFiles(args[0], args[1], trail)
	if err != nil {
		fmt.Fprintln(os.Stderr, "firebreak-audit-check:", plain(err.Error()))
		os.Exit(1)
	}
	fmt.Println(proven)
}

func checkFiles(export, keyFile, trail string) (string, error) {
	key, id, err := readKey(keyFile)
	if err != nil {
		return "", err
	}
	file, err := os.Open(export)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return check(file, key, id, trail)
}

// readKey gives the public key and the SHA-256 of its DER form, by which it is named.
func readKey(file string) (ed25519.PublicKey, string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, "", fmt.Errorf("%s is not a public key in PEM", file)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, "", fmt.Errorf("%s is not the public part of an Ed25519 key", file)
	}
	id := sha256.Sum256(block.Bytes)
	return key, hex.EncodeToString(id[:]), nil
}

type header struct {
	Format     string `json:"format"`
	Key        string `json:"key"`
	Trail      string `json:"trail"`
	Checkpoint int64  `json:"checkpoint"`
	Records    int64  `json:"records"`
	Runs       int64  `json:"runs"`
	Unreadable int64  `json:"unreadable"`
	Unsealed   int64  `json:"unsealed"`
}

type checkpoint struct {
	Format     string    `json:"format"`
	Trail      string    `json:"trail"`
	Sequence   int64     `json:"sequence"`
	Time       time.Time `json:"time"`
	Previous   string    `json:"previous"`
	Partitions []struct {
		stream
		Size  int64  `json:"size"`
		First int64  `json:"first"`
		Last  int64  `json:"last"`
		Root  string `json:"root"`
	} `json:"partitions"`
	Key string `json:"key"`

	hash [sha256.Size]byte // of its file
}

type stream struct {
	Entity    string `json:"entity"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

type record struct {
	stream
	Offset     int64  `json:"offset"`
	RecordedAt int64  `json:"recorded_at"`
	Key        []byte `json:"key"`
	Headers    []struct {
		Name  []byte `json:"name"`
		Value []byte `json:"value"`
	} `json:"headers"`
	Value []byte   `json:"value"`
	Index int64    `json:"index"`
	Path  []string `json:"path"`
}

// check reads an export and says what is proven, or what is the first thing that is not.
// The checkpoint must be of a trail, unless that is empty.
func check(export io.Reader, key ed25519.PublicKey, id, trail string) (string, error) {
	lines := bufio.NewScanner(export)
	lines.Buffer(nil, maxLine)
	var head header
	if err := next(lines, &head); err != nil {
		return "", fmt.Errorf("the first line: %w", err)
	}
	if head.Format != "firebreak audit export 1" {
		return "", fmt.Errorf("the format is %.40q, which this program does not know", head.Format)
	}
	if head.Records < 0 || head.Unsealed < 0 {
		return "", errors.New("the first line: its numbers cannot be")
	}
	if head.Records == 0 {
		return "", errors.New("there are no records in it, so that nothing is proven")
	}
	if trail != "" && trail != head.Trail {
		return "", fmt.Errorf("the export is of the trail %.40q, not %q", head.Trail, trail)
	}
	last, err := nextCheckpoint(lines, &head, key)
	if err != nil {
		return "", err
	}
	runs, unreadable, err := checkRecords(lines, head.Records, last)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d records are included in checkpoint %d of %s (SHA-256 %s) of the trail %s, signed by %s.\n"+
		"They are of %d runs; %d of them are no events that can be read.\n"+
		"The export claims that %d more were not sealed when it was written; that none was left out is not\n"+
		"proven. That the checkpoint follows all before it, `firebreak audit verify` proves.",
		head.Records, last.Sequence, last.Time.Format(time.RFC3339), hex.EncodeToString(last.hash[:]), plain(last.Trail), id,
		runs, unreadable, head.Unsealed), nil
}

// checkRecords verifies as many records as there must be, and counts the runs that they
// are of, and those of which that cannot be read.
func checkRecords(lines *bufio.Scanner, count int64, last *checkpoint) (runs, unreadable int, err error) {
	ids, seen := make(map[string]bool), make(map[string]bool)
	for n := range count {
		var r record
		if err := next(lines, &r); err != nil {
			return 0, 0, fmt.Errorf("record %d of %d: %w", n+1, count, err)
		}
		place := fmt.Sprintf("%s/%d@%d", r.Topic, r.Partition, r.Offset)
		if err := checkRecord(&r, last); err != nil {
			return 0, 0, fmt.Errorf("record %d, %s: %w", n+1, place, err)
		}
		if seen[place] {
			return 0, 0, fmt.Errorf("record %d, %s: it is there twice", n+1, place)
		}
		seen[place] = true
		if id := runOf(r.Value); id != "" {
			ids[id] = true
		} else {
			unreadable++
		}
	}
	if lines.Scan() {
		return 0, 0, fmt.Errorf("more than the %d records that the first line names", count)
	}
	return len(ids), unreadable, lines.Err()
}

// runOf is the id of the run that a record's value is about: an event, or a CloudEvent with
// one in it. It is empty when that cannot be read.
func runOf(value []byte) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil {
		return ""
	}
	if _, envelope := members["specversion"]; envelope {
		var decoded []byte
		if json.Unmarshal(members["data_base64"], &decoded) == nil {
			return runOf(decoded)
		}
		return runOf(members["data"])
	}
	var id string
	if json.Unmarshal(members["execution_id"], &id) != nil {
		return ""
	}
	return id
}

func next(lines *bufio.Scanner, into any) error {
	if !lines.Scan() {
		return errors.Join(errors.New("it is missing: the file breaks off"), lines.Err())
	}
	return decode(lines.Bytes(), into)
}

// decode reads JSON that must be written as an export is, byte for byte. So whoever reads
// it sees what is checked here: no member is there twice, or in other letters, or unknown.
func decode(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	if again, err := json.Marshal(into); err != nil || !bytes.Equal(again, text) {
		return errors.New("it is not written as an export is")
	}
	return nil
}

// plain writes out the characters by which a text could do something to a terminal.
func plain(text string) string {
	quoted := strconv.QuoteToGraphic(text)
	return strings.ReplaceAll(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`), `\\`, `\`)
}

// nextCheckpoint reads and verifies the checkpoint to which the proofs lead.
func nextCheckpoint(lines *bufio.Scanner, head *header, key ed25519.PublicKey) (*checkpoint, error) {
	var line struct {
		Checkpoint string `json:"checkpoint"`
	}
	err := next(lines, &line)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %d: %w", head.Checkpoint, err)
	}
	c, err := checkCheckpoint(line.Checkpoint, key)
	if err == nil && c.Sequence != head.Checkpoint {
		err = fmt.Errorf("it is number %d", c.Sequence)
	}
	if err == nil && (c.Trail == "" || c.Trail != head.Trail) {
		err = fmt.Errorf("it is of the trail %.40q, not %.40q", c.Trail, head.Trail)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %d: %w", head.Checkpoint, err)
	}
	return c, nil
}

// checkCheckpoint verifies the signature, which is over the first of its two lines.
func checkCheckpoint(text string, key ed25519.PublicKey) (*checkpoint, error) {
	body, rest, _ := strings.Cut(text, "\n")
	encoded, ok := strings.CutPrefix(strings.TrimSuffix(rest, "\n"), "signature ")
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || text != body+"\nsignature "+base64.StdEncoding.EncodeToString(signature)+"\n" || !ed25519.Verify(key, []byte("firebreak checkpoint v1\n"+body), signature) {
		return nil, errors.New("it is not signed by the key that was given")
	}
	c := &checkpoint{hash: sha256.Sum256([]byte(text))}
	if err := decode([]byte(body), c); err != nil {
		return nil, err
	}
	if c.Format != "firebreak checkpoint 1" {
		return nil, fmt.Errorf("its format is %.40q, which this program does not know", c.Format)
	}
	return c, nil
}

// checkRecord verifies that a record is a leaf of its partition's tree.
func checkRecord(r *record, c *checkpoint) error {
	for _, p := range c.Partitions {
		if p.stream != r.stream {
			continue
		}
		root, err := rootOf(r, p.Size)
		if err != nil {
			return err
		}
		if hex.EncodeToString(root) != p.Root {
			return errors.New("it was not sealed as it is, or not there")
		}
		return nil
	}
	return errors.New("its partition is not in the checkpoint")
}

// rootOf goes up the audit path from the record's leaf (RFC 9162, section 2.1.3.2).
func rootOf(r *record, size int64) ([]byte, error) {
	if r.Index < 0 || r.Index >= size {
		return nil, fmt.Errorf("there is no leaf %d in a tree of %d", r.Index, size)
	}
	hash := leafHash(r)
	at, last := r.Index, size-1
	for _, text := range r.Path {
		sibling, err := hex.DecodeString(text)
		if err != nil || len(sibling) != sha256.Size || last == 0 {
			return nil, errors.New("its audit path cannot be one")
		}
		if at%2 == 1 || at == last {
			hash = nodeHash(sibling, hash)
			for at%2 == 0 && at > 0 {
				at, last = at/2, last/2
			}
		} else {
			hash = nodeHash(hash, sibling)
		}
		at, last = at/2, last/2
	}
	if last != 0 {
		return nil, errors.New("its audit path is too short")
	}
	return hash, nil
}

func nodeHash(left, right []byte) []byte {
	sum := sha256.Sum256(bytes.Join([][]byte{{1}, left, right}, nil))
	return sum[:]
}

// leafHash hashes everything that Kafka keeps of a record; each text goes behind its
// length.
func leafHash(r *record) []byte {
	var b []byte
	number32 := func(n int) { b = binary.BigEndian.AppendUint32(b, uint32(n)) }
	number64 := func(n int64) { b = binary.BigEndian.AppendUint64(b, uint64(n)) }
	text := func(t []byte) {
		number32(len(t))
		b = append(b, t...)
	}
	text([]byte("firebreak record v1"))
	number64(r.RecordedAt)
	text([]byte(r.Topic))
	number32(int(r.Partition))
	text(r.Key)
	number32(len(r.Headers))
	for _, h := range r.Headers {
		text(h.Name)
		text(h.Value)
	}
	text(r.Value)
	digest := sha256.Sum256(b)

	b = []byte{0}
	number64(r.Offset)
	sum := sha256.Sum256(append(b, digest[:]...))
	return sum[:]
}

package ingest_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store/storetest"
)

const corpusDir = "../schema/testdata"

// TestAnyBytesLandOnce sends what the contract's own examples become when they
// are damaged, a few thousand byte strings with damaged headers and keys.
func TestAnyBytesLandOnce(t *testing.T) {
	seeds := corpus(t)
	r := rand.New(rand.NewPCG(7, 11))
	var records []*kgo.Record
	for i := range 4000 {
		e := schema.Entities[i%len(schema.Entities)]
		records = append(records, &kgo.Record{
			Topic: topics[e], Partition: int32(r.IntN(partitions)),
			Key:     damaged(r, seeds),
			Value:   damaged(r, seeds),
			Headers: damagedHeaders(r, seeds),
		})
	}
	k, s := startKafka(t), storetest.Open(t)
	k.produce(records...)
	run := ready(k, s).start(t)
	eventually(t, "all records have landed", func() bool { return run.landed() == len(k.entries) })
	run.stop()
	k.wantExact(s)
	run.wantReconciled()
	if good := run.count("records_written_total"); good == 0 || good == len(k.entries) {
		t.Errorf("%d of %d were good: the damage is of no use", good, len(k.entries))
	}
}

// corpus are the lines of the contract's examples.
func corpus(t *testing.T) [][]byte {
	t.Helper()
	var lines [][]byte
	err := fs.WalkDir(os.DirFS(corpusDir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(corpusDir + "/" + path)
		lines = append(lines, bytes.Split(content, []byte("\n"))...)
		return err
	})
	if err != nil || len(lines) < 100 {
		t.Fatalf("%d examples: %v", len(lines), err)
	}
	return lines
}

// damaged is an example with a few bytes changed, cut out or put in; one in
// four is left as it is.
func damaged(r *rand.Rand, seeds [][]byte) []byte {
	b := bytes.Clone(seeds[r.IntN(len(seeds))])
	if r.IntN(4) == 0 {
		return b
	}
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b) + 1)
		switch r.IntN(4) {
		case 0:
			b = append(b[:at:at], append([]byte{byte(r.Uint32())}, b[at:]...)...)
		case 1:
			b = b[:at]
		case 2:
			b = append(b[:at:at], seeds[r.IntN(len(seeds))]...)
		default:
			if at < len(b) {
				b[at] ^= 1 << r.IntN(8)
			}
		}
	}
	return b
}

func damagedHeaders(r *rand.Rand, seeds [][]byte) []kgo.RecordHeader {
	names := strings.Fields("content-type ce_id ce_type ce_time ce_source ce_specversion trace \xff")
	var headers []kgo.RecordHeader
	for range max(0, r.IntN(6)-3) {
		headers = append(headers, kgo.RecordHeader{Key: names[r.IntN(len(names))], Value: damaged(r, seeds)})
	}
	return headers
}

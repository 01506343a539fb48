package delivery

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
)

// bombMemory is what members under attack are given, in bytes; bombLimit what
// their process may then have resident at most: the garbage collector's soft
// limit, what may be unpacked on top, one batch that is being unpacked in a
// buffer that doubles, and the program itself.
const (
	bombMemory = 64 << 20
	bombLimit  = 300 << 20
)

// blank is a record value of the largest size that is taken, which compresses to
// next to nothing.
var blank = bytes.Repeat([]byte{' '}, schema.MaxRecordBytes)

// TestBombs sends batches of a few kilobytes that unpack to what is allowed,
// more than a gigabyte in all, while the other partitions go on.
func TestBombs(t *testing.T) {
	const (
		perBatch = 30 // records of a mebibyte
		batches  = 10
	)
	codecs := []struct {
		name  string
		codec kgo.CompressionCodec
	}{
		{"gzip", kgo.GzipCompression()}, {"snappy", kgo.SnappyCompression()}, {"lz4", kgo.Lz4Compression()}, {"zstd", kgo.ZstdCompression()},
	}
	s := newScene(t, 1)
	for _, c := range codecs[effort(len(codecs)-1, 0):] {
		t.Run(c.name, func(t *testing.T) {
			s.during(t, func() {
				producer := s.bomber(c.codec)
				for range batches {
					s.sendBy(producer, blankBatch(perBatch)...)
				}
				stop := s.load(faultLoad)
				m := s.start(func(p *memberPlan) { p.Memory, p.MaxRows = bombMemory, 10_000 })
				time.Sleep(faultTime)
				stop()
				most := s.defuse(m)
				s.report("Rubbish", "compressed bombs, "+c.name, "%d MiB unpacked, the process had %d MiB resident at most", batches*perBatch, most>>20)
			})
		})
	}
	t.Run("tiny records", func(t *testing.T) {
		const tinyPerBatch, tinyBatches = 200_000, 5
		s.during(t, func() {
			producer := s.bomber(kgo.ZstdCompression())
			for range tinyBatches {
				s.sendBy(producer, tinyBatch(tinyPerBatch)...)
			}
			m := s.start(func(p *memberPlan) { p.Memory, p.MaxRows = bombMemory, 10_000 })
			most := s.defuse(m)
			s.report("Rubbish", "compressed bombs of records without a byte", "%d batches of %d, the process had %d MiB resident at most", tinyBatches, tinyPerBatch, most>>20)
		})
	})
	s.wantExact(false)
}

// defuse waits until a member has landed everything, and is what it had resident
// at most, in bytes.
func (s *scene) defuse(m *member) int64 {
	s.tb.Helper()
	s.drain()
	s.wantNoLag()
	most := m.mostMemory()
	s.stop(m)
	s.wantExact(true)
	if most > bombLimit {
		s.tb.Errorf("the member had %d MiB resident", most>>20)
	}
	return most
}

// TestPoisonedPartition sends a batch that unpacks to more than is allowed: its
// partition stops and says so, the others go on; then it is told to go on
// without the batch.
func TestPoisonedPartition(t *testing.T) {
	const perBatch = 40 // records of a mebibyte: more than is allowed
	s := newScene(t, 1)
	m := s.start(func(p *memberPlan) { p.Memory = bombMemory })
	s.produce(300)
	s.drain()
	poison := blankBatch(perBatch)
	for _, result := range s.bomber(kgo.ZstdCompression()).ProduceSync(t.Context(), poison...) { // not in the ledger: they never arrive
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	behind := s.events.next(900)
	s.send(behind...)
	held := int64(0)
	for _, r := range behind {
		if r.Topic == poison[0].Topic && r.Partition == poison[0].Partition {
			held++
		}
	}
	eventually(t, "all that is not behind the poison has landed", func() bool { return s.landed() >= s.ledger.Records()-held })
	eventually(t, "the member tells that a partition has stopped", func() bool { return m.metric("partition_stopped") == 1 })
	if n := s.landed(); n != s.ledger.Records()-held {
		t.Errorf("%d records landed, want all but %d of %d", n, held, s.ledger.Records())
	}
	s.stop(m)
	s.wantLogged(m, "unpacks to more than is allowed")
	m = s.start(func(p *memberPlan) { p.Memory, p.AcceptLoss = bombMemory, true })
	s.drain()
	s.wantNoLag()
	s.stop(m)
	s.wantExact(false)
	s.report("Rubbish", "a partition with a batch that unpacks to more than is allowed", "the others went on, %d records waited behind it and landed when told to go on", held)
}

// TestDamagedEvents sends what the contract's examples become when they are
// damaged, while members are killed.
func TestDamagedEvents(t *testing.T) {
	const records = 4000
	s := newScene(t, 1)
	examples := contractExamples(t)
	dice := rand.New(rand.NewPCG(3, 5))
	var damaged []*kgo.Record
	for i := range records {
		damaged = append(damaged, &kgo.Record{
			Topic: topics[schema.Entities[i%len(schema.Entities)]], Partition: int32(dice.IntN(partitions)),
			Key: damage(dice, examples), Value: damage(dice, examples),
		})
	}
	first := s.start(func(p *memberPlan) { p.Fail = failpoint{Point: "in the middle of the insert", Nth: 3} })
	s.send(damaged...)
	s.awaitDeath(first)
	s.start(nil)
	s.settle()
	s.wantExact(false)
	s.report("Rubbish", "damaged examples of the contract", "%d events, a member killed meanwhile", records)
}

// TestReplays sends every dead letter again, every second of them corrected,
// twice, while members are killed: each is marked with what became of it.
func TestReplays(t *testing.T) {
	s := newScene(t, 1)
	s.produce(2000)
	s.start(nil)
	s.drain()
	dead := s.deadLetters()
	if len(dead) < 20 {
		t.Fatalf("only %d dead letters", len(dead))
	}
	good := make(map[string][]byte)
	for _, r := range s.events.earlier {
		good[r.Topic] = r.Value
	}
	s.running()[0].kill()
	for _, point := range []string{"in the middle of the insert", "after the insert"} {
		first := s.start(func(p *memberPlan) { p.Fail = failpoint{Point: point, Nth: 2} })
		for i, letter := range dead {
			if i%2 == 0 {
				letter.Value = good[letter.Topic]
			}
			s.send(ingest.Replay(letter))
		}
		s.awaitDeath(first)
	}
	s.start(nil)
	s.settle()
	s.wantExact(false)
	s.report("Rubbish", "dead letters sent again", "%d of them, twice, every second one corrected, a member killed each time", len(dead))
}

// deadLetters are those that have landed.
func (s *scene) deadLetters() []*schema.Record {
	s.tb.Helper()
	rows, err := s.store.Query(s.tb.Context(), "SELECT topic, partition, offset, key, raw FROM dead_letters ORDER BY topic, partition, offset", nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer rows.Close()
	var letters []*schema.Record
	for rows.Next() {
		var letter schema.Record
		var offset uint64
		var key, raw string
		if err := rows.Scan(&letter.Topic, &letter.Partition, &offset, &key, &raw); err != nil {
			s.tb.Fatal(err)
		}
		letter.Offset, letter.Key, letter.Value = int64(offset), []byte(key), []byte(raw)
		letters = append(letters, &letter)
	}
	return letters
}

// contractExamples are the events of the contract's examples.
func contractExamples(t *testing.T) [][]byte {
	t.Helper()
	files, err := filepath.Glob("../../schema/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var events [][]byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(content) {
			if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte("{")) {
				events = append(events, line)
			}
		}
	}
	if len(events) < 50 {
		t.Fatalf("only %d examples", len(events))
	}
	return events
}

// damage is an example with some bytes changed, or cut off; one in three is left
// as it is.
func damage(dice *rand.Rand, examples [][]byte) []byte {
	b := bytes.Clone(examples[dice.IntN(len(examples))])
	switch dice.IntN(3) {
	case 0:
		b = b[:dice.IntN(len(b)+1)]
	case 1:
		for range 1 + dice.IntN(4) {
			if len(b) > 0 {
				b[dice.IntN(len(b))] = byte(dice.Uint32())
			}
		}
	}
	return b
}

// bomber is a producer whose batches are compressed and may be as large as its
// records make them.
func (s *scene) bomber(codec kgo.CompressionCodec) *kgo.Client {
	s.tb.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec), kgo.ProducerBatchMaxBytes(96<<20), kgo.ProducerLinger(time.Second), kgo.MaxBufferedRecords(blankMost))
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(client.Close)
	return client
}

// blankMost is more records than one batch has.
const blankMost = 300_000

func tinyBatch(n int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topics[schema.Alert], Partition: 1}
	}
	return records
}

func blankBatch(n int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topics[schema.Alert], Partition: 1, Value: blank}
	}
	return records
}

package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vividium/firebreak/loadtest/world"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
	"github.com/vividium/firebreak/schema/store"
	"github.com/vividium/firebreak/schema/store/storetest"
)

const (
	partitions = 3
	days       = 20
	// landings is in how many parts the company's records land, each sealed by a
	// checkpoint of its own.
	landings = 4
	// gapEvery is after how many records an offset is left out, as Kafka's own records
	// take some; deadEvery how often a record is no event.
	gapEvery  = 40
	deadEvery = 97
)

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// records are a company's, on partitions with gaps in their offsets, dead letters
// among them, and headers on some.
func records() []*schema.Record {
	w := world.Generate(world.Config{Seed: 3, Start: began, Days: days, Scale: 1})
	next := make(map[audit.Stream]int64)
	var list []*schema.Record
	for ev := range w.Events() {
		e, n := ev.Entity(), len(list)
		key := ev.EntityID()
		sum := fnv.New32a()
		sum.Write([]byte(key))
		s := audit.Stream{Entity: e.String(), Topic: topic(e), Partition: int32(sum.Sum32() % partitions)}
		rec := &schema.Record{
			Topic: s.Topic, Partition: s.Partition, Offset: next[s] + 100, Timestamp: ev.Base().OccurredAt + 17,
			Key: []byte(key), Value: ev.AppendJSON(nil),
		}
		if n%3 == 0 {
			rec.Headers = []schema.Header{{Name: "trace", Value: fmt.Appendf(nil, "t-%d", n)}, {Name: "empty"}}
		}
		if n%deadEvery == 0 {
			rec.Value = fmt.Appendf(nil, "no event \xff %d", n)
		}
		next[s]++
		if next[s]%gapEvery == 0 {
			next[s] += 2
		}
		list = append(list, rec)
	}
	return list
}

func topic(e schema.Entity) string { return "firebreak." + e.String() + "s" }

// land puts records into the store as an ingest does: a batch for each partition, good
// events and dead letters together.
func land(t testing.TB, s *store.Store, list []*schema.Record) {
	t.Helper()
	for _, e := range schema.Entities {
		decoder := schema.NewDecoder(e)
		for p := range int32(partitions) {
			b := s.NewBatch(e)
			for _, rec := range list {
				if rec.Topic == topic(e) && rec.Partition == p {
					ev, fault := decoder.Decode(rec, began.AddDate(0, 0, days+1))
					b.Add(rec, ev, fault)
				}
			}
			if err := b.Insert(t.Context(), "", time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// company is one with all its records sealed, in several checkpoints.
type company struct {
	store   *store.Store // as its owner
	reader  *store.Store
	dir     string
	key     ed25519.PrivateKey
	trail   audit.Trail // that a first seal begins
	records []*schema.Record
}

func (c *company) public() ed25519.PublicKey { return c.key.Public().(ed25519.PublicKey) }

// newCompany lands and seals.
func newCompany(t testing.TB) *company {
	t.Helper()
	c := emptyCompany(t)
	c.records = records()
	for part := range slices.Chunk(c.records, len(c.records)/landings+1) {
		land(t, c.store, part)
		c.seal(t)
	}
	return c
}

func emptyCompany(t testing.TB) *company {
	t.Helper()
	owner, cfg := storetest.OpenConfig(t)
	cfg.User = "firebreak_reader"
	reader, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	seed := sha256.Sum256([]byte("a key for tests"))
	return &company{store: owner, reader: reader, dir: t.TempDir(), key: ed25519.NewKeyFromSeed(seed[:]), trail: audit.Trail{1}}
}

// clock is later at each call.
func clock() func() time.Time {
	now := began.AddDate(0, 0, days+1)
	return func() time.Time {
		now = now.Add(time.Minute)
		return now
	}
}

func (c *company) sealer() *audit.Sealer {
	return audit.NewSealer(c.reader, audit.SealConfig{Dir: c.dir, Key: c.key, Random: bytes.NewReader(c.trail[:]), Now: clock()})
}

// elsewhere is the company with another trail, of the same records and key.
func (c *company) elsewhere(t testing.TB) *company {
	t.Helper()
	other := *c
	other.dir, other.trail = t.TempDir(), audit.Trail{2}
	other.seal(t)
	return &other
}

func (c *company) seal(t testing.TB) audit.Outcome {
	t.Helper()
	out, err := c.sealer().Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c *company) verify(t testing.TB, witness string) *audit.Report {
	t.Helper()
	report, err := audit.Verify(t.Context(), c.reader, audit.VerifyConfig{Dir: c.dir, Public: c.public(), Witness: audit.Witness{File: witness}, Now: clock()})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// backup lets what a case does to a table be undone.
func (c *company) backup(t testing.TB) {
	t.Helper()
	for _, e := range schema.Entities {
		c.do(t, "CREATE TABLE saved_%[1]s_records AS %[1]s_records", e)
		c.do(t, "ALTER TABLE saved_%[1]s_records REPLACE PARTITION tuple() FROM %[1]s_records", e)
	}
}

func (c *company) restore(t testing.TB) {
	t.Helper()
	for _, e := range schema.Entities {
		c.do(t, "ALTER TABLE %[1]s_records REPLACE PARTITION tuple() FROM saved_%[1]s_records", e)
	}
}

// do runs a statement as the owner.
func (c *company) do(t testing.TB, statement string, args ...any) {
	t.Helper()
	if err := c.store.Exec(t.Context(), fmt.Sprintf(statement, args...), nil); err != nil {
		t.Fatal(err)
	}
}

// copyDir is a copy of the company's audit folder for a case to harm.
func (c *company) copyDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "audit")
	if err := os.CopyFS(dir, os.DirFS(c.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// of are the offsets of a stream, rising.
func (c *company) of(e schema.Entity, partition int32) (offsets []int64) {
	for _, rec := range c.records {
		if rec.Topic == topic(e) && rec.Partition == partition {
			offsets = append(offsets, rec.Offset)
		}
	}
	return offsets
}

package audit

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// chunkRecords is how many records are hashed by one goroutine at a time.
const chunkRecords = 4096

// eachDigest reads the records of an entity's table that meet a condition, hashes them
// on all processors while it reads on, and gives them to do with their digests: in no
// order, but one call at a time.
func eachDigest(ctx context.Context, s *store.Store, e schema.Entity, where string, params map[string]string, do func([]schema.Record, []Hash) error) error {
	read := func(ctx context.Context, give func(chunk) error) error {
		return s.EachRecord(ctx, e, where, params, func(page []schema.Record) error {
			for records := range slices.Chunk(page, chunkRecords) {
				if err := give(chunk{records: records}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return eachChunk(ctx, e, read, func(c *chunk) error { return do(c.records, c.digests) })
}

// eachExamined is eachDigest that says as well which records have columns that do not say
// what their bytes say.
func eachExamined(ctx context.Context, s *store.Store, e schema.Entity, where string, do func(records []schema.Record, digests []Hash, misread []bool) error) error {
	read := func(ctx context.Context, give func(chunk) error) error {
		return s.EachRow(ctx, e, where, nil, func(page []schema.Record, columns []store.Columns) error {
			for len(page) > 0 {
				n := min(len(page), chunkRecords)
				if err := give(chunk{records: page[:n], columns: columns[:n]}); err != nil {
					return err
				}
				page, columns = page[n:], columns[n:]
			}
			return nil
		})
	}
	return eachChunk(ctx, e, read, func(c *chunk) error { return do(c.records, c.digests, c.misread) })
}

// chunk is some records and what is found out about them.
type chunk struct {
	records []schema.Record
	columns []store.Columns // none where they are not compared
	digests []Hash
	misread []bool
}

// eachChunk looks into the chunks that read gives on all processors.
func eachChunk(ctx context.Context, e schema.Entity, read func(context.Context, func(chunk) error) error, do func(*chunk) error) error {
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan chunk)
	group.Go(func() error {
		defer close(chunks)
		return read(ctx, func(c chunk) error {
			select {
			case chunks <- c:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	var one sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			look := &examiner{decoder: schema.NewDecoder(e)}
			for c := range chunks {
				look.at(&c)
				one.Lock()
				err := do(&c)
				one.Unlock()
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// examiner is what one goroutine looks into records with.
type examiner struct {
	decoder *schema.Decoder
	buffer  []byte
	digests [chunkRecords]Hash
	misread [chunkRecords]bool
}

func (x *examiner) at(c *chunk) {
	c.digests = x.digests[:len(c.records)]
	for i := range c.records {
		c.digests[i], x.buffer = DigestOf(&c.records[i], x.buffer)
	}
	if c.columns == nil {
		return
	}
	c.misread = x.misread[:len(c.records)]
	for i := range c.records {
		_, agrees := decode(x.decoder, &c.records[i], &c.columns[i])
		c.misread[i] = !agrees
	}
}

// stretch is a part of a stream: its offsets from first to last, both in it.
type stretch struct {
	stream      Stream
	first, last int64
}

// condition selects the records of stretches, all of one entity.
func condition(list []stretch) (where string, params map[string]string) {
	params = make(map[string]string)
	var parts []string
	for i, x := range list {
		parts = append(parts, fmt.Sprintf("(topic = {topic%d:String} AND partition = %d AND offset BETWEEN %d AND %d)", i, x.stream.Partition, x.first, x.last))
		params[fmt.Sprintf("topic%d", i)] = x.stream.Topic
	}
	return strings.Join(parts, " OR "), params
}

// collect reads what is to be sealed of stretches of one entity: a list of leaves for
// each, in the order of their offsets.
func collect(ctx context.Context, s *store.Store, e schema.Entity, list []stretch) (map[Stream][]Leaf, error) {
	leaves := make(map[Stream][]Leaf)
	where, params := condition(list)
	err := eachDigest(ctx, s, e, where, params, func(records []schema.Record, digests []Hash) error {
		for i := range records {
			of := streamOf(e, &records[i])
			leaves[of] = append(leaves[of], Leaf{records[i].Offset, digests[i]})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, some := range leaves {
		slices.SortFunc(some, byOffset)
	}
	return leaves, nil
}

func byOffset(a, b Leaf) int { return cmp.Compare(a.Offset, b.Offset) }

func streamOf(e schema.Entity, rec *schema.Record) Stream {
	return Stream{Entity: e.String(), Topic: rec.Topic, Partition: rec.Partition}
}

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
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan []schema.Record)
	group.Go(func() error {
		defer close(chunks)
		return s.EachRecord(ctx, e, where, params, func(page []schema.Record) error {
			for chunk := range slices.Chunk(page, chunkRecords) {
				select {
				case chunks <- chunk:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	var one sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			var buffer []byte
			digests := make([]Hash, chunkRecords)
			for chunk := range chunks {
				for i := range chunk {
					digests[i], buffer = DigestOf(&chunk[i], buffer)
				}
				one.Lock()
				err := do(chunk, digests[:len(chunk)])
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

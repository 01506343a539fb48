package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// resume is asked where to read on whenever partitions are assigned. The store
// decides: after the highest offset that has landed, or at the start where
// nothing has. It asks for as long as it takes, because without the answers
// nothing can be read.
func (p *Pipeline) resume(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	var pause backoff
	for {
		points, err := p.locate(ctx, offsets)
		if err == nil {
			return p.begin(points), nil
		}
		if ctx.Err() != nil { // the group has changed again, or we are leaving it
			return nil, err
		}
		if !p.retryable(err) {
			p.halt(err)
			return nil, err
		}
		p.deps.Logger.Warn("where to read on cannot be told; trying again", "error", err)
		if !pause.wait(ctx) || p.quit.Err() != nil {
			return nil, err
		}
	}
}

// place is where reading goes on in one partition.
type place struct {
	point
	epoch int32 // of the record before, -1 when unknown
	// landed is the last record in the store, -1 for none.
	landed int64
	// behind says that all before next has landed and Kafka has not been told.
	behind bool
}

// locate asks Kafka and the store about each of the partitions. Where Kafka
// ends is asked last: another member may be inserting what came meanwhile, and
// would seem to have what Kafka has not.
func (p *Pipeline) locate(ctx context.Context, wanted map[string]map[int32]kgo.Offset) (map[topicPartition]place, error) {
	topics := slices.Sorted(maps.Keys(wanted))
	admin := kadm.NewClient(p.member())
	log, err := lookAtLog(ctx, admin, topics)
	if err != nil {
		return nil, err
	}
	committed, err := admin.FetchOffsetsForTopics(ctx, p.cfg.Group, topics...)
	if err == nil {
		err = committed.Error()
	}
	if err != nil {
		return nil, kafkaFailed("asking Kafka for the group's offsets", err)
	}
	landed, err := p.landed(ctx, topics, log)
	if err != nil {
		return nil, err
	}
	if log.ends, err = admin.ListEndOffsets(ctx, topics...); err != nil {
		return nil, kafkaFailed("asking Kafka where its records end", err)
	}
	places := make(map[topicPartition]place)
	for _, topic := range topics {
		for partition := range wanted[topic] {
			tp := topicPartition{topic, partition}
			m := readMark(-1, -1, "")
			if c, ok := committed.Lookup(topic, partition); ok {
				m = readMark(c.At, c.LeaderEpoch, c.Metadata)
			}
			last, any := landed[topic][partition]
			if !any {
				last = -1
			}
			if places[tp], err = p.placeOf(tp, log, last, m); err != nil {
				return nil, err
			}
		}
	}
	return places, nil
}

// landed claims the topics, and asks the store for the last offset of each of
// their partitions.
func (p *Pipeline) landed(ctx context.Context, topics []string, log logBounds) (map[string]map[int32]int64, error) {
	landed := make(map[string]map[int32]int64)
	for _, topic := range topics {
		err := p.claim(ctx, topic, log.id(topic))
		if err != nil {
			return nil, err
		}
		if landed[topic], err = p.deps.Store.Landed(ctx, p.entities[topic], topic); err != nil {
			return nil, fmt.Errorf("asking what has landed of %s: %w", topic, err)
		}
	}
	return landed, nil
}

// claim makes sure that the topic is the one whose records are in the store,
// and that no other group writes them.
func (p *Pipeline) claim(ctx context.Context, topic, id string) error {
	heldID, heldGroup, err := p.deps.Store.Claim(ctx, topic, id, p.cfg.Group, p.cfg.TakeOver)
	switch {
	case err != nil:
		return fmt.Errorf("claiming %s: %w", topic, err)
	case heldID != id && heldID != "" && id != "":
		return stuck("reading %s: the topic was deleted and made anew (its id was %s and is %s now), and its new records would be taken for those that have landed: send them to a topic of another name, or name another database", topic, heldID, id)
	case heldGroup != p.cfg.Group:
		return stuck("reading %s: the consumer group %q writes its records into this database, and a second group, %q, would write them all again: use the same group, or stop the other one and start this one once with --take-over", topic, heldGroup, p.cfg.Group)
	}
	return nil
}

// logBounds is what Kafka has of some topics.
type logBounds struct {
	topics       kadm.TopicDetails
	starts, ends kadm.ListedOffsets
}

// lookAtLog asks for the topics and where their records begin.
func lookAtLog(ctx context.Context, admin *kadm.Client, topics []string) (logBounds, error) {
	var b logBounds
	var err error
	if b.topics, err = admin.ListTopics(ctx, topics...); err == nil {
		err = b.topics.Error()
	}
	if err != nil {
		return b, kafkaFailed("asking Kafka for the topics", err)
	}
	if b.starts, err = admin.ListStartOffsets(ctx, topics...); err != nil {
		return b, kafkaFailed("asking Kafka where its records begin", err)
	}
	return b, nil
}

// bounds are the first offset of a partition and the one behind the last. Other
// partitions of the topic may be out of reach.
func (b logBounds) bounds(tp topicPartition) (start, end kadm.ListedOffset, err error) {
	start, hasStart := b.starts.Lookup(tp.topic, tp.partition)
	end, hasEnd := b.ends.Lookup(tp.topic, tp.partition)
	err = cmp.Or(start.Err, end.Err)
	if err == nil && !(hasStart && hasEnd) {
		err = errNotAnswered
	}
	return start, end, kafkaFailed(fmt.Sprintf("asking Kafka which records it has of %s/%d", tp.topic, tp.partition), err)
}

// id is the topic's, "" where the cluster knows none.
func (b logBounds) id(topic string) string {
	id := b.topics[topic].ID
	if id == (kadm.TopicID{}) {
		return ""
	}
	return id.String()
}

// placeOf decides for one partition where reading goes on; landed is the last
// offset in the store, -1 for nothing.
func (p *Pipeline) placeOf(tp topicPartition, log logBounds, landed int64, m mark) (place, error) {
	start, end, err := log.bounds(tp)
	if err != nil {
		return place{}, err
	}
	next := landed + 1
	switch {
	case landed < 0:
		next = start.Offset
	case next > end.Offset:
		return place{}, stuck("reading %s/%d: Kafka ends at offset %d, but %d has landed: the topic was truncated or made anew, and its new records would be taken for those that have landed: send them to a topic of another name, or name another database", tp.topic, tp.partition, end.Offset, landed)
	case next < start.Offset && m.offset >= start.Offset && m.last == landed:
		next = start.Offset // what lay between were Kafka's own markers
	case next < start.Offset && !p.cfg.AcceptLoss:
		return place{}, stuck("reading %s/%d: Kafka begins at offset %d, but %d is the next that has not landed: what lies between was deleted before it was read; to go on without it, start once with --accept-loss", tp.topic, tp.partition, start.Offset, next)
	case next < start.Offset:
		p.deps.Logger.Error("records were deleted before they were read; going on without them as told", "topic", tp.topic, "partition", tp.partition, "first", next, "last", start.Offset-1)
		next = start.Offset
	}
	at := place{point: pointAt(next, m), epoch: -1, landed: landed}
	if m.offset == next {
		at.epoch = m.epoch
	}
	at.behind = at.until == 0 && (m.offset != next || m.until != 0)
	return at, nil
}

// begin tells the workers where they begin, and Kafka's client where to read.
func (p *Pipeline) begin(places map[topicPartition]place) map[string]map[int32]kgo.Offset {
	p.mu.Lock()
	defer p.mu.Unlock()
	offsets := make(map[string]map[int32]kgo.Offset)
	for tp, at := range places {
		if offsets[tp.topic] == nil {
			offsets[tp.topic] = make(map[int32]kgo.Offset)
		}
		offsets[tp.topic][tp.partition] = kgo.NewOffset().At(at.next).WithEpoch(at.epoch)
		if w := p.workers[tp]; w != nil {
			w.begin.Store(&at)
			if at.behind {
				p.commits.note(w, mark{offset: at.next, epoch: at.epoch})
			}
		}
	}
	return offsets
}

package main

import (
	"context"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// drainPoll is how often awaitIngest looks.
const drainPoll = 100 * time.Millisecond

// awaitIngest waits until everything that is in Kafka now has landed.
func (s *stack) awaitIngest(ctx context.Context, progressTo io.Writer) error {
	client, err := kafkaClient(s.set)
	if err != nil {
		return err
	}
	defer client.Close()
	total, err := s.recordsInKafka(ctx, kadm.NewClient(client))
	if err != nil {
		return err
	}
	bar := newProgress(progressTo, "ingesting", total)
	defer bar.end()
	for {
		landed, err := s.recordsLanded(ctx)
		if err != nil {
			return err
		}
		if bar.set(landed); landed >= total {
			return nil
		}
		select {
		case <-time.After(drainPoll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *stack) recordsInKafka(ctx context.Context, admin *kadm.Client) (int64, error) {
	var total int64
	for _, topic := range s.set.topics() {
		ends, err := admin.ListEndOffsets(ctx, topic)
		if err != nil {
			return 0, err
		}
		ends.Each(func(end kadm.ListedOffset) { total += end.Offset })
	}
	return total, nil
}

func (s *stack) recordsLanded(ctx context.Context) (int64, error) {
	var total int64
	for entity, topic := range s.set.topics() {
		landed, err := s.store.Landed(ctx, entity, topic)
		if err != nil {
			return 0, err
		}
		for _, last := range landed {
			total += last + 1
		}
	}
	return total, nil
}

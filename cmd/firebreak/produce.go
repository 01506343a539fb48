package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/schema"
)

type produceOptions struct {
	Rate int `env:"RATE" help:"events a second at most; 0 is as fast as Kafka takes them"`
}

func newProduce(set *settings) *cobra.Command {
	opts := &produceOptions{}
	c := &cobra.Command{
		Use:   "produce FILE…",
		Short: "Send the events of NDJSON files (plain, .gz, or - for standard input) to Kafka",
		Long: `Each line goes as it is, as one record: the topic by its type, the key by its
entity's id. A line that cannot be read goes to the topic that it seems to be
meant for, else to that of the file's other lines; it becomes a dead letter there.`,
		Example: `  firebreak produce incidents.ndjson.gz alerts.ndjson
  zcat events.gz | firebreak produce - --rate 1000`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := set.validate(); err != nil {
				return err
			}
			if opts.Rate < 0 {
				return usagef("--rate must not be negative")
			}
			p, err := newProducer(cmd.Context(), set, opts.Rate)
			if err != nil {
				return err
			}
			defer p.close()
			bar := newProgress(cmd.ErrOrStderr(), "sending", 0)
			for _, file := range files {
				if err = p.sendFile(cmd.Context(), file, bar); err != nil {
					break // what was read until then is sent
				}
			}
			err = errors.Join(err, p.flush(cmd.Context()))
			bar.end()
			p.report(cmd.OutOrStdout())
			return explain(set, err)
		},
	}
	bindOptions(c, opts)
	return c
}

// maxLine is the longest line that is sent. It is above what the contract
// takes, so that a line that is too long becomes a dead letter like any other.
const maxLine = 8 << 20

// producer sends events to Kafka and counts where they went.
type producer struct {
	client *kgo.Client
	topics map[schema.Entity]string
	pace   pace

	mu       sync.Mutex
	sent     map[string]int // that Kafka has acknowledged, by topic
	refused  int
	firstErr error
}

func newProducer(ctx context.Context, set *settings, rate int, more ...kgo.Opt) (*producer, error) {
	client, err := kafkaClient(set, append(more,
		kgo.ProducerBatchMaxBytes(maxLine+1<<20),
		kgo.ProducerLinger(5*time.Millisecond),
		kgo.RecordDeliveryTimeout(time.Minute))...)
	if err != nil {
		return nil, err
	}
	if err := client.Ping(ctx); err != nil {
		client.Close()
		return nil, explain(set, fmt.Errorf("asking Kafka: %w", err))
	}
	return &producer{client: client, topics: set.topics(), pace: pace{perSecond: rate}, sent: make(map[string]int)}, nil
}

func (p *producer) close() { p.client.Close() }

func (p *producer) sendFile(ctx context.Context, name string, bar *progress) error {
	in, err := openEvents(name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	fallback := schema.Incident
	number := 1
	for ; lines.Scan(); number++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		line := slices.Clone(lines.Bytes())
		if err := p.sendLine(ctx, line, &fallback); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, number, err)
		}
		bar.add(1)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s, line %d cannot be read (a line may have %d bytes): %w", name, number, maxLine, err)
	}
	return nil
}

func openEvents(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, usagef("%s is a folder: name a file", name)
	}
	if filepath.Ext(name) != ".gz" {
		return file, nil
	}
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{unzipped, file}, nil
}

// sendLine sends one line; fallback is the entity of the last line that could
// be read.
func (p *producer) sendLine(ctx context.Context, line []byte, fallback *schema.Entity) error {
	peeked := schema.Peek(line)
	entity, id, ok := peeked.Entity()
	if ok {
		*fallback = entity
	}
	rec := &kgo.Record{Topic: p.topics[*fallback], Value: line}
	if id != "" {
		rec.Key = []byte(id)
	}
	if peeked.CloudEvent {
		rec.Headers = []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json")}}
	}
	return p.send(ctx, rec)
}

func (p *producer) send(ctx context.Context, rec *kgo.Record) error {
	if err := p.pace.wait(ctx); err != nil {
		return err
	}
	p.client.Produce(ctx, rec, func(_ *kgo.Record, err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if err == nil {
			p.sent[rec.Topic]++
		} else if p.refused++; p.firstErr == nil {
			p.firstErr = err
		}
	})
	return ctx.Err()
}

// flush waits until Kafka has everything.
func (p *producer) flush(ctx context.Context) error {
	if err := p.client.Flush(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused > 0 {
		return fmt.Errorf("%d events were not taken by Kafka; send them again, copies do no harm: %w", p.refused, p.firstErr)
	}
	return nil
}

func (p *producer) report(to io.Writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total := 0
	for _, topic := range slices.Sorted(maps.Keys(p.sent)) {
		fmt.Fprintf(to, "%9d  %s\n", p.sent[topic], topic)
		total += p.sent[topic]
	}
	fmt.Fprintf(to, "%9d  events sent\n", total)
}

// pace spreads events evenly over time.
type pace struct {
	perSecond int
	began     time.Time
	count     int
}

func (p *pace) wait(ctx context.Context) error {
	if p.perSecond <= 0 {
		return nil
	}
	if p.count == 0 {
		p.began = time.Now()
	}
	due := p.began.Add(time.Duration(p.count) * time.Second / time.Duration(p.perSecond))
	p.count++
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/vividium/firebreak/ingest"
	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

type replayOptions struct {
	deadLetterFilter

	File   string `env:"FILE" help:"only the dead letters in this file, with the keys, values and headers that it has: what \"list --format json\" wrote, corrected; - is standard input"`
	Again  bool   `env:"AGAIN" help:"also those of which a replay was good already"`
	Force  bool   `env:"FORCE" help:"also those that would become dead letters again"`
	DryRun bool   `env:"DRY_RUN" help:"send nothing, and tell what would be sent"`
	Rate   int    `env:"RATE" help:"records a second at most; 0 is as fast as Kafka takes them"`
}

func newDeadLettersReplay(set *settings) *cobra.Command {
	opts := &replayOptions{}
	c := &cobra.Command{
		Use:   "replay",
		Short: "Send dead letters to their topics again, after a fix",
		Long: `Sends dead letters to their topics and partitions again: as they are, when a newer
firebreak reads what an older one could not or a time is no longer in the future,
or corrected, when what their sender wrote was wrong. A header,
` + schema.ReplayHeader + `, names the dead letter, which stays as it is; "list" and the
table dead_letters say how many replays of it have landed and whether one of them
was good. What would become a dead letter again is not sent. A key or value that
was null goes as an empty one.`,
		Example: `  firebreak dead-letters replay --dry-run
  firebreak dead-letters replay --reason unsupported_version
  firebreak dead-letters list --reason missing_field --format json >wrong.jsonl
  firebreak dead-letters replay --file wrong.jsonl   # once "raw" is corrected in it`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := newReplay(set, opts, cmd.InOrStdin())
			if err != nil {
				return err
			}
			return explain(set, r.run(cmd.Context(), cmd.OutOrStdout()))
		},
	}
	bindOptions(c, opts)
	return c
}

// replay sends dead letters again and counts what it did with them.
type replay struct {
	set       *settings
	opts      *replayOptions
	corrected map[string]correction // by place; nil: all dead letters, as they are
	entities  map[string]schema.Entity
	decoders  map[string]*schema.Decoder
	producer  *producer // nil in a dry run

	would    map[string]int // by topic, in a dry run
	repaired int
	unread   map[string]int        // by topic
	broken   map[schema.Reason]int // still
	examples map[schema.Reason]string
}

func newReplay(set *settings, opts *replayOptions, stdin io.Reader) (*replay, error) {
	if err := set.validate(); err != nil {
		return nil, err
	}
	if opts.Rate < 0 {
		return nil, usagef("--rate must not be negative")
	}
	r := &replay{
		set: set, opts: opts, entities: make(map[string]schema.Entity), decoders: make(map[string]*schema.Decoder), would: make(map[string]int),
		unread: make(map[string]int), broken: make(map[schema.Reason]int), examples: make(map[schema.Reason]string),
	}
	for e, topic := range set.topics() {
		r.entities[topic] = e
		r.decoders[topic] = schema.NewDecoder(e)
	}
	if opts.File == "" {
		return r, nil
	}
	in := io.NopCloser(stdin)
	if opts.File != "-" {
		var err error
		if in, err = openEvents(opts.File); err != nil {
			return nil, usagef("--file: %w", err)
		}
	}
	defer in.Close()
	var err error
	if r.corrected, err = readCorrections(in); err != nil {
		return nil, usagef("%s, %w", opts.File, err)
	}
	return r, nil
}

// run replays, and reports what came of it.
func (r *replay) run(ctx context.Context, out io.Writer) error {
	where, params, err := r.opts.where()
	if err != nil {
		return err
	}
	if !r.opts.DryRun {
		if r.producer, err = newProducer(ctx, r.set, r.opts.Rate,
			kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedBytes(4*maxLine)); err != nil {
			return err
		}
		defer r.producer.close()
	}
	s, err := store.Open(r.set.reader())
	if err != nil {
		return usagef("%w", err)
	}
	defer s.Close()
	for after, more := new(letter), true; more && err == nil; {
		var page []*letter
		if page, more, err = readPage(ctx, s, where, params, after); err != nil {
			break
		}
		for _, l := range page {
			after = l
			if err = r.consider(ctx, l); err != nil {
				break
			}
		}
	}
	if r.producer != nil {
		err = errors.Join(err, r.producer.flush(ctx)) // what was read until then is sent
	}
	if err == nil && len(r.corrected) > 0 {
		err = fmt.Errorf("%d of %s are no dead letters here (or not of those chosen by the other flags), such as %s",
			len(r.corrected), r.opts.File, slices.Min(slices.Collect(maps.Keys(r.corrected))))
	}
	return errors.Join(err, r.report(out))
}

// consider sends a dead letter again, or counts why not. One that is itself a
// replay is left to the first of them, unless the file has it.
func (r *replay) consider(ctx context.Context, l *letter) error {
	if r.corrected != nil {
		c, chosen := r.corrected[l.Place()]
		if !chosen {
			return nil
		}
		delete(r.corrected, l.Place())
		c.correct(&l.Record)
	} else if _, isReplay := l.ReplayOf(); isReplay {
		return nil
	}
	if l.repaired && !r.opts.Again {
		r.repaired++
		return nil
	}
	return r.send(ctx, &l.Record)
}

func (r *replay) send(ctx context.Context, dead *schema.Record) error {
	if _, ok := r.entities[dead.Topic]; !ok {
		r.unread[dead.Topic]++
		return nil
	}
	if _, fault := r.decoders[dead.Topic].Decode(dead, time.Now()); fault != nil && !r.opts.Force {
		if r.broken[fault.Reason]++; r.broken[fault.Reason] == 1 {
			r.examples[fault.Reason] = fmt.Sprintf("%s: %s: %s", dead.Place(), cmp.Or(fault.Field, "record"), fault.Message)
		}
		return nil
	}
	if r.producer == nil {
		r.would[dead.Topic]++
		return nil
	}
	return r.producer.send(ctx, ingest.Replay(dead))
}

// report tells what was sent and what was not, and why.
func (r *replay) report(to io.Writer) error {
	var text strings.Builder
	sent, verb := r.would, "would be sent again"
	if r.producer != nil {
		r.producer.mu.Lock()
		defer r.producer.mu.Unlock()
		sent, verb = r.producer.sent, "sent again; marked as soon as the ingest has read them"
	}
	total := 0
	for _, topic := range slices.Sorted(maps.Keys(sent)) {
		fmt.Fprintf(&text, "%9d  %s\n", sent[topic], topic)
		total += sent[topic]
	}
	fmt.Fprintf(&text, "%9d  %s\n", total, verb)
	if r.repaired > 0 {
		fmt.Fprintf(&text, "%9d  not sent: a replay was good already (--again)\n", r.repaired)
	}
	for _, topic := range slices.Sorted(maps.Keys(r.unread)) {
		fmt.Fprintf(&text, "%9d  not sent: nothing is read from %s any more\n", r.unread[topic], topic)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.broken)) {
		fmt.Fprintf(&text, "%9d  not sent: still %s (--force), such as %s\n", r.broken[reason], reason, r.examples[reason])
	}
	_, err := io.WriteString(to, text.String())
	return err
}

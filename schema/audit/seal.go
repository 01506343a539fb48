package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// SealConfig is what a Sealer needs.
type SealConfig struct {
	Dir string
	Key ed25519.PrivateKey
	// Head remembers the latest checkpoint that the key has signed, beside the key: below
	// it nothing more is signed, nor is anything while it cannot be written.
	Head Witness
	// Random is what the name of a new trail is made of. Default crypto/rand.
	Random io.Reader
	// Every is how long Run waits between seals. Default 1 hour.
	Every   time.Duration
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *Metrics
}

const (
	// EveryDefault is how often is sealed when nothing else is said.
	EveryDefault = time.Hour
	// atOnce is how many offsets are looked at in one go: their leaves are in memory,
	// 40 bytes each.
	atOnce = 4 << 20
)

// Sealer seals what has landed. It is for one goroutine, but for Failure.
type Sealer struct {
	cfg   SealConfig
	store *store.Store
	// last and trees are what is sealed, as far as it has been read.
	last   *signedFile
	trees  map[Stream]*Tree
	atOnce int64
	// seen is the latest checkpoint that it has seen.
	seen Head

	mu      sync.Mutex
	failure error
}

// NewSealer makes a Sealer for a store, which it only reads.
func NewSealer(s *store.Store, cfg SealConfig) *Sealer {
	if cfg.Every == 0 {
		cfg.Every = EveryDefault
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	return &Sealer{cfg: cfg, store: s, atOnce: atOnce}
}

// Outcome is what a seal did.
type Outcome struct {
	Records int64 // that were sealed by it
	// Head and Time are of the latest checkpoint; zero when there is none.
	Head Head
	Time time.Time
}

// Run seals every so often until ctx ends. What fails is tried again. While another
// process has the folder, that one should seal; Failure says when it does not.
func (s *Sealer) Run(ctx context.Context) error {
	for {
		_, _ = s.Seal(ctx) // Failure tells
		if ctx.Err() != nil {
			return nil
		}
		if err := s.Failure(); err != nil {
			s.cfg.Log.Warn("sealing failed; trying again", "error", err, "in", s.cfg.Every)
		}
		select {
		case <-time.After(s.cfg.Every):
		case <-ctx.Done():
			return nil
		}
	}
}

// Failure is why the last seal failed; nil when it did not. When another process had the
// folder it is nil, too, unless that one does not seal: the newest checkpoint is older than
// three times Every, and something that landed before that time is not sealed. It is
// found out when a seal is due, so that asking costs nothing. It may be called from any
// goroutine.
func (s *Sealer) Failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Seal appends what has landed since the last checkpoint to the leaf logs, and writes a
// checkpoint, unless nothing has. Where records are missing that were sealed, or an offset
// is there twice, which holds back its partition from there on, the rest is sealed all the
// same and an error says so.
func (s *Sealer) Seal(ctx context.Context) (Outcome, error) {
	out, err := s.seal(ctx)
	if err != nil {
		s.last = nil // what is in memory may be ahead of the folder
	}
	s.cfg.Metrics.note(out, err)
	failure := err
	if errors.Is(err, ErrInUse) {
		failure = s.overdue(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = failure
	return out, err
}

func (s *Sealer) seal(ctx context.Context) (Outcome, error) {
	unlock, err := lockDir(s.cfg.Dir)
	if err != nil {
		return Outcome{}, err
	}
	defer unlock()
	if err := s.cfg.Head.prepared(); err != nil {
		return Outcome{}, fmt.Errorf("what the key signs could not be remembered beside it, so that nothing is signed: copy the key to a folder that may be written to, and name it with --audit-key: %w", err)
	}
	if err := s.load(); err != nil {
		return Outcome{}, err
	}
	next := Checkpoint{Format: checkpointFormat, Sequence: 1, Key: KeyID(s.cfg.Key.Public().(ed25519.PublicKey))}
	sealed := s.last.sealed()
	if s.last != nil {
		next.Trail, next.Sequence, next.Previous = s.last.Trail, s.last.Sequence+1, s.last.hash
	}
	var gone []error
	for _, e := range schema.Entities {
		due, err := s.due(ctx, e, sealed)
		gone = append(gone, err)
		held, err := s.take(ctx, e, due, sealed)
		gone = append(gone, held...)
		if err != nil {
			return Outcome{}, errors.Join(append(gone, fmt.Errorf("sealing %s records: %w", e, err))...)
		}
	}
	next.Partitions = slices.SortedFunc(maps.Values(sealed), func(a, b Sealed) int { return a.compare(b.Stream) })
	out, err := s.write(&next)
	return out, errors.Join(append(gone, err)...)
}

// due are the stretches that have landed and are not sealed. The error says which sealed
// records are there no more, as far as that can be seen at a glance, which are there that
// Kafka cannot have delivered, or why nothing can be known.
func (s *Sealer) due(ctx context.Context, e schema.Entity, sealed map[Stream]Sealed) ([]stretch, error) {
	extents, err := s.store.Extents(ctx, e)
	if err != nil {
		return nil, err
	}
	var list []stretch
	there := make(map[Stream]bool)
	for _, x := range extents {
		of := Stream{Entity: e.String(), Topic: x.Topic, Partition: x.Partition}
		if err := of.validate(); err != nil {
			return nil, err
		}
		if x.Last > store.MaxOffset {
			err = errors.Join(err, &store.ImpossibleOffset{Topic: x.Topic, Partition: x.Partition, Offset: x.Last})
		}
		p, known := sealed[of]
		begin, last := int64(min(x.First, store.MaxOffset+1)), int64(min(x.Last, store.MaxOffset))
		if known {
			begin = p.Last + 1
		}
		there[of] = last >= p.Last
		if last >= begin {
			list = append(list, stretch{of, begin, last})
		}
	}
	for of := range sealed {
		if of.Entity == e.String() && !there[of] {
			err = errors.Join(err, fmt.Errorf("records of %s that were sealed are missing: run `firebreak audit verify`", of))
		}
	}
	return list, err
}

// take seals stretches of one entity, as many at once as fit into memory. What
// is held back is told in held, and the rest is sealed all the same.
func (s *Sealer) take(ctx context.Context, e schema.Entity, due []stretch, sealed map[Stream]Sealed) (held []error, err error) {
	for len(due) > 0 {
		now, rest, err := s.portion(ctx, e, due)
		if err != nil {
			return held, err
		}
		due = rest
		leaves, err := collect(ctx, s.store, e, now)
		if err != nil {
			return held, err
		}
		for of, some := range leaves {
			single := beforeDouble(some)
			if len(single) < len(some) {
				held = append(held, fmt.Errorf("offset %d of %s is there twice, so that nothing from there on is sealed of it: find out which is the right one (`firebreak audit verify` names the first), delete the other, and the next seal goes on", some[len(single)].Offset, of))
				due = slices.DeleteFunc(due, func(x stretch) bool { return x.stream == of })
			}
			if err := s.append(of, single, sealed); err != nil {
				return held, err
			}
		}
	}
	return held, nil
}

// beforeDouble are the leaves before the first offset that is there twice.
func beforeDouble(leaves []Leaf) []Leaf {
	for i := 1; i < len(leaves); i++ {
		if leaves[i].Offset == leaves[i-1].Offset {
			return leaves[:i-1]
		}
	}
	return leaves
}

// portion cuts off the offsets of stretches that are looked at in one go.
func (s *Sealer) portion(ctx context.Context, e schema.Entity, due []stretch) (now, rest []stretch, err error) {
	room := s.atOnce
	for i, x := range due {
		if room == 0 {
			return now, append(rest, due[i:]...), nil
		}
		if x.last-x.first >= room {
			// There may be a wide gap.
			if x.first, err = s.firstFrom(ctx, e, x); err != nil {
				return nil, nil, err
			}
		}
		part := x
		if x.last-x.first >= room {
			part.last = x.first + room - 1
			rest = append(rest, stretch{x.stream, part.last + 1, x.last})
		}
		now = append(now, part)
		room -= part.last - part.first + 1
	}
	return now, rest, nil
}

// firstFrom is the lowest offset of a stretch at which there is a record.
func (s *Sealer) firstFrom(ctx context.Context, e schema.Entity, x stretch) (int64, error) {
	first := x.last
	where, params := condition([]stretch{x})
	err := s.store.Each(ctx, fmt.Sprintf("SELECT toInt64(min(offset)) FROM %s_records WHERE %s HAVING count() > 0", e, where), params, func(rows store.Rows) error {
		return rows.Scan(&first)
	})
	return first, err
}

// append brings leaves of a stream into its log and its tree.
func (s *Sealer) append(of Stream, leaves []Leaf, sealed map[Stream]Sealed) error {
	if len(leaves) == 0 {
		return nil
	}
	p, known := sealed[of]
	if !known {
		p = Sealed{Stream: of, First: leaves[0].Offset}
		s.trees[of] = &Tree{}
	}
	tree := s.trees[of]
	if err := appendLeaves(s.cfg.Dir, of, tree.Size(), leaves); err != nil {
		return err
	}
	for _, l := range leaves {
		tree.Append(l.Hash())
	}
	p.Size, p.Last, p.Root = tree.Size(), leaves[len(leaves)-1].Offset, tree.Root()
	sealed[of] = p
	return nil
}

// write makes the checkpoint of what is in the leaf logs, if there is anything new.
func (s *Sealer) write(next *Checkpoint) (Outcome, error) {
	var before int64
	next.Time = s.cfg.Now().UTC().Truncate(time.Millisecond)
	if s.last != nil {
		before = s.last.records()
		if next.Time.Before(s.last.Time) {
			next.Time = s.last.Time
		}
	}
	if next.records() > before {
		if s.last == nil {
			var err error
			if next.Trail, err = newTrail(s.cfg.Random); err != nil {
				return Outcome{}, err
			}
		}
		text, err := next.sign(s.cfg.Key)
		if err != nil {
			return Outcome{}, err
		}
		if err := writeNew(checkpointPath(s.cfg.Dir, next.Sequence), text, 0o644); err != nil {
			return Outcome{}, err
		}
		if s.last, err = parseCheckpoint(text); err != nil {
			return Outcome{}, fmt.Errorf("checkpoint %d was written wrongly: %w", next.Sequence, err)
		}
	}
	if s.last == nil {
		return Outcome{}, nil
	}
	if s.seen != s.last.head() {
		if err := s.cfg.Head.remember(s.last.head()); err != nil {
			return Outcome{}, fmt.Errorf("checkpoint %d is written, but not remembered beside the key: %w", s.last.Sequence, err)
		}
	}
	s.seen = s.last.head()
	return Outcome{Records: s.last.records() - before, Head: s.last.head(), Time: s.last.Time}, nil
}

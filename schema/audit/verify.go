package audit

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// VerifyConfig is what a verification needs.
type VerifyConfig struct {
	Dir string
	// Public is the key that is trusted.
	Public ed25519.PublicKey
	// Witness remembers the head; one without a file remembers nothing.
	Witness Witness
	// Head is what the sealer remembers beside the key, where that can be read. It is
	// only read.
	Head Witness
	// BytesOnly leaves out whether the columns say what the bytes say.
	BytesOnly bool
	Now       func() time.Time
	// Progress is told how many more records have been read; it may be nil.
	Progress func(records int64)
}

// Verify holds the checkpoints against the key, the leaf logs against the checkpoints, and
// all records in ClickHouse against the leaf logs; and the columns of each record that say
// what it is (the entity's id, type, time, whether it is a dead letter, and an execution's
// approver) against its bytes. The tables are read once, in their own
// order. Memory is bounded: the leaf logs are mapped, and beside 32 MiB pages of records
// there is a bit for each sealed one.
//
// What is wrong is in the report; an error means that it could not be found out.
func Verify(ctx context.Context, s *store.Store, cfg VerifyConfig) (report *Report, err error) {
	began := cfg.Now()
	v := &verification{cfg: cfg, store: s, report: &Report{Key: KeyID(cfg.Public), Faults: []Fault{}, Partitions: []Verified{}}, books: make(map[Stream]*book), strange: make(map[Stream]int64), misreads: make(map[Stream]*Fault)}
	defer func() { err = errors.Join(err, v.close()) }()
	if err := v.checkpoints(); err != nil {
		return nil, err
	}
	if err := v.leafLogs(ctx); err != nil {
		return nil, err
	}
	for _, e := range schema.Entities {
		if err := v.records(ctx, e); err != nil {
			return nil, err
		}
	}
	if err := v.conclude(ctx); err != nil {
		return nil, err
	}
	v.report.Seconds = cfg.Now().Sub(began).Seconds()
	if v.report.Err() == nil {
		err = cfg.Witness.remember(v.report.Head)
	}
	return v.report, err
}

// verification is one under way.
type verification struct {
	cfg     VerifyConfig
	store   *store.Store
	report  *Report
	chain   *chain
	books   map[Stream]*book
	strange map[Stream]int64 // records of streams of which nothing is sealed
	// misreads are the records of each stream whose columns are wrong.
	misreads map[Stream]*Fault
}

func (v *verification) close() (err error) {
	for _, b := range v.books {
		err = errors.Join(err, b.log.close())
	}
	return err
}

func (v *verification) checkpoints() error {
	remembered, err := v.cfg.Witness.recall()
	if err != nil {
		return err
	}
	signed, err := v.cfg.Head.recall()
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	if v.chain, err = readChain(v.cfg.Dir, v.cfg.Public); err != nil {
		return err
	}
	v.chain.recognise(remembered, wasVerified)
	v.chain.recognise(signed, wasSigned)
	v.report.Faults = append(v.report.Faults, v.chain.faults...)
	v.report.Checkpoints = v.chain.present
	if last := v.chain.last(); last != nil {
		v.report.Head, v.report.Time = last.head(), last.Time
	}
	return nil
}

// leafLogs opens those of all streams that are sealed, and of others that a seal began
// with.
func (v *verification) leafLogs(ctx context.Context) error {
	streams, err := leafStreams(v.cfg.Dir)
	if err != nil {
		return err
	}
	files := v.chain.good
	if len(files) > 0 {
		for _, p := range files[len(files)-1].Partitions {
			streams = append(streams, p.Stream)
		}
	}
	for _, of := range streams {
		if v.books[of] != nil {
			continue
		}
		b, faults, err := openBook(ctx, v.store, v.cfg.Dir, files, of)
		if b != nil {
			v.books[of] = b
		}
		if err != nil {
			return err
		}
		v.report.Faults = append(v.report.Faults, faults...)
	}
	return nil
}

// records reads all records of an entity, and those apart that Kafka cannot have.
func (v *verification) records(ctx context.Context, e schema.Entity) error {
	if err := v.foreign(ctx, e); err != nil {
		return err
	}
	where := fmt.Sprintf("offset <= %d", uint64(store.MaxOffset))
	if v.cfg.BytesOnly {
		return eachDigest(ctx, v.store, e, where, nil, func(records []schema.Record, digests []Hash) error {
			v.hold(e, records, digests, nil)
			return nil
		})
	}
	return eachExamined(ctx, v.store, e, where, func(records []schema.Record, digests []Hash, misread []bool) error {
		v.hold(e, records, digests, misread)
		return nil
	})
}

// foreign tells of the records that are at offsets which Kafka cannot have. They can
// neither have been sealed nor be held against what was.
func (v *verification) foreign(ctx context.Context, e schema.Entity) error {
	query := fmt.Sprintf(`SELECT topic, partition, min(offset), argMin(key, offset), toInt64(count())
FROM %s_records WHERE offset > %d GROUP BY topic, partition`, e, uint64(store.MaxOffset))
	return v.store.Each(ctx, query, nil, func(rows store.Rows) error {
		f := Fault{Kind: Inserted, Stream: Stream{Entity: e.String()}}
		if err := rows.Scan(&f.Topic, &f.Partition, &f.Offset, &f.EntityID, &f.Count); err != nil {
			return err
		}
		f.Detail = fmt.Sprintf("inserted record at offset %d, which Kafka cannot have: find out who put it there, and delete it", f.Offset)
		v.counted(f.Count)
		return v.tell(ctx, f)
	})
}

// hold holds records against what was sealed of their streams. Of a record that is not
// what was sealed nothing is said of its columns.
func (v *verification) hold(e schema.Entity, records []schema.Record, digests []Hash, misread []bool) {
	for i := range records {
		rec := &records[i]
		v.report.Bytes += int64(len(rec.Key) + len(rec.Value))
		for _, h := range rec.Headers {
			v.report.Bytes += int64(len(h.Name) + len(h.Value))
		}
		of, wrong := streamOf(e, rec), false
		if b := v.books[of]; b != nil {
			wrong = b.hold(rec.Offset, digests[i])
		} else {
			v.strange[of]++
		}
		if misread != nil && misread[i] && !wrong {
			v.misread(of, rec.Offset)
		}
	}
	v.counted(int64(len(records)))
}

// counted counts records that have been read.
func (v *verification) counted(records int64) {
	v.report.Records += records
	if v.cfg.Progress != nil {
		v.cfg.Progress(records)
	}
}

func (v *verification) misread(of Stream, offset int64) {
	f := v.misreads[of]
	if f == nil {
		f = &Fault{Kind: Misread, Stream: of, Offset: uint64(offset), Detail: "its columns do not say what its bytes say"}
		v.misreads[of] = f
	}
	f.Offset = min(f.Offset, uint64(offset))
	f.Count++
}

// conclude puts the report together.
func (v *verification) conclude(ctx context.Context) error {
	r := v.report
	for of, b := range v.books {
		r.Partitions = append(r.Partitions, Verified{Stream: of, Sealed: b.head.Size, Intact: b.intact, Unsealed: b.unsealed, Unproven: b.unproven})
		for _, f := range b.faults() {
			if err := v.tell(ctx, f); err != nil {
				return err
			}
		}
	}
	for of, n := range v.strange {
		r.Partitions = append(r.Partitions, Verified{Stream: of, Unsealed: n})
	}
	for _, p := range r.Partitions {
		if err := v.doubled(ctx, p); err != nil {
			return err
		}
	}
	for _, f := range v.misreads {
		if err := v.tell(ctx, *f); err != nil {
			return err
		}
	}
	slices.SortFunc(r.Partitions, func(a, b Verified) int { return a.compare(b.Stream) })
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		return cmp.Or(a.compare(b.Stream), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Checkpoint, b.Checkpoint))
	})
	return nil
}

// doubled looks for offsets that are there twice and not sealed, which they hold up.
func (v *verification) doubled(ctx context.Context, p Verified) error {
	if p.Unsealed < 2 {
		return nil
	}
	last := int64(-1)
	if b := v.books[p.Stream]; b != nil {
		last = b.head.Last
	}
	where, params := condition([]stretch{{p.Stream, last + 1, store.MaxOffset}})
	f := Fault{Kind: Inserted, Stream: p.Stream, Detail: "it is there more than once, so that from there on nothing is sealed"}
	query := fmt.Sprintf("SELECT min(offset), toInt64(count()) FROM (SELECT offset FROM %s_records WHERE %s GROUP BY offset HAVING count() > 1)", p.Entity, where)
	err := v.store.Each(ctx, query, params, func(rows store.Rows) error { return rows.Scan(&f.Offset, &f.Count) })
	if err != nil || f.Count == 0 {
		return err
	}
	return v.tell(ctx, f)
}

// tell reports a fault of records. Of one that Kafka cannot have nothing more is known.
func (v *verification) tell(ctx context.Context, f Fault) (err error) {
	if f.Offset <= store.MaxOffset {
		if file := v.chain.sealing(f.Stream, int64(f.Offset)); file != nil {
			f.Checkpoint = file.Sequence
		}
		err = v.identify(ctx, &f)
	}
	v.report.Faults = append(v.report.Faults, f)
	return err
}

// identify says of what the record at fault speaks, as far as it is there and can be
// read; a record's key is its entity's id.
func (v *verification) identify(ctx context.Context, f *Fault) error {
	e, err := entityOf(f.Stream)
	if err != nil {
		return err
	}
	where, params := condition([]stretch{{f.Stream, int64(f.Offset), int64(f.Offset)}})
	return v.store.EachRecord(ctx, e, where, params, func(records []schema.Record) error {
		rec := &records[0]
		f.EntityID = string(rec.Key)
		if event, fault := schema.NewDecoder(e).Decode(rec, v.cfg.Now()); fault == nil {
			f.EntityID, f.EventType = event.EntityID(), event.Base().Type
		}
		return nil
	})
}

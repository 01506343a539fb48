package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/store"
)

// book is what was sealed of a stream, against which records are held.
type book struct {
	stream Stream
	head   Sealed   // as the latest checkpoint has it
	log    *leafLog // as it lies there
	// usable is how many leaves records can be held against, proven how many of these
	// give a root that was signed; the others only say what may be wrong.
	usable, proven int64
	// healed are the leaves in the place of those that a broken log has; they give a
	// root that was signed.
	healed []healing
	// tail are the leaves behind the sealed ones, as long as no such record was seen. A
	// seal that did not come to its end has left them: what they name had landed.
	tail map[Leaf]bool

	tally
}

// healing are leaves from an index on.
type healing struct {
	begin  int64
	leaves []Leaf
}

// openBook reads the leaf log of a stream and holds it against every checkpoint. What is
// wrong with it is told as faults.
func openBook(ctx context.Context, s *store.Store, dir string, files []*signedFile, of Stream) (*book, []Fault, error) {
	head := Sealed{Stream: of, First: -1, Last: -1}
	if len(files) > 0 {
		head = files[len(files)-1].of(of)
	}
	b := &book{stream: of, head: head, log: &leafLog{}, tail: make(map[Leaf]bool)}
	var faults []Fault
	switch err := b.open(dir); {
	case errors.Is(err, errNoFile):
		faults = append(faults, b.fault(BadLeafLog, 0, head.Size, errNoFile.Error()))
	case err != nil:
		return b, nil, err
	}
	more, err := b.prove(ctx, s, files)
	b.tally = newTally(b.usable)
	return b, append(faults, more...), err
}

// open opens the leaf log and reads what it holds behind the sealed leaves.
func (b *book) open(dir string) error {
	log, err := openLeafLog(dir, b.stream, b.head.Size)
	if err != nil {
		return err
	}
	b.log = log
	tail, err := readTail(dir, b.stream, b.head.Size)
	for _, l := range tail {
		b.tail[l] = true
	}
	return err
}

// prove goes from one checkpoint to the next and asks whether the leaves between them
// give the root that was signed.
func (b *book) prove(ctx context.Context, s *store.Store, files []*signedFile) ([]Fault, error) {
	var faults []Fault
	tree, before := &Tree{}, Sealed{Stream: b.stream, Last: -1}
	for _, file := range files {
		p := file.of(b.stream)
		if p.Size <= before.Size {
			if p.Size < before.Size {
				faults = append(faults, Fault{Kind: BadCheckpoint, Checkpoint: file.Sequence, Count: 1, Detail: fmt.Sprintf("of %s it has less than one before it", b.stream)})
			}
			continue
		}
		if grown := b.grow(tree, p); grown != nil {
			tree, before, b.usable, b.proven = grown, p, p.Size, p.Size
			continue
		}
		fault, grown, err := b.heal(ctx, s, tree, before, p)
		if err != nil {
			return nil, err
		}
		fault.Checkpoint = file.Sequence
		faults = append(faults, fault)
		if grown == nil {
			// No later root can be computed either.
			if b.log.size() == b.head.Size && b.log.rising(before.Size, b.head.Size) {
				b.usable = b.head.Size
			}
			return faults, nil
		}
		tree, before, b.usable, b.proven = grown, p, p.Size, p.Size
	}
	return faults, nil
}

// grow is the tree with the log's leaves up to a checkpoint, nil when they are not what
// that one sealed.
func (b *book) grow(tree *Tree, p Sealed) *Tree {
	if b.log.size() < p.Size || b.log.at(p.Size-1).Offset != p.Last || !b.log.rising(tree.Size()+1, p.Size) {
		return nil
	}
	grown := tree.clone()
	for i := tree.Size(); i < p.Size; i++ {
		grown.Append(b.log.at(i).Hash())
	}
	if grown.Root() != p.Root {
		return nil
	}
	return grown
}

// heal reads from ClickHouse the records that a checkpoint sealed since the one before.
// When they give its root, ClickHouse is right, the log alone is wrong, and it is known
// where.
func (b *book) heal(ctx context.Context, s *store.Store, tree *Tree, before, p Sealed) (Fault, *Tree, error) {
	fault := Fault{Kind: BadLeafLog, Stream: b.stream, Offset: uint64(before.Last + 1), Count: p.Size - before.Size}
	if p.Size-before.Size > atOnce {
		fault.Detail = "it does not give the root that was signed, and too many records were sealed at once to say where it is wrong"
		return fault, nil, nil
	}
	e, err := entityOf(b.stream)
	if err != nil {
		return fault, nil, err
	}
	collected, err := collect(ctx, s, e, []stretch{{b.stream, before.Last + 1, p.Last}})
	if err != nil {
		return fault, nil, err
	}
	leaves := collected[b.stream]
	grown := tree.clone()
	for _, l := range leaves {
		grown.Append(l.Hash())
	}
	if grown.Size() != p.Size || grown.Root() != p.Root {
		fault.Detail = b.disputed(before, p, leaves)
		return fault, nil, nil
	}
	b.healed = append(b.healed, healing{before.Size, leaves})
	b.locate(&fault, before.Size, leaves)
	return fault, grown, nil
}

// disputed says what is known where neither the log nor ClickHouse, which has leaves,
// gives the root that was signed.
func (b *book) disputed(before, p Sealed, leaves []Leaf) string {
	agree := int64(len(leaves)) == p.Size-before.Size && b.log.size() >= p.Size
	for i := 0; agree && i < len(leaves); i++ {
		agree = leaves[i] == b.log.at(before.Size+int64(i))
	}
	where := fmt.Sprintf("between the offsets %d and %d", before.Last+1, p.Last)
	if agree {
		return "it agrees with ClickHouse, and neither is what was signed: both were changed, somewhere " + where
	}
	return "neither it nor ClickHouse gives the root that was signed, " + where + ": of what differs it cannot be said which of the two is right"
}

// locate finds where the log differs from the leaves that are right.
func (b *book) locate(fault *Fault, begin int64, leaves []Leaf) {
	fault.Count = 0
	for i, l := range leaves {
		index := begin + int64(i)
		if index < b.log.size() && b.log.at(index) == l {
			continue
		}
		if fault.Count++; fault.Count > 1 {
			continue
		}
		fault.Offset = uint64(l.Offset)
		if index < b.log.size() {
			fault.Detail = fmt.Sprintf("its entry %d is not what was signed, which ClickHouse has", index+1)
		} else {
			fault.Detail = fmt.Sprintf("it ends before entry %d; ClickHouse has what was signed", index+1)
		}
	}
}

// leaf is what was sealed at an index.
func (b *book) leaf(i int64) Leaf {
	for _, h := range b.healed {
		if i >= h.begin && i < h.begin+int64(len(h.leaves)) {
			return h.leaves[i-h.begin]
		}
	}
	return b.log.at(i)
}

// find gives the index of an offset.
func (b *book) find(offset int64) (int64, bool) {
	for _, h := range b.healed {
		if offset >= h.leaves[0].Offset && offset <= h.leaves[len(h.leaves)-1].Offset {
			i, found := slices.BinarySearchFunc(h.leaves, Leaf{Offset: offset}, byOffset)
			return h.begin + int64(i), found
		}
	}
	if len(b.healed) == 0 {
		return b.log.find(offset, b.usable)
	}
	return b.search(offset)
}

// search finds an offset where some leaves are not the log's.
func (b *book) search(offset int64) (int64, bool) {
	low, high := int64(0), b.usable
	for low < high {
		if middle := (low + high) / 2; b.leaf(middle).Offset < offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < b.usable && b.leaf(low).Offset == offset
}

func entityOf(s Stream) (schema.Entity, error) {
	for _, e := range schema.Entities {
		if e.String() == s.Entity {
			return e, nil
		}
	}
	return 0, fmt.Errorf("there is no entity %q", s.Entity)
}

// tally is what has been seen of a stream's records.
type tally struct {
	seen     []uint64 // a bit for each leaf
	intact   int64
	unsealed int64
	unproven int64
	wrong    map[int64]Hash // by offset: what is there in the place of what was sealed
	// more are those that are wrong beyond what wrong can hold; the first of them is at
	// moreFirst.
	more, moreFirst int64
	inserted        int64
	insertedFirst   int64
}

// wrongMost bounds the memory for wrong records: where more are wrong, the others are
// Changed without being looked for elsewhere.
const wrongMost = 1 << 20

func newTally(leaves int64) tally {
	return tally{seen: make([]uint64, (leaves+63)/64), wrong: make(map[int64]Hash)}
}

// hold holds a record against what was sealed, and says whether it is known to be wrong.
func (b *book) hold(offset int64, digest Hash) (wrong bool) {
	switch {
	case offset > b.head.Last:
		b.unsealed++
		delete(b.tail, Leaf{offset, digest})
		return false
	case b.usable == 0 || offset > b.leaf(b.usable-1).Offset:
		b.unproven++
		return false
	}
	index, found := b.find(offset)
	if !found {
		b.insert(offset)
		return true
	}
	right := b.leaf(index).Digest == digest
	word, bit := &b.seen[index/64], uint64(1)<<(index%64)
	if *word&bit != 0 {
		b.insert(offset)
		if _, other := b.wrong[offset]; other && right {
			delete(b.wrong, offset) // the other was the one too many
			b.count(index)
		}
		return true
	}
	*word |= bit
	if right {
		b.count(index)
	} else {
		b.note(offset, digest)
	}
	return !right
}

// count counts a record that is as the leaf at an index says.
func (b *book) count(index int64) {
	if index < b.proven {
		b.intact++
	} else {
		b.unproven++
	}
}

func (t *tally) insert(offset int64) {
	if t.inserted == 0 || offset < t.insertedFirst {
		t.insertedFirst = offset
	}
	t.inserted++
}

func (t *tally) note(offset int64, digest Hash) {
	if len(t.wrong) < wrongMost {
		t.wrong[offset] = digest
		return
	}
	if t.more == 0 || offset < t.moreFirst {
		t.moreFirst = offset
	}
	t.more++
}

// faults are those of the stream's records.
func (b *book) faults() []Fault {
	list := append(append(b.missing(), b.misplaced()...), b.unmatched()...)
	if b.inserted > 0 {
		list = append(list, b.fault(Inserted, b.insertedFirst, b.inserted, "it was not sealed, though records behind it were"))
		if _, sealed := b.find(b.insertedFirst); sealed {
			list[len(list)-1].Detail = "it is there more than once"
		}
	}
	return list
}

func (b *book) fault(kind Kind, offset, count int64, detail string) Fault {
	return Fault{Kind: kind, Stream: b.stream, Offset: uint64(offset), Count: count, Detail: detail}
}

// unmatched tells what a seal that did not come to its end saw, and is not there so.
func (b *book) unmatched() (list []Fault) {
	for l := range b.tail {
		if len(list) == 0 {
			detail := "behind the last checkpoint it has what ClickHouse does not have, or has otherwise: it was removed or changed before it was sealed, or the log was"
			list = append(list, b.fault(BadLeafLog, l.Offset, int64(len(b.tail)), detail))
		}
		list[0].Offset = min(list[0].Offset, uint64(l.Offset))
	}
	return list
}

// missing tells which leaves have no record: the last ones are truncated, others removed.
func (b *book) missing() (list []Fault) {
	end := b.usable
	for end > 0 && !b.isSeen(end-1) {
		end--
	}
	var removed, first int64
	for i := range end {
		if !b.isSeen(i) {
			if removed++; removed == 1 {
				first = b.leaf(i).Offset
			}
		}
	}
	if removed > 0 {
		list = append(list, b.fault(Removed, first, removed, "the record is missing"))
	}
	if end < b.usable {
		detail := fmt.Sprintf("the last %d of %d sealed records are missing", b.usable-end, b.head.Size)
		list = append(list, b.fault(Truncated, b.leaf(end).Offset, b.usable-end, detail))
	}
	return list
}

func (b *book) isSeen(i int64) bool { return b.seen[i/64]&(1<<(i%64)) != 0 }

// inPlace says whether the record that was sealed at an offset is there.
func (b *book) inPlace(offset int64) bool {
	index, found := b.find(offset)
	_, wrong := b.wrong[offset]
	return found && b.isSeen(index) && !wrong
}

// misplaced tells apart records that were sealed at another offset, where they are no
// more, and others: copies, and such as were never sealed.
func (b *book) misplaced() (list []Fault) {
	if len(b.wrong) == 0 {
		return nil
	}
	places := make(map[Hash]int64, len(b.wrong))
	for _, digest := range b.wrong {
		places[digest] = -1
	}
	for i := range b.usable {
		l := b.leaf(i)
		if at, wanted := places[l.Digest]; wanted && at < 0 {
			places[l.Digest] = l.Offset
		}
	}
	changed := b.fault(Changed, b.moreFirst, b.more, "the record is not the one that was sealed")
	reordered := b.fault(Reordered, 0, 0, "")
	for offset, digest := range b.wrong {
		f := &changed
		if at := places[digest]; at >= 0 && !b.inPlace(at) {
			f = &reordered
		}
		if f.Count == 0 || uint64(offset) < f.Offset {
			f.Offset = uint64(offset)
		}
		f.Count++
	}
	if changed.Count > 0 {
		if at, known := places[b.wrong[int64(changed.Offset)]]; known && at >= 0 {
			changed.Detail = fmt.Sprintf("the record is not the one that was sealed: it is now a copy of the one at %d", at)
		}
		list = append(list, changed)
	}
	if reordered.Count > 0 {
		reordered.Sealed = places[b.wrong[int64(reordered.Offset)]]
		reordered.Detail = fmt.Sprintf("the record is the one that was sealed at offset %d", reordered.Sealed)
		list = append(list, reordered)
	}
	return list
}

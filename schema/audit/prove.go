package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"
)

// Prover proves of records that they are sealed.
type Prover struct {
	dir   string
	chain *chain
	logs  map[Stream]*leafLog
}

// OpenProver reads the checkpoints of a folder, which must all be right: what they prove
// would otherwise be in doubt. A folder without any proves nothing.
func OpenProver(dir string, key ed25519.PublicKey) (*Prover, error) {
	c, err := readChain(dir, key)
	if err != nil {
		return nil, err
	}
	return &Prover{dir: dir, chain: c, logs: make(map[Stream]*leafLog)}, c.err()
}

// Close lets the leaf logs go.
func (p *Prover) Close() (err error) {
	for _, log := range p.logs {
		err = errors.Join(err, log.close())
	}
	return err
}

// Proof says whether a record is sealed.
type Proof struct {
	// Checkpoint is the first one that covers the record's offset, Time when it was
	// made; 0 when none does.
	Checkpoint int64
	Time       time.Time
	// Index is the record's place in the tree of the latest checkpoint, Path its audit
	// path there.
	Index int64
	Path  []Hash
	// Holds says that the path leads from the record as it is now to the root that was
	// signed.
	Holds bool
}

// Prove gives proofs for leaves of a stream, which are in the order of their offsets. It
// goes through the whole leaf log of the stream, and keeps the paths, about 1 kB each.
func (p *Prover) Prove(of Stream, leaves []Leaf) ([]Proof, error) {
	proofs := make([]Proof, len(leaves))
	last := p.chain.last()
	if last == nil {
		return proofs, nil
	}
	head := last.of(of)
	log, err := p.log(head)
	if err != nil {
		return nil, err
	}
	var wanted []int64
	var whose []int
	for i, l := range leaves {
		sealing := p.chain.sealing(of, l.Offset)
		if sealing == nil {
			continue
		}
		proofs[i].Checkpoint, proofs[i].Time = sealing.Sequence, sealing.Time
		// The same offset twice cannot be: neither is proven then.
		if index, found := log.find(l.Offset, head.Size); found && (len(wanted) == 0 || index > wanted[len(wanted)-1]) {
			wanted, whose = append(wanted, index), append(whose, i)
		}
	}
	if len(wanted) == 0 {
		return proofs, nil
	}
	for n, path := range Paths(head.Size, func(i int64) Hash { return log.at(i).Hash() }, wanted) {
		proof := &proofs[whose[n]]
		proof.Index, proof.Path = wanted[n], path
		proof.Holds = Included(leaves[whose[n]].Hash(), wanted[n], head.Size, path, head.Root)
	}
	return proofs, nil
}

func (p *Prover) log(head Sealed) (*leafLog, error) {
	if log := p.logs[head.Stream]; log != nil {
		return log, nil
	}
	log, err := openLeafLog(p.dir, head.Stream, head.Size)
	if err != nil {
		return nil, err
	}
	p.logs[head.Stream] = log
	if log.size() < head.Size {
		return nil, fmt.Errorf("the leaf log of %s lacks %d records: run `firebreak audit verify`", head.Stream, head.Size-log.size())
	}
	return log, nil
}

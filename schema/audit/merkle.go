package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"slices"
)

// Hash is a SHA-256; as text it is written in lower-case hexadecimal digits.
type Hash [sha256.Size]byte

// String implements fmt.Stringer.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(h) {
		return fmt.Errorf("%.80q is not a SHA-256 in hexadecimal digits", text)
	}
	copy(h[:], b)
	return nil
}

// What a hash begins with, so that no leaf is a node.
const (
	leafPrefix = 0x00
	nodePrefix = 0x01
)

func nodeHash(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = nodePrefix
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// Tree is a Merkle tree (RFC 6962, section 2.1) to which leaves are appended. It keeps
// the roots of its perfect subtrees only, the largest first: as many as its size has
// bits. The zero value is the empty tree.
type Tree struct {
	size  int64
	peaks []Hash
}

// Size is how many leaves it has.
func (t *Tree) Size() int64 { return t.size }

// Append adds a leaf by its hash.
func (t *Tree) Append(leaf Hash) {
	for range bits.TrailingZeros64(^uint64(t.size)) {
		last := len(t.peaks) - 1
		leaf = nodeHash(t.peaks[last], leaf)
		t.peaks = t.peaks[:last]
	}
	t.peaks = append(t.peaks, leaf)
	t.size++
}

// Root is the hash of the whole tree; that of an empty one is the SHA-256 of nothing.
func (t *Tree) Root() Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	root := t.peaks[len(t.peaks)-1]
	for _, peak := range slices.Backward(t.peaks[:len(t.peaks)-1]) {
		root = nodeHash(peak, root)
	}
	return root
}

func (t *Tree) clone() *Tree { return &Tree{t.size, slices.Clone(t.peaks)} }

// Paths are the audit paths (RFC 6962, section 2.1.1) of some leaves in the tree of a
// size, in the order of wanted, which are indexes of leaves in rising order. leaf gives
// the hash of each leaf and is asked for every one once.
func Paths(size int64, leaf func(index int64) Hash, wanted []int64) [][]Hash {
	p := pathFinder{leaf: leaf, paths: make([][]Hash, len(wanted))}
	if size > 0 {
		p.walk(0, size, wanted, 0)
	}
	return p.paths
}

type pathFinder struct {
	leaf  func(int64) Hash
	paths [][]Hash
}

// walk gives the hash of the subtree of the leaves from begin to end, and lengthens the
// paths of the wanted ones in it, of which the first is that of paths[first].
func (p *pathFinder) walk(begin, end int64, wanted []int64, first int) Hash {
	if end-begin == 1 {
		return p.leaf(begin)
	}
	middle := begin + split(end-begin)
	n, _ := slices.BinarySearch(wanted, middle)
	left := p.walk(begin, middle, wanted[:n], first)
	right := p.walk(middle, end, wanted[n:], first+n)
	for i := range wanted {
		sibling := right
		if i >= n {
			sibling = left
		}
		p.paths[first+i] = append(p.paths[first+i], sibling)
	}
	return nodeHash(left, right)
}

// split is the largest power of two below n, which is at least 2.
func split(n int64) int64 { return 1 << (bits.Len64(uint64(n-1)) - 1) }

// Included says whether an audit path leads from a leaf of the tree of a size to its
// root (RFC 9162, section 2.1.3.2).
func Included(leaf Hash, index, size int64, path []Hash, root Hash) bool {
	if index < 0 || index >= size {
		return false
	}
	at, last := uint64(index), uint64(size-1)
	for _, sibling := range path {
		if last == 0 {
			return false
		}
		if at&1 == 1 || at == last {
			leaf = nodeHash(sibling, leaf)
			if at&1 == 0 {
				shift := bits.TrailingZeros64(at)
				at >>= shift
				last >>= shift
			}
		} else {
			leaf = nodeHash(leaf, sibling)
		}
		at >>= 1
		last >>= 1
	}
	return last == 0 && leaf == root
}

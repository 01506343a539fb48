package audit_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vividium/firebreak/schema"
	"github.com/vividium/firebreak/schema/audit"
)

// The leaves, roots and audit paths with which Certificate Transparency is tested.
var (
	published = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots     = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	paths = []struct {
		index, size int64
		path        []string
	}{
		{0, 1, nil},
		{0, 8, []string{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
		{5, 8, []string{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
		{2, 3, []string{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
		{1, 5, []string{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
	}
)

func publishedLeaf(i int64) audit.Hash {
	input, _ := hex.DecodeString(published[i])
	return sha256.Sum256(append([]byte{0}, input...))
}

func TestPublishedRoots(t *testing.T) {
	tree := &audit.Tree{}
	for size, want := range roots {
		if got := tree.Root().String(); got != want {
			t.Errorf("the root of %d leaves is %s, want %s", size, got, want)
		}
		if size < len(published) {
			tree.Append(publishedLeaf(int64(size)))
		}
	}
}

func TestPublishedPaths(t *testing.T) {
	for _, c := range paths {
		var got []string
		for _, h := range audit.Paths(c.size, publishedLeaf, []int64{c.index})[0] {
			got = append(got, h.String())
		}
		if !slices.Equal(got, c.path) {
			t.Errorf("leaf %d of %d: %v, want %v", c.index, c.size, got, c.path)
		}
	}
}

// rootOf is the definition in RFC 6962, word for word.
func rootOf(leaves []audit.Hash) audit.Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	left, right := rootOf(leaves[:k]), rootOf(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

func someLeaves(n int) []audit.Hash {
	leaves := make([]audit.Hash, n)
	for i := range leaves {
		leaves[i] = sha256.Sum256(fmt.Append(nil, i))
	}
	return leaves
}

// A tree that grows leaf by leaf has at each size the root of the definition; every path
// proves its leaf, and no other leaf, index, size, root or path.
func TestTreesAndPaths(t *testing.T) {
	const most = 70
	leaves := someLeaves(most + 1)
	tree := &audit.Tree{}
	for size := int64(1); size <= most; size++ {
		tree.Append(leaves[size-1])
		root := rootOf(leaves[:size])
		if tree.Root() != root || tree.Size() != size {
			t.Fatalf("the tree of %d leaves has another root than the definition", size)
		}
		all := make([]int64, size)
		for i := range all {
			all[i] = int64(i)
		}
		found := audit.Paths(size, func(i int64) audit.Hash { return leaves[i] }, all)
		for i, path := range found {
			provesOnly(t, leaves, int64(i), size, path, root)
		}
	}
}

func provesOnly(t *testing.T, leaves []audit.Hash, i, size int64, path []audit.Hash, root audit.Hash) {
	t.Helper()
	if !audit.Included(leaves[i], i, size, path, root) {
		t.Fatalf("the path of leaf %d of %d does not prove it", i, size)
	}
	for j := range size + 2 {
		if j != i && audit.Included(leaves[i], j, size, path, root) {
			t.Fatalf("the path of leaf %d of %d proves it at %d", i, size, j)
		}
		if j != i && j <= size && audit.Included(leaves[j], i, size, path, root) {
			t.Fatalf("the path of leaf %d of %d proves leaf %d", i, size, j)
		}
	}
	if audit.Included(leaves[i], -1, size, path, root) || audit.Included(leaves[i], i, size, path, rootOf(leaves[:size+1])) {
		t.Fatalf("the path of leaf %d of %d proves too much", i, size)
	}
	if audit.Included(leaves[i], i, size, append(slices.Clone(path), root), root) {
		t.Fatalf("the path of leaf %d of %d may be too long", i, size)
	}
	if len(path) > 0 && audit.Included(leaves[i], i, size, path[:len(path)-1], root) {
		t.Fatalf("the path of leaf %d of %d may be too short", i, size)
	}
	for n := range path {
		bent := slices.Clone(path)
		bent[n][rand.IntN(len(bent[n]))] ^= 1
		if audit.Included(leaves[i], i, size, bent, root) {
			t.Fatalf("the path of leaf %d of %d may be another", i, size)
		}
	}
}

// A few paths of many are the same as each by itself.
func TestSomePaths(t *testing.T) {
	leaves := someLeaves(1000)
	at := func(i int64) audit.Hash { return leaves[i] }
	wanted := []int64{0, 1, 2, 77, 511, 512, 900, 999}
	for i, path := range audit.Paths(1000, at, wanted) {
		if alone := audit.Paths(1000, at, wanted[i:i+1])[0]; !slices.Equal(path, alone) {
			t.Errorf("the path of leaf %d among others is another", wanted[i])
		}
	}
	if got := audit.Paths(0, at, nil); len(got) != 0 {
		t.Errorf("the empty tree has paths: %v", got)
	}
}

// The encoding, byte for byte as the documentation has it.
func TestDigestOf(t *testing.T) {
	rec := &schema.Record{
		Topic: "firebreak.alerts", Partition: 258, Offset: 9, Timestamp: 1767225600123, Key: []byte("k"), Value: []byte("{}"),
		Headers: []schema.Header{{Name: "a", Value: []byte{0xff}}, {Name: "b"}},
	}
	encoded := "00000013" + hex.EncodeToString([]byte("firebreak record v1")) +
		fmt.Sprintf("%016x", 1767225600123) +
		"00000010" + hex.EncodeToString([]byte("firebreak.alerts")) +
		"00000102" +
		"00000001" + "6b" +
		"00000002" + "0000000161" + "00000001ff" + "0000000162" + "00000000" +
		"00000002" + "7b7d"
	plain, err := hex.DecodeString(encoded)
	must(t, err)
	want := audit.Hash(sha256.Sum256(plain))
	got, buffer := audit.DigestOf(rec, nil)
	if got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
	if again, _ := audit.DigestOf(rec, buffer); again != want {
		t.Errorf("with used memory it is %s, want %s", again, want)
	}
	leaf := sha256.Sum256(slices.Concat([]byte{0}, binary.BigEndian.AppendUint64(nil, 9), want[:]))
	if got := (audit.Leaf{Offset: 9, Digest: want}).Hash(); got != leaf {
		t.Errorf("the leaf is %s, want %x", got, leaf)
	}
}

// What differs anywhere has another digest, also where only the limits between two parts
// move.
func TestDigestOfDiffers(t *testing.T) {
	base := schema.Record{Topic: "t", Partition: 1, Timestamp: 5, Key: []byte("ab"), Value: []byte("cd"), Headers: []schema.Header{{Name: "e", Value: []byte("f")}}}
	seen := make(map[audit.Hash]string)
	for name, change := range map[string]func(*schema.Record){
		"nothing":           func(*schema.Record) {},
		"topic":             func(r *schema.Record) { r.Topic = "u" },
		"partition":         func(r *schema.Record) { r.Partition = 2 },
		"timestamp":         func(r *schema.Record) { r.Timestamp = -5 },
		"key":               func(r *schema.Record) { r.Key = []byte("aB") },
		"key and value":     func(r *schema.Record) { r.Key, r.Value = []byte("abc"), []byte("d") },
		"value":             func(r *schema.Record) { r.Value = nil },
		"no header":         func(r *schema.Record) { r.Headers = nil },
		"header's name":     func(r *schema.Record) { r.Headers = []schema.Header{{Name: "ef"}} },
		"header's value":    func(r *schema.Record) { r.Headers = []schema.Header{{Name: "", Value: []byte("ef")}} },
		"headers":           func(r *schema.Record) { r.Headers = append(r.Headers, schema.Header{}) },
		"order of headers":  func(r *schema.Record) { r.Headers = []schema.Header{{}, r.Headers[0]} },
		"header into value": func(r *schema.Record) { r.Headers, r.Value = nil, []byte("efcd") },
	} {
		rec := base
		rec.Headers = slices.Clone(base.Headers)
		change(&rec)
		digest, _ := audit.DigestOf(&rec, nil)
		if other, known := seen[digest]; known {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[digest] = name
	}
	rec := base
	rec.Offset = 77
	if digest, _ := audit.DigestOf(&rec, nil); seen[digest] != "nothing" {
		t.Error("the offset is part of the digest")
	}
}

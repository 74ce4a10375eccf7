package mls

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestHostileTrees: a member signs a GroupInfo whose tree has a fault that its
// hashes do not show: the tree hash is right, and so are the parent hashes.
func TestHostileTrees(t *testing.T) { eachCounted(t, testHostileTrees) }

func testHostileTrees(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 4) // only the path of leaf 0 is set
	s := suites[suite]
	cfg := people[0].cfg.withDefaults()
	leaf := func(tree *tree, i LeafIndex, by *person, change func(*LeafNode)) {
		n := *tree.leaves[i]
		change(&n)
		signer := by.cfg.withDefaults()
		if err := n.sign(s, &signer, []byte("group"), i); err != nil {
			t.Fatal(err)
		}
		tree.leaves[i] = &n
	}
	info := func(change func(*tree)) []byte {
		return forgedInfo(t, groups[0], withTree(func(tree *tree) {
			change(tree)
			tree.hashes = newTreeHashes(tree.suite.hashLen, 2*len(tree.leaves)-1)
			if _, err := tree.makePath(&cfg, []byte("group"), 0, LeafOptions{}); err != nil {
				t.Fatal(err)
			}
		}))
	}
	joiner := newPerson(t, suite, "joiner")
	for name, c := range map[string]struct {
		change func(*tree)
		want   error
		step   string
	}{
		"one signature key twice": {func(tree *tree) {
			leaf(tree, 2, people[1], func(n *LeafNode) { n.SignatureKey = tree.leaves[1].SignatureKey })
		}, ErrInvalidLeaf, "signature key stands there twice"},
		"one encryption key twice": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.EncryptionKey = tree.leaves[1].EncryptionKey })
		}, ErrInvalidLeaf, "encryption key stands there twice"},
		"a lifetime for ever": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.Lifetime.NotAfter = 1<<64 - 1 })
		}, ErrInvalidLeaf, "lifetime"},
		"a lifetime too long": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) {
				n.Lifetime.NotAfter = n.Lifetime.NotBefore + uint64(defaultMaxLifetime/time.Second) + 1
			})
		}, ErrInvalidLeaf, "lifetime"},
		"a leaf without the suite": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.Capabilities.Suites = []CipherSuite{DefaultSuite} })
		}, ErrInvalidLeaf, "cipher suite"},
		"a leaf without its credential": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.Capabilities.Credentials = nil })
		}, ErrInvalidLeaf, ""},
		"a leaf with an extension it does not support": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.Extensions = []Extension{{Type: 0x4242}} })
		}, ErrInvalidLeaf, "extension"},
		"a leaf whose key is none": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.EncryptionKey = []byte{1, 2, 3} })
		}, ErrInvalidLeaf, ""},
		"a leaf whose key is of small order": {func(tree *tree) {
			leaf(tree, 2, people[2], func(n *LeafNode) { n.EncryptionKey = smallOrderKeys(t, n.EncryptionKey)[0] })
		}, ErrInvalidLeaf, "encryption key"},
		"a leaf signed by another": {func(tree *tree) { leaf(tree, 2, people[1], func(*LeafNode) {}) }, ErrSignature, "leaf"},
		"a leaf of another place": {func(tree *tree) {
			leaf(tree, 3, people[2], func(n *LeafNode) { n.Source, n.SignatureKey = LeafFromUpdate, tree.leaves[2].SignatureKey })
			tree.leaves[2], tree.leaves[3] = tree.leaves[3], tree.leaves[1]
			tree.leaves[1] = nil
		}, ErrSignature, "leaf"},
	} {
		t.Run(name, func(t *testing.T) {
			data := info(c.change)
			w := workOf(func() {
				j, err := JoinExternal(joiner.cfg, data, ExternalJoinOptions{Leaf: joiner.leaf()})
				if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.step) || j != nil {
					t.Errorf("error is %v, want %v %s", err, c.want, c.step)
				}
			})
			w.within(t, smallGroup)
		})
	}
	must[*ExternalJoin](t)(JoinExternal(joiner.cfg, info(func(*tree) {}), ExternalJoinOptions{Leaf: joiner.leaf()}))
}

// TestHostileParents: unmerged leaves and parent hashes that are not right.
func TestHostileParents(t *testing.T) { eachCounted(t, testHostileParents) }

func testHostileParents(t *testing.T, suite CipherSuite) {
	_, groups := full(t, suite)
	newcomer := newPerson(t, suite, "newcomer")
	deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{Remove: []LeafIndex{3}})))
	deliver(t, groups[:3], 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{})))
	deliver(t, groups[:3], 2, must[*CommitResult](t)(groups[2].Commit(CommitOptions{
		NoPath: true, Add: [][]byte{newcomer.keyPackage(t, suite).Message()},
	})))
	joiner := newPerson(t, suite, "joiner")
	parent := func(x int, change func(*parentNode)) func(*tree) {
		return func(tree *tree) {
			p := *tree.parents[x]
			p.unmerged = append([]LeafIndex(nil), p.unmerged...)
			change(&p)
			tree.parents[x] = &p
		}
	}
	root := groups[0].epoch.tree.parents[1]
	if len(root.unmerged) != 1 || root.unmerged[0] != 3 {
		t.Fatalf("unmerged leaves of the root are %v", root.unmerged)
	}
	for name, c := range map[string]struct {
		change func(*tree)
		step   string
	}{
		"an unmerged leaf twice":             {parent(1, func(p *parentNode) { p.unmerged = []LeafIndex{3, 3} }), "unmerged"},
		"an unmerged leaf that is empty":     {func(tree *tree) { tree.leaves[3] = nil }, "unmerged"},
		"an unmerged leaf beyond the tree":   {parent(1, func(p *parentNode) { p.unmerged = []LeafIndex{3, 1 << 30} }), "unmerged"},
		"an unmerged leaf of the other side": {parent(0, func(p *parentNode) { p.unmerged = []LeafIndex{3} }), "unmerged"},
		"merged below, unmerged above":       {parent(1, func(p *parentNode) { p.unmerged = []LeafIndex{1, 3} }), "unmerged"},
		"unmerged leaf left out":             {parent(1, func(p *parentNode) { p.unmerged = nil }), ""},
		"another parent hash":                {parent(0, func(p *parentNode) { p.parentHash = make([]byte, 32) }), ""},
		"no parent hash":                     {parent(0, func(p *parentNode) { p.parentHash = nil }), ""},
		"a parent hash at the root":          {parent(1, func(p *parentNode) { p.parentHash = make([]byte, 32) }), ""},
		"a parent nobody vouches for":        {func(tree *tree) { tree.parents[2] = &parentNode{encryptionKey: freshKey(t, tree.suite)} }, ""},
		"a parent with another's key":        {parent(0, func(p *parentNode) { p.encryptionKey = root.encryptionKey }), ""},
		"a parent whose key is of small order": {parent(0, func(p *parentNode) {
			p.encryptionKey = smallOrderKeys(t, p.encryptionKey)[0]
		}), "encryption key"},
		"a parent without a key": {parent(0, func(p *parentNode) { p.encryptionKey = nil }), "encryption key"},
	} {
		t.Run(name, func(t *testing.T) {
			info := forgedInfo(t, groups[0], withTree(c.change))
			w := workOf(func() {
				j, err := JoinExternal(joiner.cfg, info, ExternalJoinOptions{Leaf: joiner.leaf()})
				if !errors.Is(err, ErrInvalidTree) || !strings.Contains(err.Error(), c.step) || j != nil {
					t.Errorf("error is %v, want %v %s", err, ErrInvalidTree, c.step)
				}
			})
			w.within(t, smallGroup)
		})
	}
	must[*ExternalJoin](t)(JoinExternal(joiner.cfg, forgedInfo(t, groups[0], withTree(func(*tree) {})), ExternalJoinOptions{Leaf: joiner.leaf()}))
}

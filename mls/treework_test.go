package mls

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// warmed is a crowd in which each tenth member, and last the founder, have set
// their paths, as in a group that has been used: update paths are short.
func warmed(t testing.TB, n int) *Group {
	t.Helper()
	g := crowd(t, n)
	e := g.epoch
	for i := LeafIndex(10); int(i) < n; i += 10 {
		p := newPerson(t, DefaultSuite, "warm")
		cfg := p.cfg.withDefaults()
		if _, err := e.tree.makePath(&cfg, e.context.groupID, i, p.leaf()); err != nil {
			t.Fatal(err)
		}
	}
	e.context.treeHash = e.tree.rootHash()
	g = must[*Group](t)(e.found(g.cfg))
	must[*CommitResult](t)(g.Commit(CommitOptions{}))
	if err := g.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWorkOfACommit: a member that processes an Add, a Remove or an external join
// in a used group looks at as many nodes as a path has, and not at all of them.
func TestWorkOfACommit(t *testing.T) {
	var before map[string]uint64
	for _, n := range []int{1000, 2000, 4000} {
		work := workOfCommits(t, n)
		t.Logf("n = %d: %v nodes", n, work)
		for kind, nodes := range work {
			if before != nil && nodes > before[kind]+before[kind]/3+40 {
				t.Errorf("%s: %d nodes for n = %d, %d for half of it", kind, nodes, n, before[kind])
			}
			if nodes > uint64(n)/2 {
				t.Errorf("%s: %d nodes for n = %d", kind, nodes, n)
			}
		}
		before = work
	}
}

func workOfCommits(t *testing.T, n int) map[string]uint64 {
	t.Helper()
	reader := warmed(t, n)
	work := map[string]uint64{}
	first := newPerson(t, DefaultSuite, "first")
	join := must[*ExternalJoin](t)(JoinExternal(first.cfg, must[[]byte](t)(reader.GroupInfo()), ExternalJoinOptions{Leaf: first.leaf()}))
	sender := join.Group()
	process := func(kind string, message []byte) {
		staged := must[*Received](t)(reader.Process(message)).Commit
		work[kind] = staged.next.epoch.tree.visits - reader.epoch.tree.visits
		if err := reader.Merge(staged); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(kind string, opt CommitOptions) {
		before := sender.epoch.tree.visits
		result := must[*CommitResult](t)(sender.Commit(opt))
		work["make "+kind] = sender.pending.next.epoch.tree.visits - before
		process(kind, result.Message)
		if err := sender.MergePendingCommit(); err != nil {
			t.Fatal(err)
		}
	}
	process("external join", join.Commit)
	commit("add", CommitOptions{Add: [][]byte{newPerson(t, DefaultSuite, "second").keyPackage(t, DefaultSuite).Message()}})
	commit("remove", CommitOptions{Remove: []LeafIndex{500}})
	commit("update", CommitOptions{})
	return work
}

// TestWorkOfAJoin: joining looks at every node a bounded number of times.
func TestWorkOfAJoin(t *testing.T) {
	var before uint64
	for _, n := range []int{1000, 2000, 4000} {
		g := warmed(t, n)
		// Adds without paths leave leaves unmerged all the way up.
		for range 40 {
			p := newPerson(t, DefaultSuite, "unmerged")
			must[*CommitResult](t)(g.Commit(CommitOptions{NoPath: true, Add: [][]byte{p.keyPackage(t, DefaultSuite).Message()}}))
			if err := g.MergePendingCommit(); err != nil {
				t.Fatal(err)
			}
		}
		p := newPerson(t, DefaultSuite, "joiner")
		join := must[*ExternalJoin](t)(JoinExternal(p.cfg, must[[]byte](t)(g.GroupInfo()), ExternalJoinOptions{Leaf: p.leaf()}))
		work := join.Group().epoch.tree.visits
		t.Logf("n = %d: %d nodes", n, work)
		if before > 0 && work > 2*before+before/3 {
			t.Errorf("%d nodes for n = %d, %d for half of it", work, n, before)
		}
		before = work
	}
}

// TestTreeIndex: after random changes the index says what a walk over the tree says.
func TestTreeIndex(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	s := suites[DefaultSuite]
	tr := newTree(s, 1)
	tr.setLeaf(0, indexLeaf(0))
	var taken []LeafIndex
	for step := range 1000 {
		if random.IntN(3) == 0 {
			tr = tr.clone()
		}
		switch {
		case random.IntN(5) < 3 || len(taken) == 0:
			taken = append(taken, tr.addLeaf(indexLeaf(step%97)))
		default:
			at := random.IntN(len(taken))
			if random.IntN(4) == 0 {
				tr.updateLeaf(taken[at], indexLeaf(step%97))
				break
			}
			tr.removeLeaf(taken[at])
			taken = slices.Delete(taken, at, at+1)
			tr.truncate()
		}
		if i := LeafIndex(random.IntN(len(tr.leaves))); tr.leaf(i) != nil {
			keys := make([][]byte, 64)
			for j := range keys {
				keys[j] = fmt.Append(nil, "key ", random.IntN(400))
			}
			tr.setPath(i, tr.filteredPath(i), keys)
			tr.setLeaf(i, tr.leaf(i))
		}
		compareIndex(t, tr)
	}
}

// indexLeaf is a leaf of which there are others with the same keys.
func indexLeaf(n int) *LeafNode {
	return &LeafNode{
		EncryptionKey: fmt.Append(nil, "key ", n), SignatureKey: fmt.Append(nil, "signature key ", n%50),
		Credential: Credential{Type: CredentialType(1 + n%2)}, Source: LeafFromUpdate,
		Capabilities: Capabilities{Versions: []uint16{protocolVersion}, Extensions: []ExtensionType{ExtensionType(n % 3)}},
	}
}

func compareIndex(t *testing.T, tr *tree) {
	t.Helper()
	fresh := &tree{suite: tr.suite, leaves: tr.leaves, parents: tr.parents, hashes: newTreeHashes(tr.suite.hashLen, 2*len(tr.leaves)-1)}
	want, got := fresh.indexed(), tr.indexed()
	if got.members != want.members || !slices.Equal(got.taken, want.taken) || got.keys.twice != want.keys.twice {
		t.Fatalf("%d members, %d keys twice; a walk finds %d and %d", got.members, got.keys.twice, want.members, want.keys.twice)
	}
	if len(got.credentials) != len(want.credentials) || len(got.capabilities) != len(want.capabilities) {
		t.Fatal("kinds of credentials or capabilities")
	}
	for kind, count := range want.credentials {
		if got.credentials[kind] != count {
			t.Fatal("credentials")
		}
	}
	for encoding, count := range want.capabilities {
		if c := got.capabilities[encoding]; c == nil || c.leaves != count.leaves {
			t.Fatal("capabilities")
		}
	}
	last := len(tr.leaves) - 1
	for last > 0 && tr.leaves[last] == nil {
		last--
	}
	blank := slices.Index(tr.leaves, nil)
	if blank < 0 {
		blank = len(tr.leaves)
	}
	if got.lastTaken() != last || min(got.firstBlank(), len(tr.leaves)) != blank {
		t.Fatal("first blank or last taken leaf")
	}
	if string(tr.rootHash()) != string(fresh.rootHash()) {
		t.Fatal("a kept hash is not that of the tree")
	}
	for x := range nodeIndex(2*len(tr.leaves) - 1) {
		none := !slices.ContainsFunc(tr.leaves[x.firstLeaf():x.lastLeaf()+1], func(l *LeafNode) bool { return l != nil })
		if tr.emptyResolution(x) != none {
			t.Fatalf("node %d: empty %v", x, !none)
		}
	}
}

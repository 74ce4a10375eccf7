package mls

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// crowdSizes end with the largest group that Parley promises (X13).
var crowdSizes = []int{accounts * devices / 4, accounts * devices / 2, accounts * devices}

// TestWorkOfACommit: a member that makes or processes an Add, a Remove, an Update or
// an external join in a used group does as much as a path is long, and no more for
// all the others: nodes looked at, hashes, HPKE keys and signatures.
func TestWorkOfACommit(t *testing.T) {
	var before map[string]commitWork
	for _, n := range crowdSizes {
		all := workOfCommits(t, n)
		for kind, w := range all {
			t.Logf("n = %d: %s: %d nodes, %+v", n, kind, w.nodes, w.work)
			limit := work{hashes: 400, keys: 60, signatures: 5, bytes: 1 << 20}
			if strings.HasPrefix(kind, "make") { // with the GroupInfo, in which all members stand
				limit.bytes = 4096 * int64(n)
			}
			w.within(t, limit)
			if before != nil && w.nodes > before[kind].nodes+before[kind].nodes/3+40 {
				t.Errorf("%s: %d nodes for n = %d, %d for half of it", kind, w.nodes, n, before[kind].nodes)
			}
			if w.nodes > uint64(n)/2 {
				t.Errorf("%s: %d nodes for n = %d", kind, w.nodes, n)
			}
		}
		before = all
	}
}

// commitWork is what one commit cost one member.
type commitWork struct {
	work
	nodes uint64
}

func workOfCommits(t *testing.T, n int) map[string]commitWork {
	t.Helper()
	reader := warmed(t, n)
	all := map[string]commitWork{}
	first := newPerson(t, crowdSuite, "first")
	join := must[*ExternalJoin](t)(JoinExternal(first.cfg, must[[]byte](t)(reader.GroupInfo()), ExternalJoinOptions{Leaf: first.leaf()}))
	sender := join.Group()
	process := func(kind string, message []byte) {
		var staged *StagedCommit
		before := reader.epoch.tree.visits
		w := workOf(func() { staged = must[*Received](t)(reader.Process(message)).Commit })
		all[kind] = commitWork{w, staged.next.epoch.tree.visits - before}
		if err := reader.Merge(staged); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(kind string, opt CommitOptions) {
		var result *CommitResult
		before := sender.epoch.tree.visits
		w := workOf(func() { result = must[*CommitResult](t)(sender.Commit(opt)) })
		all["make "+kind] = commitWork{w, sender.pending.next.epoch.tree.visits - before}
		process(kind, result.Message)
		if err := sender.MergePendingCommit(); err != nil {
			t.Fatal(err)
		}
	}
	process("external join", join.Commit)
	commit("add", CommitOptions{Add: [][]byte{newPerson(t, crowdSuite, "second").keyPackage(t, crowdSuite).Message()}})
	commit("remove", CommitOptions{Remove: []LeafIndex{500}})
	commit("update", CommitOptions{})
	return all
}

// TestWorkOfAJoin: joining looks at every node a bounded number of times, and
// verifies one signature for each member.
func TestWorkOfAJoin(t *testing.T) {
	var before commitWork
	for _, n := range crowdSizes {
		g := warmed(t, n)
		// Adds without paths leave leaves unmerged all the way up.
		for range 16 {
			p := newPerson(t, crowdSuite, "unmerged")
			must[*CommitResult](t)(g.Commit(CommitOptions{NoPath: true, Add: [][]byte{p.keyPackage(t, crowdSuite).Message()}}))
			if err := g.MergePendingCommit(); err != nil {
				t.Fatal(err)
			}
		}
		p, info := newPerson(t, crowdSuite, "joiner"), must[[]byte](t)(g.GroupInfo())
		var join *ExternalJoin
		w := workOf(func() { join = must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()})) })
		now := commitWork{w, join.Group().epoch.tree.visits}
		t.Logf("n = %d: %d nodes, %+v", n, now.nodes, now.work)
		now.within(t, work{hashes: 8 * int64(n), keys: 3 * int64(n), signatures: int64(n) + 60, bytes: 64 << 20})
		if before.nodes > 0 && (now.nodes > 2*before.nodes+before.nodes/3 || now.hashes > 2*before.hashes+before.hashes/3) {
			t.Errorf("%d nodes, %d hashes for n = %d; %d, %d for half of it", now.nodes, now.hashes, n, before.nodes, before.hashes)
		}
		before = now
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

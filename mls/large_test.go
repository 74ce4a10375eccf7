package mls

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"
)

const accounts, devices = 1024, 5

// TestThousandAccounts: 1,024 accounts of five devices each are one group (X13).
func TestThousandAccounts(t *testing.T) {
	founder := warmed(t, accounts*devices)
	info := must[[]byte](t)(founder.GroupInfo())
	t.Run("all agree", func(t *testing.T) { testLargeGroupAgrees(t, founder) })
	t.Run("memory", func(t *testing.T) { testLargeGroupMemory(t, info) })
}

// testLargeGroupAgrees: the members that can act agree after everything that members do.
func testLargeGroupAgrees(t *testing.T, founder *Group) {
	groups := []*Group{founder}
	if n := len(founder.Members()); n != accounts*devices {
		t.Fatalf("%d members", n)
	}
	stranger := newPerson(t, crowdSuite, "stranger")
	join := must[*ExternalJoin](t)(JoinExternal(stranger.cfg, must[[]byte](t)(founder.GroupInfo()), ExternalJoinOptions{Leaf: stranger.leaf()}))
	if err := founder.Merge(must[*Received](t)(founder.Process(join.Commit)).Commit); err != nil {
		t.Fatal(err)
	}
	groups = append(groups, join.Group())
	agreeAndTalk(t, groups)

	late := newPerson(t, crowdSuite, "late")
	bundle := late.keyPackage(t, crowdSuite)
	result := must[*CommitResult](t)(groups[1].Commit(CommitOptions{Add: [][]byte{bundle.Message()}, Remove: []LeafIndex{1000, 4001}}))
	deliver(t, groups, 1, result)
	added, _, err := JoinWelcome(late.cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
	if err != nil {
		t.Fatal(err)
	}
	groups = append(groups, added)
	agreeAndTalk(t, groups)

	result = must[*CommitResult](t)(added.Commit(CommitOptions{Remove: []LeafIndex{groups[1].OwnLeaf()}}))
	deliver(t, groups, 2, result)
	if !groups[1].Closed() {
		t.Fatal("a removed member does not know")
	}
	agreeAndTalk(t, []*Group{groups[0], groups[2]})
	if n := len(added.Members()); n != accounts*devices-1 {
		t.Fatalf("%d members", n)
	}
}

// agreeAndTalk: all have one state of the group, and read each other.
func agreeAndTalk(t *testing.T, groups []*Group) {
	t.Helper()
	first := groups[0]
	secret := must[[]byte](t)(first.Export("label", nil, 32))
	for i, g := range groups {
		if !bytes.Equal(g.EpochAuthenticator(), first.EpochAuthenticator()) || !bytes.Equal(g.TreeHash(), first.TreeHash()) ||
			!bytes.Equal(secret, must[[]byte](t)(g.Export("label", nil, 32))) {
			t.Fatalf("member %d of %d disagrees", i, len(groups))
		}
		text := fmt.Appendf(nil, "text of %d", i)
		message := must[[]byte](t)(g.Encrypt(text, nil))
		for j, other := range groups {
			if j != i && !bytes.Equal(must[*Received](t)(other.Process(message)).Application.Data, text) {
				t.Fatalf("member %d does not read member %d", j, i)
			}
		}
	}
}

// testLargeGroupMemory: with five past epochs it takes at most 12 MiB, also while
// a commit of one's own is pending.
func testLargeGroupMemory(t *testing.T, info []byte) {
	person := newPerson(t, crowdSuite, "joiner")
	var g *Group
	used := heapOf(func() {
		g = must[*ExternalJoin](t)(JoinExternal(person.cfg, info, ExternalJoinOptions{Leaf: person.leaf()})).Group()
		for range defaultPastEpochs {
			must[*CommitResult](t)(g.Commit(CommitOptions{}))
			if err := g.MergePendingCommit(); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Logf("joined: %d KiB for a GroupInfo of %d KiB", used>>10, len(info)>>10)
	pending := heapOf(func() { must[*CommitResult](t)(g.Commit(CommitOptions{})) })
	t.Logf("with a pending commit: %d KiB more", pending>>10)
	state, ratchets := g.MarshalState(), g.Ratchets()
	var restored *Group
	again := heapOf(func() { restored = must[*Group](t)(Restore(person.cfg, state, ratchets)) })
	t.Logf("restored: %d KiB for a state of %d KiB", again>>10, len(state)>>10)
	if limit := uint64(12 << 20); used+pending > limit || again > limit {
		t.Fatal("more than 12 MiB")
	}
	runtime.KeepAlive([]*Group{g, restored})
}

// heapOf is how much memory stays in use of what make made.
func heapOf(make func()) uint64 {
	var before, after runtime.MemStats
	collect := func(into *runtime.MemStats) {
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(into)
	}
	collect(&before)
	make()
	collect(&after)
	return max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc
}

// BenchmarkLongestStep is the longest that a join of 5,120 keeps a browser from
// other work, as far as Config.Progress lets it. Signatures, which come 64 in a
// step, are those of crowdSuite and take no time.
func BenchmarkLongestStep(b *testing.B) {
	info := must[[]byte](b)(warmed(b, accounts*devices).GroupInfo())
	p := newPerson(b, crowdSuite, "joiner")
	var last, longest time.Duration
	p.cfg.Progress = func(int, int) error {
		now := cpuTime(b)
		longest = max(longest, now-last)
		last = now
		return nil
	}
	for b.Loop() {
		last = cpuTime(b)
		must[*ExternalJoin](b)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}))
		longest = max(longest, cpuTime(b)-last)
	}
	b.ReportMetric(float64(longest), "longest-step-cpu-ns")
}

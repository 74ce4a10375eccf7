package mls

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// old is a copy of what a member has saved now.
func old(g *Group) func(testing.TB, *person) *Group {
	state, ratchets := g.MarshalState(), g.Ratchets()
	return func(t testing.TB, p *person) *Group { return must[*Group](t)(Restore(p.cfg, state, ratchets)) }
}

// notRewound has a group process a message of its own that proves nothing.
func notRewound(t *testing.T, g *Group, message []byte, want error) {
	t.Helper()
	if refused(t, g, message, want); g.Rewound() {
		t.Fatal("the group is marked")
	}
}

// wantRewound has an older group process a message that was sent after it was saved.
func wantRewound(t *testing.T, g *Group, message []byte) {
	t.Helper()
	if g.Rewound() {
		t.Fatal("marked before")
	}
	r, err := g.Process(message)
	if !errors.Is(err, ErrRewound) || r != nil || !g.Rewound() {
		t.Fatalf("%v", err)
	}
}

// TestRewound: a member that was restored from an older save notices by its own
// messages, sends nothing, reads on, and comes back by a resync.
func TestRewound(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		people, groups := grown(t, suite, 3)
		send(t, groups, 0, "before")
		restore := old(groups[0])
		own := must[[]byte](t)(groups[0].Encrypt([]byte("after"), nil))
		theirs := must[[]byte](t)(groups[1].Encrypt([]byte("theirs"), nil))
		g := restore(t, people[0])
		wantRewound(t, g, own)
		g = reload(t, people[0], g)
		for name, try := range map[string]func() error{
			"Encrypt":           func() error { _, err := g.Encrypt(nil, nil); return err },
			"Commit":            func() error { _, err := g.Commit(CommitOptions{}); return err },
			"ProposeUpdate":     func() error { _, err := g.ProposeUpdate(LeafOptions{}, MessageOptions{}); return err },
			"ProposeRemove":     func() error { _, err := g.ProposeRemove(1, MessageOptions{Public: true}); return err },
			"ProposeExtensions": func() error { _, err := g.ProposeExtensions([]Extension{}, MessageOptions{}); return err },
		} {
			if err := try(); !errors.Is(err, ErrRewound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r := must[*Received](t)(g.Process(theirs)); string(r.Application.Data) != "theirs" {
			t.Fatal("others are not read")
		}
		commit := must[*CommitResult](t)(groups[2].Commit(CommitOptions{}))
		groups[0] = g
		deliver(t, groups, 2, commit)
		if g = reload(t, people[0], g); !g.Rewound() {
			t.Fatal("forgotten with the epoch")
		}
		join := must[*ExternalJoin](t)(JoinExternal(people[0].cfg, must[[]byte](t)(groups[1].GroupInfo()), ExternalJoinOptions{Leaf: people[0].leaf()}))
		for _, other := range groups[1:] {
			if err := other.Merge(must[*Received](t)(other.Process(join.Commit)).Commit); err != nil {
				t.Fatal(err)
			}
		}
		groups[0] = reload(t, people[0], join.Group())
		agree(t, groups)
		send(t, groups, 0, "back")
	})
}

// TestOwnMessagesProveNothing: replays of what this very state has sent never
// mark it, whatever became of it.
func TestOwnMessagesProveNothing(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 3)
	g := groups[0]
	var now [][]byte
	add := func(m []byte, err error) { now = append(now, must[[]byte](t)(m, err)) }
	for range 40 { // more than one record of tags
		add(g.Encrypt([]byte("x"), nil))
	}
	for _, opt := range []MessageOptions{{}, {Public: true}} {
		add(g.ProposeUpdate(LeafOptions{}, opt))
		g.DropProposal(g.PendingProposals()[0].Ref)
		result := must[*CommitResult](t)(g.Commit(CommitOptions{MessageOptions: opt}))
		now = append(now, result.Message)
		g.ClearPendingCommit()
	}
	pending := must[*CommitResult](t)(g.Commit(CommitOptions{}))
	now = append(now, pending.Message)
	for range 2 {
		for _, message := range now {
			notRewound(t, g, message, ErrOwnMessage)
		}
		g = reload(t, people[0], g)
	}
	groups[0] = g
	deliver(t, groups, 0, pending)
	for i, message := range now {
		want := ErrWrongEpoch
		if i < 40 {
			want = ErrOwnMessage
		}
		notRewound(t, g, message, want)
	}
}

// TestHandshakesProveRewinding: proposals and commits of one's own that the
// state does not know, in either format.
func TestHandshakesProveRewinding(t *testing.T) {
	for _, opt := range []MessageOptions{{}, {Public: true}} {
		people, groups := grown(t, DefaultSuite, 2)
		restore := old(groups[0])
		wantRewound(t, restore(t, people[0]), must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{}, opt)))
		wantRewound(t, restore(t, people[0]), must[*CommitResult](t)(groups[0].Commit(CommitOptions{MessageOptions: opt})).Message)
		// A commit that is pending in the save is not new to it.
		notRewound(t, old(groups[0])(t, people[0]), groups[0].PendingCommit().Message, ErrOwnMessage)
	}
}

// TestOthersCannotRewind: a member who has all the keys of the epoch can frame
// messages as somebody else's. Without that member's signature over something
// new they do not mark it.
func TestOthersCannotRewind(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 2)
	victim, e := groups[0], groups[1].epoch
	var kept []*authenticatedContent
	for range 3 {
		kept = append(kept, opensAs(t, groups[1], must[[]byte](t)(victim.Encrypt([]byte("genuine"), nil))))
	}
	for i, a := range kept {
		for _, generation := range []uint32{3, 4, 100} {
			notRewound(t, victim, frameAs(t, groups[1], 0, generation, a), ErrOwnMessage)
		}
		notRewound(t, victim, frameAs(t, groups[1], 0, uint32(i), a), ErrOwnMessage)
	}
	forged := e.frame(contentApplication, MessageOptions{})
	forged.content.sender.Leaf = 0
	forged.content.application = []byte("forged")
	if err := forged.sign(e.suite, &groups[1].cfg, e.raw); err != nil {
		t.Fatal(err)
	}
	notRewound(t, victim, frameAs(t, groups[1], 0, 3, forged), ErrSignature)
	notRewound(t, victim, frameAs(t, groups[1], 0, 5000, forged), ErrTooFarAhead)
	public := &authenticatedContent{format: formatPublic, content: &framedContent{
		groupID: e.context.groupID, epoch: e.context.epoch, kind: contentProposal, sender: forged.content.sender,
		proposal: &Proposal{Type: ProposalRemove, Removed: 1},
	}}
	if err := public.sign(e.suite, &groups[1].cfg, e.raw); err != nil {
		t.Fatal(err)
	}
	notRewound(t, victim, e.suite.protectPublic(public, e.secrets.membershipKey, e.raw).marshal(), ErrSignature)
}

// opensAs opens a message without using up its key.
func opensAs(t *testing.T, g *Group, data []byte) *authenticatedContent {
	t.Helper()
	m := must[*message](t)(parseMessage(data))
	return must[*opened](t)(g.view().open(m.private, &g.cfg)).content
}

// frameAs encrypts signed content under the keys of any leaf.
func frameAs(t *testing.T, g *Group, leaf LeafIndex, generation uint32, a *authenticatedContent) []byte {
	t.Helper()
	limitless := g.cfg
	limitless.Limits.MaxForward = 1 << 20
	use := must[*keyUse](t)(g.ratchets.key(leaf, false, generation, &limitless))
	d := senderData{leaf: leaf, generation: generation}
	m := must[*message](t)(g.epoch.suite.protectPrivate(a, g.epoch.secrets.senderData, d, use.messageKey, nil))
	return m.marshal()
}

// TestSentTagsAreBounded: the oldest of very many go, and the rest comes back
// from storage.
func TestSentTagsAreBounded(t *testing.T) {
	tree := newSecretTree(suites[DefaultSuite], 1, nil)
	tag := func(i int) sentTag { return sentTag{byte(i >> 8), byte(i)} }
	for i := range maxSent + 2*sentChunk + 1 {
		tree.remember(tag(i))
	}
	if n := len(tree.sent.tags); n > maxSent || tree.sent.has(tag(0)) || !tree.sent.has(tag(3*sentChunk)) {
		t.Fatalf("%d tags are kept", n)
	}
	chunks := map[uint32][]byte{}
	for _, id := range tree.sent.records() {
		chunks[id.at] = tree.value(id)
	}
	var back sentTags
	if !back.load(chunks) || len(back.tags) != len(tree.sent.tags) || back.first != tree.sent.first {
		t.Fatal("does not come back")
	}
	delete(chunks, back.first+1)
	if new(sentTags).load(chunks) {
		t.Fatal("a missing record is not noticed")
	}
}

// TestRewound_AtAnyStep restores a random older save at a random time, hands over
// what the delivery service holds since, and checks that the member sends under
// no key that it used before, and reads what others wrote.
func TestRewound_AtAnyStep(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 30 {
		people, groups := grown(t, DefaultSuite, 3)
		type entry struct {
			data []byte
			from int
		}
		var log []entry
		type save struct {
			open func(testing.TB, *person) *Group
			at   int
		}
		saves := []save{{old(groups[0]), 0}}
		sentAt := 0
		for range 20 {
			from := r.IntN(3)
			if r.IntN(4) == 0 {
				result := must[*CommitResult](t)(groups[from].Commit(CommitOptions{}))
				deliver(t, groups, from, result)
				log = append(log, entry{result.Message, from})
			} else {
				log = append(log, entry{must[[]byte](t)(groups[from].Encrypt([]byte("x"), []byte{byte(len(log))})), from})
				for i, g := range groups {
					if i != from {
						must[*Received](t)(g.Process(log[len(log)-1].data))
					}
				}
			}
			if from == 0 {
				sentAt = len(log)
			}
			saves = append(saves, save{old(groups[0]), len(log)})
		}
		chosen := saves[r.IntN(len(saves))]
		g := chosen.open(t, people[0])
		for _, e := range log[chosen.at:] {
			received, err := g.Process(e.data)
			switch {
			case e.from == 0 && errors.Is(err, ErrRewound):
			case e.from != 0 && err == nil:
				if received.Commit != nil {
					must[struct{}](t)(struct{}{}, g.Merge(received.Commit))
				}
			case errors.Is(err, ErrFutureEpoch) && g.Rewound(): // one's own commit cannot be followed
			default:
				t.Fatalf("entry of %d: %v", e.from, err)
			}
		}
		if want := chosen.at < sentAt; g.Rewound() != want {
			t.Fatalf("rewound is %v, want %v", g.Rewound(), want)
		}
		if !g.Rewound() && !bytes.Equal(allRatchets(g), allRatchets(groups[0])) {
			t.Fatal("a save that was not too old did not catch up")
		}
	}
}

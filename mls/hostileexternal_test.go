package mls

import (
	"bytes"
	"errors"
	"testing"

	"parley/mls/internal/codec"
)

func TestHostileExternalCommits(t *testing.T) { eachCounted(t, testHostileExternalCommits) }

func testHostileExternalCommits(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	p := newPerson(t, suite, "joiner")
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, must[[]byte](t)(groups[0].GroupInfo()), ExternalJoinOptions{Leaf: p.leaf()}))
	cfg := p.cfg.withDefaults()
	must[*Received](t)(groups[1].Process(must[[]byte](t)(groups[2].ProposeUpdate(LeafOptions{}, MessageOptions{}))))
	alter := func(change func(*commit)) []byte {
		m := must[*message](t)(parseMessage(join.Commit))
		a := m.public.authenticated()
		change(a.content.commit)
		if err := a.sign(groups[0].epoch.suite, &cfg, groups[0].epoch.raw); err != nil {
			t.Fatal(err)
		}
		return groups[0].epoch.suite.protectPublic(a, nil, nil).marshal()
	}
	remove := func(leaf LeafIndex) proposalOrRef {
		return proposalOrRef{proposal: Proposal{Type: ProposalRemove, Removed: leaf}}
	}
	for name, c := range map[string]struct {
		message []byte
		want    error
	}{
		"no external init":   {alter(func(c *commit) { c.proposals = nil }), ErrInvalidCommit},
		"two external inits": {alter(func(c *commit) { c.proposals = append(c.proposals, c.proposals[0]) }), ErrInvalidCommit},
		"two removals":       {alter(func(c *commit) { c.proposals = append(c.proposals, remove(0), remove(2)) }), ErrInvalidCommit},
		"no path":            {alter(func(c *commit) { c.path = nil }), ErrInvalidCommit},
		"an extensions change": {alter(func(c *commit) {
			c.proposals = append(c.proposals, proposalOrRef{proposal: Proposal{Type: ProposalGroupContextExtensions}})
		}), ErrInvalidCommit},
		"garbage KEM output": {alter(func(c *commit) { c.proposals[0].proposal.KEMOutput = []byte{1} }), ErrInvalidProposal},
		"other KEM output": {alter(func(c *commit) {
			c.proposals[0].proposal.KEMOutput = bytes.Repeat([]byte{9}, len(c.proposals[0].proposal.KEMOutput))
		}), ErrConfirmationTag},
		"an Add": {alter(func(c *commit) {
			c.proposals = append(c.proposals, addOf(newPerson(t, suite, "friend").keyPackage(t, suite).keyPackage))
		}), ErrInvalidCommit},
		"an update": {alter(func(c *commit) {
			c.proposals = append(c.proposals, inline(Proposal{Type: ProposalUpdate, LeafNode: c.path.leaf}))
		}), ErrInvalidCommit},
		"a re-initialisation": {alter(func(c *commit) {
			c.proposals = append(c.proposals, inline(Proposal{Type: ProposalReInit, ReInit: &ReInit{Version: 1}}))
		}), ErrInvalidCommit},
		"a proposal by reference": {alter(func(c *commit) {
			c.proposals = append(c.proposals, proposalOrRef{byRef: true, ref: groups[1].PendingProposals()[0].Ref})
		}), ErrInvalidCommit},
		"a PSK with a short nonce": {alter(func(c *commit) {
			c.proposals = append(c.proposals, pskOf(PreSharedKeyID{Type: PSKExternal, Nonce: make([]byte, 31)}))
		}), ErrInvalidProposal},
		"a PSK of usage reinit": {alter(func(c *commit) {
			c.proposals = append(c.proposals, pskOf(PreSharedKeyID{Type: PSKResumption, Usage: ResumptionReInit, Group: []byte("group"), Nonce: make([]byte, suites[suite].hashLen)}))
		}), ErrInvalidProposal},
		"the removal of somebody else": {alter(func(c *commit) { c.proposals = append(c.proposals, remove(2)) }), ErrInvalidLeaf},
		"the removal of nobody":        {alter(func(c *commit) { c.proposals = append(c.proposals, remove(77)) }), ErrInvalidProposal},
		"leaf of a member": {alter(func(c *commit) {
			leaf := *c.path.leaf
			leaf.SignatureKey, leaf.raw = groups[2].epoch.tree.leaves[2].SignatureKey, nil
			c.path.leaf = &leaf
		}), ErrSignature},
	} {
		t.Run(name, func(t *testing.T) { refused(t, groups[1], c.message, c.want) })
	}
	must[*Received](t)(groups[1].Process(join.Commit))
}

// TestResyncKeepsNoKey: who comes back must bring a new encryption key, and its
// own identity.
func TestResyncKeepsNoKey(t *testing.T) { eachCounted(t, testResyncKeepsNoKey) }

func testResyncKeepsNoKey(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	info := must[[]byte](t)(groups[0].GroupInfo())
	join := must[*ExternalJoin](t)(JoinExternal(people[2].cfg, info, ExternalJoinOptions{Leaf: people[2].leaf()}))
	cfg, e := people[2].cfg.withDefaults(), groups[0].epoch
	m := must[*message](t)(parseMessage(join.Commit))
	a := m.public.authenticated()
	leaf := *a.content.commit.path.leaf
	leaf.EncryptionKey = e.tree.leaves[2].EncryptionKey
	if err := leaf.sign(e.suite, &cfg, []byte("group"), 2); err != nil {
		t.Fatal(err)
	}
	a.content.commit.path.leaf = &leaf
	if err := a.sign(e.suite, &cfg, e.raw); err != nil {
		t.Fatal(err)
	}
	refused(t, groups[1], e.suite.protectPublic(a, nil, nil).marshal(), ErrInvalidLeaf, "keeps its encryption key")

	other := newPerson(t, suite, "somebody else")
	replaced := LeafIndex(2)
	bad := must[*ExternalJoin](t)(JoinExternal(other.cfg, info, ExternalJoinOptions{Leaf: other.leaf(), Replace: &replaced}))
	refused(t, groups[1], bad.Commit, ErrInvalidLeaf, "removes somebody else")
	groups[1].cfg.Identity = func(LeafNode) []byte { return []byte("all the same") }
	must[*Received](t)(groups[1].Process(bad.Commit))
	if staged := must[*Received](t)(groups[0].Process(join.Commit)).Commit; staged.Previous == nil {
		t.Fatal("the honest resync is refused")
	}
}

// TestExternalPubOfAnother: who signs a GroupInfo with a wrong external_pub keeps
// the joiner out, and nothing else.
func TestExternalPubOfAnother(t *testing.T) { eachCounted(t, testExternalPubOfAnother) }

func testExternalPubOfAnother(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "joiner")
	info := forgedInfo(t, groups[0], func(i *groupInfo) {
		var w codec.Writer
		w.Vector(freshKey(t, groups[0].epoch.suite))
		i.extensions = []Extension{i.extensions[0], {Type: ExtensionExternalPub, Data: w.Data()}}
	})
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}))
	for _, g := range groups {
		refused(t, g, join.Commit, ErrConfirmationTag)
	}
	small := forgedInfo(t, groups[0], func(i *groupInfo) {
		var w codec.Writer
		w.Vector(make([]byte, 32))
		i.extensions = []Extension{i.extensions[0], {Type: ExtensionExternalPub, Data: w.Data()}}
	})
	if _, err := JoinExternal(p.cfg, small, ExternalJoinOptions{Leaf: p.leaf()}); !errors.Is(err, ErrMalformed) {
		t.Fatalf("a key of small order: %v", err)
	}
}

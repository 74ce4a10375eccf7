package mls

import (
	"bytes"
	"testing"
)

// TestHostilePaths: a member lies in its update path (RFC 9420 section 12.4.2).
func TestHostilePaths(t *testing.T) { eachCounted(t, testHostilePaths) }

func testHostilePaths(t *testing.T, suite CipherSuite) {
	people, groups := full(t, suite)
	commit := must[*CommitResult](t)(groups[0].Commit(public)).Message
	e, s := groups[0].epoch, suites[suite]
	cfg := people[0].cfg.withDefaults()
	leaf := func(path *updatePath, change func(*LeafNode)) {
		n := *path.leaf
		change(&n)
		if err := n.sign(s, &cfg, e.context.groupID, 0); err != nil {
			t.Fatal(err)
		}
		path.leaf = &n
	}
	for name, c := range map[string]struct {
		change func(*updatePath)
		want   error
		step   string
	}{
		"the leaf keeps its key":             {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.EncryptionKey = e.tree.leaves[0].EncryptionKey }) }, ErrInvalidLeaf, "keeps its encryption key"},
		"the leaf takes its parent's key":    {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.EncryptionKey = e.tree.parents[0].encryptionKey }) }, ErrInvalidCommit, "keeps a key"},
		"a parent keeps its key":             {func(p *updatePath) { p.nodes[0].encryptionKey = e.tree.parents[0].encryptionKey }, ErrInvalidCommit, "keeps a key"},
		"a parent takes the root's key":      {func(p *updatePath) { p.nodes[0].encryptionKey = e.tree.parents[1].encryptionKey }, ErrInvalidCommit, "keeps a key"},
		"too long":                           {func(p *updatePath) { p.nodes = append(p.nodes, p.nodes[0]) }, ErrInvalidCommit, "length of the update path"},
		"empty":                              {func(p *updatePath) { p.nodes = nil }, ErrInvalidCommit, "length of the update path"},
		"a key of small order":               {func(p *updatePath) { p.nodes[1].encryptionKey = make([]byte, 32) }, ErrInvalidCommit, ""},
		"a leaf of an update":                {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.Source = LeafFromUpdate }) }, ErrInvalidLeaf, "source"},
		"a leaf of a key package":            {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.Source = LeafFromKeyPackage }) }, ErrInvalidLeaf, "source"},
		"another parent hash":                {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.ParentHash = make([]byte, 32) }) }, ErrInvalidCommit, "parent hash"},
		"no parent hash":                     {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.ParentHash = nil }) }, ErrInvalidCommit, "parent hash"},
		"the leaf takes another's key":       {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.EncryptionKey = e.tree.leaves[2].EncryptionKey }) }, ErrInvalidLeaf, "stands there twice"},
		"the leaf takes another's signature": {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.SignatureKey = e.tree.leaves[2].SignatureKey }) }, ErrSignature, "leaf"},
		"the leaf loses the suite":           {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.Capabilities.Suites = nil }) }, ErrInvalidLeaf, "cipher suite missing"},
		"the leaf has no key":                {func(p *updatePath) { leaf(p, func(n *LeafNode) { n.EncryptionKey = nil }) }, ErrInvalidLeaf, "encryption key"},
		"too many path secrets": {func(p *updatePath) {
			p.nodes[1].pathSecrets = append(p.nodes[1].pathSecrets, p.nodes[1].pathSecrets...)
		}, ErrInvalidCommit, "number of path secrets"},
		"a path secret of another": {func(p *updatePath) { p.nodes[0].pathSecrets[0] = p.nodes[1].pathSecrets[0] }, ErrDecrypt, ""},
		"a path secret of another key": {func(p *updatePath) {
			sealed, err := s.encryptWithLabel(e.tree.leaves[1].EncryptionKey, pathSecretLabel,
				e.provisionalContext(e.tree, nil), make(secret, 32))
			if err != nil {
				t.Fatal(err)
			}
			p.nodes[0].pathSecrets[0] = sealed
		}, ErrDecrypt, ""}, // the context has the tree hash in it: whoever changes the tree must seal anew
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, groups[1], resigned(t, groups[0], commit, func(a *authenticatedContent) { c.change(a.content.commit.path) }), c.want, c.step)
		})
	}
	must[*Received](t)(groups[1].Process(commit))
}

// TestHostileSenders: commits in the name of others, and of those who have gone.
func TestHostileSenders(t *testing.T) { eachCounted(t, testHostileSenders) }

func testHostileSenders(t *testing.T, suite CipherSuite) {
	people, groups := full(t, suite)
	commit := must[*CommitResult](t)(groups[0].Commit(public)).Message
	for name, c := range map[string]struct {
		sender Sender
		want   error
	}{
		"another member":    {Sender{Type: SenderMember, Leaf: 2}, ErrSignature},
		"the receiver":      {Sender{Type: SenderMember, Leaf: 1}, ErrSignature},
		"an empty leaf":     {Sender{Type: SenderMember, Leaf: 4}, ErrNotMember},
		"an external one":   {Sender{Type: SenderExternal}, ErrNotMember},
		"one who proposes":  {Sender{Type: SenderNewMemberProposal}, ErrInvalidProposal},
		"one from outside":  {Sender{Type: SenderNewMemberCommit}, ErrInvalidCommit},
		"of unknown nature": {Sender{Type: 9}, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, groups[1], resigned(t, groups[0], commit, func(a *authenticatedContent) { a.content.sender = c.sender }), c.want)
		})
	}
	groups[0].ClearPendingCommit()

	removed := reload(t, people[3], groups[3])
	deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{Remove: []LeafIndex{3}})))
	for _, opt := range []CommitOptions{{}, public} {
		old := must[*CommitResult](t)(removed.Commit(opt)).Message
		removed.ClearPendingCommit()
		refused(t, groups[1], old, ErrWrongEpoch)
		if _, err := groups[3].Commit(opt); err == nil {
			t.Fatal("a removed member commits")
		}
	}
	now := *removed.epoch // it pretends to be in the new epoch
	now.context.epoch = groups[1].Epoch()
	removed.epoch = &now
	refused(t, groups[1], must[*CommitResult](t)(removed.Commit(public)).Message, ErrMembershipTag)
	removed.ClearPendingCommit()
	refused(t, groups[1], must[*CommitResult](t)(removed.Commit(CommitOptions{})).Message, ErrDecrypt)
	removed.ClearPendingCommit()
	refused(t, groups[1], must[[]byte](t)(removed.Encrypt([]byte("still here"), nil)), ErrDecrypt)
}

// TestReplayedHandshakes: what was taken is not taken again, nor after a restore.
func TestReplayedHandshakes(t *testing.T) { eachCounted(t, testReplayedHandshakes) }

func testReplayedHandshakes(t *testing.T, suite CipherSuite) {
	people, groups := full(t, suite)
	private := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{}, MessageOptions{}))
	clear := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{}, public.MessageOptions))
	for _, proposal := range [][]byte{private, clear} {
		must[*Received](t)(groups[1].Process(proposal))
	}
	groups[1] = reload(t, people[1], groups[1])
	refused(t, groups[1], private, ErrSecretConsumed)
	before := saved(groups[1]) // one in the clear is the same proposal again
	must[*Received](t)(groups[1].Process(clear))
	unchanged(t, groups[1], before)
	commit := must[*CommitResult](t)(groups[1].Commit(CommitOptions{})).Message
	for _, i := range []int{0, 2, 3} {
		for _, proposal := range [][]byte{private, clear} {
			if i != 0 {
				must[*Received](t)(groups[i].Process(proposal))
			}
		}
	}
	deliver(t, groups, 1, groups[1].PendingCommit())
	groups[2] = reload(t, people[2], groups[2])
	refused(t, groups[2], commit, ErrWrongEpoch)
	refused(t, groups[2], clear, ErrWrongEpoch)
	if !bytes.Equal(groups[2].EpochAuthenticator(), groups[0].EpochAuthenticator()) {
		t.Fatal("the members disagree")
	}
}

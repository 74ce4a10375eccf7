package mls

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"parley/mls/internal/codec"
)

// forgedInfo is a GroupInfo that a member changed and signed.
func forgedInfo(t *testing.T, g *Group, change func(*groupInfo)) []byte {
	t.Helper()
	cfg := g.cfg
	info := must[*groupInfo](t)(g.epoch.groupInfo(&cfg))
	change(info)
	var err error
	if info.signature, err = g.epoch.suite.signWithLabel(cfg.Signer, cfg.Rand, groupInfoLabel, info.signedContent()); err != nil {
		t.Fatal(err)
	}
	return info.message()
}

// withTree puts a changed tree into a GroupInfo, with the tree hash it has.
func withTree(change func(*tree)) func(*groupInfo) {
	return func(info *groupInfo) {
		tree, err := info.tree(suites[info.context.suite], nil, defaultMaxMembers)
		if err != nil {
			panic(err)
		}
		change(tree)
		tree.hashes = make([][]byte, len(tree.hashes))
		info.context.treeHash = tree.rootHash()
		info.extensions = []Extension{{Type: ExtensionRatchetTree, Data: tree.marshal()}, info.extensions[1]}
	}
}

func TestHostileGroupInfos(t *testing.T) { eachKEM(t, testHostileGroupInfos) }

func testHostileGroupInfos(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 4)
	for i := range groups { // fill the tree
		deliver(t, groups, i, must[*CommitResult](t)(groups[i].Commit(CommitOptions{})))
	}
	p := newPerson(t, suite, "joiner")
	honest := must[[]byte](t)(groups[0].GroupInfo())
	for name, c := range map[string]struct {
		info []byte
		want error
	}{
		"changed after signing": {func() []byte {
			m := must[*message](t)(parseMessage(honest))
			m.groupInfo.context.epoch++
			return m.marshal()
		}(), ErrSignature},
		"wrong tree hash": {forgedInfo(t, groups[0], func(i *groupInfo) { i.context.treeHash = make([]byte, 32) }), ErrInvalidTree},
		"no tree":         {forgedInfo(t, groups[0], func(i *groupInfo) { i.extensions = i.extensions[1:] }), ErrInvalidTree},
		"no external_pub": {forgedInfo(t, groups[0], func(i *groupInfo) { i.extensions = i.extensions[:1] }), ErrUnsupported},
		"bad external_pub": {forgedInfo(t, groups[0], func(i *groupInfo) {
			i.extensions = []Extension{i.extensions[0], {Type: ExtensionExternalPub, Data: []byte{1, 2}}}
		}), ErrMalformed},
		"signer not in the tree": {forgedInfo(t, groups[0], func(i *groupInfo) { i.signer = 77 }), ErrInvalidTree},
		"a required capability nobody has": {forgedInfo(t, groups[0], func(i *groupInfo) {
			i.context.extensions = []Extension{RequiredCapabilities{Proposals: []ProposalType{0x4242}}.Extension()}
		}), ErrInvalidLeaf},
		"one leaf twice": {forgedInfo(t, groups[0], withTree(func(tree *tree) { tree.leaves[2] = tree.leaves[1] })), ErrInvalidLeaf},
		"changed parent key": {forgedInfo(t, groups[0], withTree(func(tree *tree) {
			tree.parents[1] = &parentNode{encryptionKey: must[keyPair](t)(tree.suite.generateKeyPair(Config{}.withDefaults().Rand)).public, parentHash: tree.parents[1].parentHash}
		})), ErrInvalidTree},
		"unmerged leaf elsewhere": {forgedInfo(t, groups[0], withTree(func(tree *tree) {
			n := *tree.parents[0]
			n.unmerged = []LeafIndex{3}
			tree.parents[0] = &n
		})), ErrInvalidTree},
		"unmerged leaves out of order": {forgedInfo(t, groups[0], withTree(func(tree *tree) {
			n := *tree.parents[1]
			n.unmerged = []LeafIndex{2, 1}
			tree.parents[1] = &n
		})), ErrInvalidTree},
		"tree of one blank node": {forgedInfo(t, groups[0], func(i *groupInfo) {
			i.extensions = []Extension{{Type: ExtensionRatchetTree, Data: []byte{1, 0}}, i.extensions[1]}
		}), ErrMalformed},
		"a key package": {p.keyPackage(t, suite).Message(), ErrUnexpectedMessage},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := JoinExternal(p.cfg, c.info, ExternalJoinOptions{Leaf: p.leaf()})
			if !errors.Is(err, c.want) || j != nil {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
		})
	}
	must[*ExternalJoin](t)(JoinExternal(p.cfg, honest, ExternalJoinOptions{Leaf: p.leaf()}))
}

func TestLeafSignaturesOfATreeAreVerified(t *testing.T) {
	eachKEM(t, testLeafSignaturesOfATreeAreVerified)
}

func testLeafSignaturesOfATreeAreVerified(t *testing.T, suite CipherSuite) {
	p := newPerson(t, suite, "joiner")
	g := p.found(t, suite)
	info := forgedInfo(t, g, withTree(func(tree *tree) {
		leaf := *tree.leaves[0]
		leaf.Signature, leaf.raw = make([]byte, 64), nil
		tree.leaves[0] = &leaf
	}))
	if _, err := JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}); !errors.Is(err, ErrSignature) {
		t.Fatal(err)
	}
}

// TestJoinWithTreeApart gives the tree beside a GroupInfo that has none.
func TestJoinWithTreeApart(t *testing.T) { eachKEM(t, testJoinWithTreeApart) }

func testJoinWithTreeApart(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	p := newPerson(t, suite, "joiner")
	info := forgedInfo(t, groups[0], func(i *groupInfo) { i.extensions = i.extensions[1:] })
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf(), RatchetTree: groups[1].epoch.tree.marshal()}))
	for _, g := range groups {
		if err := g.Merge(must[*Received](t)(g.Process(join.Commit)).Commit); err != nil {
			t.Fatal(err)
		}
	}
	agree(t, append(groups, join.Group()))
}

func TestHostileExternalCommits(t *testing.T) { eachKEM(t, testHostileExternalCommits) }

func testHostileExternalCommits(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	p := newPerson(t, suite, "joiner")
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, must[[]byte](t)(groups[0].GroupInfo()), ExternalJoinOptions{Leaf: p.leaf()}))
	cfg := p.cfg.withDefaults()
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

func TestHostileWelcomes(t *testing.T) { eachKEM(t, testHostileWelcomes) }

func testHostileWelcomes(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	bundle := p.keyPackage(t, suite)
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{Add: [][]byte{bundle.Message()}}))
	join := func(cfg Config, data []byte) error {
		g, used, err := JoinWelcome(cfg, data, []*KeyPackageBundle{bundle}, nil)
		if err != nil && (g != nil || used != nil) {
			t.Fatal("an error comes with a result")
		}
		return err
	}
	alter := func(change func(*welcome)) []byte {
		m := must[*message](t)(parseMessage(result.Welcome))
		change(m.welcome)
		return m.marshal()
	}
	other := newPerson(t, suite, "other")
	for name, c := range map[string]struct {
		cfg  Config
		data []byte
		want error
	}{
		"changed secrets":   {p.cfg, alter(func(w *welcome) { w.secrets[0].secrets.ciphertext[0] ^= 1 }), ErrDecrypt},
		"changed GroupInfo": {p.cfg, alter(func(w *welcome) { w.encryptedGroupInfo[0] ^= 1 }), ErrDecrypt},
		"for another":       {p.cfg, alter(func(w *welcome) { w.secrets[0].newMember[0] ^= 1 }), ErrNoKeyPackage},
		"other suite":       {p.cfg, alter(func(w *welcome) { w.suite = SuiteX25519AES128 }), ErrNoKeyPackage},
		"X448":              {p.cfg, alter(func(w *welcome) { w.suite = 4 }), ErrUnsupported},
		"another's signer":  {other.cfg, result.Welcome, ErrConfig},
		"a commit":          {p.cfg, result.Message, ErrUnexpectedMessage},
		"truncated":         {p.cfg, result.Welcome[:len(result.Welcome)-1], ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := join(c.cfg, c.data); !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
		})
	}
	if err := join(p.cfg, result.Welcome); err != nil {
		t.Fatal(err)
	}
}

// TestWelcomeOfADishonestMember: the committer itself lies in what it encrypts.
func TestWelcomeOfADishonestMember(t *testing.T) { eachKEM(t, testWelcomeOfADishonestMember) }

func testWelcomeOfADishonestMember(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	bundle := p.keyPackage(t, suite)
	g := groups[0]
	byValue := must[[]CommittedProposal](t)(g.byValue(&CommitOptions{Add: [][]byte{bundle.Message()}}))
	ch, list, err := g.selectProposals(byValue)
	if err != nil {
		t.Fatal(err)
	}
	b := &commitBuilder{cfg: &g.cfg, epoch: g.epoch, changes: ch, proposals: list}
	if err := b.build(&CommitOptions{}, g.pskValues); err != nil {
		t.Fatal(err)
	}
	seal := func(change func(*groupInfo)) []byte {
		info := must[*groupInfo](t)(b.next.groupInfo(&g.cfg))
		change(info)
		info.signature = must[[]byte](t)(g.epoch.suite.signWithLabel(g.cfg.Signer, g.cfg.Rand, groupInfoLabel, info.signedContent()))
		return must[[]byte](t)(b.welcome(info))
	}
	for name, c := range map[string]struct {
		welcome []byte
		want    error
	}{
		"wrong confirmation tag": {seal(func(i *groupInfo) { i.confirmationTag = make([]byte, 32) }), ErrConfirmationTag},
		"another epoch":          {seal(func(i *groupInfo) { i.context.epoch += 5 }), ErrConfirmationTag},
		"another suite":          {seal(func(i *groupInfo) { i.context.suite = SuiteX25519AES128 }), ErrMalformed},
		"the newcomer left out": {seal(withTree(func(tree *tree) {
			tree.leaves[2] = nil
			for i, n := range tree.parents {
				if n != nil {
					c := *n
					c.unmerged = slices.DeleteFunc(slices.Clone(n.unmerged), func(l LeafIndex) bool { return l == 2 })
					tree.parents[i] = &c
				}
			}
			tree.truncate()
		})), ErrInvalidTree},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := JoinWelcome(p.cfg, c.welcome, []*KeyPackageBundle{bundle}, nil); !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
		})
	}
	var w codec.Writer
	secrets := &groupSecrets{joiner: b.sched.joiner, pathSecret: make(secret, 32)}
	w.Raw(secrets.marshal())
	m := must[*message](t)(parseMessage(seal(func(*groupInfo) {})))
	sealed, err := g.epoch.suite.encryptWithLabel(bundle.keyPackage.InitKey, "Welcome", m.welcome.encryptedGroupInfo, w.Data())
	if err != nil {
		t.Fatal(err)
	}
	m.welcome.secrets[0].secrets = sealed
	if _, _, err := JoinWelcome(p.cfg, m.marshal(), []*KeyPackageBundle{bundle}, nil); !errors.Is(err, ErrInvalidCommit) {
		t.Fatalf("a path secret of another key: %v", err)
	}
}

package mls

import (
	"errors"
	"testing"
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
		tree.hashes = newTreeHashes(tree.suite.hashLen, 2*len(tree.leaves)-1)
		info.context.treeHash = tree.rootHash()
		info.extensions = []Extension{{Type: ExtensionRatchetTree, Data: tree.marshal()}, info.extensions[1]}
	}
}

func TestHostileGroupInfos(t *testing.T) { eachCounted(t, testHostileGroupInfos) }

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
	eachCounted(t, testLeafSignaturesOfATreeAreVerified)
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
func TestJoinWithTreeApart(t *testing.T) { eachCounted(t, testJoinWithTreeApart) }

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

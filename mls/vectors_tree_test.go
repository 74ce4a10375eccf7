package mls

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"parley/mls/internal/codec"
)

func vectorTree(t *testing.T, s *suite, data []byte) *tree {
	t.Helper()
	tree := must[*tree](t)(parseTree(s, data, defaultMaxMembers))
	same(t, "re-encoded tree", tree.marshal(), data)
	return tree
}

func testTreeValidation(t *testing.T, s *suite, c *struct {
	Tree        hexBytes
	GroupID     hexBytes   `json:"group_id"`
	TreeHashes  []hexBytes `json:"tree_hashes"`
	Resolutions [][]nodeIndex
},
) {
	tree := vectorTree(t, s, c.Tree)
	for i, want := range c.TreeHashes {
		same(t, "tree hash", tree.hash(nodeIndex(i)), want)
	}
	for i, want := range c.Resolutions {
		if got := tree.resolution(nil, nodeIndex(i)); !slices.Equal(got, want) {
			t.Fatalf("resolution of %d is %v, want %v", i, got, want)
		}
	}
	if err := tree.validateShape(); err != nil {
		t.Fatal(err)
	}
	if err := tree.validateLeaves(&Config{Limits: Limits{MaxLifetime: -1}}, &groupContext{groupID: c.GroupID}); err != nil {
		t.Fatal(err)
	}
}

func testTreeOperations(t *testing.T, s *suite, c *struct {
	Before     hexBytes  `json:"tree_before"`
	Proposal   hexBytes  `json:"proposal"`
	Sender     LeafIndex `json:"proposal_sender"`
	After      hexBytes  `json:"tree_after"`
	HashBefore hexBytes  `json:"tree_hash_before"`
	HashAfter  hexBytes  `json:"tree_hash_after"`
},
) {
	tree := vectorTree(t, s, c.Before)
	same(t, "tree_hash_before", tree.rootHash(), c.HashBefore)
	r := codec.NewReader(c.Proposal)
	p := readProposal(r)
	if r.End() != nil {
		t.Fatal("proposal does not decode")
	}
	tree = tree.clone()
	switch p.Type {
	case ProposalAdd:
		tree.addLeaf(&p.KeyPackage.LeafNode)
	case ProposalUpdate:
		tree.updateLeaf(c.Sender, p.LeafNode)
	case ProposalRemove:
		tree.removeLeaf(p.Removed)
		tree.truncate()
	default:
		t.Fatalf("proposal of type %d", p.Type)
	}
	same(t, "tree_after", tree.marshal(), c.After)
	same(t, "tree_hash_after", tree.rootHash(), c.HashAfter)
}

func testTreeKEM(t *testing.T, s *suite, c *struct {
	GroupID    hexBytes `json:"group_id"`
	Epoch      uint64
	Transcript hexBytes `json:"confirmed_transcript_hash"`
	Tree       hexBytes `json:"ratchet_tree"`
	Leaves     []struct {
		Index       LeafIndex
		Encryption  hexBytes `json:"encryption_priv"`
		Signature   hexBytes `json:"signature_priv"`
		PathSecrets []struct {
			Node   nodeIndex
			Secret hexBytes `json:"path_secret"`
		} `json:"path_secrets"`
	} `json:"leaves_private"`
	Paths []struct {
		Sender       LeafIndex
		Path         hexBytes    `json:"update_path"`
		PathSecrets  []*hexBytes `json:"path_secrets"`
		CommitSecret hexBytes    `json:"commit_secret"`
		HashAfter    hexBytes    `json:"tree_hash_after"`
	} `json:"update_paths"`
},
) {
	before := vectorTree(t, s, c.Tree)
	readers := map[LeafIndex]*pathReader{}
	signers := map[LeafIndex][]byte{}
	for _, leaf := range c.Leaves {
		keys := nodeKeys{}
		for _, p := range leaf.PathSecrets {
			keys[p.Node] = must[keyPair](t)(s.pathKey(secret(p.Secret), before.parent(p.Node).encryptionKey))
		}
		readers[leaf.Index] = &pathReader{own: leaf.Index, leafKey: fullScalar(s, leaf.Encryption), keys: keys}
		signers[leaf.Index] = leaf.Signature
	}
	e := &epoch{suite: s, context: groupContext{suite: s.id, groupID: c.GroupID, epoch: c.Epoch - 1, confirmedTranscriptHash: c.Transcript}}
	for _, p := range c.Paths {
		r := codec.NewReader(p.Path)
		path := readUpdatePath(r)
		if r.End() != nil {
			t.Fatal("update_path does not decode")
		}
		var w codec.Writer
		path.encode(&w)
		same(t, "re-encoded update_path", w.Data(), p.Path)
		after := before.clone()
		steps := must[[]pathStep](t)(after.mergePath(p.Sender, path))
		// Not validateLeaf: the capabilities in these vectors leave out suite 0x0007.
		if err := errors.Join(path.leaf.checkShape(), path.leaf.verify(s, c.GroupID, p.Sender)); err != nil {
			t.Fatal(err)
		}
		if err := after.verifyParentHashes(0, len(after.parents)); err != nil {
			t.Fatal(err)
		}
		same(t, "tree_hash_after", after.rootHash(), p.HashAfter)
		openByAll(t, e, readers, after, steps, path, p.Sender, p.CommitSecret)

		// And a path of one's own, which all others open.
		own := before.clone()
		cfg := Config{Signer: vectorSigner(t, s, signers[p.Sender])}.withDefaults()
		made := must[*newPath](t)(own.makePath(&cfg, c.GroupID, p.Sender, LeafOptions{Capabilities: LeafOptions{}.capabilities()}))
		sealed := must[*updatePath](t)(made.seal(own, e.provisionalContext(own, nil), nil))
		merged := before.clone()
		steps = must[[]pathStep](t)(merged.mergePath(p.Sender, sealed))
		same(t, "tree hash of one's own path", merged.rootHash(), own.rootHash())
		openByAll(t, e, readers, merged, steps, sealed, p.Sender, hexBytes(made.commit))
	}
}

func openByAll(t *testing.T, e *epoch, readers map[LeafIndex]*pathReader, after *tree, steps []pathStep, path *updatePath, sender LeafIndex, want hexBytes) {
	t.Helper()
	for _, i := range slices.Sorted(maps.Keys(readers)) {
		if i == sender {
			continue
		}
		reader := *readers[i]
		reader.keys = reader.keys.valid(after)
		_, commitSecret, err := reader.open(after, steps, path, e.provisionalContext(after, nil))
		if err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		same(t, "commit_secret", commitSecret, want)
	}
}

package mls

import (
	"bytes"
	"maps"
)

// nodeKeys are the private keys a member has of the parents above its leaf.
type nodeKeys map[nodeIndex]keyPair

// valid are the keys whose nodes still stand in t.
func (k nodeKeys) valid(t *tree) nodeKeys {
	kept := maps.Clone(k)
	if kept == nil {
		kept = nodeKeys{}
	}
	maps.DeleteFunc(kept, func(x nodeIndex, key keyPair) bool {
		if int(x/2) >= len(t.parents) {
			return true
		}
		p := t.parent(x)
		return p == nil || !bytes.Equal(p.encryptionKey, key.public)
	})
	return kept
}

// setPath puts new keys on the filtered path of a leaf and blanks the rest of
// its direct path. It returns the parent hash for the leaf, which the caller
// sets next (RFC 9420 sections 7.5 and 7.9).
func (t *tree) setPath(leaf LeafIndex, steps []pathStep, keys [][]byte) (parentHash []byte) {
	t.blankPath(leaf)
	for i := len(steps) - 1; i >= 0; i-- {
		p := &parentNode{encryptionKey: keys[i], parentHash: parentHash}
		t.setParent(steps[i].node, p)
		parentHash = t.parentHash(p, steps[i].copath)
	}
	return parentHash
}

// A newPath is an update path in the making.
type newPath struct {
	steps   []pathStep
	secrets []secret // one for each step
	pairs   []keyPair
	commit  secret
	leafKey secret
	leaf    *LeafNode
}

// makePath replaces the path of a leaf with fresh secrets, and the leaf with
// one like it (RFC 9420 section 7.4). t is changed: it is the caller's copy.
func (t *tree) makePath(cfg *Config, groupID []byte, i LeafIndex, opt LeafOptions) (*newPath, error) {
	path := &newPath{steps: t.filteredPath(i)}
	if err := path.derive(t.suite, cfg); err != nil {
		return nil, err
	}
	var err error
	path.leaf, path.leafKey, err = t.leaf(i).renewed(t.suite, cfg, LeafFromCommit, opt)
	if err != nil {
		return nil, err
	}
	public := make([][]byte, len(path.pairs))
	for j, pair := range path.pairs {
		public[j] = pair.public
	}
	path.leaf.ParentHash = t.setPath(i, path.steps, public)
	if err := path.leaf.sign(t.suite, cfg, groupID, i); err != nil {
		return nil, err
	}
	t.setLeaf(i, path.leaf)
	return path, nil
}

func (p *newPath) derive(s *suite, cfg *Config) error {
	current, err := randomSecret(cfg.Rand, s.hashLen)
	if err != nil {
		return err
	}
	for range p.steps {
		seed := s.deriveSecret(current, "node")
		pair, err := s.deriveKeyPair(seed)
		seed.wipe()
		if err != nil {
			return err
		}
		p.secrets, p.pairs = append(p.secrets, current), append(p.pairs, pair)
		current = s.deriveSecret(current, "path")
	}
	p.commit = current
	return nil
}

// keys are the private keys of the path.
func (p *newPath) keys() nodeKeys {
	keys := nodeKeys{}
	for i, step := range p.steps {
		keys[step.node] = p.pairs[i]
	}
	return keys
}

// secretFor is the path secret of the lowest step above a new member.
func (p *newPath) secretFor(leaf LeafIndex) secret {
	for i, step := range p.steps {
		if step.copath.covers(leaf) {
			return p.secrets[i]
		}
	}
	return nil
}

const pathSecretLabel = "UpdatePathNode"

// seal encrypts each path secret to the members on the other side, but not to
// those the commit adds: they get a Welcome.
func (p *newPath) seal(t *tree, context []byte, added []LeafIndex) (*updatePath, error) {
	path := &updatePath{leaf: p.leaf}
	for i, step := range p.steps {
		recipients := withoutLeaves(t.resolution(nil, step.copath), added)
		ciphertexts, err := t.sealPathSecret(recipients, context, p.secrets[i])
		if err != nil {
			return nil, err
		}
		path.nodes = append(path.nodes, updatePathNode{encryptionKey: p.pairs[i].public, pathSecrets: ciphertexts})
	}
	return path, nil
}

func (t *tree) sealPathSecret(recipients []nodeIndex, context []byte, pathSecret secret) ([]hpkeCiphertext, error) {
	ciphertexts := make([]hpkeCiphertext, len(recipients))
	return ciphertexts, t.joining.batches(len(recipients), func(from, to int) error {
		return eachParallel(to-from, func(i int) (err error) {
			i += from
			ciphertexts[i], err = t.suite.encryptWithLabel(t.encryptionKey(recipients[i]), pathSecretLabel, context, pathSecret)
			return err
		})
	})
}

func withoutLeaves(nodes []nodeIndex, leaves []LeafIndex) []nodeIndex {
	if len(leaves) == 0 {
		return nodes
	}
	gone := make(map[nodeIndex]bool, len(leaves))
	for _, leaf := range leaves {
		gone[leaf.node()] = true
	}
	kept := nodes[:0]
	for _, x := range nodes {
		if !gone[x] {
			kept = append(kept, x)
		}
	}
	return kept
}

// mergePath puts somebody else's path into t, and checks that it fits (RFC
// 9420 section 7.9.2). The leaf itself is still to be validated.
func (t *tree) mergePath(sender LeafIndex, path *updatePath) ([]pathStep, error) {
	steps := t.filteredPath(sender)
	if len(steps) != len(path.nodes) {
		return nil, fail(ErrInvalidCommit, "length of the update path")
	}
	keys := make([][]byte, len(steps))
	for i, node := range path.nodes {
		if !t.suite.checkPublicKey(node.encryptionKey) {
			return nil, fail(ErrInvalidCommit, "key in the update path")
		}
		keys[i] = node.encryptionKey
	}
	if path.leaf.Source != LeafFromCommit {
		return nil, fail(ErrInvalidLeaf, "source of the committer's leaf")
	}
	if !bytes.Equal(t.setPath(sender, steps, keys), path.leaf.ParentHash) {
		return nil, fail(ErrInvalidCommit, "parent hash of the committer's leaf")
	}
	t.setLeaf(sender, path.leaf)
	return steps, nil
}

// A pathReader is a member who opens an update path.
type pathReader struct {
	own     LeafIndex
	leafKey secret
	keys    nodeKeys
	added   []LeafIndex // by this commit: not among the recipients
}

// open decrypts the path secret for this member and derives what is above: its
// new keys and the commit secret. t has the path merged.
func (m *pathReader) open(t *tree, steps []pathStep, path *updatePath, context []byte) (nodeKeys, secret, error) {
	var pathSecret secret
	keys := nodeKeys{}
	for i, step := range steps {
		recipients := withoutLeaves(t.resolution(nil, step.copath), m.added)
		if len(recipients) != len(path.nodes[i].pathSecrets) {
			return nil, nil, fail(ErrInvalidCommit, "number of path secrets")
		}
		if step.copath.covers(m.own) {
			var err error
			if pathSecret, err = m.decrypt(t.suite, recipients, path.nodes[i], context); err != nil {
				return nil, nil, err
			}
		}
		if pathSecret == nil {
			continue
		}
		pair, err := t.suite.pathKey(pathSecret, path.nodes[i].encryptionKey)
		if err != nil {
			return nil, nil, err
		}
		keys[step.node] = pair
		below := pathSecret
		pathSecret = t.suite.deriveSecret(below, "path")
		below.wipe()
	}
	if pathSecret == nil {
		return nil, nil, fail(ErrInvalidCommit, "no path secret for this member")
	}
	return keys, pathSecret, nil
}

func (m *pathReader) decrypt(s *suite, recipients []nodeIndex, node updatePathNode, context []byte) (secret, error) {
	for i, x := range recipients {
		private := m.keys[x].private
		if x == m.own.node() {
			private = m.leafKey
		}
		if private == nil {
			continue
		}
		pathSecret, err := s.decryptWithLabel(private, pathSecretLabel, context, node.pathSecrets[i])
		if err == nil && len(pathSecret) != s.hashLen {
			err = fail(ErrInvalidCommit, "length of a path secret")
		}
		return pathSecret, err
	}
	return nil, fail(ErrInvalidCommit, "no path secret for this member")
}

// pathKey is the key pair of a path secret; it must have the public key that was sent.
func (s *suite) pathKey(pathSecret secret, public []byte) (keyPair, error) {
	seed := s.deriveSecret(pathSecret, "node")
	defer seed.wipe()
	pair, err := s.deriveKeyPair(seed)
	if err != nil {
		return keyPair{}, err
	}
	if !bytes.Equal(pair.public, public) {
		return keyPair{}, fail(ErrInvalidCommit, "path secret of another key")
	}
	return pair, nil
}

// openWelcomePath derives a new member's keys from the path secret of its
// Welcome: those of the committer's path from their common ancestor up (RFC
// 9420 section 12.4.3.1).
func (t *tree) openWelcomePath(own, committer LeafIndex, pathSecret secret) (nodeKeys, error) {
	keys := nodeKeys{}
	for _, x := range directPath(committer, len(t.leaves)) {
		p := t.parent(x)
		if !x.covers(own) || p == nil {
			continue
		}
		pair, err := t.suite.pathKey(pathSecret, p.encryptionKey)
		if err != nil {
			return nil, err
		}
		keys[x] = pair
		below := pathSecret
		pathSecret = t.suite.deriveSecret(below, "path")
		below.wipe()
	}
	return keys, nil
}

// pathRepeatsKey tells whether an update path has a key of a parent it replaces
// (RFC 9420 section 12.4.2: none of its keys is in the tree before). t is the
// tree before the path is merged; validateUnique sees to the rest of it after.
func (t *tree) pathRepeatsKey(sender LeafIndex, path *updatePath) bool {
	before := map[string]struct{}{}
	for _, x := range directPath(sender, len(t.leaves)) {
		if p := t.parent(x); p != nil {
			before[string(p.encryptionKey)] = struct{}{}
		}
	}
	_, there := before[string(path.leaf.EncryptionKey)]
	for _, node := range path.nodes {
		_, twice := before[string(node.encryptionKey)]
		there = there || twice
	}
	return there
}

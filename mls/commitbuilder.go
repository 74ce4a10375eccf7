package mls

import "bytes"

// A commitBuilder makes a commit out of changes that have been applied. It
// serves members and those who join from outside.
type commitBuilder struct {
	cfg       *Config
	epoch     *epoch // the one that ends
	changes   *changes
	proposals []proposalOrRef
	init      secret // of an external commit

	path   *newPath
	signed *authenticatedContent
	next   *epoch
	sched  *scheduled
	psk    secret
}

// build makes path, signature and the next epoch.
func (b *commitBuilder) build(opt *CommitOptions, psks func([]PreSharedKeyID) ([]secret, error)) error {
	values, err := psks(b.changes.psks)
	if err != nil {
		return err
	}
	b.psk = b.epoch.suite.pskSecret(b.changes.psks, values)
	content := &commit{proposals: b.proposals}
	if b.changes.needsPath || !opt.NoPath && b.changes.reInit == nil {
		if content.path, err = b.makePath(opt.Leaf); err != nil {
			return err
		}
	}
	if err := b.changes.validate(); err != nil {
		return err
	}
	b.signed = b.epoch.frame(contentCommit, opt.MessageOptions)
	b.signed.content.sender = b.changes.committer
	b.signed.content.commit = content
	if err := b.signed.sign(b.epoch.suite, b.cfg, b.epoch.raw); err != nil {
		return err
	}
	return b.advance()
}

func (b *commitBuilder) makePath(opt LeafOptions) (*updatePath, error) {
	e, ch := b.epoch, b.changes
	previous := e.tree.leaf(e.own)
	var err error
	if b.path, err = ch.tree.makePath(b.cfg, e.context.groupID, e.own, opt); err != nil {
		return nil, err
	}
	if ch.committer.Type == SenderMember {
		if err := askValidateLeaf(b.cfg, ch.context, b.path.leaf, LeafContext{Index: e.own, Previous: previous}); err != nil {
			return nil, err
		}
	}
	return b.path.seal(ch.tree, e.provisionalContext(ch.tree, ch.context.extensions), ch.addedLeaves)
}

// advance runs the key schedule and sets the private keys of the next epoch.
func (b *commitBuilder) advance() (err error) {
	e := b.epoch
	tr := &transition{
		tree: b.changes.tree, extensions: b.changes.context.extensions,
		initSecret: b.init, pskSecret: b.psk, commitSecret: make(secret, e.suite.hashLen),
	}
	if b.path != nil {
		tr.commitSecret = b.path.commit
	}
	if b.next, b.sched, err = e.next(tr, b.signed); err != nil {
		return err
	}
	b.signed.auth.confirmationTag = b.next.confirmationTag
	b.next.own, b.next.leafKey, b.next.keys = e.own, e.leafKey, e.keys.valid(b.next.tree)
	if b.path != nil {
		b.next.leafKey, b.next.keys = b.path.leafKey, b.path.keys()
	}
	return nil
}

func (b *commitBuilder) nextEpoch() *nextEpoch {
	return &nextEpoch{
		epoch: b.next, closed: b.changes.reInit != nil, reInit: b.changes.reInit,
		ratchets: newSecretTree(b.next.suite, len(b.next.tree.leaves), b.sched.encryption),
	}
}

// result makes GroupInfo and Welcome.
func (b *commitBuilder) result(message []byte) (*CommitResult, error) {
	info, err := b.next.groupInfo(b.cfg)
	if err != nil {
		return nil, err
	}
	result := &CommitResult{Message: message, GroupInfo: info.message(), Epoch: b.next.context.epoch}
	if len(b.changes.addedLeaves) > 0 {
		if result.Welcome, err = b.welcome(info); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// welcome makes one Welcome for all new members (RFC 9420 section 12.4.3.1).
func (b *commitBuilder) welcome(info *groupInfo) ([]byte, error) {
	s := b.epoch.suite
	key, nonce := s.welcomeKey(b.sched.welcome)
	encrypted, err := s.seal(key, nonce, nil, info.marshal())
	if err != nil {
		return nil, err
	}
	packages := b.changes.addedKeyPackages()
	m := &welcome{suite: s.id, encryptedGroupInfo: encrypted, secrets: make([]encryptedGroupSecrets, len(packages))}
	err = eachParallel(len(packages), func(i int) (err error) {
		secrets := &groupSecrets{joiner: b.sched.joiner, psks: b.changes.psks}
		if b.path != nil {
			secrets.pathSecret = b.path.secretFor(b.changes.addedLeaves[i])
		}
		m.secrets[i].newMember = s.keyPackageRef(packages[i].marshal())
		plain := secrets.marshal()
		defer plain.wipe()
		m.secrets[i].secrets, err = s.encryptWithLabel(packages[i].InitKey, "Welcome", encrypted, plain)
		return err
	})
	if err != nil {
		return nil, err
	}
	return (&message{format: formatWelcome, welcome: m}).marshal(), nil
}

// addedKeyPackages are in the order of addedLeaves.
func (ch *changes) addedKeyPackages() (packages []*KeyPackage) {
	for i := range ch.proposals {
		if p := &ch.proposals[i].Proposal; p.Type == ProposalAdd {
			packages = append(packages, p.KeyPackage)
		}
	}
	return packages
}

// pskValues looks up pre-shared keys, those of past epochs of this group among them.
func (g *Group) pskValues(ids []PreSharedKeyID) ([]secret, error) {
	values := make([]secret, len(ids))
	for i, id := range ids {
		values[i] = g.pskValue(id)
		if values[i] == nil {
			return nil, ErrUnknownPSK
		}
	}
	return values, nil
}

func (g *Group) pskValue(id PreSharedKeyID) secret {
	e := g.epoch
	if id.Type == PSKResumption && bytes.Equal(id.Group, e.context.groupID) {
		if value := g.resumptionPSK(id.Epoch); value != nil {
			return value
		}
	}
	return g.cfg.psk(id)
}

// psk asks the caller for a pre-shared key.
func (c *Config) psk(id PreSharedKeyID) secret {
	if c.PSK == nil {
		return nil
	}
	return c.PSK(id)
}

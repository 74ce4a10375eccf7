package mls

import "slices"

// ProposeAdd asks to add the owner of a key package, an MLSMessage (RFC 9420
// section 12.1.1). Errors: those of ParseKeyPackage, ErrExpired,
// ErrInvalidProposal, ErrClosed, ErrRewound, ErrLimit.
func (g *Group) ProposeAdd(keyPackage []byte, opt MessageOptions) ([]byte, error) {
	kp, err := ParseKeyPackage(keyPackage)
	if err != nil {
		return nil, err
	}
	return g.propose(Proposal{Type: ProposalAdd, KeyPackage: kp}, nil, opt)
}

// ProposeUpdate asks to replace one's own leaf, with a new encryption key (RFC
// 9420 section 12.1.2). Errors: ErrInvalidLeaf, ErrClosed, ErrRewound,
// ErrLimit.
func (g *Group) ProposeUpdate(leaf LeafOptions, opt MessageOptions) ([]byte, error) {
	if err := g.checkSend(); err != nil {
		return nil, err
	}
	e := g.epoch
	n, private, err := e.tree.leaf(e.own).renewed(e.suite, &g.cfg, LeafFromUpdate, leaf)
	if err != nil {
		return nil, err
	}
	if err := n.sign(e.suite, &g.cfg, e.context.groupID, e.own); err != nil {
		return nil, err
	}
	return g.propose(Proposal{Type: ProposalUpdate, LeafNode: n}, private, opt)
}

// ProposeRemove asks to remove a member; of oneself, this is how one leaves
// (RFC 9420 section 12.1.3). Errors: ErrInvalidProposal, ErrClosed, ErrRewound,
// ErrLimit.
func (g *Group) ProposeRemove(leaf LeafIndex, opt MessageOptions) ([]byte, error) {
	return g.propose(Proposal{Type: ProposalRemove, Removed: leaf}, nil, opt)
}

// ProposeExtensions asks to replace the group's extensions (RFC 9420 section
// 12.1.7). Errors: ErrConfig, ErrClosed, ErrRewound, ErrLimit.
func (g *Group) ProposeExtensions(extensions []Extension, opt MessageOptions) ([]byte, error) {
	if err := checkExtensions(extensions); err != nil {
		return nil, err
	}
	return g.propose(Proposal{Type: ProposalGroupContextExtensions, Extensions: cloneExtensions(extensions)}, nil, opt)
}

// ProposePSK asks to mix a pre-shared key into the next epoch (RFC 9420 section
// 12.1.4). An empty Nonce is drawn. Errors: ErrInvalidProposal, ErrClosed,
// ErrRewound, ErrLimit.
func (g *Group) ProposePSK(id PreSharedKeyID, opt MessageOptions) (_ []byte, err error) {
	if id.Nonce, err = g.epoch.suite.pskNonce(&g.cfg, id.Nonce); err != nil {
		return nil, err
	}
	return g.propose(Proposal{Type: ProposalPSK, PSK: id.clone()}, nil, opt)
}

// PendingProposals lists the proposals received or sent in this epoch, in order
// (RFC 9420 section 12.2).
func (g *Group) PendingProposals() []PendingProposal {
	var list []PendingProposal
	for _, p := range g.proposals {
		list = append(list, p.PendingProposal)
	}
	return list
}

// DropProposal forgets a pending proposal, so that one's own commits leave it
// out; it tells whether there was one (RFC 9420 section 12.4). A commit of
// somebody else that refers to it then fails with ErrUnknownProposal.
func (g *Group) DropProposal(ref []byte) bool {
	at := slices.IndexFunc(g.proposals, func(p *storedProposal) bool { return string(p.Ref) == string(ref) })
	if at < 0 {
		return false
	}
	g.proposals[at].ownKey.wipe()
	g.proposals = slices.Delete(g.proposals, at, at+1)
	return true
}

// propose frames a proposal and makes it pending.
func (g *Group) propose(p Proposal, ownKey secret, opt MessageOptions) ([]byte, error) {
	if err := g.checkSend(); err != nil {
		return nil, err
	}
	if len(g.proposals) >= g.cfg.Limits.MaxProposals {
		return nil, fail(ErrLimit, "pending proposals")
	}
	sender := Sender{Type: SenderMember, Leaf: g.epoch.own}
	if err := g.epoch.checkOne(&g.cfg, &p, sender); err != nil {
		return nil, err
	}
	signed := g.epoch.frame(contentProposal, opt)
	signed.content.proposal = &p
	if err := signed.sign(g.epoch.suite, &g.cfg, g.epoch.raw); err != nil {
		return nil, err
	}
	message, take, err := g.protect(signed, opt.Public)
	if err != nil {
		return nil, err
	}
	take()
	ref := g.epoch.suite.proposalRef(signed.marshal())
	g.proposals = append(g.proposals, &storedProposal{
		PendingProposal: PendingProposal{Ref: ref, Proposal: p, Sender: sender}, ownKey: ownKey,
	})
	return message, nil
}

// frame begins a message of this member.
func (e *epoch) frame(kind contentType, opt MessageOptions) *authenticatedContent {
	format := formatPrivate
	if opt.Public {
		format = formatPublic
	}
	return &authenticatedContent{format: format, content: &framedContent{
		groupID: e.context.groupID, epoch: e.context.epoch, kind: kind,
		sender: Sender{Type: SenderMember, Leaf: e.own}, authenticatedData: slices.Clone(opt.AuthenticatedData),
	}}
}

// protect makes the message of signed content. take deletes the key it used and
// notes what was sent.
func (g *Group) protect(signed *authenticatedContent, public bool) (message []byte, take func(), err error) {
	e := g.epoch
	remember := func() { g.ratchets.remember(e.suite.sentTag(signed)) }
	if public {
		return e.suite.protectPublic(signed, e.secrets.membershipKey, e.raw).marshal(), remember, nil
	}
	application := signed.content.kind == contentApplication
	use, err := g.ratchets.nextKey(e.own, !application)
	if err != nil {
		return nil, nil, err
	}
	d := senderData{leaf: e.own, generation: use.generation}
	guard, err := randomSecret(g.cfg.Rand, reuseGuardSize)
	if err != nil {
		return nil, nil, err
	}
	copy(d.reuseGuard[:], guard)
	var size func(int) int
	if application {
		size = g.cfg.Limits.paddedSize
	}
	m, err := e.suite.protectPrivate(signed, e.secrets.senderData, d, use.messageKey, size)
	if err != nil {
		return nil, nil, err
	}
	return m.marshal(), func() {
		use.take()
		use.wipe()
		remember()
	}, nil
}

// Encrypt makes an application message, padded to Limits.Padding. It changes
// the ratchets: save them before the message is sent. While proposals are
// pending it refuses with ErrPendingProposals (RFC 9420 section 12.4): a member
// who is to be removed would read along. Commit first. Errors: ErrClosed, ErrRewound,
// ErrPendingProposals, ErrLimit.
func (g *Group) Encrypt(plaintext, authenticatedData []byte) ([]byte, error) {
	if err := g.checkSend(); err != nil {
		return nil, err
	}
	if len(g.proposals) > 0 {
		return nil, ErrPendingProposals
	}
	if len(plaintext)+len(authenticatedData) > maxMessage/2 {
		return nil, fail(ErrLimit, "size of a message")
	}
	signed := g.epoch.frame(contentApplication, MessageOptions{AuthenticatedData: authenticatedData})
	signed.content.application = plaintext
	if err := signed.sign(g.epoch.suite, &g.cfg, g.epoch.raw); err != nil {
		return nil, err
	}
	message, take, err := g.protect(signed, false)
	if err != nil {
		return nil, err
	}
	take()
	g.DropExpired()
	return message, nil
}

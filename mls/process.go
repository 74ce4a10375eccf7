package mls

import (
	"bytes"
	"errors"
)

// Received is what Process found (RFC 9420 section 6): exactly one of
// Application, Proposal and Commit is set.
type Received struct {
	// Application is an application message, nil otherwise.
	Application *ApplicationMessage
	// Proposal is a proposal, now pending, nil otherwise.
	Proposal *PendingProposal
	// Commit is a commit, checked and not taken, nil otherwise.
	Commit *StagedCommit
	// Epoch is the one the message was sent in.
	Epoch uint64
}

// ApplicationMessage is an opened application message (RFC 9420 section 15).
type ApplicationMessage struct {
	Data              []byte
	AuthenticatedData []byte
	// Sender and Credential are of the member that signed it, as they stood in
	// the epoch of the message.
	Sender       LeafIndex
	Credential   Credential
	SignatureKey []byte
	Generation   uint32
}

// Process opens and checks an MLSMessage (RFC 9420 section 6): PrivateMessage
// or PublicMessage. An application message or proposal changes the ratchets
// (and pending proposals), so save them; a commit changes nothing before Merge.
//
// Application messages are taken of the present epoch and Limits.PastEpochs
// before, in any order. Errors: ErrMalformed, ErrUnexpectedMessage,
// ErrWrongGroup, ErrWrongEpoch, ErrFutureEpoch, ErrSecretConsumed,
// ErrTooFarAhead, ErrOwnMessage, ErrRewound, ErrNotMember, ErrDecrypt, ErrSignature,
// ErrMembershipTag, ErrConfirmationTag, ErrUnknownProposal,
// ErrInvalidProposal, ErrInvalidCommit, ErrInvalidLeaf, ErrExpired,
// ErrUnknownPSK, ErrLimit, ErrClosed.
func (g *Group) Process(message []byte) (*Received, error) {
	m, err := parseMessage(message)
	if err != nil {
		return nil, err
	}
	switch m.format {
	case formatPublic:
		return g.processPublic(m.public)
	case formatPrivate:
		return g.processPrivate(m.private)
	}
	return nil, fail(ErrUnexpectedMessage, "neither PublicMessage nor PrivateMessage")
}

// checkEpoch tells whether a handshake message can be processed now.
func (g *Group) checkEpoch(epoch uint64) error {
	switch now := g.epoch.context.epoch; {
	case g.closed:
		return ErrClosed
	case epoch < now:
		return ErrWrongEpoch
	case epoch > now:
		return ErrFutureEpoch
	}
	return nil
}

func (g *Group) processPublic(m *publicMessage) (*Received, error) {
	e := g.epoch
	if !bytes.Equal(m.content.groupID, e.context.groupID) {
		return nil, ErrWrongGroup
	}
	if m.content.kind == contentApplication {
		return nil, fail(ErrMalformed, "application data in the clear")
	}
	if err := g.checkEpoch(m.content.epoch); err != nil {
		return nil, err
	}
	if err := e.suite.verifyMembership(m, e.secrets.membershipKey, e.raw); err != nil {
		return nil, err
	}
	if sender := m.content.sender; sender.Type == SenderMember && sender.Leaf == e.own {
		return nil, g.ownPublic(m.authenticated())
	}
	return g.processHandshake(m.authenticated(), nil)
}

func (g *Group) processPrivate(m *privateMessage) (*Received, error) {
	if !bytes.Equal(m.groupID, g.epoch.context.groupID) {
		return nil, ErrWrongGroup
	}
	if m.kind == contentApplication {
		return g.processApplication(m)
	}
	if err := g.checkEpoch(m.epoch); err != nil {
		return nil, err
	}
	o, err := g.open(g.view(), m)
	if err != nil {
		return nil, err
	}
	return g.processHandshake(o.content, o)
}

// An epochView is what it takes to open private messages of an epoch.
type epochView struct {
	suite      *suite
	raw        []byte
	own        LeafIndex
	senderData secret
	leaves     []*LeafNode
	ratchets   *secretTree
}

func (g *Group) view() *epochView {
	e := g.epoch
	return &epochView{
		suite: e.suite, raw: e.raw, own: e.own, senderData: e.secrets.senderData,
		leaves: e.tree.leaves, ratchets: g.ratchets,
	}
}

// viewOf finds the epoch of an application message.
func (g *Group) viewOf(epoch uint64) (*epochView, error) {
	switch now := g.epoch.context.epoch; {
	case epoch > now:
		return nil, ErrFutureEpoch
	case epoch == now:
		return g.view(), nil
	}
	for _, p := range g.past {
		if p.epoch == epoch {
			return &epochView{
				suite: g.epoch.suite, raw: p.raw, own: p.own, senderData: p.senderData,
				leaves: p.leaves, ratchets: p.ratchets,
			}, nil
		}
	}
	return nil, ErrWrongEpoch
}

// opened is a private message that was opened and verified; its key is still there.
type opened struct {
	content *authenticatedContent
	sender  *LeafNode
	data    senderData
	use     *keyUse
}

// open opens a message of somebody else, and looks at what one's own may prove.
func (g *Group) open(v *epochView, m *privateMessage) (*opened, error) {
	o, err := v.open(m, &g.cfg)
	if errors.Is(err, ErrOwnMessage) {
		return nil, g.ownPrivate(m)
	}
	return o, err
}

// open decrypts and verifies, and changes nothing.
func (v *epochView) open(m *privateMessage, cfg *Config) (*opened, error) {
	d, err := v.suite.openSenderData(m, v.senderData)
	if err != nil {
		return nil, err
	}
	if d.leaf == v.own {
		return nil, ErrOwnMessage
	}
	if int64(d.leaf) >= int64(len(v.leaves)) || v.leaves[d.leaf] == nil {
		return nil, fail(ErrNotMember, "sender")
	}
	sender := v.leaves[d.leaf]
	use, err := v.ratchets.key(d.leaf, m.kind != contentApplication, d.generation, cfg)
	if err != nil {
		return nil, err
	}
	content, err := v.suite.unprotectPrivate(m, d, use.messageKey)
	if err != nil {
		use.drop()
		return nil, err
	}
	if err := content.verify(v.suite, sender.SignatureKey, v.raw); err != nil {
		use.drop()
		return nil, err
	}
	return &opened{content: content, sender: sender, data: d, use: use}, nil
}

func (g *Group) processApplication(m *privateMessage) (*Received, error) {
	v, err := g.viewOf(m.epoch)
	if err != nil {
		return nil, err
	}
	o, err := g.open(v, m)
	if err != nil {
		return nil, err
	}
	o.use.take()
	o.use.wipe()
	g.DropExpired()
	return &Received{Epoch: m.epoch, Application: &ApplicationMessage{
		Data: o.content.content.application, AuthenticatedData: m.authenticatedData,
		Sender: o.data.leaf, Credential: o.sender.Credential, SignatureKey: o.sender.SignatureKey,
		Generation: o.data.generation,
	}}, nil
}

// processHandshake takes a message of this epoch; o is set if it came
// encrypted, and then its signature has been verified.
func (g *Group) processHandshake(a *authenticatedContent, o *opened) (*Received, error) {
	if o == nil {
		key, err := g.epoch.signerKey(a.content)
		if err != nil {
			return nil, err
		}
		if err := a.verify(g.epoch.suite, key, g.epoch.raw); err != nil {
			return nil, err
		}
	}
	received := &Received{Epoch: a.content.epoch}
	var err error
	if a.content.kind == contentProposal {
		received.Proposal, err = g.storeProposal(a, o)
	} else {
		received.Commit, err = g.stage(a, o)
		if o != nil {
			o.use.drop() // Merge takes it
		}
	}
	if err != nil {
		return nil, err
	}
	return received, nil
}

// storeProposal makes a proposal pending; one that is there already stays as it is.
func (g *Group) storeProposal(a *authenticatedContent, o *opened) (*PendingProposal, error) {
	p, sender := a.content.proposal, a.content.sender
	if err := checkProposer(p, sender); err != nil {
		return nil, err
	}
	if err := g.epoch.checkOne(&g.cfg, p, sender); err != nil {
		return nil, err
	}
	stored := &storedProposal{PendingProposal: PendingProposal{
		Ref: g.epoch.suite.proposalRef(a.marshal()), Proposal: *p, Sender: sender,
	}}
	if err := g.cfg.acceptProposal(stored.PendingProposal); err != nil {
		return nil, err
	}
	if g.proposal(stored.Ref) == nil {
		if len(g.proposals) >= g.cfg.Limits.MaxProposals {
			return nil, fail(ErrLimit, "pending proposals")
		}
		g.proposals = append(g.proposals, stored)
	}
	if o != nil {
		o.use.take()
		o.use.wipe()
	}
	found := stored.PendingProposal
	return &found, nil
}

func (c *Config) acceptProposal(p PendingProposal) error {
	switch {
	case c.AcceptProposal != nil:
		return because(ErrInvalidProposal, c.AcceptProposal(p))
	case p.Sender.Type == SenderMember, p.Sender.Type == SenderExternal && p.Proposal.Type == ProposalRemove:
		return nil
	}
	return fail(ErrInvalidProposal, "from outside the group, and not accepted")
}

func (g *Group) proposal(ref []byte) *storedProposal {
	for _, p := range g.proposals {
		if bytes.Equal(p.Ref, ref) {
			return p
		}
	}
	return nil
}

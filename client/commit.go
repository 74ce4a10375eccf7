package client

import (
	"context"
	"errors"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// confirmCommit takes our own commit, external join or creation now that the
// relay has put it into the feed. Groups advance here and nowhere else, so a
// crash at any point finds its way back.
func (tx *tx) confirmCommit(conversation *store.Conversation, e *wire.Entry) error {
	p := conversation.Pending
	if p == nil && e.Sequence <= conversation.Ahead {
		return nil // read before the relay went back
	}
	if p == nil || string(p.MessageID[:]) != string(e.MessageID) {
		return tx.lost(conversation)
	}
	conversation.Pending = nil
	conversation.CommitDue = false
	if p.State != nil {
		return tx.confirmJoin(conversation, p, e)
	}
	g, err := tx.mergePending(conversation)
	if err != nil || g == nil {
		return err
	}
	if !conversation.Joined {
		conversation.Joined, conversation.JoinSequence = true, e.Sequence
	}
	if conversation.Kind == store.KindGroup {
		if err := tx.SaveConversation(conversation); err != nil {
			return err
		}
		return tx.confirmGroup(conversation, p, g, e)
	}
	return tx.noteKeys(conversation, g)
}

// mergePending takes a group into the epoch of this device's own commit. It returns
// nil if there is no group, or none any more.
func (tx *tx) mergePending(conversation *store.Conversation) (*openGroup, error) {
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return nil, err
	}
	g.stateChanged = true
	if err := g.MergePendingCommit(); err != nil {
		return nil, tx.lost(conversation)
	}
	return g, nil
}

func (tx *tx) confirmJoin(conversation *store.Conversation, p *store.PendingCommit, e *wire.Entry) error {
	join, err := mls.RestoreExternalJoin(tx.mlsConfig(conversation), p.State)
	if err != nil {
		return tx.lost(conversation)
	}
	g, err := tx.openNewGroup(conversation.ID, join.Group())
	if err != nil {
		return err
	}
	conversation.Joined, conversation.JoinSequence, conversation.Group = true, e.Sequence, groupOf(conversation, g)
	if err := tx.noteKeys(conversation, g); err != nil {
		return err
	}
	switch conversation.Kind {
	case store.KindSelf:
		return tx.joinedSelf(conversation)
	case store.KindGroup:
		return tx.noteGroup(conversation, g, ident.AccountID{}, nil, e)
	}
	return nil
}

// lost gives up the group's state: the relay has gone on without this device.
// It joins again from outside, which replaces its old leaf.
func (tx *tx) lost(conversation *store.Conversation) error {
	tx.closeGroup(conversation.ID)
	conversation.Joined, conversation.Rewound = false, false
	conversation.Pending = nil
	if err := tx.unseal(conversation); err != nil {
		return err
	}
	return tx.DeleteGroup(conversation.ID)
}

// unseal has what waits to be sent encrypted anew: another group may be in the
// same epoch.
func (tx *tx) unseal(conversation *store.Conversation) error {
	if chat, ok := tx.chatOf(conversation); ok {
		if err := tx.UnsealOutgoing(&chat); err != nil {
			return err
		}
	}
	if conversation.Kind == store.KindSelf {
		return tx.UnsealOutgoing(nil)
	}
	return nil
}

// applyCommit takes somebody else's commit, or joins by its Welcome.
func (tx *tx) applyCommit(conversation *store.Conversation, e *wire.Entry) error {
	g, err := tx.group(conversation)
	if err != nil {
		return err
	}
	if g == nil || !conversation.Joined {
		return tx.joinByWelcome(conversation, e)
	}
	if e.Epoch < g.Epoch() {
		return nil // before this device joined
	}
	received, err := g.Process(e.Message)
	if err == nil && received.Commit == nil {
		err = mls.ErrUnexpectedMessage
	}
	var taken []ident.AccountID
	if err == nil {
		if conversation.Kind == store.KindGroup {
			taken, err = tx.authorizeGroup(conversation, g, received.Commit)
		} else {
			err = authorize(received.Commit)
		}
	}
	if err != nil {
		tx.skip("commit", err)
		if conversation.Kind == store.KindGroup && errors.Is(err, errNotAllowed) {
			return tx.refuseGroup(conversation, g)
		}
		return tx.lost(conversation)
	}
	by, _ := ident.CertificateAccount(received.Commit.Committer.Credential.Identity)
	came := received.Commit.Added
	if received.Commit.External {
		came = []mls.Member{received.Commit.Committer}
	}
	removed := received.Commit.SelfRemoved
	if received.Commit.External {
		tx.c.rejoined.Store(true)
	}
	g.stateChanged = true
	if err := g.Merge(received.Commit); err != nil {
		tx.skip("commit", err)
		return tx.lost(conversation)
	}
	conversation.Pending = nil
	conversation.CommitDue = false
	switch {
	case removed && conversation.Kind == store.KindGroup:
		why := store.GroupLeft // by the relay's proposal
		if slices.Contains(taken, tx.identity.Account) {
			why = store.GroupRemoved
		}
		return tx.leftGroup(conversation, why, by, e.TimeMS)
	case removed:
		return tx.lost(conversation)
	case conversation.Kind == store.KindGroup:
		if err := tx.noteKeysOf(conversation, members(came)); err != nil {
			return err
		}
		return tx.noteGroup(conversation, g, by, taken, e)
	}
	return tx.noteKeys(conversation, g)
}

// errNotAllowed: a commit changes what its author may not change.
var errNotAllowed = errors.New("the commit is not authorised")

// authorize judges a commit by role (DESIGN section 5, rule 6). In direct and
// self conversations devices come by their own external commit or at the
// creation, go by the relay's proposal or replace themselves, and nothing else
// changes.
func authorize(staged *mls.StagedCommit) error {
	for _, p := range staged.Proposals {
		switch p.Proposal.Type {
		case mls.ProposalRemove:
			byRelay := p.ByReference && p.Sender.Type == mls.SenderExternal
			if !byRelay && !replacesItself(staged) {
				return errNotAllowed
			}
		case mls.ProposalExternalInit:
		default:
			return errNotAllowed
		}
	}
	return nil
}

// replacesItself reports whether an external commit takes away only the former
// leaf of the very device that joins.
func replacesItself(staged *mls.StagedCommit) bool {
	if !staged.External || staged.Previous == nil {
		return false
	}
	before, err := ident.ParseCertificate(staged.Previous.Credential.Identity)
	if err != nil {
		return false
	}
	now, err := ident.ParseCertificate(staged.Committer.Credential.Identity)
	return err == nil && before.Account == now.Account && before.Device == now.Device
}

// joinByWelcome joins if the commit brought a Welcome for this device.
func (tx *tx) joinByWelcome(conversation *store.Conversation, e *wire.Entry) error {
	if len(e.Welcome) == 0 {
		return nil
	}
	bundle, err := tx.bundleFor(e.Welcome)
	if err != nil || bundle == nil {
		return err
	}
	config, peer := tx.welcomeConfig(conversation)
	joined, used, err := mls.JoinWelcome(config, e.Welcome, []*mls.KeyPackageBundle{bundle}, nil)
	if err != nil {
		tx.skip("welcome", err)
		return nil
	}
	if err := fitsConversation(conversation, joined); err != nil || wire.IsResetGroupOf(joined.ID(), conversation.ID[:]) != isReset(e) {
		tx.skip("welcome", errors.Join(mls.ErrWrongGroup, err))
		return nil
	}
	if !used.KeyPackage().LastResort() {
		if err := tx.DeleteKeyPackage(used.Ref()); err != nil {
			return err
		}
	}
	g, err := tx.openNewGroup(conversation.ID, joined)
	if err != nil {
		return err
	}
	conversation.Joined, conversation.JoinSequence, conversation.Pending = true, e.Sequence, nil
	conversation.Group, conversation.Peer = groupOf(conversation, g), *peer
	if err := tx.attachChat(conversation); err != nil {
		return err
	}
	if err := tx.noteKeys(conversation, g); err != nil || conversation.Kind != store.KindGroup {
		return err
	}
	by, _ := ident.IDFromBytes[ident.AccountID](e.SenderAccount)
	return tx.noteGroup(conversation, g, by, nil, e)
}

// welcomeConfig is mlsConfig for joining by a Welcome. Where a device of our
// own began a direct conversation, the entry does not name the other account:
// the only foreign one in the group is it. peer is set when the group was joined.
func (tx *tx) welcomeConfig(conversation *store.Conversation) (config mls.Config, peer *ident.AccountID) {
	config = tx.mlsConfig(conversation)
	known := conversation.Peer
	if conversation.Kind != store.KindDirect || !known.IsZero() {
		return config, &known
	}
	own := tx.identity.Account
	config.ValidateLeaf = func(leaf mls.LeafNode, _ mls.LeafContext) error {
		certificate, err := leafCertificate(leaf)
		if err != nil {
			return err
		}
		if known.IsZero() && certificate.Account != own {
			known = certificate.Account
		}
		if certificate.Account != own && certificate.Account != known {
			return errForeignAccount
		}
		return nil
	}
	return config, &known
}

// bundleFor finds which of our key packages a Welcome is for.
func (tx *tx) bundleFor(welcome []byte) (*mls.KeyPackageBundle, error) {
	refs, err := mls.WelcomeRefs(welcome)
	if err != nil {
		tx.skip("welcome", err)
		return nil, nil
	}
	for _, ref := range refs {
		stored, err := tx.FindKeyPackage(ref)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			return mls.ParseKeyPackageBundle(stored.Bundle)
		}
	}
	return nil, nil
}

// sendPending sends commits whose fate is open, once on each connection; the
// feed tells what became of them.
func (w *worker) sendPending(ctx context.Context) (did bool, err error) {
	var pending []*store.Conversation
	err = w.view(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		for _, c := range all {
			if c.Pending != nil && !w.sent[c.Pending.MessageID] && !w.delayed(commitKey(c)) {
				pending = append(pending, c)
			}
		}
		return err
	})
	if err != nil {
		return false, err
	}
	for _, c := range pending {
		did = true
		if err := w.tryPending(ctx, c); err != nil {
			return did, err
		}
	}
	return did, nil
}

// commitKey names a conversation's commits among the delays.
func commitKey(c *store.Conversation) string { return "commit " + c.ID.String() }

// tryPending sends one commit. A refusal that time does not mend drops it: a
// creation or join begins anew, after a while.
func (w *worker) tryPending(ctx context.Context, c *store.Conversation) error {
	err := w.sendCommit(ctx, c)
	var refusal *wire.Error
	switch {
	case err == nil:
		w.sent[c.Pending.MessageID] = true
		delete(w.delays, commitKey(c))
		return nil
	case hasCode(err, wire.ErrorConversationExists):
		w.needPull, w.listed = true, false
		return w.dropCreation(ctx, c.ID)
	case hasCode(err, wire.ErrorStaleEpoch, wire.ErrorProposalsPending, wire.ErrorGroupChanged):
		if err := w.dropPending(ctx, c); err != nil {
			return err
		}
		if err := w.catchUp(ctx, c.ID[:], err); err != nil {
			return err
		}
	case errors.As(err, &refusal) && !isTemporary(refusal.Code):
		if err := w.dropPending(ctx, c); err != nil {
			return err
		}
		w.wishes.settle(c.Pending.MessageID, err)
		if err := w.noteRefusedJoin(ctx, c, refusal); err != nil {
			return err
		}
	}
	return w.handleFailure(commitKey(c), err)
}

// isTemporary reports whether the same request may succeed later.
func isTemporary(code wire.ErrorCode) bool {
	switch code {
	case wire.ErrorInternal, wire.ErrorRateLimited, wire.ErrorStorageFull, wire.ErrorUnavailable,
		wire.ErrorNotAuthenticated, wire.ErrorDeviceRemoved:
		return true
	}
	return false
}

func (w *worker) sendCommit(ctx context.Context, conversation *store.Conversation) error {
	call, err := decodePending(conversation.Pending.Request)
	if err != nil {
		return err
	}
	_, err = request[*wire.SendResult](ctx, w.s, call)
	return err
}

// encodePending and decodePending keep which of the two requests it is.
func encodePending(call wire.RequestCall) []byte {
	r := wire.Request{Call: call}
	return r.AppendTo(nil)
}

func decodePending(b []byte) (wire.RequestCall, error) {
	var r wire.Request
	err := r.Unmarshal(b)
	return r.Call, err
}

// dropPending forgets a commit that the relay will not take. A join begins again
// with a newer GroupInfo, a creation with new key packages, a commit when it is
// next needed.
func (w *worker) dropPending(ctx context.Context, sent *store.Conversation) error {
	switch {
	case isResetting(sent):
		return w.dropReset(ctx, sent.ID)
	case isCreation(sent):
		return w.dropCreation(ctx, sent.ID)
	}
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(sent.ID)
		if err != nil || conversation == nil || conversation.Pending == nil {
			return err
		}
		if conversation.Pending.State == nil {
			if err := tx.clearCommit(conversation); err != nil {
				return err
			}
		}
		conversation.Pending = nil
		return tx.SaveConversation(conversation)
	})
}

func (tx *tx) clearCommit(conversation *store.Conversation) error {
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return err
	}
	g.ClearPendingCommit()
	g.stateChanged = true
	return nil
}

// dropCreation forgets a conversation that somebody else created first.
func (w *worker) dropCreation(ctx context.Context, id ident.ConversationID) error {
	return w.update(ctx, func(tx *tx) error {
		tx.closeGroup(id)
		return tx.DeleteConversation(id)
	})
}

// commitDue commits pending removals this device is to finish, and this device's
// new certificate among own devices. Elsewhere, where it says nothing new, the
// certificate comes with the next commit there is.
func (w *worker) commitDue(ctx context.Context) (did bool, err error) {
	err = w.update(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		if err != nil {
			return err
		}
		for _, c := range all {
			check := c.Kind == store.KindSelf && !w.leafChecked
			if !c.CommitDue && !check || c.Pending != nil || !c.Joined || c.Rewound || c.Replace != nil {
				continue
			}
			c.CommitDue = false
			g, err := tx.group(c)
			if err != nil {
				return err
			}
			if g != nil && (len(g.PendingProposals()) > 0 || check && !tx.leafIsCurrent(g)) {
				did = true
				return tx.commitProposals(c, g)
			}
			w.leafChecked = w.leafChecked || check
			if err := tx.SaveConversation(c); err != nil {
				return err
			}
		}
		return nil
	})
	return did, err
}

// commitProposals makes a commit of the pending proposals, to be sent by
// sendPending.
func (tx *tx) commitProposals(conversation *store.Conversation, g *openGroup) error {
	removed := removedDevices(g)
	epoch := g.Epoch()
	result, err := g.Commit(mls.CommitOptions{Leaf: tx.leafOptions()})
	if err != nil {
		return err
	}
	g.stateChanged = true
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	conversation.Pending = &store.PendingCommit{MessageID: id, Request: encodePending(&wire.Send{
		ConversationID: conversation.ID[:], MessageID: id[:], Kind: wire.EntryCommit, Epoch: epoch,
		Message: result.Message, GroupInfo: result.GroupInfo, Removed: removed,
	})}
	return tx.SaveConversation(conversation)
}

// removedDevices are the devices whose removal is proposed.
func removedDevices(g *openGroup) [][]byte {
	var ids [][]byte
	for _, p := range g.PendingProposals() {
		if p.Proposal.Type != mls.ProposalRemove {
			continue
		}
		if m, ok := g.Member(p.Proposal.Removed); ok {
			if certificate, err := ident.ParseCertificate(m.Credential.Identity); err == nil {
				ids = append(ids, certificate.Device[:])
			}
		}
	}
	return ids
}

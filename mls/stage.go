package mls

import (
	"bytes"
	"maps"
)

// A staging checks one received commit, step by step (RFC 9420 section 12.4.2).
// It works on copies: the group is not touched.
type staging struct {
	group     *Group
	message   *authenticatedContent
	commit    *commit
	changes   *changes
	committer LeafIndex
	leafKey   secret // one's own, as the proposals leave it
	out       *StagedCommit
}

// stage checks a commit whose signature has been verified.
func (g *Group) stage(a *authenticatedContent, o *opened) (*StagedCommit, error) {
	st := &staging{group: g, message: a, commit: a.content.commit, leafKey: g.epoch.leafKey}
	if err := st.applyProposals(); err != nil {
		return nil, err
	}
	steps, err := st.mergePath()
	if err != nil {
		return nil, err
	}
	if err := st.changes.validate(); err != nil {
		return nil, err
	}
	st.describe()
	if o != nil {
		st.out.used = &usedKey{leaf: o.data.leaf, generation: o.data.generation}
	}
	if st.out.SelfRemoved {
		st.out.next = &nextEpoch{closed: true}
		return st.out, nil
	}
	if st.out.next, err = st.advance(steps); err != nil {
		return nil, err
	}
	return st.out, nil
}

func (st *staging) applyProposals() (err error) {
	sender := st.message.content.sender
	if sender.Type != SenderMember && sender.Type != SenderNewMemberCommit {
		return fail(ErrInvalidCommit, "sender of a commit")
	}
	proposals, err := st.resolve(sender)
	if err != nil {
		return err
	}
	st.changes, err = st.group.epoch.apply(&st.group.cfg, sender, proposals)
	if err == nil && st.changes.needsPath && st.commit.path == nil {
		err = fail(ErrInvalidCommit, "a path is required")
	}
	return err
}

// resolve looks up the proposals by reference.
func (st *staging) resolve(committer Sender) ([]CommittedProposal, error) {
	var list []CommittedProposal
	byRef := make(map[string]*storedProposal, len(st.group.proposals))
	for _, p := range st.group.proposals {
		byRef[string(p.Ref)] = p
	}
	for i := range st.commit.proposals {
		p := &st.commit.proposals[i]
		if !p.byRef {
			list = append(list, CommittedProposal{Proposal: p.proposal, Sender: committer})
			continue
		}
		stored := byRef[string(p.ref)]
		if stored == nil {
			return nil, ErrUnknownProposal
		}
		if stored.ownKey != nil {
			st.leafKey = bytes.Clone(stored.ownKey) // the proposal may stay, and so may another commit of it
		}
		list = append(list, CommittedProposal{Proposal: stored.Proposal, Sender: stored.Sender, ByReference: true})
	}
	return list, nil
}

// mergePath puts the committer's new leaf and path into the tree.
func (st *staging) mergePath() ([]pathStep, error) {
	t, path, e := st.changes.tree, st.commit.path, st.group.epoch
	st.committer = st.message.content.sender.Leaf
	if path == nil {
		return nil, nil
	}
	previous, err := st.previousLeaf()
	if err != nil {
		return nil, err
	}
	if previous != nil && bytes.Equal(previous.EncryptionKey, path.leaf.EncryptionKey) {
		return nil, fail(ErrInvalidLeaf, "the committer keeps its encryption key")
	}
	if t.pathRepeatsKey(st.committer, path) {
		return nil, fail(ErrInvalidCommit, "the update path keeps a key")
	}
	steps, err := t.mergePath(st.committer, path)
	if err != nil {
		return nil, err
	}
	if err := t.validateLeaf(e.context.groupID, st.committer); err != nil {
		return nil, err
	}
	in := LeafContext{Index: st.committer, Previous: previous}
	return steps, askValidateLeaf(&st.group.cfg, st.changes.context, path.leaf, in)
}

// previousLeaf is the leaf that the committer's new one takes the place of. One
// who joins from outside gets its place in the tree here, and has a previous leaf
// if it removes its old one (RFC 9420 section 12.2).
func (st *staging) previousLeaf() (*LeafNode, error) {
	e := st.group.epoch
	if st.message.content.sender.Type != SenderNewMemberCommit {
		return e.tree.leaf(st.committer), nil
	}
	leaf := st.commit.path.leaf
	st.committer = st.changes.tree.addLeaf(leaf)
	if len(st.changes.removed) == 0 {
		return nil, nil
	}
	previous := st.changes.removed[0].Leaf
	if cfg := &st.group.cfg; cfg.ValidateLeaf == nil && cfg.Identity == nil && cfg.identity(previous) != cfg.identity(leaf) {
		return nil, fail(ErrInvalidLeaf, "an external commit removes somebody else")
	}
	return previous, nil
}

func (st *staging) describe() {
	ch, sender := st.changes, st.message.content.sender
	out := &StagedCommit{
		Committer: memberOf(st.committer, ch.tree.leaf(st.committer)),
		External:  sender.Type == SenderNewMemberCommit,
		Proposals: ch.proposals, Added: ch.added, Removed: ch.removed, Updated: ch.updated,
		Extensions: ch.context.extensions, ExtensionsChanged: ch.extensionsChanged,
		ReInit: ch.reInit, Epoch: ch.context.epoch,
		AuthenticatedData: st.message.content.authenticatedData, base: st.group.epoch,
	}
	if out.External && len(ch.removed) > 0 {
		out.Previous = &ch.removed[0]
	}
	for _, removed := range ch.removed {
		out.SelfRemoved = out.SelfRemoved || removed.Index == st.group.epoch.own
	}
	st.out = out
}

// advance opens the path, runs the key schedule and checks the confirmation tag.
func (st *staging) advance(steps []pathStep) (*nextEpoch, error) {
	e, ch := st.group.epoch, st.changes
	values, err := st.group.pskValues(ch.psks)
	if err != nil {
		return nil, err
	}
	tr := &transition{
		tree: ch.tree, extensions: ch.context.extensions,
		pskSecret: e.suite.pskSecret(ch.psks, values), commitSecret: make(secret, e.suite.hashLen),
	}
	defer tr.wipe()
	keys := e.keys.valid(ch.tree)
	if st.commit.path != nil {
		reader := &pathReader{own: e.own, leafKey: st.leafKey, keys: keys, added: ch.addedLeaves}
		context := e.provisionalContext(ch.tree, ch.context.extensions)
		opened, commitSecret, err := reader.open(ch.tree, steps, st.commit.path, context)
		if err != nil {
			return nil, err
		}
		tr.commitSecret = commitSecret
		maps.Copy(keys, opened)
	}
	if ch.kemOutput != nil {
		if tr.initSecret, err = e.suite.openExternalInit(e.secrets.external, ch.kemOutput); err != nil {
			return nil, err
		}
	}
	next, sched, err := e.next(tr, st.message)
	if err != nil {
		return nil, err
	}
	defer sched.done()
	if err := next.verifyConfirmation(st.message.auth.confirmationTag); err != nil {
		return nil, err
	}
	next.own, next.leafKey, next.keys = e.own, st.leafKey, keys
	ratchets := newSecretTree(e.suite, len(next.tree.leaves), sched.encryption)
	return &nextEpoch{epoch: next, ratchets: ratchets, closed: ch.reInit != nil, reInit: ch.reInit}, nil
}

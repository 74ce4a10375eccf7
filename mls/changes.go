package mls

import (
	"bytes"
	"slices"

	"parley/mls/internal/codec"
)

// changes is what the proposals of a commit do to an epoch, before its path.
type changes struct {
	committer         Sender
	proposals         []CommittedProposal
	tree              *tree
	context           *groupContext // of the epoch before, with the new extensions and epoch
	extensionsChanged bool
	addedLeaves       []LeafIndex
	added             []Member
	removed           []Member
	updated           []Member
	psks              []PreSharedKeyID
	kemOutput         []byte
	reInit            *ReInit
	needsPath         bool
}

// apply checks a commit's proposals (RFC 9420 section 12.2) and applies them to
// a copy of the tree in the order of section 12.3.
func (e *epoch) apply(cfg *Config, committer Sender, proposals []CommittedProposal) (*changes, error) {
	context := e.context
	context.epoch++
	if len(proposals) > cfg.Limits.MaxProposals {
		return nil, fail(ErrLimit, "proposals of a commit")
	}
	ch := &changes{committer: committer, proposals: proposals, tree: e.tree.clone(), context: &context}
	if err := ch.checkList(e); err != nil {
		return nil, err
	}
	ch.collect()
	if uint64(e.tree.memberCount()+ch.growth()) > uint64(cfg.Limits.MaxMembers) {
		return nil, fail(ErrLimit, "members of a group")
	}
	for _, step := range []struct {
		kind  ProposalType
		apply func(*epoch, *Config, *CommittedProposal) error
	}{
		{ProposalUpdate, ch.applyUpdate}, {ProposalRemove, ch.applyRemove}, {ProposalAdd, ch.applyAdd},
	} {
		for i := range proposals {
			if proposals[i].Proposal.Type != step.kind {
				continue
			}
			if err := step.apply(e, cfg, &proposals[i]); err != nil {
				return nil, err
			}
		}
		if step.kind == ProposalRemove {
			ch.tree.truncate()
		}
	}
	return ch, nil
}

// growth is by how many members the group grows; checkList has seen that each
// removal is of a member.
func (ch *changes) growth() (n int) {
	if ch.committer.Type == SenderNewMemberCommit {
		n++
	}
	for i := range ch.proposals {
		switch ch.proposals[i].Proposal.Type {
		case ProposalAdd:
			n++
		case ProposalRemove:
			n--
		}
	}
	return n
}

// collect takes up what does not touch the tree.
func (ch *changes) collect() {
	ch.needsPath = len(ch.proposals) == 0
	for i := range ch.proposals {
		p := &ch.proposals[i].Proposal
		ch.needsPath = ch.needsPath || p.Type.requiresPath()
		switch p.Type {
		case ProposalGroupContextExtensions:
			ch.context.extensions, ch.extensionsChanged = p.Extensions, true
		case ProposalPSK:
			ch.psks = append(ch.psks, p.PSK)
		case ProposalExternalInit:
			ch.kemOutput = p.KEMOutput
		case ProposalReInit:
			ch.reInit = p.ReInit
		}
	}
}

func (ch *changes) applyUpdate(e *epoch, cfg *Config, p *CommittedProposal) error {
	leaf, i := p.Proposal.LeafNode, p.Sender.Leaf
	if err := checkUpdate(e, leaf, i); err != nil {
		return err
	}
	previous := e.tree.leaf(i)
	ch.tree.updateLeaf(i, leaf)
	ch.updated = append(ch.updated, memberOf(i, leaf))
	return askValidateLeaf(cfg, ch.context, leaf, LeafContext{Index: i, Previous: previous})
}

func (ch *changes) applyRemove(e *epoch, _ *Config, p *CommittedProposal) error {
	i := p.Proposal.Removed
	ch.removed = append(ch.removed, memberOf(i, e.tree.leaf(i)))
	ch.tree.removeLeaf(i)
	return nil
}

func (ch *changes) applyAdd(e *epoch, cfg *Config, p *CommittedProposal) error {
	kp := p.Proposal.KeyPackage
	if err := checkAdd(e, cfg, kp); err != nil {
		return err
	}
	i := ch.tree.addLeaf(&kp.LeafNode)
	ch.addedLeaves = append(ch.addedLeaves, i)
	ch.added = append(ch.added, memberOf(i, &kp.LeafNode))
	return askValidateLeaf(cfg, ch.context, &kp.LeafNode, LeafContext{Index: i})
}

// checkAdd checks the key package of an Add (RFC 9420 section 12.1.1).
func checkAdd(e *epoch, cfg *Config, kp *KeyPackage) error {
	if kp.CipherSuite != e.context.suite {
		return fail(ErrInvalidProposal, "key package of another cipher suite")
	}
	if err := cfg.Limits.checkLifetime(&kp.LeafNode); err != nil {
		return err
	}
	if err := kp.LeafNode.Lifetime.validAt(cfg.Now()); err != nil {
		return err
	}
	return kp.verifyOnce()
}

// checkUpdate checks the leaf of an Update (RFC 9420 section 12.1.2).
func checkUpdate(e *epoch, leaf *LeafNode, i LeafIndex) error {
	previous := e.tree.leaf(i)
	if previous == nil {
		return fail(ErrNotMember, "sender of an update")
	}
	if leaf.Source != LeafFromUpdate {
		return fail(ErrInvalidLeaf, "source of an updated leaf")
	}
	if bytes.Equal(leaf.EncryptionKey, previous.EncryptionKey) {
		return fail(ErrInvalidLeaf, "an update keeps its encryption key")
	}
	if !e.suite.checkPublicKey(leaf.EncryptionKey) {
		return fail(ErrInvalidLeaf, "encryption key")
	}
	if err := leaf.checkFor(e.suite); err != nil {
		return err
	}
	return leaf.verify(e.suite, e.context.groupID, i)
}

// checkOne checks one proposal by itself, as it is received.
func (e *epoch) checkOne(cfg *Config, p *Proposal, sender Sender) error {
	switch p.Type {
	case ProposalAdd:
		return checkAdd(e, cfg, p.KeyPackage)
	case ProposalUpdate:
		if sender.Type != SenderMember {
			return fail(ErrInvalidProposal, "only members update themselves")
		}
		return checkUpdate(e, p.LeafNode, sender.Leaf)
	case ProposalRemove:
		if e.tree.leaf(p.Removed) == nil {
			return fail(ErrInvalidProposal, "removal of nobody")
		}
	case ProposalPSK:
		return checkPSK(e, p.PSK)
	case ProposalReInit:
		return checkReInitVersion(p.ReInit)
	case ProposalExternalInit:
		if sender.Type != SenderNewMemberCommit {
			return fail(ErrInvalidProposal, "external init within the group")
		}
	}
	return nil
}

// checkReInitVersion: no older one (RFC 9420 section 12.1.5).
func checkReInitVersion(r *ReInit) error {
	if r.Version < protocolVersion {
		return fail(ErrInvalidProposal, "re-initialisation with an older version")
	}
	return nil
}

// checkPSK: a fresh nonce, and no use that belongs to a Welcome (RFC 9420 section 12.1.4).
func checkPSK(e *epoch, id PreSharedKeyID) error {
	if len(id.Nonce) != e.suite.hashLen {
		return fail(ErrInvalidProposal, "length of a PSK nonce")
	}
	if id.isDerivation() && id.Usage != e.derivation {
		return fail(ErrInvalidProposal, "usage of a resumption PSK")
	}
	return nil
}

// checkList checks the proposals of a commit together (RFC 9420 section 12.2).
func (ch *changes) checkList(e *epoch) error {
	external := ch.committer.Type == SenderNewMemberCommit
	touched, psks := map[LeafIndex]bool{}, map[string]bool{}
	var extensions, reInits, externalInits, removes int
	for i := range ch.proposals {
		p := &ch.proposals[i]
		if err := ch.checkSender(e, p, external); err != nil {
			return err
		}
		switch p.Proposal.Type {
		case ProposalUpdate, ProposalRemove:
			leaf := p.target()
			if touched[leaf] {
				return fail(ErrInvalidProposal, "two changes of one leaf")
			}
			touched[leaf] = true
			removes++
		case ProposalPSK:
			key := pskKey(p.Proposal.PSK)
			if psks[key] {
				return fail(ErrInvalidProposal, "one PSK twice")
			}
			psks[key] = true
		case ProposalGroupContextExtensions:
			extensions++
		case ProposalReInit:
			reInits++
		case ProposalExternalInit:
			externalInits++
		}
	}
	switch {
	case extensions > 1:
		return fail(ErrInvalidProposal, "extensions set twice")
	case reInits > 0 && len(ch.proposals) > 1:
		return fail(ErrInvalidProposal, "re-initialisation beside other changes")
	case external && (externalInits != 1 || removes > 1):
		return fail(ErrInvalidCommit, "proposals of an external commit")
	}
	return nil
}

func pskKey(id PreSharedKeyID) string {
	var w codec.Writer
	id.encode(&w)
	return string(w.Data())
}

// target is the leaf an Update or Remove changes.
func (p *CommittedProposal) target() LeafIndex {
	if p.Proposal.Type == ProposalUpdate {
		return p.Sender.Leaf
	}
	return p.Proposal.Removed
}

// byExternal are the proposals somebody outside may make, and inExternal those an external commit may
// hold (RFC 9420 sections 12.1.8 and 12.4.3.2).
var (
	byExternal = []ProposalType{ProposalAdd, ProposalRemove, ProposalPSK, ProposalReInit, ProposalGroupContextExtensions}
	inExternal = []ProposalType{ProposalExternalInit, ProposalRemove, ProposalPSK}
)

// checkSender checks that the proposal is its sender's to make, and in such a commit.
func (ch *changes) checkSender(e *epoch, p *CommittedProposal, external bool) error {
	kind := p.Proposal.Type
	if external {
		if p.ByReference || !slices.Contains(inExternal, kind) {
			return fail(ErrInvalidCommit, "proposal in an external commit")
		}
	} else if err := ch.checkMemberCommit(p); err != nil {
		return err
	}
	switch kind {
	case ProposalRemove:
		if e.tree.leaf(p.Proposal.Removed) == nil {
			return fail(ErrInvalidProposal, "removal of nobody")
		}
	case ProposalPSK:
		return checkPSK(e, p.Proposal.PSK)
	case ProposalReInit:
		return checkReInitVersion(p.Proposal.ReInit)
	}
	return nil
}

// checkMemberCommit: members commit no updates of themselves, no removal of
// themselves, and no external init.
func (ch *changes) checkMemberCommit(p *CommittedProposal) error {
	kind := p.Proposal.Type
	switch {
	case kind == ProposalExternalInit:
		return fail(ErrInvalidProposal, "external init within the group")
	case (kind == ProposalUpdate || kind == ProposalRemove) && p.target() == ch.committer.Leaf:
		return fail(ErrInvalidProposal, "the committer changes its own leaf by a proposal")
	case kind == ProposalUpdate && (!p.ByReference || p.Sender.Type != SenderMember):
		return fail(ErrInvalidProposal, "update of somebody else")
	}
	return checkProposer(&p.Proposal, p.Sender)
}

// checkProposer checks that this kind of sender may propose this (RFC 9420 section 12.1.8).
func checkProposer(p *Proposal, sender Sender) error {
	switch sender.Type {
	case SenderExternal:
		if !slices.Contains(byExternal, p.Type) {
			return fail(ErrInvalidProposal, "proposal of an external sender")
		}
	case SenderNewMemberProposal:
		if p.Type != ProposalAdd {
			return fail(ErrInvalidProposal, "a new member proposes only to be added")
		}
	}
	return nil
}

// validate checks the tree as it will be, path included.
func (ch *changes) validate() error {
	if err := ch.tree.validateUnique(); err != nil {
		return err
	}
	if _, err := externalSenders(ch.context.extensions); err != nil {
		return err
	}
	return ch.tree.validateCapabilities(ch.context.extensions)
}

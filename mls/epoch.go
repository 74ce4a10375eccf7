package mls

import "math"

// An epoch is all that one epoch of a group consists of, but for the message
// ratchets. It never changes once it is made: a commit makes the next one.
type epoch struct {
	suite           *suite
	context         groupContext
	raw             []byte // context, encoded
	tree            *tree
	own             LeafIndex
	leafKey         secret
	keys            nodeKeys
	secrets         epochSecrets
	interim         []byte // interim transcript hash
	confirmationTag []byte

	// derivation is the usage of the resumption PSK by which the commit to epoch 1
	// of a successor or subgroup refers to the group it comes from; 0 elsewhere.
	derivation ResumptionUsage
}

// nextEpoch is where a commit leads.
type nextEpoch struct {
	epoch    *epoch
	ratchets *secretTree
	closed   bool    // this member is removed (then epoch is nil), or the group re-initialised
	reInit   *ReInit // what the group is re-initialised to
}

// A transition is what a commit brings to the key schedule.
type transition struct {
	tree         *tree
	extensions   []Extension
	commitSecret secret
	initSecret   secret // of an external commit; nil for the epoch's own
	pskSecret    secret
}

// provisionalContext is the context under which path secrets are encrypted: of
// the next epoch, with the transcript hash of this one (RFC 9420 section 12.4.1).
func (e *epoch) provisionalContext(t *tree, extensions []Extension) []byte {
	context := e.context
	context.epoch++
	context.treeHash = t.rootHash()
	context.extensions = extensions
	return context.marshal()
}

// next runs the key schedule over a signed commit. The private keys of the new
// epoch are for the caller to set.
func (e *epoch) next(tr *transition, signed *authenticatedContent) (*epoch, *scheduled, error) {
	if e.context.epoch == math.MaxUint64 {
		return nil, nil, fail(ErrLimit, "epochs of a group")
	}
	s := e.suite
	context := e.context
	context.epoch++
	context.treeHash = tr.tree.rootHash()
	context.extensions = tr.extensions
	context.confirmedTranscriptHash = s.confirmedTranscriptHash(e.interim, signed.transcriptInput())
	raw := context.marshal()
	init := tr.initSecret
	if init == nil {
		init = e.secrets.init
	}
	sched, err := s.schedule(init, tr.commitSecret, tr.pskSecret, raw)
	if err != nil {
		return nil, nil, err
	}
	tag := s.mac(sched.secrets.confirmationKey, context.confirmedTranscriptHash)
	return &epoch{
		suite: s, context: context, raw: raw, tree: tr.tree, secrets: sched.secrets, confirmationTag: tag,
		interim: s.interimTranscriptHash(context.confirmedTranscriptHash, tag),
	}, sched, nil
}

// verifyConfirmation checks the confirmation tag a commit or GroupInfo carries.
func (e *epoch) verifyConfirmation(tag []byte) error {
	if !e.suite.verifyMAC(e.secrets.confirmationKey, e.context.confirmedTranscriptHash, tag) {
		return ErrConfirmationTag
	}
	return nil
}

// signerKey is the signature key of a handshake message's sender; new members
// bring it along in what they propose or commit (RFC 9420 section 6.1).
func (e *epoch) signerKey(c *framedContent) ([]byte, error) {
	switch c.sender.Type {
	case SenderMember:
		if leaf := e.tree.leaf(c.sender.Leaf); leaf != nil {
			return leaf.SignatureKey, nil
		}
		return nil, fail(ErrNotMember, "sender")
	case SenderExternal:
		senders, err := externalSenders(e.context.extensions)
		if err != nil {
			return nil, err
		}
		if c.kind != contentProposal || uint64(c.sender.Index) >= uint64(len(senders)) {
			return nil, fail(ErrNotMember, "external sender")
		}
		return senders[c.sender.Index].SignatureKey, nil
	case SenderNewMemberProposal:
		if c.kind == contentProposal && c.proposal.Type == ProposalAdd {
			return c.proposal.KeyPackage.LeafNode.SignatureKey, nil
		}
		return nil, fail(ErrInvalidProposal, "a new member proposes only to be added")
	default:
		if c.kind == contentCommit && c.commit.path != nil {
			return c.commit.path.leaf.SignatureKey, nil
		}
		return nil, fail(ErrInvalidCommit, "an external commit needs a path")
	}
}

package mls

import (
	"bytes"
	"fmt"
	"io"
)

// ExternalJoinOptions describes the leaf that joins from outside (RFC 9420
// section 12.4.3.2).
type ExternalJoinOptions struct {
	Leaf LeafOptions
	// Replace is one's own old leaf, to be removed (a resync). A leaf with
	// the signature key of Config.Signer is replaced without being named.
	Replace *LeafIndex
	// PSKs are mixed into the new epoch. An empty Nonce is drawn.
	PSKs []PreSharedKeyID
	// AuthenticatedData is authenticated and not encrypted.
	AuthenticatedData []byte
	// RatchetTree is needed where the GroupInfo has no ratchet_tree extension.
	RatchetTree []byte
}

// ExternalJoin is an external commit (RFC 9420 section 12.4.3.2) that waits
// for the delivery service.
type ExternalJoin struct {
	// Commit is the commit, a PublicMessage, for the delivery service.
	Commit []byte
	// GroupInfo is for the next one who joins from outside.
	GroupInfo []byte

	group *Group
}

// JoinExternal makes the commit that joins the group of a GroupInfo (an
// MLSMessage with external_pub) (RFC 9420 section 12.4.3.2). Errors:
// ErrMalformed, ErrUnexpectedMessage, ErrSignature, ErrInvalidTree,
// ErrInvalidLeaf, ErrInvalidProposal, ErrUnsupported, ErrUnknownPSK, ErrConfig,
// ErrLimit, and that of Config.Progress.
func JoinExternal(cfg Config, groupInfo []byte, opt ExternalJoinOptions) (*ExternalJoin, error) {
	cfg = cfg.withDefaults()
	info, err := parseGroupInfo(groupInfo)
	if err != nil {
		return nil, err
	}
	e, err := info.outsideEpoch(&cfg, opt.RatchetTree)
	if err != nil {
		return nil, err
	}
	b, err := e.joinBuilder(&cfg, info, &opt)
	if err != nil {
		return nil, err
	}
	commit := &CommitOptions{Leaf: opt.Leaf, MessageOptions: MessageOptions{Public: true, AuthenticatedData: opt.AuthenticatedData}}
	defer b.done()
	if err := b.build(commit, cfg.pskValues); err != nil {
		return nil, err
	}
	message := e.suite.protectPublic(b.signed, nil, e.raw).marshal()
	result, err := b.result(message)
	if err != nil {
		return nil, err
	}
	if err := b.next.tree.endJoin(); err != nil {
		return nil, err
	}
	return &ExternalJoin{Commit: result.Message, GroupInfo: result.GroupInfo, group: newGroup(cfg, b.nextEpoch())}, nil
}

// outsideEpoch is an epoch as a GroupInfo shows it: without secrets.
func (i *groupInfo) outsideEpoch(cfg *Config, ratchetTree []byte) (*epoch, error) {
	s, err := lookupSuite(i.context.suite)
	if err != nil {
		return nil, err
	}
	t, err := i.tree(s, ratchetTree, cfg.Limits.MaxMembers)
	if err != nil {
		return nil, err
	}
	t.joining = cfg.newProgress(t, externalPasses)
	if err := i.validate(s, cfg, t); err != nil {
		return nil, err
	}
	return &epoch{
		suite: s, context: i.context, raw: i.context.marshal(), tree: t, confirmationTag: i.confirmationTag,
		interim: s.interimTranscriptHash(i.context.confirmedTranscriptHash, i.confirmationTag),
	}, nil
}

// joinBuilder prepares the external commit: ExternalInit, the removal of one's
// old leaf, PSKs, and the new leaf in its place.
func (e *epoch) joinBuilder(cfg *Config, info *groupInfo, opt *ExternalJoinOptions) (*commitBuilder, error) {
	externalPub, err := info.externalPub()
	if err != nil {
		return nil, err
	}
	kemOutput, init, err := e.suite.externalInit(externalPub)
	if err != nil {
		return nil, err
	}
	proposals, err := e.joinProposals(cfg, kemOutput, opt)
	if err != nil {
		return nil, err
	}
	committer := Sender{Type: SenderNewMemberCommit}
	b := &commitBuilder{cfg: cfg, epoch: e, init: init}
	var all []CommittedProposal
	for _, p := range proposals {
		all = append(all, CommittedProposal{Proposal: p, Sender: committer})
		b.proposals = append(b.proposals, proposalOrRef{proposal: p})
	}
	if b.changes, err = e.apply(cfg, committer, all); err != nil {
		return nil, err
	}
	leaf, _, err := newLeaf(e.suite, cfg, opt.Leaf)
	if err != nil {
		return nil, err
	}
	e.own = b.changes.tree.addLeaf(leaf)
	return b, nil
}

func (e *epoch) joinProposals(cfg *Config, kemOutput []byte, opt *ExternalJoinOptions) ([]Proposal, error) {
	list := []Proposal{{Type: ProposalExternalInit, KEMOutput: kemOutput}}
	old, found, err := e.oldLeaf(cfg, opt)
	if err != nil {
		return nil, err
	}
	if found {
		list = append(list, Proposal{Type: ProposalRemove, Removed: old})
	}
	for _, id := range opt.PSKs {
		if id.Nonce, err = e.suite.pskNonce(cfg, id.Nonce); err != nil {
			return nil, err
		}
		list = append(list, Proposal{Type: ProposalPSK, PSK: id})
	}
	return list, nil
}

// oldLeaf is the leaf to replace, named or found by its signature key.
func (e *epoch) oldLeaf(cfg *Config, opt *ExternalJoinOptions) (LeafIndex, bool, error) {
	if opt.Replace != nil {
		return *opt.Replace, true, nil
	}
	key, err := e.suite.signatureKey(cfg.Signer)
	if err != nil {
		return 0, false, err
	}
	for i, leaf := range e.tree.leaves {
		if leaf != nil && bytes.Equal(leaf.SignatureKey, key) {
			return LeafIndex(i), true, nil
		}
	}
	return 0, false, nil
}

// pskValues looks up pre-shared keys for somebody who has no group yet.
func (c *Config) pskValues(ids []PreSharedKeyID) ([]secret, error) {
	values := make([]secret, len(ids))
	for i, id := range ids {
		if values[i] = c.psk(id); values[i] == nil {
			return nil, ErrUnknownPSK
		}
	}
	return values, nil
}

// Group is the group as it will be once the delivery service has accepted
// Commit (RFC 9420 section 12.4.3.2). Use it only then; if it refused, drop the
// ExternalJoin and begin again with a newer GroupInfo.
func (j *ExternalJoin) Group() *Group { return j.group }

const redactedJoin = "mls.ExternalJoin{redacted}"

func (ExternalJoin) String() string             { return redactedJoin }
func (ExternalJoin) GoString() string           { return redactedJoin }
func (ExternalJoin) Format(f fmt.State, _ rune) { io.WriteString(f, redactedJoin) }

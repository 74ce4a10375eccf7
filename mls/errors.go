package mls

import (
	"errors"
)

// The errors a caller branches on. They are wrapped with the step that failed;
// test with errors.Is. None carries a secret or a plaintext.
var (
	// ErrMalformed: the bytes are not a well-formed message of the kind expected.
	ErrMalformed = errors.New("mls: malformed message")
	// ErrUnexpectedMessage: well-formed, but not for this call (say, a Welcome given to Process).
	ErrUnexpectedMessage = errors.New("mls: message of another kind than expected")
	// ErrWrongGroup: the message belongs to another group.
	ErrWrongGroup = errors.New("mls: message of another group")
	// ErrWrongEpoch: the message belongs to an epoch that is over (or too old, for application messages).
	ErrWrongEpoch = errors.New("mls: message of an epoch that is over")
	// ErrFutureEpoch: the message belongs to an epoch not reached yet; process the missing commits first.
	ErrFutureEpoch = errors.New("mls: message of an epoch not reached yet")
	// ErrSecretConsumed: the key of this message was used or has been dropped: a replay, or a message too late.
	ErrSecretConsumed = errors.New("mls: message key already used or dropped")
	// ErrTooFarAhead: the sender's ratchet would have to jump farther than Limits.MaxForward.
	ErrTooFarAhead = errors.New("mls: message too far ahead of its sender's ratchet")
	// ErrOwnMessage: this member sent the message itself.
	ErrOwnMessage = errors.New("mls: own message")
	// ErrUnknownProposal: a commit refers to a proposal that was not received.
	ErrUnknownProposal = errors.New("mls: commit refers to an unknown proposal")
	// ErrInvalidProposal: a proposal, or the list of a commit's proposals, breaks RFC 9420 section 12.
	ErrInvalidProposal = errors.New("mls: invalid proposal")
	// ErrInvalidCommit: the commit breaks RFC 9420 section 12.4.
	ErrInvalidCommit = errors.New("mls: invalid commit")
	// ErrInvalidLeaf: a leaf node breaks RFC 9420 section 7.3, or ValidateLeaf refused it.
	ErrInvalidLeaf = errors.New("mls: invalid leaf node")
	// ErrInvalidTree: a ratchet tree breaks RFC 9420 section 7.9 or 12.4.3.1.
	ErrInvalidTree = errors.New("mls: invalid ratchet tree")
	// ErrSignature: a signature does not verify.
	ErrSignature = errors.New("mls: signature does not verify")
	// ErrMembershipTag: the membership tag of a PublicMessage does not verify.
	ErrMembershipTag = errors.New("mls: membership tag does not verify")
	// ErrConfirmationTag: the confirmation tag of a commit or GroupInfo does not verify.
	ErrConfirmationTag = errors.New("mls: confirmation tag does not verify")
	// ErrDecrypt: a ciphertext does not open.
	ErrDecrypt = errors.New("mls: ciphertext does not open")
	// ErrExpired: a key package is outside its lifetime.
	ErrExpired = errors.New("mls: key package outside its lifetime")
	// ErrUnsupported: a cipher suite, version, or capability that is not there.
	ErrUnsupported = errors.New("mls: not supported")
	// ErrKnownGroup: a Welcome into a group of an id that Config.KnownGroup knows.
	ErrKnownGroup = errors.New("mls: already in a group of this id")
	// ErrNotDerived: a group that should follow a ReInit, or branch off, does not
	// fit the group it comes from (RFC 9420 sections 11.2 and 11.3).
	ErrNotDerived = errors.New("mls: group does not fit the one it comes from")
	// ErrPendingProposals: there are pending proposals; commit, or drop them, before
	// application messages are sent (RFC 9420 section 12.4).
	ErrPendingProposals = errors.New("mls: proposals are pending")
	// ErrNoKeyPackage: a Welcome is for none of the given key packages.
	ErrNoKeyPackage = errors.New("mls: welcome for none of the key packages")
	// ErrUnknownPSK: a pre-shared key that is not at hand.
	ErrUnknownPSK = errors.New("mls: unknown pre-shared key")
	// ErrNotMember: no such leaf, or this member has been removed.
	ErrNotMember = errors.New("mls: not a member")
	// ErrPendingCommit: a commit of one's own is pending; merge or clear it first.
	ErrPendingCommit = errors.New("mls: a commit is pending")
	// ErrNoPendingCommit: there is no commit of one's own to merge.
	ErrNoPendingCommit = errors.New("mls: no commit is pending")
	// ErrStale: the staged commit was staged in another epoch or by another group.
	ErrStale = errors.New("mls: staged commit does not follow the current epoch")
	// ErrClosed: the group was closed by a ReInit commit or by the removal of this member.
	ErrClosed = errors.New("mls: group is closed")
	// ErrRewound: this member has sent more than the group's state knows of, so
	// nothing may be sent; see Group.Rewound. Unlike other errors of Process it
	// comes with a change: the group is marked.
	ErrRewound = errors.New("mls: state is older than what this member has sent")
	// ErrLimit: a limit of Limits would be exceeded.
	ErrLimit = errors.New("mls: limit exceeded")
	// ErrState: saved state that cannot be restored.
	ErrState = errors.New("mls: saved state cannot be restored")
	// ErrConfig: the Config or an option does not fit the call.
	ErrConfig = errors.New("mls: configuration does not fit")
)

// A stepError says which step failed, and why.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.err.Error() + ": " + e.step }
func (e *stepError) Unwrap() error { return e.err }

// fail wraps one of the sentinels above with the step that failed.
func fail(err error, step string) error { return &stepError{step: step, err: err} }

// because joins a sentinel with the cause from below; the cause never holds a secret.
func because(err, cause error) error {
	if cause == nil || errors.Is(cause, err) {
		return cause
	}
	return &causeError{err: err, cause: cause}
}

type causeError struct{ err, cause error }

func (e *causeError) Error() string   { return e.err.Error() + ": " + e.cause.Error() }
func (e *causeError) Unwrap() []error { return []error{e.err, e.cause} }

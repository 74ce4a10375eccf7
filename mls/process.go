package mls

// Received is what Process found: exactly one of Application, Proposal and
// Commit is set.
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

// ApplicationMessage is an opened application message.
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

// Process opens and checks an MLSMessage: PrivateMessage or PublicMessage. An
// application message or proposal changes the ratchets (and pending
// proposals), so save them; a commit changes nothing before Merge.
//
// Application messages are taken of the present epoch and Limits.PastEpochs
// before, in any order. Errors: ErrMalformed, ErrWrongGroup, ErrWrongEpoch,
// ErrFutureEpoch, ErrSecretConsumed, ErrTooFarAhead, ErrOwnMessage,
// ErrDecrypt, ErrSignature, ErrMembershipTag, ErrConfirmationTag,
// ErrUnknownProposal, ErrInvalidProposal, ErrInvalidCommit, ErrInvalidLeaf,
// ErrExpired, ErrUnknownPSK, ErrLimit, ErrClosed.
func (g *Group) Process(message []byte) (*Received, error) { return nil, errNotYet }

// Encrypt makes an application message, padded to Limits.Padding. It changes
// the ratchets: save them before the message is sent. Errors: ErrClosed.
func (g *Group) Encrypt(plaintext, authenticatedData []byte) ([]byte, error) {
	return nil, errNotYet
}

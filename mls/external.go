package mls

// ExternalJoinOptions describes the leaf that joins from outside.
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
// MLSMessage with external_pub). Errors: ErrMalformed, ErrSignature,
// ErrInvalidTree, ErrInvalidLeaf, ErrUnsupported, ErrUnknownPSK.
func JoinExternal(cfg Config, groupInfo []byte, opt ExternalJoinOptions) (*ExternalJoin, error) {
	return nil, errNotYet
}

// Group is the group as it will be once the delivery service has accepted
// Commit. Use it only then; if it refused, drop the ExternalJoin and begin
// again with a newer GroupInfo.
func (j *ExternalJoin) Group() *Group { return j.group }

package mls

// GroupView is what a GroupInfo tells about a group before one joins it.
type GroupView struct {
	GroupID     []byte
	Epoch       uint64
	CipherSuite CipherSuite
	Extensions  []Extension
	Members     []Member  // nil if the GroupInfo carries no tree
	Signer      LeafIndex // the member who made the GroupInfo
}

// InspectGroupInfo decodes a GroupInfo (an MLSMessage) and checks its
// signature if it carries the tree. Nothing else is checked: JoinExternal does. Errors: ErrMalformed,
// ErrSignature, ErrUnsupported.
func InspectGroupInfo(groupInfo []byte) (*GroupView, error) { return nil, errNotYet }

// GroupInfo is what somebody needs to join this epoch from outside: an
// MLSMessage with the ratchet_tree and external_pub extensions, signed by this member.
func (g *Group) GroupInfo() ([]byte, error) { return nil, errNotYet }

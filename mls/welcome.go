package mls

// JoinWelcome joins by a Welcome (an MLSMessage) for one of the bundles, and
// returns that bundle too: delete it, unless it is of last resort. ratchetTree
// is nil where the Welcome carries the tree, as ours do. Errors: ErrMalformed, ErrNoKeyPackage,
// ErrDecrypt, ErrSignature, ErrConfirmationTag, ErrInvalidTree, ErrInvalidLeaf,
// ErrUnknownPSK, ErrUnsupported.
func JoinWelcome(cfg Config, welcome []byte, bundles []*KeyPackageBundle, ratchetTree []byte) (*Group, *KeyPackageBundle, error) {
	return nil, nil, errNotYet
}

// WelcomeRefs lists the KeyPackageRefs a Welcome is for: how a device finds
// which bundle to load.
func WelcomeRefs(welcome []byte) ([][]byte, error) { return nil, errNotYet }

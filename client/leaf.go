package client

import (
	"crypto/ed25519"

	"parley/ident"
	"parley/mls"
)

// leafCertificate is the certificate in a leaf, checked against the leaf's key.
func leafCertificate(leaf mls.LeafNode) (*ident.Certificate, error) {
	certificate, err := ident.ParseCertificate(leaf.Credential.Identity)
	if err != nil {
		return nil, err
	}
	if !certificate.DeviceKey.Equal(ed25519.PublicKey(leaf.SignatureKey)) {
		return nil, errLeafKey
	}
	return certificate, nil
}

// leafOptions is this device's own leaf.
func (tx *tx) leafOptions() mls.LeafOptions {
	return mls.LeafOptions{Credential: mls.BasicCredential(tx.identity.Certificate), Capabilities: leafCapabilities()}
}

// leafIsCurrent reports whether a group has this device's present certificate.
func (tx *tx) leafIsCurrent(g *openGroup) bool {
	m, ok := g.Member(g.OwnLeaf())
	return ok && string(m.Credential.Identity) == string(tx.identity.Certificate)
}

// member is a device in a group.
type member struct {
	leaf        mls.LeafIndex
	certificate *ident.Certificate
}

// members lists the devices in a group; leaves were validated when they came.
func members(all []mls.Member) []member {
	list := make([]member, 0, len(all))
	for _, m := range all {
		certificate, err := ident.ReadVerifiedCertificate(m.Credential.Identity)
		if err == nil {
			list = append(list, member{m.Index, certificate})
		}
	}
	return list
}

package delivery

import "parley/mls/internal/codec"

// Leaf is a member's place in a group.
type Leaf struct {
	Index        uint32
	SignatureKey []byte
}

// PublicGroup is what a GroupInfo tells a delivery service about a group.
// Slices alias the message.
type PublicGroup struct {
	CipherSuite uint16
	GroupID     []byte
	Epoch       uint64
	// Extensions are those of the group context.
	Extensions []Extension
	// Leaves are the leaves that are taken, ascending.
	Leaves []Leaf
	// Signer is the leaf of the member who made the GroupInfo.
	Signer uint32
}

// Extension is a type and its encoded content (RFC 9420 section 13.4).
type Extension struct {
	Type uint16
	Data []byte
}

// The extensions of a GroupInfo with which devices join from outside (RFC 9420
// section 12.4.3).
const (
	ratchetTreeExtension = 2
	externalPubExtension = 4
)

// ParseGroupInfo decodes an MLSMessage that holds a GroupInfo of suite 0x0001,
// 0x0003 or 0xF003 with the ratchet_tree and external_pub extensions, and verifies its
// signature with the key at the signer's leaf: it is as its signer made it.
// Whether the tree is the group's own is for those to find out who join. It
// takes time and memory in proportion to the message. Errors: ErrMalformed,
// ErrUnsupported (another suite or version), ErrSignature.
func ParseGroupInfo(message []byte) (*PublicGroup, error) {
	h, err := ParseHeader(message)
	if err != nil {
		return nil, err
	}
	if h.WireFormat != GroupInfo {
		return nil, ErrMalformed
	}
	if !ed25519Suite(h.CipherSuite) {
		return nil, ErrUnsupported
	}
	g := &PublicGroup{CipherSuite: h.CipherSuite, GroupID: h.GroupID, Epoch: h.Epoch}
	r := codec.NewReader(message[4:])
	signed, signature := g.read(r)
	if r.End() != nil {
		return nil, ErrMalformed
	}
	if !verifyWithLabel(g.signerKey(), "GroupInfoTBS", signed, signature) {
		return nil, ErrSignature
	}
	return g, nil
}

// read reads a GroupInfo, and returns GroupInfoTBS and its signature.
func (g *PublicGroup) read(r *codec.Reader) (signed, signature []byte) {
	start := r.Rest()
	g.readContext(r)
	g.readExtensions(r)
	r.Vector() // confirmation tag
	g.Signer = r.Uint32()
	signed = start[:len(start)-len(r.Rest())]
	return signed, r.Vector()
}

func (g *PublicGroup) readContext(r *codec.Reader) {
	r.Uint16() // version
	r.Uint16() // cipher suite
	r.Vector() // group id
	r.Uint64() // epoch
	r.Vector() // tree hash
	r.Vector() // confirmed transcript hash
	r.Each(func(r *codec.Reader) {
		g.Extensions = append(g.Extensions, Extension{Type: r.Uint16(), Data: r.Vector()})
	})
}

// readExtensions wants the two that a join needs, once each.
func (g *PublicGroup) readExtensions(r *codec.Reader) {
	trees, keys := 0, 0
	r.Each(func(r *codec.Reader) {
		switch kind, data := r.Uint16(), r.Vector(); kind {
		case ratchetTreeExtension:
			trees++
			inner := codec.NewReader(data)
			g.Leaves = readTree(inner)
			if inner.End() != nil {
				r.Fail()
			}
		case externalPubExtension:
			keys++
		}
	})
	if trees != 1 || keys != 1 {
		r.Fail()
	}
}

// The types of a tree's nodes (RFC 9420 section 12.4.3.3).
const (
	nodeLeaf   = 1
	nodeParent = 2
)

// readTree reads a ratchet_tree extension: nodes in order, leaves at even places.
func readTree(r *codec.Reader) (leaves []Leaf) {
	place, last := uint32(0), false
	r.Each(func(r *codec.Reader) {
		if last = r.Optional(); last {
			switch kind := r.Uint8(); {
			case kind == nodeLeaf && place%2 == 0:
				leaves = append(leaves, Leaf{Index: place / 2, SignatureKey: readLeafNode(r).signatureKey})
			case kind == nodeParent && place%2 == 1:
				skipParentNode(r)
			default:
				r.Fail()
			}
		}
		place++
	})
	if !last { // blank nodes at the end are left out
		r.Fail()
	}
	return leaves
}

func skipParentNode(r *codec.Reader) {
	r.Vector()                                   // encryption key
	r.Vector()                                   // parent hash
	r.Each(func(r *codec.Reader) { r.Uint32() }) // unmerged leaves
}

// signerKey is nil if the signer's leaf is blank.
func (g *PublicGroup) signerKey() []byte {
	for _, leaf := range g.Leaves {
		if leaf.Index == g.Signer {
			return leaf.SignatureKey
		}
	}
	return nil
}

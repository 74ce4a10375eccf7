// Package relaytest makes MLS messages as a relay sees them, for tests of the
// relay and measurements: the clear headers are right (RFC 9420 section 6), and
// nothing real is encrypted inside. No device could read them.
package relaytest

import (
	"crypto/ed25519"
	"encoding/binary"

	"parley/mls/delivery"
)

// vector appends a variable-size vector (RFC 9420 section 2.1.2).
func vector(b, v []byte) []byte {
	switch n := len(v); {
	case n < 1<<6:
		b = append(b, byte(n))
	case n < 1<<14:
		b = binary.BigEndian.AppendUint16(b, 0x4000|uint16(n))
	default:
		b = binary.BigEndian.AppendUint32(b, 0x8000_0000|uint32(n))
	}
	return append(b, v...)
}

// privateMessage is a PrivateMessage (section 6.3) with nothing real inside.
func privateMessage(group []byte, epoch uint64, content byte, ciphertext string) []byte {
	b := vector([]byte{0, 1, 0, 2}, group)
	b = append(binary.BigEndian.AppendUint64(b, epoch), content)
	b = vector(b, nil)
	b = vector(b, []byte("sender data"))
	return vector(b, []byte(ciphertext))
}

// ApplicationMessage is a PrivateMessage with application data.
func ApplicationMessage(group []byte, epoch uint64, ciphertext string) []byte {
	return privateMessage(group, epoch, 1, ciphertext)
}

// CommitMessage is a PrivateMessage with a commit.
func CommitMessage(group []byte, epoch uint64) []byte {
	return privateMessage(group, epoch, 3, "commit")
}

// LargeCommitMessage is a commit with a ciphertext of a size.
func LargeCommitMessage(group []byte, epoch uint64, size int) []byte {
	return privateMessage(group, epoch, 3, string(make([]byte, size)))
}

// Welcome is a Welcome (section 12.4.3.1) for nobody with a GroupInfo of a size.
func Welcome(size int) []byte {
	b := vector([]byte{0, 1, 0, 3, 0, 3}, nil)
	return vector(b, make([]byte, size))
}

// ExternalCommitMessage is a PublicMessage (section 6.2) of a new member.
func ExternalCommitMessage(group []byte, epoch uint64) []byte {
	b := vector([]byte{0, 1, 0, 1}, group)
	b = append(binary.BigEndian.AppendUint64(b, epoch), 4)
	b = append(vector(b, nil), 3)
	b = append(vector(b, nil), 0) // no proposals, no path
	b = vector(b, make([]byte, 64))
	return vector(b, make([]byte, 32))
}

// GroupInfo is a GroupInfo (section 12.4.3) of suite 3 with a tree of leaves,
// ascending, under blank parents, signed by the one at a leaf.
func GroupInfo(group []byte, epoch uint64, signer uint32, key ed25519.PrivateKey, leaves ...delivery.Leaf) []byte {
	return GroupInfoWith(nil, group, epoch, signer, key, leaves...)
}

// GroupInfoWith is GroupInfo with extensions in the group context.
func GroupInfoWith(context []delivery.Extension, group []byte, epoch uint64, signer uint32, key ed25519.PrivateKey, leaves ...delivery.Leaf) []byte {
	var encoded []byte
	for _, e := range context {
		encoded = vector(binary.BigEndian.AppendUint16(encoded, e.Type), e.Data)
	}
	b := vector([]byte{0, 1, 0, 3}, group)
	b = binary.BigEndian.AppendUint64(b, epoch)
	b = vector(vector(vector(b, make([]byte, 32)), make([]byte, 32)), encoded)
	extensions := vector([]byte{0, 2}, tree(leaves))
	extensions = vector(append(extensions, 0, 4), make([]byte, 33))
	b = vector(vector(b, extensions), make([]byte, 32))
	b = binary.BigEndian.AppendUint32(b, signer)
	content := vector(vector(nil, []byte("MLS 1.0 GroupInfoTBS")), b)
	return append([]byte{0, 1, 0, 4}, vector(b, ed25519.Sign(key, content))...)
}

// tree is the content of a ratchet_tree extension (section 12.4.3.3).
func tree(leaves []delivery.Leaf) []byte {
	var nodes []byte
	place := uint32(0)
	for _, leaf := range leaves {
		for ; place < 2*leaf.Index; place++ {
			nodes = append(nodes, 0)
		}
		nodes = append(append(nodes, 1, 1), leafNode(leaf.SignatureKey)...)
		place++
	}
	return vector(nil, nodes)
}

// leafNode is a LeafNode (section 7.2) with nothing real but its signature key.
func leafNode(key []byte) []byte {
	b := vector(vector(nil, make([]byte, 32)), key)
	b = vector(append(b, 0, 1), []byte("identity"))
	for range 5 { // capabilities
		b = vector(b, nil)
	}
	b = append(b, 2)                                // made by an update
	return vector(vector(b, nil), make([]byte, 64)) // extensions, signature
}

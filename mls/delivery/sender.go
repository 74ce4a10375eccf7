package delivery

import (
	"crypto/ed25519"

	"parley/mls/internal/codec"
)

// ExternalSendersExtension is the type of the extension that names external
// senders in the group context (RFC 9420 section 12.1.8.1).
const ExternalSendersExtension uint16 = 5

// ExternalSender is the content of an external_senders extension with one
// sender: its Ed25519 key and a basic credential. Groups are created with it.
func ExternalSender(key ed25519.PublicKey, identity []byte) []byte {
	var w codec.Writer
	w.Nested(func(w *codec.Writer) {
		w.Vector(key)
		w.Uint16(credentialBasic)
		w.Vector(identity)
	})
	return w.Data()
}

// ProposeRemove makes a Remove proposal from an external sender: a PublicMessage
// that is valid in one epoch of the group. senderIndex counts the group's
// external_senders; suite is the group's, 0x0001, 0x0003 or 0xF003
// (ErrUnsupported otherwise). ErrSignature: signer is no Ed25519 key.
func ProposeRemove(groupID []byte, epoch uint64, senderIndex, leaf uint32, signer ed25519.PrivateKey, suite uint16) ([]byte, error) {
	if !ed25519Suite(suite) {
		return nil, ErrUnsupported
	}
	if len(signer) != ed25519.PrivateKeySize {
		return nil, ErrSignature
	}
	w := codec.NewWriter(len(groupID) + 128)
	w.Uint16(protocolVersion)
	w.Uint16(uint16(PublicMessage))
	w.Vector(groupID)
	w.Uint64(epoch)
	w.Uint8(uint8(External))
	w.Uint32(senderIndex)
	w.Vector(nil) // authenticated data
	w.Uint8(uint8(Proposal))
	w.Uint16(proposalRemove)
	w.Uint32(leaf)
	// What is signed, FramedContentTBS, is all of the message so far (RFC 9420
	// section 6.1): an external sender does not sign the group context.
	w.Vector(ed25519.Sign(signer, signContent("FramedContentTBS", w.Data())))
	return w.Data(), nil
}

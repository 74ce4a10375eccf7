package delivery

import "crypto/ed25519"

// ExternalSendersExtension is the type of the extension that names external
// senders in the group context (RFC 9420 section 12.1.8.1).
const ExternalSendersExtension uint16 = 5

// ExternalSender is the content of an external_senders extension with one
// sender: its Ed25519 key and a basic credential. Groups are created with it.
func ExternalSender(key ed25519.PublicKey, identity []byte) []byte { return nil }

// ProposeRemove makes a Remove proposal from an external sender: a PublicMessage.
// senderIndex counts the group's external_senders; suite is the group's, 0x0001
// or 0x0003 (ErrUnsupported otherwise); groupContext is not needed.
func ProposeRemove(groupID []byte, epoch uint64, senderIndex, leaf uint32, signer ed25519.PrivateKey, suite uint16) ([]byte, error) {
	return nil, errNotYet
}

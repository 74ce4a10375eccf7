package mls

// ExtensionType is the kind of an extension (RFC 9420 section 17.3).
type ExtensionType uint16

const (
	ExtensionApplicationID        ExtensionType = 1
	ExtensionRatchetTree          ExtensionType = 2
	ExtensionRequiredCapabilities ExtensionType = 3
	ExtensionExternalPub          ExtensionType = 4
	ExtensionExternalSenders      ExtensionType = 5
	// ExtensionLastResort marks a key package that may be used more than once
	// (RFC 9420 section 16.8; draft-ietf-mls-extensions).
	ExtensionLastResort ExtensionType = 10
)

// Extension is a type and its encoded content.
type Extension struct {
	Type ExtensionType
	Data []byte
}

// RequiredCapabilities is what every member of a group must support (RFC 9420
// section 11.1).
type RequiredCapabilities struct {
	Extensions  []ExtensionType
	Proposals   []ProposalType
	Credentials []CredentialType
}

// ExternalSender is somebody outside the group who may propose (RFC 9420
// section 12.1.8.1): here, the relay.
type ExternalSender struct {
	SignatureKey []byte
	Credential   Credential
}

// Extension encodes r for a group context.
func (r RequiredCapabilities) Extension() Extension {
	return Extension{Type: ExtensionRequiredCapabilities}
}

// ExternalSendersExtension encodes senders for a group context.
func ExternalSendersExtension(senders ...ExternalSender) Extension {
	return Extension{Type: ExtensionExternalSenders}
}

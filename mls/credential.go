package mls

// CredentialType is the kind of a credential (RFC 9420 section 17.5).
type CredentialType uint16

const (
	CredentialBasic CredentialType = 1
	CredentialX509  CredentialType = 2
)

// Credential says who a leaf is (RFC 9420 section 5.3). This package carries
// it; Config.ValidateLeaf judges it.
type Credential struct {
	Type CredentialType
	// Identity is the content of a basic credential.
	Identity []byte
	// Certificates is the chain of an X.509 credential, DER, leaf first.
	Certificates [][]byte
	// Other is the undecoded content of any other type, which must be one
	// variable-size vector.
	Other []byte
}

// BasicCredential is a credential that carries bytes of the application.
func BasicCredential(identity []byte) Credential {
	return Credential{Type: CredentialBasic, Identity: identity}
}

package mls

import (
	"bytes"
	"slices"

	"parley/mls/internal/codec"
)

// CredentialType is the kind of a credential (RFC 9420 section 17.5).
type CredentialType uint16

const (
	CredentialBasic CredentialType = 1
	CredentialX509  CredentialType = 2
)

// Credential says who a leaf is (RFC 9420 section 5.3). This package carries
// it; Config.ValidateLeaf judges it. Other types than these two do not decode.
type Credential struct {
	Type CredentialType
	// Identity is the content of a basic credential.
	Identity []byte
	// Certificates is the chain of an X.509 credential, DER, leaf first.
	Certificates [][]byte
}

// BasicCredential is a credential that carries bytes of the application (RFC
// 9420 section 5.3).
func BasicCredential(identity []byte) Credential {
	return Credential{Type: CredentialBasic, Identity: identity}
}

// Equal tells whether both say the same (RFC 9420 section 5.3.1).
func (c Credential) Equal(other Credential) bool {
	return c.Type == other.Type && bytes.Equal(c.Identity, other.Identity) &&
		slices.EqualFunc(c.Certificates, other.Certificates, bytes.Equal)
}

func (c Credential) clone() Credential {
	c.Identity, c.Certificates = bytes.Clone(c.Identity), slices.Clone(c.Certificates)
	for i, certificate := range c.Certificates {
		c.Certificates[i] = bytes.Clone(certificate)
	}
	return c
}

func (c Credential) encode(w *codec.Writer) {
	w.Uint16(uint16(c.Type))
	if c.Type == CredentialBasic {
		w.Vector(c.Identity)
		return
	}
	w.Nested(func(w *codec.Writer) {
		for _, certificate := range c.Certificates {
			w.Vector(certificate)
		}
	})
}

func readCredential(r *codec.Reader) Credential {
	c := Credential{Type: CredentialType(r.Uint16())}
	switch c.Type {
	case CredentialBasic:
		c.Identity = r.Vector()
	case CredentialX509:
		r.EachUpTo(maxCertificates, func(r *codec.Reader) { c.Certificates = append(c.Certificates, r.Vector()) })
	default:
		r.Fail()
	}
	return c
}

package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

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

// Extension is a type and its encoded content (RFC 9420 section 13.4).
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

// Extension encodes r for a group context (RFC 9420 section 11.1).
func (r RequiredCapabilities) Extension() Extension {
	var w codec.Writer
	writeUint16s(&w, r.Extensions)
	writeUint16s(&w, r.Proposals)
	writeUint16s(&w, r.Credentials)
	return Extension{Type: ExtensionRequiredCapabilities, Data: w.Data()}
}

// ExternalSendersExtension encodes senders for a group context (RFC 9420
// section 12.1.8.1).
func ExternalSendersExtension(senders ...ExternalSender) Extension {
	var w codec.Writer
	w.Nested(func(w *codec.Writer) {
		for _, sender := range senders {
			w.Vector(sender.SignatureKey)
			sender.Credential.encode(w)
		}
	})
	return Extension{Type: ExtensionExternalSenders, Data: w.Data()}
}

func (e Extension) equal(other Extension) bool {
	return e.Type == other.Type && bytes.Equal(e.Data, other.Data)
}

func findExtension(extensions []Extension, t ExtensionType) ([]byte, bool) {
	for _, e := range extensions {
		if e.Type == t {
			return e.Data, true
		}
	}
	return nil, false
}

// requiredCapabilities decodes that extension; without one nothing is required.
func requiredCapabilities(extensions []Extension) (RequiredCapabilities, error) {
	data, ok := findExtension(extensions, ExtensionRequiredCapabilities)
	if !ok {
		return RequiredCapabilities{}, nil
	}
	r := codec.NewReader(data)
	required := RequiredCapabilities{
		Extensions:  readUint16s[ExtensionType](r),
		Proposals:   readUint16s[ProposalType](r),
		Credentials: readUint16s[CredentialType](r),
	}
	if r.End() != nil {
		return RequiredCapabilities{}, fail(ErrMalformed, "required_capabilities")
	}
	return required, nil
}

// externalSenders decodes that extension, nil without one.
func externalSenders(extensions []Extension) (senders []ExternalSender, err error) {
	data, ok := findExtension(extensions, ExtensionExternalSenders)
	if !ok {
		return nil, nil
	}
	r := codec.NewReader(data)
	r.EachUpTo(maxExternalSenders, func(r *codec.Reader) {
		senders = append(senders, ExternalSender{SignatureKey: r.Vector(), Credential: readCredential(r)})
	})
	if r.End() != nil {
		return nil, fail(ErrMalformed, "external_senders")
	}
	return senders, nil
}

func encodeExtensions(w *codec.Writer, extensions []Extension) {
	w.Nested(func(w *codec.Writer) {
		for _, e := range extensions {
			w.Uint16(uint16(e.Type))
			w.Vector(e.Data)
		}
	})
}

// readExtensions refuses two extensions of one type (RFC 9420 section 13.4).
func readExtensions(r *codec.Reader) (extensions []Extension) {
	r.EachUpTo(maxExtensions, func(r *codec.Reader) {
		e := Extension{Type: ExtensionType(r.Uint16()), Data: r.Vector()}
		if _, twice := findExtension(extensions, e.Type); twice {
			r.Fail()
		}
		extensions = append(extensions, e)
	})
	return extensions
}

func writeUint16s[T ~uint16](w *codec.Writer, values []T) {
	w.Nested(func(w *codec.Writer) {
		for _, v := range values {
			w.Uint16(uint16(v))
		}
	})
}

func readUint16s[T ~uint16](r *codec.Reader) (values []T) {
	r.EachUpTo(maxTypes, func(r *codec.Reader) { values = append(values, T(r.Uint16())) })
	return values
}

// isDefault tells the extension types everybody supports (RFC 9420 section 7.2).
func (t ExtensionType) isDefault() bool {
	return t >= ExtensionApplicationID && t <= ExtensionExternalSenders
}

// cloneExtensions keeps a group's extensions apart from the caller's memory.
func cloneExtensions(extensions []Extension) []Extension {
	if extensions == nil {
		return nil
	}
	clones := make([]Extension, len(extensions))
	for i, e := range extensions {
		clones[i] = Extension{Type: e.Type, Data: bytes.Clone(e.Data)}
	}
	return clones
}

// checkExtensions refuses a list of one's own that others could not decode.
func checkExtensions(extensions []Extension) error {
	for i, e := range extensions {
		if _, twice := findExtension(extensions[:i], e.Type); twice || i >= maxExtensions {
			return fail(ErrConfig, "extensions: one type twice, or too many")
		}
	}
	return nil
}

package mls

import (
	"crypto/hkdf"
	"crypto/hmac"

	"parley/mls/internal/codec"
)

// labelPrefix separates MLS's uses of keys from all others (RFC 9420 section 5.1).
const labelPrefix = "MLS 1.0 "

// hashOf hashes the concatenation of its parts.
func (s *suite) hashOf(parts ...[]byte) []byte {
	h := s.newHash()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// mac is the suite's MAC, HMAC with its hash (RFC 9420 section 5.2).
func (s *suite) mac(key secret, message []byte) []byte {
	h := hmac.New(s.newHash, key)
	h.Write(message)
	return h.Sum(nil)
}

func (s *suite) verifyMAC(key secret, message, tag []byte) bool {
	return hmac.Equal(s.mac(key, message), tag)
}

// refHash is RefHash of RFC 9420 section 5.2.
func (s *suite) refHash(label string, value []byte) []byte {
	w := codec.NewWriter(len(label) + len(value) + 8)
	w.Vector([]byte(label))
	w.Vector(value)
	return s.hashOf(w.Data())
}

func (s *suite) keyPackageRef(raw []byte) []byte {
	return s.refHash("MLS 1.0 KeyPackage Reference", raw)
}

func (s *suite) proposalRef(authenticatedContent []byte) []byte {
	return s.refHash("MLS 1.0 Proposal Reference", authenticatedContent)
}

// extract is KDF.Extract.
func (s *suite) extract(salt, ikm secret) secret {
	out, err := hkdf.Extract(s.newHash, ikm, salt)
	if err != nil { // only in FIPS mode, for short keys
		panic("mls: HKDF-Extract refused its input")
	}
	return out
}

// expandWithLabel is ExpandWithLabel of RFC 9420 section 8. length is at most
// 255 hashes; callers check what comes from outside.
func (s *suite) expandWithLabel(key secret, label string, context []byte, length int) secret {
	w := codec.NewWriter(2 + 2 + len(labelPrefix) + len(label) + 4 + len(context))
	w.Uint16(uint16(length))
	writeLabel(w, label)
	w.Vector(context)
	out, err := hkdf.Expand(s.newHash, key, string(w.Data()), length)
	if err != nil {
		panic("mls: HKDF-Expand refused its input")
	}
	return out
}

// deriveSecret is DeriveSecret of RFC 9420 section 8.
func (s *suite) deriveSecret(key secret, label string) secret {
	return s.expandWithLabel(key, label, nil, s.hashLen)
}

// labelled is the structure of SignContent and EncryptContext: a prefixed
// label and a value (RFC 9420 sections 5.1.2 and 5.1.3).
func labelled(label string, value []byte) []byte {
	w := codec.NewWriter(len(labelPrefix) + len(label) + len(value) + 8)
	writeLabel(w, label)
	w.Vector(value)
	return w.Data()
}

func writeLabel(w *codec.Writer, label string) {
	w.Nested(func(w *codec.Writer) {
		w.Raw([]byte(labelPrefix))
		w.Raw([]byte(label))
	})
}

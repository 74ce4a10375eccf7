package mls

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"parley/mls/internal/codec"
)

// labelPrefix separates MLS's uses of keys from all others (RFC 9420 section 5.1).
const labelPrefix = "MLS 1.0 "

// hashOf hashes the concatenation of its parts.
func (s *suite) hashOf(parts ...[]byte) []byte {
	if len(parts) == 1 && s.hashLen == sha256.Size {
		sum := sha256.Sum256(parts[0])
		return sum[:]
	}
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
	var stack [128]byte // most labels and contexts fit, and then nothing is allocated
	info := binary.BigEndian.AppendUint16(stack[:0], uint16(length))
	info = codec.AppendLength(info, len(labelPrefix)+len(label))
	info = append(append(info, labelPrefix...), label...)
	info = append(codec.AppendLength(info, len(context)), context...)
	if s.hashLen == sha256.Size && length <= sha256.Size {
		block := hmacSHA256(key, append(info, 1)) // T(1) of RFC 5869
		return append(make(secret, 0, length), block[:length]...)
	}
	out, err := hkdf.Expand(s.newHash, key, string(info), length)
	if err != nil {
		panic("mls: HKDF-Expand refused its input")
	}
	return out
}

// hmacSHA256 is RFC 2104 with SHA-256, for short messages: crypto/hmac builds
// objects on the heap that take longer than the hashing.
func hmacSHA256(key, message []byte) [sha256.Size]byte {
	var pad [sha256.BlockSize]byte
	if len(key) > len(pad) {
		short := sha256.Sum256(key)
		key = short[:]
	}
	copy(pad[:], key)
	for i := range pad {
		pad[i] ^= 0x36
	}
	var stack [256]byte
	sum := sha256.Sum256(append(append(stack[:0], pad[:]...), message...))
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	return sha256.Sum256(append(append(stack[:0], pad[:]...), sum[:]...))
}

// deriveSecret is DeriveSecret of RFC 9420 section 8.
func (s *suite) deriveSecret(key secret, label string) secret {
	return s.expandWithLabel(key, label, nil, s.hashLen)
}

// labelled is the structure of SignContent and EncryptContext: a prefixed
// label and a value (RFC 9420 sections 5.1.2 and 5.1.3).
func labelled(label string, value []byte) []byte {
	w := codec.NewWriter(len(labelPrefix) + len(label) + len(value) + 8)
	w.Length(len(labelPrefix) + len(label))
	w.String(labelPrefix)
	w.String(label)
	w.Vector(value)
	return w.Data()
}

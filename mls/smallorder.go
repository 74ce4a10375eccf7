package mls

import "strings"

// x25519Size is the size of an X25519 public key.
const x25519Size = 32

// smallOrder are the X25519 public keys with which every shared secret is zero,
// little-endian and without the top bit, which X25519 ignores (RFC 7748 section
// 6.1). HPKE refuses to encrypt to them (RFC 9180 section 7.1.4).
var smallOrder = func() map[[x25519Size]byte]bool {
	set := map[[x25519Size]byte]bool{}
	for _, point := range []string{
		strings.Repeat("\x00", x25519Size),            // 0
		"\x01" + strings.Repeat("\x00", x25519Size-1), // 1
		"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a" +
			"\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00", // of order 8
		"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b" +
			"\x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57", // of order 8
		"\xec" + strings.Repeat("\xff", x25519Size-2) + "\x7f", // p-1
		"\xed" + strings.Repeat("\xff", x25519Size-2) + "\x7f", // p, which is 0
		"\xee" + strings.Repeat("\xff", x25519Size-2) + "\x7f", // p+1, which is 1
	} {
		set[[x25519Size]byte([]byte(point))] = true
	}
	return set
}()

// HPKE key encapsulations with X25519: their public keys end with its key.
const (
	kemX25519 = 0x0020
	kemXWing  = 0x647a
)

// usable tells whether others can encrypt to a public key of the suite's KEM.
// One leaf with a key that is not would keep everybody from committing.
func (s *suite) usable(key []byte) bool {
	if id := s.kem.ID(); id != kemX25519 && id != kemXWing || len(key) < x25519Size {
		return true
	}
	point := [x25519Size]byte(key[len(key)-x25519Size:])
	point[x25519Size-1] &= 0x7f
	return !smallOrder[point]
}

package mls

import "encoding/hex"

// x25519Size is the size of an X25519 public key.
const x25519Size = 32

// smallOrder are the X25519 public keys with which every shared secret is zero,
// little-endian and without the top bit, which X25519 ignores (RFC 7748 section
// 6.1). HPKE refuses to encrypt to them (RFC 9180 section 7.1.4).
var smallOrder = func() map[[x25519Size]byte]bool {
	set := map[[x25519Size]byte]bool{}
	for _, encoded := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000", // 0
		"0100000000000000000000000000000000000000000000000000000000000000", // 1
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", // of order 8
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", // of order 8
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p-1
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p, which is 0
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p+1, which is 1
	} {
		point, err := hex.DecodeString(encoded)
		if err != nil {
			panic(err)
		}
		set[[x25519Size]byte(point)] = true
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

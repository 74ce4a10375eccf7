package basehpke

import (
	"crypto/subtle"
	"errors"

	"filippo.io/edwards25519/field"
)

var errLowOrder = errors.New("hpke: the X25519 key is a point of low order")

// basepoint is the point whose multiples public keys are, RFC 7748 section 4.1.
func basepoint() []byte { return append([]byte{9}, make([]byte, keySize-1)...) }

// scalarMult is X25519 of RFC 7748 section 5, in constant time. It refuses
// points of low order, with which the result would be no secret (section 6.1).
// Both arguments have 32 bytes.
//
// It is not crypto/ecdh, which brings P-256 with its tables to every program.
func scalarMult(scalar, point []byte) ([]byte, error) {
	var u field.Element
	if _, err := u.SetBytes(point); err != nil {
		return nil, err
	}
	product := ladder(clamp(scalar), &u).Bytes()
	if subtle.ConstantTimeCompare(product, make([]byte, keySize)) == 1 {
		return nil, errLowOrder
	}
	return product, nil
}

// X25519Shared is X25519 with two keys of the KEM X25519; the error is for those of
// others and of low order.
func X25519Shared(key PrivateKey, public PublicKey) ([]byte, error) {
	own, ok := key.(*privateKey)
	if !ok {
		return nil, errKeySize
	}
	other, ok := public.(publicKey)
	if !ok {
		return nil, errKeySize
	}
	return scalarMult(own.scalar, other)
}

// clamp is decodeScalar25519.
func clamp(scalar []byte) (k [keySize]byte) {
	copy(k[:], scalar)
	k[0] &= 248
	k[31] &= 127
	k[31] |= 64
	return k
}

// ladder multiplies the point u with k. The points a and b always differ by u;
// which of them is doubled depends on a bit of k, and they are swapped for it
// without a branch.
func ladder(k [keySize]byte, u *field.Element) *field.Element {
	a := projective{*new(field.Element).One(), *new(field.Element).Zero()}
	b := projective{*u, *new(field.Element).One()}
	swapped := 0
	for i := 254; i >= 0; i-- {
		bit := int(k[i/8]>>(i%8)) & 1
		a.swap(&b, swapped^bit)
		swapped = bit
		step(&a, &b, u)
	}
	a.swap(&b, swapped)
	return a.x.Multiply(&a.x, a.z.Invert(&a.z))
}

// projective is a point's coordinate u as x/z.
type projective struct{ x, z field.Element }

// swap swaps when condition is 1, and not when it is 0.
func (p *projective) swap(q *projective, condition int) {
	p.x.Swap(&q.x, condition)
	p.z.Swap(&q.z, condition)
}

// step makes 2a of a, and a+b of b; u is their difference. The names of the
// intermediate values are those of RFC 7748.
func step(p, q *projective, u *field.Element) {
	var a, aa, b, bb, e, c, d, da, cb field.Element
	a.Add(&p.x, &p.z)
	aa.Square(&a)
	b.Subtract(&p.x, &p.z)
	bb.Square(&b)
	e.Subtract(&aa, &bb)
	c.Add(&q.x, &q.z)
	d.Subtract(&q.x, &q.z)
	da.Multiply(&d, &a)
	cb.Multiply(&c, &b)

	q.x.Square(q.x.Add(&da, &cb))
	q.z.Multiply(u, q.z.Square(q.z.Subtract(&da, &cb)))
	p.x.Multiply(&aa, &bb)
	p.z.Mult32(&e, 121665)
	p.z.Multiply(&e, p.z.Add(&aa, &p.z))
}

package edverify

import "filippo.io/edwards25519/field"

// point is a point of the curve in extended coordinates: x = X/Z, y = Y/Z, xy =
// T/Z (Hisil, Wong, Carter, Dawson: Twisted Edwards Curves Revisited, 2008).
type point struct{ x, y, z, t field.Element }

// completed is a sum before its last multiplications: x = X/Z, y = Y/T.
type completed struct{ x, y, z, t field.Element }

// cached is a point as additions need it: Y+X, Y-X, 2Z and 2dT.
type cached struct{ plus, minus, twoZ, t2d field.Element }

// curveD is d of the curve, -121665/121666; twoD is twice that.
var curveD, twoD = func() (d, twice field.Element) {
	var one, divisor field.Element
	one.One()
	divisor.Mult32(&one, 121666)
	d.Mult32(&one, 121665)
	d.Negate(d.Multiply(&d, divisor.Invert(&divisor)))
	twice.Add(&d, &d)
	return d, twice
}()

func (p *point) set(q *point) { *p = *q }

func (p *point) zero() {
	p.x.Zero()
	p.y.One()
	p.z.One()
	p.t.Zero()
}

func (p *point) negate() {
	p.x.Negate(&p.x)
	p.t.Negate(&p.t)
}

// decode reads RFC 8032 section 5.1.3 as crypto/ed25519 does: it takes y that
// is not reduced, and a sign of zero.
func (p *point) decode(encoded *[keySize]byte) bool {
	if _, err := p.y.SetBytes(encoded[:]); err != nil {
		return false
	}
	var u, v, one field.Element
	one.One()
	u.Square(&p.y)
	v.Add(v.Multiply(&u, &curveD), &one)
	u.Subtract(&u, &one)
	if _, square := p.x.SqrtRatio(&u, &v); square == 0 {
		return false
	}
	if encoded[keySize-1]>>7 == 1 {
		p.x.Negate(&p.x)
	}
	p.z.One()
	p.t.Multiply(&p.x, &p.y)
	return true
}

func (p *point) encode() []byte {
	var inverse, x, y field.Element
	inverse.Invert(&p.z)
	x.Multiply(&p.x, &inverse)
	encoded := y.Multiply(&p.y, &inverse).Bytes()
	encoded[keySize-1] |= byte(x.IsNegative() << 7)
	return encoded
}

func (p *point) complete(c *completed) {
	p.x.Multiply(&c.x, &c.t)
	p.y.Multiply(&c.y, &c.z)
	p.z.Multiply(&c.z, &c.t)
	p.t.Multiply(&c.x, &c.y)
}

func (p *point) doubleTimes(n int) {
	for range n {
		var c completed
		c.double(p)
		p.complete(&c)
	}
}

func (q *cached) from(p *point) {
	q.plus.Add(&p.y, &p.x)
	q.minus.Subtract(&p.y, &p.x)
	q.twoZ.Add(&p.z, &p.z)
	q.t2d.Multiply(&p.t, &twoD)
}

// add is p + q; the curve is complete, so there is no special case.
func (c *completed) add(p *point, q *cached) *completed {
	return c.sum(p, &q.plus, &q.minus, &q.twoZ, &q.t2d, false)
}

func (c *completed) subtract(p *point, q *cached) *completed {
	return c.sum(p, &q.minus, &q.plus, &q.twoZ, &q.t2d, true)
}

func (c *completed) sum(p *point, plus, minus, twoZ, t2d *field.Element, negative bool) *completed {
	var a, b, e, d field.Element
	a.Multiply(a.Add(&p.y, &p.x), plus)
	b.Multiply(b.Subtract(&p.y, &p.x), minus)
	e.Multiply(&p.t, t2d)
	d.Multiply(&p.z, twoZ)
	c.x.Subtract(&a, &b)
	c.y.Add(&a, &b)
	if negative {
		c.z.Subtract(&d, &e)
		c.t.Add(&d, &e)
		return c
	}
	c.z.Add(&d, &e)
	c.t.Subtract(&d, &e)
	return c
}

// double is 2p; it does not need t.
func (c *completed) double(p *point) {
	var xx, yy, zz2, sum field.Element
	xx.Square(&p.x)
	yy.Square(&p.y)
	zz2.Square(&p.z)
	zz2.Add(&zz2, &zz2)
	sum.Square(sum.Add(&p.x, &p.y))
	c.y.Add(&yy, &xx)
	c.z.Subtract(&yy, &xx)
	c.x.Subtract(&sum, &c.y)
	c.t.Subtract(&zz2, &c.z)
}

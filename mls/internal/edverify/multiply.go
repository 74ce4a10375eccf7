package edverify

import "sync"

// A scalar's digits are split into parts, each with a table of its own, so that
// the parts share their doublings: a quarter of those that one table needs.
const (
	parts     = 4
	partBits  = 64
	keyWidth  = 5 // bits of a digit where the table belongs to a key
	baseWidth = 8 // and to the base point, whose table is made once
)

// multiples are the odd multiples of a point: 1, 3, 5, …
type multiples []cached

func (m multiples) fill(p *point) {
	var twice point
	twice.set(p)
	twice.doubleTimes(1)
	var step cached
	step.from(&twice)
	sum := *p
	m[0].from(&sum)
	for i := 1; i < len(m); i++ {
		var c completed
		sum.complete(c.add(&sum, &step))
		m[i].from(&sum)
	}
}

// baseTable is of the base point, RFC 8032 section 5.1.
var baseTable = sync.OnceValue(func() *[parts]multiples {
	var p point
	encoded := [keySize]byte{0x58}
	for i := 1; i < keySize; i++ {
		encoded[i] = 0x66 // y = 4/5, x even
	}
	if !p.decode(&encoded) {
		panic("edverify: the base point is not on the curve")
	}
	var table [parts]multiples
	for i := range table {
		table[i] = make(multiples, 1<<(baseWidth-2))
		table[i].fill(&p)
		p.doubleTimes(partBits)
	}
	return &table
})

// multiply is aA + bB, where the tables are of A and B.
func multiply(a *digits, tableA *[parts]multiples, b *digits, tableB *[parts]multiples) *point {
	var sum point
	sum.zero()
	for i := partBits - 1; i >= 0; i-- {
		var c completed
		c.double(&sum)
		sum.complete(&c)
		for part := range parts {
			sum.addDigit(a[part*partBits+i], tableA[part])
			sum.addDigit(b[part*partBits+i], tableB[part])
		}
	}
	return &sum
}

func (p *point) addDigit(digit int8, table multiples) {
	var c completed
	switch {
	case digit > 0:
		p.complete(c.add(p, &table[digit/2]))
	case digit < 0:
		p.complete(c.subtract(p, &table[-digit/2]))
	}
}

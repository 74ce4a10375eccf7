package edverify

import (
	"encoding/binary"
	"math/bits"
)

// A scalar is a number modulo the order of the base point, 2^252 +
// 27742317777372353535851937790883648493; the lowest word is the first.
type scalar [4]uint64

const (
	orderLow, orderMiddle = 0x5812631a5cf5d3ed, 0x14def9dea2f79cd6
	orderTop              = 1 << 60 // in the fourth word
)

// setCanonical reads a little-endian number that is less than the order.
func (s *scalar) setCanonical(encoded []byte) bool {
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(encoded[8*i:])
	}
	_, borrow := bits.Sub64(s[0], orderLow, 0)
	_, borrow = bits.Sub64(s[1], orderMiddle, borrow)
	_, borrow = bits.Sub64(s[2], 0, borrow)
	_, borrow = bits.Sub64(s[3], orderTop, borrow)
	return borrow == 1
}

// setReduced reads a little-endian number of any length in whole words of 32
// bits, modulo the order: word after word, from the top.
func (s *scalar) setReduced(encoded []byte) {
	*s = scalar{}
	for i := len(encoded) - 4; i >= 0; i -= 4 {
		s.shift(binary.LittleEndian.Uint32(encoded[i:]))
	}
}

// shift makes s times 2^32 plus word of s, modulo the order. Because s is less
// than the order, so is the difference below, or negative by less than that.
func (s *scalar) shift(word uint32) {
	quotient := s[3] >> 28 // of the division by 2^252
	s[3] = (s[3]<<32 | s[2]>>32) & (orderTop - 1)
	s[2] = s[2]<<32 | s[1]>>32
	s[1] = s[1]<<32 | s[0]>>32
	s[0] = s[0]<<32 | uint64(word)

	carry, low := bits.Mul64(quotient, orderLow)
	high, middle := bits.Mul64(quotient, orderMiddle)
	middle, c := bits.Add64(middle, carry, 0)
	high += c

	var borrow uint64
	s[0], borrow = bits.Sub64(s[0], low, 0)
	s[1], borrow = bits.Sub64(s[1], middle, borrow)
	s[2], borrow = bits.Sub64(s[2], high, borrow)
	s[3], borrow = bits.Sub64(s[3], 0, borrow)
	if borrow == 1 {
		s[0], c = bits.Add64(s[0], orderLow, 0)
		s[1], c = bits.Add64(s[1], orderMiddle, c)
		s[2], c = bits.Add64(s[2], 0, c)
		s[3], _ = bits.Add64(s[3], orderTop, c)
	}
}

// bit is of the sum of powers of two; 0 beyond the last.
func (s *scalar) bit(i int) int {
	if i >= 64*len(s) {
		return 0
	}
	return int(s[i/64]>>(i%64)) & 1
}

// digits are a scalar as a sum of digits times powers of two: each is zero, or
// odd and less than 2^(width-1), and few are not zero (width-w NAF).
type digits [parts * partBits]int8

func (s *scalar) digits(width int) *digits {
	var d digits
	carry := 0
	for i := 0; i < len(d); {
		if s.bit(i) == carry { // 0, or 2, which carries on
			i++
			continue
		}
		digit := carry
		for j := range width {
			digit += s.bit(i+j) << j
		}
		carry = 0
		if digit >= 1<<(width-1) {
			digit, carry = digit-1<<width, 1
		}
		d[i] = int8(digit)
		i += width
	}
	return &d
}

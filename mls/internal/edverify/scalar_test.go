package edverify

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"testing"

	"filippo.io/edwards25519"
)

func (s *scalar) big() *big.Int {
	n := new(big.Int)
	for i := len(s) - 1; i >= 0; i-- {
		n.Add(n.Lsh(n, 64), new(big.Int).SetUint64(s[i]))
	}
	return n
}

// wide are numbers of 512 bits: random, and around multiples of the order.
func wide() (list [][]byte) {
	order := (&scalar{orderLow, orderMiddle, 0, orderTop}).big()
	random := rand.New(rand.NewPCG(1, 2))
	add := func(n *big.Int) {
		b := n.FillBytes(make([]byte, 64))
		for i := range 32 {
			b[i], b[63-i] = b[63-i], b[i]
		}
		list = append(list, b)
	}
	for range 2000 {
		n := make([]byte, 64)
		for i := 0; i < len(n); i += 8 {
			binary.LittleEndian.PutUint64(n[i:], random.Uint64())
		}
		list = append(list, n)
		multiple := new(big.Int).Mul(order, new(big.Int).SetUint64(random.Uint64()))
		add(multiple.Lsh(multiple, uint(random.IntN(190))))
		add(new(big.Int).Add(multiple, big.NewInt(1)))
		if multiple.Sign() > 0 {
			add(new(big.Int).Sub(multiple, big.NewInt(1)))
		}
	}
	return append(list, make([]byte, 64), bytes.Repeat([]byte{0xff}, 64))
}

func TestScalar(t *testing.T) {
	for _, encoded := range wide() {
		var s scalar
		s.setReduced(encoded)
		want, err := edwards25519.NewScalar().SetUniformBytes(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var c scalar
		if !c.setCanonical(want.Bytes()) || c != s {
			t.Fatalf("%x reduces to %x, not %x", encoded, s.big(), want.Bytes())
		}
		_, err = edwards25519.NewScalar().SetCanonicalBytes(encoded[:32])
		if got := c.setCanonical(encoded[:32]); got != (err == nil) {
			t.Fatalf("%x canonical: %v, %v", encoded[:32], got, err)
		}
	}
}

// TestDigits: they sum up to the scalar, and are what the tables have.
func TestDigits(t *testing.T) {
	for _, encoded := range wide() {
		var s scalar
		s.setReduced(encoded)
		for _, width := range []int{keyWidth, baseWidth} {
			sum, digits := new(big.Int), s.digits(width)
			for i := len(digits) - 1; i >= 0; i-- {
				d := int64(digits[i])
				sum.Add(sum.Lsh(sum, 1), big.NewInt(d))
				if d != 0 && d&1 == 0 || d >= 1<<(width-1) || d <= -1<<(width-1) {
					t.Fatalf("digit %d of width %d", d, width)
				}
			}
			if sum.Cmp(s.big()) != 0 {
				t.Fatalf("the digits of %x sum up to %x", s.big(), sum)
			}
		}
	}
}

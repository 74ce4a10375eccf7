package basehpke

import (
	"bytes"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/sha3"
	"encoding/binary"
	"errors"
	"slices"
)

// xwing is MLKEM768-X25519 of draft-ietf-hpke-pq, known as X-Wing: its secrets
// hold as long as ML-KEM-768 (FIPS 203) or X25519 does. Keys and encapsulations
// are ML-KEM's, followed by X25519's; the private key is the seed of both.
type xwing struct{}

const (
	xwingID       = 0x647a
	xwingSeedSize = 32
	xwingKeySize  = mlkem.EncapsulationKeySize768 + keySize
	xwingEncSize  = mlkem.CiphertextSize768 + keySize
)

// xwingLabel ends the input of the combiner. It is the draft's drawing: \./ above /^\.
const xwingLabel = `\.//^\`

var errXWingSize = errors.New("hpke: an X-Wing key or encapsulation has another size")

// MLKEM768X25519 is the KEM X-Wing.
func MLKEM768X25519() KEM { return xwing{} }

func (xwing) ID() uint16             { return xwingID }
func (xwing) encapsulationSize() int { return xwingEncSize }

func (k xwing) GenerateKey() (PrivateKey, error) {
	seed := make([]byte, xwingSeedSize)
	rand.Read(seed) // never fails
	return k.NewPrivateKey(seed)
}

func (xwing) NewPublicKey(key []byte) (PublicKey, error) {
	if len(key) != xwingKeySize {
		return nil, errXWingSize
	}
	pq, err := mlkem.NewEncapsulationKey768(key[:mlkem.EncapsulationKeySize768])
	if err != nil {
		return nil, err
	}
	return &xwingPublicKey{pq: pq, point: bytes.Clone(key[mlkem.EncapsulationKeySize768:])}, nil
}

// NewPrivateKey expands the seed to the keys of ML-KEM and X25519.
func (xwing) NewPrivateKey(seed []byte) (PrivateKey, error) {
	if len(seed) != xwingSeedSize {
		return nil, errXWingSize
	}
	expanded := sha3.SumSHAKE256(seed, mlkem.SeedSize+keySize)
	defer clear(expanded)
	pq, err := mlkem.NewDecapsulationKey768(expanded[:mlkem.SeedSize])
	if err != nil {
		return nil, err
	}
	scalar := bytes.Clone(expanded[mlkem.SeedSize:])
	point, err := scalarMult(scalar, basepoint())
	if err != nil {
		return nil, err
	}
	return &xwingPrivateKey{seed: bytes.Clone(seed), pq: pq, scalar: scalar, point: point}, nil
}

// DeriveKeyPair is that of the one-stage KDF SHAKE256 in draft-ietf-hpke-pq.
func (k xwing) DeriveKeyPair(ikm []byte) (PrivateKey, error) {
	const label = "DeriveKeyPair"
	input := slices.Concat(ikm, []byte("HPKE-v1"), []byte("KEM"))
	defer clear(input)
	input = binary.BigEndian.AppendUint16(input, xwingID)
	input = binary.BigEndian.AppendUint16(input, uint16(len(label)))
	input = append(input, label...)
	input = binary.BigEndian.AppendUint16(input, xwingSeedSize)
	seed := sha3.SumSHAKE256(input, xwingSeedSize)
	defer clear(seed)
	return k.NewPrivateKey(seed)
}

type xwingPublicKey struct {
	pq    *mlkem.EncapsulationKey768
	point []byte // of X25519
}

func (*xwingPublicKey) KEM() KEM        { return xwing{} }
func (p *xwingPublicKey) Bytes() []byte { return slices.Concat(p.pq.Bytes(), p.point) }

func (p *xwingPublicKey) encap() (shared, enc []byte, err error) {
	ephemeral := make([]byte, keySize)
	rand.Read(ephemeral) // never fails
	defer clear(ephemeral)
	sharedPQ, encPQ := p.pq.Encapsulate()
	return p.encapWith(sharedPQ, encPQ, ephemeral)
}

// encapWith makes the X25519 half and combines it with ML-KEM's.
func (p *xwingPublicKey) encapWith(sharedPQ, encPQ, ephemeral []byte) (shared, enc []byte, err error) {
	dh, err := scalarMult(ephemeral, p.point)
	if err != nil {
		return nil, nil, err
	}
	encDH, err := scalarMult(ephemeral, basepoint())
	if err != nil {
		return nil, nil, err
	}
	return combine(sharedPQ, dh, encDH, p.point), slices.Concat(encPQ, encDH), nil
}

type xwingPrivateKey struct {
	seed   []byte
	pq     *mlkem.DecapsulationKey768
	scalar []byte // of X25519
	point  []byte // its public key
}

func (*xwingPrivateKey) KEM() KEM { return xwing{} }

func (p *xwingPrivateKey) Bytes() ([]byte, error) { return bytes.Clone(p.seed), nil }

func (p *xwingPrivateKey) PublicKey() PublicKey {
	return &xwingPublicKey{pq: p.pq.EncapsulationKey(), point: p.point}
}

// decap never tells whether ML-KEM's half was made for this key (implicit
// rejection): a wrong one gives a secret that opens nothing.
func (p *xwingPrivateKey) decap(enc []byte) ([]byte, error) {
	if len(enc) != xwingEncSize {
		return nil, errXWingSize
	}
	encPQ, encDH := enc[:mlkem.CiphertextSize768], enc[mlkem.CiphertextSize768:]
	sharedPQ, err := p.pq.Decapsulate(encPQ)
	if err != nil {
		return nil, err
	}
	dh, err := scalarMult(p.scalar, encDH)
	if err != nil {
		return nil, err
	}
	return combine(sharedPQ, dh, encDH, p.point), nil
}

// combine is X-Wing's combiner: ML-KEM's encapsulation and key need not be
// hashed, as ML-KEM binds its secret to them.
func combine(sharedPQ, sharedDH, encDH, point []byte) []byte {
	input := slices.Concat(sharedPQ, sharedDH, encDH, point, []byte(xwingLabel))
	defer clear(input)
	sum := sha3.Sum256(input)
	return sum[:]
}

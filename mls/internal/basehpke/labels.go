package basehpke

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

const hashSize = sha256.Size

// labels is the suite_id that the labelled functions of RFC 9180 section 4 mix
// into each derivation.
type labels []byte

// extract is LabeledExtract.
func (l labels) extract(salt []byte, label string, secret []byte) ([]byte, error) {
	return hkdf.Extract(sha256.New, slices.Concat([]byte("HPKE-v1"), l, []byte(label), secret), salt)
}

// expand is LabeledExpand.
func (l labels) expand(secret []byte, label string, info []byte, length int) ([]byte, error) {
	labelled := binary.BigEndian.AppendUint16(nil, uint16(length))
	labelled = slices.Concat(labelled, []byte("HPKE-v1"), l, []byte(label), info)
	return hkdf.Expand(sha256.New, secret, string(labelled), length)
}

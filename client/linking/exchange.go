package linking

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"parley/mls/hpke"
	"parley/wire"
	"parley/wire/linkuri"
)

// Where a code is typed instead of scanned, it cannot carry a secret. The two
// devices agree on one with X25519, and both show words made of all that passed:
// whoever stands between them has another secret with each, and so other words.
// The new device commits to its share before it sees the primary's, and reveals it
// after that: nobody can choose shares until the words are alike. A relay has one
// try in 2^32 for a code that is typed (short authentication strings as in
// S. Vaudenay, CRYPTO 2005, and RFC 6189).

// WordCount is how many words are compared, each of eight bits.
const WordCount = 4

// Words are numbers in the list of parley/client/linkwords.
type Words [WordCount]byte

// ErrCommitment is the error for a share that is not what the new device had
// committed itself to: somebody has changed one of the two. It is an ErrTampered.
var ErrCommitment = fmt.Errorf("%w: the share is not the one of the commitment", ErrTampered)

// keySize is of an X25519 public key, which a share begins with; a nonce follows.
const keySize = linkuri.KeySize

// Exchange is one side's part of one exchange. It is used once.
type Exchange struct {
	key   hpke.PrivateKey
	share []byte
}

// NewExchange makes fresh keys. The new device uses its key for the bundle, too.
func NewExchange(rand io.Reader) (*Exchange, error) {
	key, err := hpke.X25519().GenerateKey()
	if err != nil {
		return nil, err
	}
	x := &Exchange{key: key, share: make([]byte, wire.LinkShareSize)}
	_, err = io.ReadFull(rand, x.share[copy(x.share, key.PublicKey().Bytes()):])
	return x, err
}

// Share is what the other side gets.
func (x *Exchange) Share() []byte { return x.share }

// Commitment is what the new device says of its share before it sends it.
func (x *Exchange) Commitment() []byte { return commitment(x.share) }

func commitment(share []byte) []byte {
	sum := sha256.Sum256(append([]byte("parley link commitment v1\x00"), share...))
	return sum[:]
}

// A Slot is where an exchange takes place.
type Slot struct{ RelayID, ID, Commitment []byte }

// AsNew is the new device's end of the exchange: the first share that came from a
// primary, and no other, may be given. The error is ErrTampered.
func (x *Exchange) AsNew(s Slot, primaryShare []byte) (*NewDevice, Words, error) {
	secret, words, err := x.agree(s, x.share, primaryShare, primaryShare)
	if err != nil {
		return nil, Words{}, err
	}
	return &NewDevice{key: x.key, secret: secret}, words, nil
}

// AsPrimary is the primary's: what the QR code would have said. Errors:
// ErrCommitment, ErrTampered.
func (x *Exchange) AsPrimary(s Slot, relay string, newShare []byte) (linkuri.Link, Words, error) {
	if !bytes.Equal(commitment(newShare), s.Commitment) {
		return linkuri.Link{}, Words{}, ErrCommitment
	}
	secret, words, err := x.agree(s, newShare, x.share, newShare)
	if err != nil {
		return linkuri.Link{}, Words{}, err
	}
	return linkuri.Link{Relay: relay, Slot: s.ID, Key: newShare[:keySize], Secret: secret}, words, nil
}

// agree computes the secret and the words from X25519 with the other side's key.
// All that passed is the salt; its parts have fixed lengths.
func (x *Exchange) agree(s Slot, newShare, primaryShare, other []byte) (secret []byte, words Words, err error) {
	sizes := len(s.RelayID) == wire.IDSize && len(s.ID) == linkuri.SlotSize &&
		len(s.Commitment) == wire.LinkCommitmentSize && len(other) == wire.LinkShareSize
	if !sizes {
		return nil, words, ErrTampered
	}
	public, err := hpke.X25519().NewPublicKey(other[:keySize])
	if err != nil {
		return nil, words, ErrTampered
	}
	shared, err := hpke.X25519Shared(x.key, public)
	if err != nil {
		return nil, words, ErrTampered
	}
	transcript := slices.Concat(s.RelayID, s.ID, s.Commitment, newShare, primaryShare)
	if secret, err = hkdf.Key(sha256.New, shared, transcript, "parley link secret v1", linkuri.SecretSize); err != nil {
		return nil, words, err
	}
	chosen, err := hkdf.Key(sha256.New, shared, transcript, "parley link words v1", WordCount)
	return secret, Words(chosen), err
}

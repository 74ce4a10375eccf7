package relay

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"math/big"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// saltSize keeps equal codes from having equal hashes.
const saltSize = 16

// newCode makes a registration code and what is stored of it.
func newCode(random io.Reader, phone ident.Phone, kind store.CodeKind, expires time.Time) (string, store.Code, error) {
	code, salt, err := newDigits(random)
	return code, store.Code{
		Phone: phone, Kind: kind, Salt: salt, Hash: hashCode(salt, string(phone), code), Expires: expires, Tries: wire.CodeTries,
	}, err
}

// newDigits makes a code and the salt of its hash.
func newDigits(random io.Reader) (code string, salt []byte, err error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(wire.CodeDigits), nil)
	n, err := rand.Int(random, limit)
	if err != nil {
		return "", nil, err
	}
	salt = make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("%0*d", wire.CodeDigits, n), salt, nil
}

// hashCode keeps a glance at the database from showing codes. It cannot
// protect six digits from somebody who searches; their short life does.
func hashCode(salt []byte, sentTo, code string) []byte {
	h := sha256.New()
	h.Write(salt)
	io.WriteString(h, sentTo)
	io.WriteString(h, "\x00"+code)
	return h.Sum(nil)
}

// Invite stores a code of the operator's for a number and returns it. It works
// on the store of a running relay.
func Invite(ctx context.Context, st store.Store, random io.Reader, now time.Time, phone ident.Phone) (code string, expires time.Time, err error) {
	expires = now.Add(invitationLifetime)
	code, stored, err := newCode(random, phone, store.CodeInvitation, expires)
	if err != nil {
		return "", time.Time{}, err
	}
	err = st.Update(ctx, func(tx store.Tx) error { return tx.PutCode(stored) })
	return code, expires, err
}

// tryCode compares a code with those stored for a number and takes a try from
// each that it is not; a right one ends them all. refusal is what to answer;
// it is apart from err because the tries must be stored nevertheless.
func tryCode(tx store.Tx, phone ident.Phone, code string, now time.Time) (refusal, err error) {
	codes, err := tx.ListCodes(phone)
	if err != nil {
		return nil, err
	}
	open, left := false, 0
	for _, c := range codes {
		if c.Tries <= 0 || now.After(c.Expires) {
			continue
		}
		open = true
		if subtle.ConstantTimeCompare(hashCode(c.Salt, string(phone), code), c.Hash) == 1 {
			return nil, tx.DeleteCodes(phone)
		}
		if err := tx.UpdateCodeTries(phone, c.Kind, c.Tries-1); err != nil {
			return nil, err
		}
		left = max(left, c.Tries-1)
	}
	if !open {
		return refuse(wire.ErrorCodeExpired), nil
	}
	wrong := refuse(wire.ErrorCodeWrong)
	wrong.TriesLeft = uint32(left)
	return wrong, nil
}

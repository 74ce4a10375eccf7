// Package grouprules says who may change what in a group. The relay and every
// member apply the same rules to each commit, so that neither has to trust the other.
package grouprules

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"

	"parley/ident"
	"parley/wire"
)

// ErrNotAllowed: the role of the account does not allow the change.
var ErrNotAllowed = errors.New("grouprules: the role of the account does not allow this")

// ErrMalformed: the encoding is not that of a state that a group may have.
var ErrMalformed = errors.New("grouprules: the state of the group is malformed")

// Encode returns the one encoding of a state; the order of Admins is made right.
func Encode(s *wire.GroupState) []byte {
	slices.SortFunc(s.Admins, bytes.Compare)
	return s.AppendTo(nil)
}

// Parse reads a state. It takes only what Encode has made: two encodings of one
// state would be two states.
func Parse(data []byte) (*wire.GroupState, error) {
	if len(data) == 0 || len(data) > wire.MaxGroupState {
		return nil, ErrMalformed
	}
	s := new(wire.GroupState)
	if s.Unmarshal(data) != nil || !bytes.Equal(s.AppendTo(nil), data) {
		return nil, ErrMalformed
	}
	if s.Version == 0 || len(s.Admins) == 0 || len(s.Admins) > wire.MaxGroupAccounts ||
		len(s.Details) != sha256.Size || len(s.Link) != 0 && len(s.Link) != sha256.Size {
		return nil, ErrMalformed
	}
	for i, id := range s.Admins {
		if len(id) != wire.IDSize || i > 0 && bytes.Compare(s.Admins[i-1], id) >= 0 {
			return nil, ErrMalformed
		}
	}
	return s, nil
}

// Admins are the accounts that are admins now. present are the member accounts by their lowest
// leaf: if no admin is left, the first of them is one.
func Admins(s *wire.GroupState, present []ident.AccountID) []ident.AccountID {
	var admins []ident.AccountID
	for _, account := range present {
		if slices.ContainsFunc(s.Admins, func(id []byte) bool { return bytes.Equal(id, account[:]) }) {
			admins = append(admins, account)
		}
	}
	if len(admins) == 0 && len(present) > 0 {
		admins = present[:1]
	}
	return admins
}

// IsAdmin reports whether an account is one of Admins.
func IsAdmin(s *wire.GroupState, present []ident.AccountID, account ident.AccountID) bool {
	return slices.Contains(Admins(s, present), account)
}

// MayAdd, MayEdit and MayWrite report what an account that is a member may do.
func MayAdd(s *wire.GroupState, present []ident.AccountID, account ident.AccountID) bool {
	return !s.AdminsAdd || IsAdmin(s, present, account)
}

func MayEdit(s *wire.GroupState, present []ident.AccountID, account ident.AccountID) bool {
	return !s.AdminsEdit || IsAdmin(s, present, account)
}

func MayWrite(s *wire.GroupState, present []ident.AccountID, account ident.AccountID) bool {
	return !s.AdminsWrite || IsAdmin(s, present, account)
}

// Change is what a commit does to a group.
type Change struct {
	By    ident.AccountID
	After *wire.GroupState
	// Added and Removed are accounts. Who left by themselves is not among them.
	Added, Removed []ident.AccountID
}

// Check returns ErrNotAllowed unless the account may make the change. before is the state
// that the commit changes, present as in Admins.
func Check(before *wire.GroupState, present []ident.AccountID, c Change) error {
	admin := IsAdmin(before, present, c.By)
	switch {
	case !slices.Contains(present, c.By), slices.Contains(c.Removed, c.By),
		len(c.Removed) > 0 && !admin,
		len(c.Added) > 0 && !MayAdd(before, present, c.By):
		return ErrNotAllowed
	}
	was, is := Encode(before), Encode(c.After)
	if bytes.Equal(was, is) {
		return nil
	}
	if c.After.Version != before.Version+1 {
		return ErrNotAllowed
	}
	if admin {
		return nil
	}
	details := *before
	details.Version, details.Details = c.After.Version, c.After.Details
	if !MayEdit(before, present, c.By) || !bytes.Equal(Encode(&details), is) {
		return ErrNotAllowed
	}
	return nil
}

// OpensLink reports whether a token is that of the group's invite link.
func OpensLink(s *wire.GroupState, token []byte) bool {
	hash := sha256.Sum256(token)
	return len(s.Link) > 0 && bytes.Equal(s.Link, hash[:])
}

package client

import (
	"context"
	"crypto/ed25519"

	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// lookedUpGroup is up to how many members a group has whose numbers are looked up.
const lookedUpGroup = 50

// lookUpContacts learns the numbers of accounts that wrote first.
func (w *worker) lookUpContacts(ctx context.Context) (bool, error) {
	var unknown []store.Account
	err := w.view(ctx, func(tx *tx) (err error) {
		unknown, err = tx.FindAccountsWithoutPhone(lookedUpGroup)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, account := range unknown {
		if w.lookedUp[account.ID] {
			continue
		}
		w.lookedUp[account.ID] = true
		found, err := request[*wire.Account](ctx, w.s, &wire.LookUpAccount{AccountID: account.ID[:]})
		if hasCode(err, wire.ErrorAccountUnknown) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		return true, w.update(ctx, func(tx *tx) error { return tx.setPhone(account.ID, ident.Phone(found.Phone)) })
	}
	return false, nil
}

// setPhone notes the number the relay verified; the key stays what the
// conversation proved.
func (tx *tx) setPhone(id ident.AccountID, phone ident.Phone) error {
	known, err := tx.FindAccount(id)
	if err != nil || known == nil {
		return err
	}
	known.Phone = phone
	tx.chatTouched(ident.ChatWith(id)) // a member of a group has perhaps no chat
	return tx.SaveAccount(known)
}

// takeAccount keeps what the relay says about an account that is not known yet.
func (tx *tx) takeAccount(found *wire.Account) (ident.AccountID, error) {
	id, err := ident.IDFromBytes[ident.AccountID](found.AccountID)
	if err != nil || len(found.AccountKey) != ed25519.PublicKeySize {
		return id, wire.NewError(wire.ErrorMalformed)
	}
	known, err := tx.FindAccount(id)
	if err != nil {
		return id, err
	}
	if known == nil {
		if known, err = tx.newContact(id, found.AccountKey); err != nil {
			return id, err
		}
	}
	known.Phone = ident.Phone(found.Phone)
	return id, tx.SaveAccount(known)
}

// watchPresence asks, once on each connection and when chats are added, to be
// told who is there.
func (w *worker) watchPresence(ctx context.Context) (bool, error) {
	if w.presenceChanged.Swap(false) {
		w.watched = -1
	}
	var ids [][]byte
	err := w.view(ctx, func(tx *tx) (err error) {
		ids, err = tx.watchable()
		return err
	})
	if err != nil || w.watched == len(ids) {
		return false, err
	}
	r, err := request[*wire.WatchPresenceResult](ctx, w.s, &wire.WatchPresence{AccountIDs: ids})
	if err != nil {
		return false, err
	}
	w.watched = len(ids)
	w.live.forgetPresence()
	for _, state := range r.States {
		w.takePresence(state)
	}
	return true, w.tellPresence(ctx, w.s)
}

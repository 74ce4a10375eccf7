package client

import (
	"parley/client/api"
	"parley/client/store"
	"parley/ident"
)

// verifiedGroup is a group, and what its devices were judged by.
type verifiedGroup struct {
	id                  string
	epoch, trustChanges uint64
}

// forgetJudgements forgets what is held in memory of what is in the database.
func (c *Client) forgetJudgements() {
	clear(c.accountKeys)
	clear(c.memberCounts)
	clear(c.verified)
}

// unverifiedIn is unverified, which is held in memory as long as there is nothing new to judge.
func (tx *tx) unverifiedIn(id ident.ConversationID, g *openGroup) (why *api.Error, wait bool, err error) {
	now := verifiedGroup{string(g.ID()), g.Epoch(), tx.c.trustChanges}
	if tx.c.verified[id] == now {
		return nil, false, nil
	}
	if why, wait, err = tx.unverified(g); why == nil && err == nil {
		tx.c.verified[id] = now
	}
	return why, wait, err
}

// unverified returns why nothing may be sent to the group, nil if something may:
// every device in it must be certified by the key we know for its account, and
// not have been logged out by it. Whoever slipped another in would read along.
// wait tells that it will probably be gone in a moment.
func (tx *tx) unverified(g *openGroup) (why *api.Error, wait bool, err error) {
	for _, m := range members(g.Members()) {
		if tx.c.lists.revoked(m.certificate) {
			list := tx.c.lists.find(m.certificate.Account, m.certificate.AccountKey)
			return errNotRemoved, tx.c.relayNow().Sub(list.Issued) < removalGrace, nil
		}
		ok, err := tx.trusts(m.certificate)
		if err != nil || !ok {
			return errUnverified, false, err
		}
	}
	return nil, false, nil
}

// trusts reports whether a certificate is under the key known for its account,
// and of a device that the account has not logged out.
func (tx *tx) trusts(certificate *ident.Certificate) (bool, error) {
	if tx.c.lists.revoked(certificate) {
		return false, nil
	}
	if certificate.Account == tx.identity.Account {
		return certificate.AccountKey.Equal(tx.identity.AccountKey), nil
	}
	key, held := tx.c.accountKeys[certificate.Account]
	if !held {
		known, err := tx.FindAccount(certificate.Account)
		if err != nil || known == nil {
			return false, err
		}
		key = known.Key
		tx.c.accountKeys[certificate.Account] = key
	}
	return key.Equal(certificate.AccountKey), nil
}

// SaveAccount is that of the store. The keys of accounts are held in memory: before a message
// goes to a group of a thousand, a thousand are compared.
func (tx *tx) SaveAccount(a *store.Account) error {
	delete(tx.c.accountKeys, a.ID)
	tx.c.trustChanges++
	a.Name = shownName(a.Name)
	return tx.Tx.SaveAccount(a)
}

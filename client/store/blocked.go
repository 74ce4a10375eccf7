package store

import (
	"slices"

	"parley/ident"
)

// Block is an account that is blocked, or was until a short while ago.
type Block struct {
	Account ident.AccountID
	// Ended: it is not blocked any more, and nothing has come since.
	Ended bool
}

// FindBlock returns nil if an account is not blocked and was not lately.
func (tx *Tx) FindBlock(account ident.AccountID) (*Block, error) {
	return first(collect(tx, scanBlock, "SELECT account_id, ended FROM blocked WHERE account_id = ?", account[:]))
}

// FindBlocked returns the accounts that are blocked.
func (tx *Tx) FindBlocked() ([]ident.AccountID, error) {
	blocks, err := collect(tx, scanBlock, "SELECT account_id, ended FROM blocked WHERE ended = 0 ORDER BY account_id")
	accounts := make([]ident.AccountID, 0, len(blocks))
	for _, b := range blocks {
		accounts = append(accounts, b.Account)
	}
	return accounts, err
}

// SaveBlocked replaces the accounts that are blocked, and returns those for which it
// changed.
func (tx *Tx) SaveBlocked(now []ident.AccountID) (changed []ident.AccountID, err error) {
	before, err := tx.FindBlocked()
	if err != nil {
		return nil, err
	}
	for _, account := range before {
		if !slices.Contains(now, account) {
			changed = append(changed, account)
			if err := tx.exec("UPDATE blocked SET ended = 1 WHERE account_id = ?", account[:]); err != nil {
				return nil, err
			}
		}
	}
	for _, account := range now {
		if !slices.Contains(before, account) {
			changed = append(changed, account)
			err := tx.exec("INSERT INTO blocked (account_id) VALUES (?) ON CONFLICT (account_id) DO UPDATE SET ended = 0", account[:])
			if err != nil {
				return nil, err
			}
		}
	}
	return changed, nil
}

// DeleteBlock forgets that an account was blocked.
func (tx *Tx) DeleteBlock(account ident.AccountID) error {
	return tx.exec("DELETE FROM blocked WHERE account_id = ?", account[:])
}

func scanBlock(row scanner) (*Block, error) {
	b := new(Block)
	var account []byte
	err := row.Scan(&account, &b.Ended)
	copy(b.Account[:], account)
	return b, err
}

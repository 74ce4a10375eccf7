package sqlstore

import (
	"errors"

	"parley/ident"
	"parley/internal/store"
)

// RetireSelfConversation implements store.Tx.
func (t *Tx) RetireSelfConversation(account ident.AccountID) error {
	id, err := t.FindPair(account, account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, query := range []string{"retirePair", "retireMembers", "retireAccounts", "retireGroupInfo"} {
		if err := t.Do(query, id[:]); err != nil {
			return err
		}
	}
	return nil
}
